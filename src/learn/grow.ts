/**
 * Grows one regression tree on binned columns, leaf by leaf, always cutting the leaf that gains most. Only the smaller
 * child's histogram is built from rows; its sibling's is the parent's minus it.
 */
import type { Allocate, BinnedColumns } from './bins.ts'
import { histogramOffsets } from './histogram.ts'
import type { LeafRange, Workspace } from './search.ts'
import { noSplit, type Split, type SplitRules } from './split.ts'
import type { Searchers } from './threads.ts'

export interface GrowRules {
  readonly minRows: number
  readonly lambda: number
  readonly maxLeaves: number
  /** 0: no limit. */
  readonly maxDepth: number
  readonly learningRate: number
}

/** A grown tree: node 0 is the root; `lane` is -1 for a leaf. */
export interface GrownTree {
  readonly lane: Int32Array
  readonly bin: Int32Array
  readonly missingLeft: Uint8Array
  readonly left: Int32Array
  readonly right: Int32Array
  /** Of a leaf: -learningRate G / (H + lambda), rounded to float32. */
  readonly value: Float64Array
  /** Of an inner node: the gain of its cut. */
  readonly gain: Float64Array
  /** Rows (or their weights) of each node. */
  readonly cover: Float64Array
  /** Leaves in the order of their rows: node, and where its rows lie in `rows` of the workspace. */
  readonly leaves: readonly { readonly node: number; readonly start: number; readonly end: number }[]
}

/** Memory for growing trees; `rules` are those of each lane, and `bytes` may give shared memory. */
export function workspace(
  binned: BinnedColumns,
  rules: readonly SplitRules[],
  { maxLeaves, lambda }: GrowRules,
  bytes: Allocate,
): Workspace {
  const offsets = histogramOffsets(binned)
  return {
    binned,
    rules,
    lambda,
    offsets,
    histograms: new Float64Array(bytes(8 * maxLeaves * offsets[offsets.length - 1]!)),
    wanted: new Uint8Array(bytes(binned.edges.length)),
    rows: new Int32Array(bytes(4 * binned.rows)),
    scratch: new Int32Array(binned.rows),
    pairs: new Float64Array(bytes(16 * binned.rows)),
    ordered: new Float64Array(bytes(16 * binned.rows)),
  }
}

interface Leaf extends LeafRange {
  readonly node: number
  readonly depth: number
  split: Split
}

/**
 * Grows a tree on the first `count` entries of `space.rows`, cutting the lanes in `space.wanted`. Row weights only
 * enter the covers here; the gradients carry them already.
 */
export function growTree(
  space: Workspace,
  searchers: Searchers,
  count: number,
  maxHessian: number,
  rules: GrowRules,
  weights?: Float64Array,
): GrownTree {
  const { binned, rows, pairs, ordered } = space
  const nodes = 2 * rules.maxLeaves - 1
  const tree = {
    lane: new Int32Array(nodes).fill(-1),
    bin: new Int32Array(nodes),
    missingLeft: new Uint8Array(nodes),
    left: new Int32Array(nodes),
    right: new Int32Array(nodes),
    value: new Float64Array(nodes),
    gain: new Float64Array(nodes),
    cover: new Float64Array(nodes),
  }
  const root = rootOf(space, count)
  const leaves: Leaf[] = [root]
  let used = 1
  if (canSplit(root, rules)) {
    // Where all rows take part they are in order, and so are their gradients.
    const gathered = count < binned.rows
    if (gathered) gather(pairs, rows, 0, count, ordered)
    const step = { small: root, gathered, searchSmall: true, searchLarge: false, maxHessian }
    root.split = searchers.search(step).small
  }

  while (leaves.length < rules.maxLeaves) {
    const chosen = mostGain(leaves)
    const parent = leaves[chosen]!
    const { node, split } = parent
    if (split.lane < 0) break
    const middle = partition(space, parent, split)
    const leftRows = middle - parent.start
    const rightRows = parent.end - middle
    tree.lane[node] = split.lane
    tree.bin[node] = split.bin
    tree.gain[node] = split.gain
    tree.left[node] = used
    tree.right[node] = used + 1
    // A missing value that never came here in training goes with the larger child.
    tree.missingLeft[node] = (split.missing === 'none' ? leftRows >= rightRows : split.missing === 'left') ? 1 : 0
    const leftIsSmall = leftRows <= rightRows
    const left: Leaf = {
      node: used,
      depth: parent.depth + 1,
      start: parent.start,
      end: middle,
      gradient: split.gradientLeft,
      hessian: split.hessianLeft,
      slot: leftIsSmall ? leaves.length : parent.slot,
      split: noSplit(),
    }
    const right: Leaf = {
      node: used + 1,
      depth: parent.depth + 1,
      start: middle,
      end: parent.end,
      gradient: parent.gradient - split.gradientLeft,
      hessian: parent.hessian - split.hessianLeft,
      slot: leftIsSmall ? parent.slot : leaves.length,
      split: noSplit(),
    }
    used += 2
    leaves[chosen] = left
    leaves.push(right)
    const [small, large] = leftIsSmall ? [left, right] : [right, left]
    const searchSmall = canSplit(small, rules)
    const searchLarge = canSplit(large, rules)
    if (leaves.length === rules.maxLeaves || !(searchSmall || searchLarge)) continue
    gather(pairs, rows, small.start, small.end, ordered)
    const found = searchers.search({ small, large, gathered: true, searchSmall, searchLarge, maxHessian })
    small.split = found.small
    large.split = found.large
  }

  for (const leaf of leaves) {
    const denominator = leaf.hessian + rules.lambda
    tree.value[leaf.node] = denominator > 0 ? Math.fround((-rules.learningRate * leaf.gradient) / denominator) : 0
    tree.cover[leaf.node] = weights ? sumOver(weights, rows, leaf.start, leaf.end) : leaf.end - leaf.start
  }
  for (let n = used - 1; n >= 0; n--) {
    if (tree.lane[n]! >= 0) tree.cover[n] = tree.cover[tree.left[n]!]! + tree.cover[tree.right[n]!]!
  }
  return {
    lane: tree.lane.subarray(0, used),
    bin: tree.bin.subarray(0, used),
    missingLeft: tree.missingLeft.subarray(0, used),
    left: tree.left.subarray(0, used),
    right: tree.right.subarray(0, used),
    value: tree.value.subarray(0, used),
    gain: tree.gain.subarray(0, used),
    cover: tree.cover.subarray(0, used),
    leaves,
  }
}

