/** Grown trees with real thresholds instead of bins, and many of them as one ensemble. */
import type { TreeEnsemble } from '../trees/ensemble.ts'
import type { BinnedColumns } from './bins.ts'
import type { GrownTree } from './grow.ts'

/** One tree, root at 0, in the columns' own numbers. */
export interface RealTree {
  readonly feature: Int32Array
  readonly threshold: Float64Array
  readonly left: Int32Array
  readonly right: Int32Array
  readonly missingLeft: Uint8Array
  readonly value: Float64Array
  readonly cover: Float64Array
  readonly gain: Float64Array
}

export function cutTree(tree: GrownTree, binned: BinnedColumns): RealTree {
  const nodes = tree.lane.length
  const feature = new Int32Array(nodes).fill(-1)
  const threshold = new Float64Array(nodes)
  for (let n = 0; n < nodes; n++) {
    const lane = tree.lane[n]!
    if (lane < 0) continue
    feature[n] = binned.column[lane]!
    // A cut above the last value bin parts the values from the missing ones.
    threshold[n] = binned.edges[lane]![tree.bin[n]! - 1] ?? Number.POSITIVE_INFINITY
  }
  const { left, right, missingLeft, value, cover, gain } = tree
  return { feature, threshold, left, right, missingLeft, value, cover, gain }
}

export function joinTrees(
  trees: readonly RealTree[],
  features: readonly string[],
  link: TreeEnsemble['link'],
  base: number,
): TreeEnsemble {
  const nodes = trees.reduce((sum, tree) => sum + tree.feature.length, 0)
  const all = {
    roots: new Int32Array(trees.length),
    feature: new Int32Array(nodes),
    threshold: new Float64Array(nodes),
    left: new Int32Array(nodes),
    right: new Int32Array(nodes),
    missingLeft: new Uint8Array(nodes),
    value: new Float64Array(nodes),
    cover: new Float64Array(nodes),
  }
  let at = 0
  trees.forEach((tree, t) => {
    all.roots[t] = at
    all.feature.set(tree.feature, at)
    all.threshold.set(tree.threshold, at)
    const shifted = (child: Int32Array) => child.map((n, k) => (tree.feature[k]! < 0 ? 0 : n + at))
    all.left.set(shifted(tree.left), at)
    all.right.set(shifted(tree.right), at)
    all.missingLeft.set(tree.missingLeft, at)
    all.value.set(tree.value, at)
    all.cover.set(tree.cover, at)
    at += tree.feature.length
  })
  return { features, link, base, ...all }
}
