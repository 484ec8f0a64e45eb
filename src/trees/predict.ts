/** Scores of a tree ensemble on columns of float32 numbers. */
import type { TreeEnsemble } from './ensemble.ts'

/** What a walk through a tree reads. */
export type TreeNodes = Pick<TreeEnsemble, 'feature' | 'threshold' | 'left' | 'right' | 'missingLeft' | 'value'>

/** Rows that go through all trees before the next rows do, so that their columns stay in the cache. */
const blockRows = 512

/**
 * The raw score of every row: base plus the leaf values of all trees, summed in float64. The columns are float32, as
 * the served file sees them, so every comparison goes the same way there.
 */
export function rawScores(trees: TreeEnsemble, columns: readonly Float32Array[], rows: number): Float64Array {
  if (columns.length !== trees.features.length) {
    throw new RangeError(`rawScores: ${columns.length} columns given, the trees read ${trees.features.length}`)
  }
  const out = new Float64Array(rows).fill(trees.base)
  addScores(trees, trees.roots, columns, out)
  return out
}

/** Adds the leaf values of the trees at `roots` to `out`. */
export function addScores(
  trees: TreeNodes,
  roots: Int32Array,
  columns: readonly Float32Array[],
  out: Float64Array,
): void {
  const width = columns.length
  const block = new Float32Array(blockRows * width)
  for (let from = 0; from < out.length; from += blockRows) {
    const to = Math.min(from + blockRows, out.length)
    for (let c = 0; c < width; c++) {
      const column = columns[c]!
      for (let i = from, k = c; i < to; i++, k += width) block[k] = column[i]!
    }
    for (const root of roots) addTree(trees, root, block, width, out, from, to)
  }
}

/** Adds the leaf values of the tree at `root` to the rows [from, to) of `out`; `block` holds those rows, row by row. */
function addTree(
  trees: TreeNodes,
  root: number,
  block: Float32Array,
  width: number,
  out: Float64Array,
  from: number,
  to: number,
): void {
  const { feature, threshold, left, right, missingLeft, value } = trees
  for (let i = from, row = 0; i < to; i++, row += width) {
    let node = root
    for (let f = feature[node]!; f >= 0; f = feature[node]!) {
      const x = block[row + f]!
      const goesLeft = x <= threshold[node]! || (Number.isNaN(x) && missingLeft[node] === 1)
      node = goesLeft ? left[node]! : right[node]!
    }
    out[i]! += value[node]!
  }
}

/** The output of the model: the raw score itself, or its logistic function 1 / (1 + e^-s). */
export function linked(link: TreeEnsemble['link'], scores: Float64Array): Float64Array {
  if (link === 'identity') return scores
  return scores.map(s => 1 / (1 + Math.exp(-s)))
}
