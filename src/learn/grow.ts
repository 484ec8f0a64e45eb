/**
 * Grows one regression tree on binned columns, leaf by leaf, always cutting the leaf that gains most. Only the smaller
 * child's histogram is built from rows; its sibling's is the parent's minus it.
 */
import type { BinnedColumns } from './bins.ts'
import { buildHistogram, histogramOffsets, subtractHistogram } from './histogram.ts'
import { noSplit, type Split, type SplitRules, scanLane } from './split.ts'

export interface GrowRules extends SplitRules {
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

/** Gradients of this round, (gradient, hessian) of each row, on a grid on which every sum is exact. */
export interface Gradients {
  readonly pairs: Float64Array
  /** No hessian is above it. */
  readonly maxHessian: number
}

/** Memory that all trees of a fit share. */
export interface Workspace {
  readonly binned: BinnedColumns
  readonly offsets: Int32Array
  readonly histograms: Float64Array
  /** Row numbers; the rows of a leaf are neighbours, in ascending order. */
  readonly rows: Int32Array
  readonly scratch: Int32Array
  readonly ordered: Float64Array
}

export function workspace(binned: BinnedColumns, maxLeaves: number): Workspace {
  const offsets = histogramOffsets(binned)
  return {
    binned,
    offsets,
    histograms: new Float64Array(maxLeaves * offsets[offsets.length - 1]!),
    rows: new Int32Array(binned.rows),
    scratch: new Int32Array(binned.rows),
    ordered: new Float64Array(2 * binned.rows),
  }
}

interface Leaf {
  readonly node: number
  readonly depth: number
  readonly start: number
  readonly end: number
  readonly rows: number
  readonly gradient: number
  readonly hessian: number
  /** Which histogram of the pool is its own. */
  readonly slot: number
  split: Split
}

/**
 * Grows a tree on the first `count` entries of `space.rows`. `wanted` is 1 for the lanes that may be cut. Row weights
 * only enter the covers here; the gradients carry them already.
 */
export function growTree(
  space: Workspace,
  count: number,
  gradients: Gradients,
  wanted: Uint8Array,
  rules: GrowRules,
  weights?: Float64Array,
): GrownTree {
  const { binned, offsets, histograms, rows } = space
  const size = offsets[offsets.length - 1]!
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
  const root = rootOf(space, count, gradients)
  const leaves: Leaf[] = [root]
  let used = 1
  if (canSplit(root, rules)) {
    // The rows of a whole sample are in order, so are their gradients.
    if (count < binned.rows) gather(gradients.pairs, rows, 0, count, space.ordered)
    const ordered = count < binned.rows ? space.ordered : gradients.pairs
    buildHistogram(histograms, 0, offsets, wanted, binned.packed, rows, 0, count, ordered)
    root.split = findSplit(space, root, gradients, wanted, rules)
  }

  while (leaves.length < rules.maxLeaves) {
    let chosen = 0
    for (let i = 1; i < leaves.length; i++) if (leaves[i]!.split.gain > leaves[chosen]!.split.gain) chosen = i
    const parent = leaves[chosen]!
    const split = parent.split
    if (split.lane < 0) break
    const middle = partition(space, parent, split)
    const { node } = parent
    tree.lane[node] = split.lane
    tree.bin[node] = split.bin
    tree.gain[node] = split.gain
    tree.left[node] = used
    tree.right[node] = used + 1
    const leftRows = middle - parent.start
    const hasMissing = binned.missing[split.lane] === 1
    // A missing value that never came in training goes with the larger child.
    tree.missingLeft[node] = (hasMissing ? split.missingLeft : leftRows >= parent.end - middle) ? 1 : 0
    const depth = parent.depth + 1
    const leftIsSmall = leftRows <= parent.end - middle
    const left: Leaf = {
      node: used,
      depth,
      start: parent.start,
      end: middle,
      rows: leftRows,
      gradient: split.gradientLeft,
      hessian: split.hessianLeft,
      slot: leftIsSmall ? leaves.length : parent.slot,
      split: noSplit(),
    }
    const right: Leaf = {
      node: used + 1,
      depth,
      start: middle,
      end: parent.end,
      rows: parent.end - middle,
      gradient: parent.gradient - split.gradientLeft,
      hessian: parent.hessian - split.hessianLeft,
      slot: leftIsSmall ? parent.slot : leaves.length,
      split: noSplit(),
    }
    used += 2
    leaves[chosen] = left
    leaves.push(right)
    if (leaves.length === rules.maxLeaves || !(canSplit(left, rules) || canSplit(right, rules))) continue
    const small = leftIsSmall ? left : right
    const large = leftIsSmall ? right : left
    gather(gradients.pairs, rows, small.start, small.end, space.ordered)
    const base = small.slot * size
    buildHistogram(histograms, base, offsets, wanted, binned.packed, rows, small.start, small.end, space.ordered)
    subtractHistogram(histograms, large.slot * size, base, size)
    if (canSplit(left, rules)) left.split = findSplit(space, left, gradients, wanted, rules)
    if (canSplit(right, rules)) right.split = findSplit(space, right, gradients, wanted, rules)
  }

  for (const leaf of leaves) {
    const denominator = leaf.hessian + rules.lambda
    tree.value[leaf.node] = denominator > 0 ? Math.fround((-rules.learningRate * leaf.gradient) / denominator) : 0
    tree.cover[leaf.node] = weights ? sumOver(weights, rows, leaf.start, leaf.end) : leaf.rows
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

function rootOf(space: Workspace, count: number, { pairs }: Gradients): Leaf {
  let gradient = 0
  let hessian = 0
  for (let i = 0; i < count; i++) {
    const row = space.rows[i]!
    gradient += pairs[2 * row]!
    hessian += pairs[2 * row + 1]!
  }
  return { node: 0, depth: 0, start: 0, end: count, rows: count, gradient, hessian, slot: 0, split: noSplit() }
}

function canSplit(leaf: Leaf, rules: GrowRules): boolean {
  return leaf.rows >= 2 * rules.minRows && (rules.maxDepth === 0 || leaf.depth < rules.maxDepth)
}

function findSplit(
  { binned, offsets, histograms, rows }: Workspace,
  leaf: Leaf,
  gradients: Gradients,
  wanted: Uint8Array,
  rules: GrowRules,
): Split {
  const best = noSplit()
  const base = leaf.slot * offsets[offsets.length - 1]!
  const counts = (lane: number) => countRows(binned, lane, rows, leaf.start, leaf.end)
  for (let lane = 0; lane < binned.edges.length; lane++) {
    if (!wanted[lane]) continue
    const valueBins = binned.edges[lane]!.length + 1
    const at = base + offsets[lane]!
    const missing = binned.missing[lane] === 1
    scanLane(histograms, at, valueBins, missing, leaf, rules, gradients.maxHessian, lane, counts, best)
  }
  return best
}

function countRows(binned: BinnedColumns, lane: number, rows: Int32Array, start: number, end: number): Int32Array {
  const counts = new Int32Array(256)
  const words = binned.packed[lane >> 2]!
  const shift = (lane & 3) * 8
  for (let i = start; i < end; i++) counts[(words[rows[i]!]! >>> shift) & 255]! += 1
  return counts
}

/** Stable partition of a leaf's rows; the first row of the right child. */
function partition({ binned, rows, scratch }: Workspace, leaf: Leaf, split: Split): number {
  const goesLeft = new Uint8Array(256)
  goesLeft.fill(1, 1, split.bin + 1)
  if (split.missingLeft) goesLeft[0] = 1
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
