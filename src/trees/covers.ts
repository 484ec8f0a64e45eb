/** Covers: how many rows reach each node. */
import type { TreeEnsemble } from './ensemble.ts'

/** The ensemble with its covers counted anew from rows (or their weights). */
export function countCovers(
  trees: TreeEnsemble,
  columns: readonly Float32Array[],
  weights?: Float64Array,
): TreeEnsemble {
  const cover = new Float64Array(trees.feature.length)
  const rows = columns[0]?.length ?? 0
  for (const root of trees.roots) {
    for (let i = 0; i < rows; i++) {
      const weight = weights ? weights[i]! : 1
      let node = root
      cover[node]! += weight
      for (let f = trees.feature[node]!; f >= 0; f = trees.feature[node]!) {
        const x = columns[f]![i]!
        const goesLeft = x <= trees.threshold[node]! || (Number.isNaN(x) && trees.missingLeft[node] === 1)
        node = goesLeft ? trees.left[node]! : trees.right[node]!
        cover[node]! += weight
      }
    }
  }
  return { ...trees, cover }
}
