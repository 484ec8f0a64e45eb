/**
 * One step of growing a tree: build the histogram of a leaf, take it from its sibling's, find the best cut of both.
 * The step works on a range of lanes, so that threads can share it: what a lane's histogram and best cut are does not
 * depend on who works on other lanes.
 */
import type { BinnedColumns } from './bins.ts'
import { buildHistogram, subtractHistogram } from './histogram.ts'
import { noSplit, type Split, type SplitRules, scanLane } from './split.ts'

/** Memory that all trees of a fit use, and all threads share. */
export interface Workspace {
  readonly binned: BinnedColumns
  /** What holds for the cuts of each lane. */
  readonly rules: readonly SplitRules[]
  /** L2 penalty of a leaf. */
  readonly lambda: number
  /** Where each lane starts in a histogram; the last entry is the size of the whole. */
  readonly offsets: Int32Array
  /** One histogram per leaf. */
  readonly histograms: Float64Array
  /** 1 for the lanes that the present tree may cut. */
  readonly wanted: Uint8Array
  /** Row numbers; the rows of a leaf are neighbours, in ascending order. */
  readonly rows: Int32Array
  readonly scratch: Int32Array
  /** (gradient, hessian) of each row. */
  readonly pairs: Float64Array
  /** The pairs of the rows of a leaf, in their order. */
  readonly ordered: Float64Array
}

/** A leaf as the search sees it. */
export interface LeafRange {
  readonly start: number
  readonly end: number
  readonly gradient: number
  readonly hessian: number
  /** Which histogram is its own. */
  readonly slot: number
}

export interface SearchStep {
  /** The leaf whose histogram is built from its rows. */
  readonly small: LeafRange
  /** Its sibling; in its slot lies the histogram of both together. Absent for a root. */
  readonly large?: LeafRange
  /** Whether the leaf's gradients lie in `ordered`; else its rows are all rows. */
  readonly gathered: boolean
  readonly searchSmall: boolean
  readonly searchLarge: boolean
  /** No row has a larger hessian. */
  readonly maxHessian: number
}

export interface Found {
  readonly small: Split
  readonly large: Split
}

/** The best cuts among the lanes `from` to `to` (excluded). Lanes are cut out of words of four, so `from` is a multiple of 4. */
export function searchLanes(space: Workspace, step: SearchStep, from: number, to: number): Found {
  const { binned, offsets, histograms, wanted, rows, pairs, ordered } = space
  const size = offsets[offsets.length - 1]!
  const { small, large } = step
  const base = small.slot * size
  const source = step.gathered ? ordered : pairs
  buildHistogram(histograms, base, offsets, wanted, binned.packed, rows, small.start, small.end, source, from, to)
  if (large) subtractHistogram(histograms, large.slot * size, base, offsets[from]!, offsets[to]!)
  return {
    small: step.searchSmall ? bestCut(space, small, step, from, to) : noSplit(),
    large: large && step.searchLarge ? bestCut(space, large, step, from, to) : noSplit(),
  }
}

function bestCut(space: Workspace, leaf: LeafRange, step: SearchStep, from: number, to: number): Split {
  const { binned, offsets, histograms, wanted, rules, lambda } = space
  const base = leaf.slot * offsets[offsets.length - 1]!
  const { gradient, hessian } = leaf
  const score = (gradient * gradient) / (hessian + lambda)
  const sums = { gradient, hessian, rows: leaf.end - leaf.start, score }
  const counts = (lane: number) => countRows(space, lane, leaf)
  const best = noSplit()
  for (let lane = from; lane < to; lane++) {
    if (!wanted[lane]) continue
    const valueBins = binned.edges[lane]!.length + 1
    scanLane(histograms, base + offsets[lane]!, valueBins, sums, rules[lane]!, step.maxHessian, lane, counts, best)
  }
  return best
}

/** Rows of the leaf in each bin of the lane. */
function countRows({ binned, rows }: Workspace, lane: number, { start, end }: LeafRange): Int32Array {
  const counts = new Int32Array(256)
  const words = binned.packed[lane >> 2]!
  const shift = (lane & 3) * 8
  for (let i = start; i < end; i++) counts[(words[rows[i]!]! >>> shift) & 255]! += 1
  return counts
}
