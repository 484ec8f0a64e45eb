/** Scores of a tree ensemble on columns of float32 numbers. */
import type { TreeEnsemble } from './ensemble.ts'

/**
 * The raw score of every row: base plus the leaf values of all trees, summed in float64. The columns are float32, as
 * the served file sees them, so every comparison goes the same way there.
 */
export function rawScores(trees: TreeEnsemble, columns: readonly Float32Array[], rows: number): Float64Array {
  if (columns.length !== trees.features.length) {
    throw new RangeError(`rawScores: ${columns.length} columns given, the trees read ${trees.features.length}`)
  }
  const out = new Float64Array(rows).fill(trees.base)
  for (let t = 0; t < trees.roots.length; t++) addTree(trees, trees.roots[t]!, columns, out)
  return out
}

/** What a walk through a tree reads. */
export type TreeNodes = Pick<TreeEnsemble, 'feature' | 'threshold' | 'left' | 'right' | 'missingLeft' | 'value'>

/** Adds the leaf values of the tree at `root` to `out`. */
export function addTree(trees: TreeNodes, root: number, columns: readonly Float32Array[], out: Float64Array): void {
  const { feature, threshold, left, right, missingLeft, value } = trees
  for (let i = 0; i < out.length; i++) {
    let node = root
    for (let f = feature[node]!; f >= 0; f = feature[node]!) {
      const x = columns[f]![i]!
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