/** The leaf that a binned row reaches. */
export function leafOf(tree: GrownTree, binned: BinnedColumns, row: number): number {
  let node = 0
  for (let lane = tree.lane[0]!; lane >= 0; lane = tree.lane[node]!) {
    const bin = (binned.packed[lane >> 2]![row]! >>> ((lane & 3) * 8)) & 255
    const goesLeft = bin === 0 ? tree.missingLeft[node] === 1 : bin <= tree.bin[node]!
    node = goesLeft ? tree.left[node]! : tree.right[node]!
  }
  return node
}

function rootOf({ pairs, rows }: Workspace, count: number): Leaf {
  let gradient = 0
  let hessian = 0
  for (let i = 0; i < count; i++) {
    const at = 2 * rows[i]!
    gradient += pairs[at]!
    hessian += pairs[at + 1]!
  }
  return { node: 0, depth: 0, start: 0, end: count, gradient, hessian, slot: 0, split: noSplit() }
}

function canSplit(leaf: Leaf, rules: GrowRules): boolean {
  return leaf.end - leaf.start >= 2 * rules.minRows && (rules.maxDepth === 0 || leaf.depth < rules.maxDepth)
}

/** The leaf whose best cut gains most; of equals the oldest. */
function mostGain(leaves: readonly Leaf[]): number {
  let chosen = 0
  for (let i = 1; i < leaves.length; i++) if (leaves[i]!.split.gain > leaves[chosen]!.split.gain) chosen = i
  return chosen
}

/** Stable partition of a leaf's rows; the first row of the right child. */
function partition({ binned, rows, scratch }: Workspace, leaf: Leaf, split: Split): number {
  const goesLeft = new Uint8Array(256)
  goesLeft.fill(1, 1, split.bin + 1)
  if (split.missing === 'left') goesLeft[0] = 1
  return partitionRows(
    rows,
    scratch,
    leaf.start,
    leaf.end,
    binned.packed[split.lane >> 2]!,
    (split.lane & 3) * 8,
    goesLeft,
  )
}

function partitionRows(
  rows: Int32Array,
  scratch: Int32Array,
  start: number,
  end: number,
  words: Uint32Array,
  shift: number,
  goesLeft: Uint8Array,
): number {
  let left = start
  let right = 0
  // Both writes are always made and one of them counts: a branch here would be mispredicted half of the time.
  for (let i = start; i < end; i++) {
    const row = rows[i]!
    const toLeft = goesLeft[(words[row]! >>> shift) & 255]!
    rows[left] = row
    scratch[right] = row
    left += toLeft
    right += 1 - toLeft
  }
  rows.set(scratch.subarray(0, right), left)
  return left
}

function gather(pairs: Float64Array, rows: Int32Array, start: number, end: number, out: Float64Array): void {
  for (let i = start, k = 0; i < end; i++, k += 2) {
    const at = 2 * rows[i]!
    out[k] = pairs[at]!
    out[k + 1] = pairs[at + 1]!
  }
}

function sumOver(weights: Float64Array, rows: Int32Array, start: number, end: number): number {
  let sum = 0
  for (let i = start; i < end; i++) sum += weights[rows[i]!]!
  return sum
}
