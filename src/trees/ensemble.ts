/**
 * A tree ensemble as a value: all nodes of all trees in parallel arrays, as ONNX writes them.
 * A row walks from a root: `x[feature] <= threshold` goes left, a missing value goes where `missingLeft` says.
 * The raw score is `base` plus the leaf values of all trees; `link` turns it into the output.
 */
export interface TreeEnsemble {
  /** Names of the numeric inputs, in the order that `feature` refers to. */
  readonly features: readonly string[]
  readonly link: 'identity' | 'logistic'
  readonly base: number
  /** Index of each tree's root in the arrays below. */
  readonly roots: Int32Array
  /** Feature tested by the node, -1 for a leaf. */
  readonly feature: Int32Array
  /** Every value is exactly representable in float32, so that the file and the trainer route alike. */
  readonly threshold: Float64Array
  readonly left: Int32Array
  readonly right: Int32Array
  /** 1 where a missing value goes left. */
  readonly missingLeft: Uint8Array
  /** Contribution of the leaf, 0 for inner nodes. */
  readonly value: Float64Array
  /** Training rows (sum of weights) that reached the node: the cover of TreeSHAP. */
  readonly cover: Float64Array
}
