/**
 * The mean depth of many rows. Each tree is laid out as a perfect one, node n above 2n + 1 and 2n + 2, so that every row
 * takes the same number of steps and no step is a branch that a processor has to guess: more than twice as fast
 * as `rawScores`, which gives the same bits (test) and stays the definition. `bench/isolationForest.ts` prints both.
 */
import type { TreeEnsemble } from '../trees/ensemble.ts'

/** Rows that go through all trees before the next rows do, so that they stay in the cache. */
const blockRows = 512

/** Raw scores of trees that are at most `deepest` deep. */
export function meanDepths(
  trees: TreeEnsemble,
  deepest: number,
  columns: readonly Float32Array[],
  rows: number,
): Float64Array {
  const perfect = Array.from(trees.roots, root => perfectTree(trees, root, deepest))
  const width = columns.length
  const out = new Float64Array(rows)
  const block = new Float32Array(blockRows * width)
  const sums = new Float64Array(blockRows)
  for (let from = 0; from < rows; from += blockRows) {
    const count = Math.min(blockRows, rows - from)
    for (let c = 0; c < width; c++) {
      const column = columns[c]!
      for (let i = 0, k = c; i < count; i++, k += width) block[k] = column[from + i]!
    }
    sums.fill(0)
    for (const tree of perfect) addDepths(tree, deepest, block, width, sums)
    out.set(sums.subarray(0, count), from)
  }
  return out
}

interface PerfectTree {
  readonly feature: Int32Array
  /** x > threshold goes right; infinite below a leaf, so that its rows go on to the left. */
  readonly threshold: Float32Array
  /** 1 where a missing value goes right. */
  readonly missingRight: Uint8Array
  /** Of the places below the last cuts. */
  readonly depth: Float64Array
}

function perfectTree(trees: TreeEnsemble, root: number, deepest: number): PerfectTree {
  const inner = 2 ** deepest - 1
  const tree = {
    feature: new Int32Array(inner),
    threshold: new Float32Array(inner).fill(Number.POSITIVE_INFINITY),
    missingRight: new Uint8Array(inner),
    depth: new Float64Array(inner + 1),
  }
  const place = (node: number, at: number) => {
    if (trees.feature[node]! < 0) {
      while (at < inner) at = 2 * at + 1
      tree.depth[at - inner] = trees.value[node]!
      return
    }
    tree.feature[at] = trees.feature[node]!
    tree.threshold[at] = trees.threshold[node]!
    tree.missingRight[at] = 1 - trees.missingLeft[node]!
    place(trees.left[node]!, 2 * at + 1)
    place(trees.right[node]!, 2 * at + 2)
  }
  place(root, 0)
  return tree
}

/** Four rows at a time: while one waits for its memory the others step. */
function addDepths(
  { feature, threshold, missingRight, depth }: PerfectTree,
  deepest: number,
  block: Float32Array,
  width: number,
  sums: Float64Array,
): void {
  const inner = feature.length
  for (let i = 0, row0 = 0; i < blockRows; i += 4, row0 += 4 * width) {
    const row1 = row0 + width
    const row2 = row1 + width
    const row3 = row2 + width
    let at0 = 0
    let at1 = 0
    let at2 = 0
    let at3 = 0
    for (let step = 0; step < deepest; step++) {
      const x0 = block[row0 + feature[at0]!]!
      const x1 = block[row1 + feature[at1]!]!
      const x2 = block[row2 + feature[at2]!]!
      const x3 = block[row3 + feature[at3]!]!
      at0 = (2 * at0 + 1 + (Number(x0 > threshold[at0]!) | (Number(Number.isNaN(x0)) & missingRight[at0]!))) | 0
      at1 = (2 * at1 + 1 + (Number(x1 > threshold[at1]!) | (Number(Number.isNaN(x1)) & missingRight[at1]!))) | 0
      at2 = (2 * at2 + 1 + (Number(x2 > threshold[at2]!) | (Number(Number.isNaN(x2)) & missingRight[at2]!))) | 0
      at3 = (2 * at3 + 1 + (Number(x3 > threshold[at3]!) | (Number(Number.isNaN(x3)) & missingRight[at3]!))) | 0
    }
    sums[i]! += depth[at0 - inner]!
    sums[i + 1]! += depth[at1 - inner]!
    sums[i + 2]! += depth[at2 - inner]!
    sums[i + 3]! += depth[at3 - inner]!
  }
}
