/**
 * Exact Shapley values of a tree ensemble's raw score, path-dependent (Lundberg, Erion and Lee 2018): features outside a
 * coalition are averaged out along the tree, by the covers of its branches.
 *
 * In a leaf the game is a product over the features on its path, o_j if j is in the coalition and z_j if not (o_j is 1
 * where the row satisfies the path's tests of j, z_j the share of cover that does), and the Shapley value of a product
 * is an integral over its multilinear extension (Owen 1972):
 *   phi_k = v (o_k - z_k) * integral from 0 to 1 of prod_{j != k} (t o_j + (1 - t) z_j) dt
 * The integrand is a polynomial, so a few Gauss-Legendre nodes t_q give it exactly, and products and sums are shared
 * by all leaves below a branch: O(nodes * depth) per row, instead of O(leaves * depth^2) of the published algorithm
 * (the idea of Linear TreeSHAP, Yu et al. 2022). Values add up to score - base with an error below 1e-9 (test).
 */
import { gaussLegendre } from '../numeric/gaussLegendre.ts'
import type { TreeEnsemble } from '../trees/ensemble.ts'

export interface ShapValues {
  /** Mean raw score by the covers: what is expected without knowing any feature. */
  readonly base: number
  /** rows x features, row by row: what each feature adds to the raw score. */
  readonly values: Float64Array
}

/**
 * Shapley values of all rows. `columns` are float32, as the served file sees them, one per feature of the ensemble; NaN
 * is missing. Throws a RangeError where a branch has no cover: count covers with rows that reach every leaf.
 */
export function treeShap(trees: TreeEnsemble, columns: readonly Float32Array[], rows: number): ShapValues {
  const width = trees.features.length
  if (columns.length !== width) {
    throw new RangeError(`treeShap: ${columns.length} columns given, the trees read ${width}`)
  }
  const values = new Float64Array(rows * width)
  let base = trees.base
  for (const root of trees.roots) {
    const tree = compile(trees, root)
    base += tree.expected
    if (tree.nodes > 1) for (let row = 0; row < rows; row++) addTree(tree, columns, row, values, row * width)
  }
  return { base, values }
}

/** A tree in preorder. The branch into a node has the node's number; per-branch arrays of `q` entries start at n q. */
interface CompiledTree {
  readonly nodes: number
  /** Quadrature nodes. */
  readonly q: number
  readonly expected: number
  readonly parent: Int32Array
  readonly isLeaf: Uint8Array
  /** Leaf value, 0 for inner nodes. */
  readonly value: Float64Array
  /** Feature and threshold that the branch tests, and whether it is the branch of x <= threshold or of missing x. */
  readonly feature: Int32Array
  readonly threshold: Float64Array
  readonly isLeft: Uint8Array
  readonly missingHere: Uint8Array
  /** Nearest branch above that tests the same feature, -1 for none. */
  readonly before: Int32Array
  /** What the branch multiplies into the product where o stays 1, where it falls to 0, and where it was 0 before. */
  readonly stay: Float64Array
  readonly fall: Float64Array
  readonly ratio: Float64Array
  /** What the product of the leaves below counts in phi of the feature; nothing where o was 0 before. */
  readonly stayGain: Float64Array
  readonly fallGain: Float64Array
  /** Of the row at hand: products on the way down, sums over leaves on the way up, and o of each branch's feature. */
  readonly product: Float64Array
  readonly hot: Uint8Array
}

/** Adds phi of one row to out[at ...]. */
function addTree(
  tree: CompiledTree,
  columns: readonly Float32Array[],
  row: number,
  out: Float64Array,
  at: number,
): void {
  const { nodes, q, parent, isLeaf, value, feature, threshold, isLeft, missingHere, before } = tree
  const { stay, fall, ratio, stayGain, fallGain, product, hot } = tree
  for (let n = 1; n < nodes; n++) {
    const above = parent[n]! * q
    const here = n * q
    const weight = isLeaf[n] === 1 ? value[n]! : 1
    const earlier = before[n]!
    if (earlier >= 0 && hot[earlier] === 0) {
      hot[n] = 0
      const factor = ratio[n]! * weight
      for (let i = 0; i < q; i++) product[here + i] = product[above + i]! * factor
      continue
    }
    const x = columns[feature[n]!]![row]!
    const satisfied = Number.isNaN(x) ? missingHere[n] === 1 : x <= threshold[n]! === (isLeft[n] === 1)
    hot[n] = satisfied ? 1 : 0
    const factor = satisfied ? stay : fall
    for (let i = 0; i < q; i++) product[here + i] = product[above + i]! * factor[here + i]! * weight
  }
  // Inner nodes hold their own product until the first child comes back: start their sums from 0.
  for (let n = 1; n < nodes; n++) if (isLeaf[n] === 0) product.fill(0, n * q, n * q + q)
  for (let n = nodes - 1; n >= 1; n--) {
    const above = parent[n]! * q
    const here = n * q
    const up = parent[n]! > 0
    const earlier = before[n]!
    if (earlier >= 0 && hot[earlier] === 0) {
      if (up) for (let i = 0; i < q; i++) product[above + i]! += product[here + i]!
      continue
    }
    const gain = hot[n] === 1 ? stayGain : fallGain
    let phi = 0
    for (let i = 0; i < q; i++) {
      const sum = product[here + i]!
      phi += gain[here + i]! * sum
      if (up) product[above + i]! += sum
    }
    out[at + feature[n]!]! += phi
  }
}

function compile(trees: TreeEnsemble, root: number): CompiledTree {
  const order = preorder(trees, root)
  const nodes = order.length
  const numberOf = new Map(order.map((original, n) => [original, n]))
  const parent = new Int32Array(nodes).fill(-1)
  const feature = new Int32Array(nodes)
  const threshold = new Float64Array(nodes)
  const isLeft = new Uint8Array(nodes)
  const missingHere = new Uint8Array(nodes)
  const ratio = new Float64Array(nodes).fill(1)
  const isLeaf = new Uint8Array(nodes)
  const value = new Float64Array(nodes)
  for (const [n, original] of order.entries()) {
    const tested = trees.feature[original]!
    if (tested < 0) {
      isLeaf[n] = 1
      value[n] = trees.value[original]!
      continue
    }
    for (const side of [trees.left, trees.right]) {
      const child = numberOf.get(side[original]!)!
      const left = side === trees.left
      parent[child] = n
      feature[child] = tested
      threshold[child] = trees.threshold[original]!
      isLeft[child] = left ? 1 : 0
      missingHere[child] = (trees.missingLeft[original] === 1) === left ? 1 : 0
      ratio[child] = trees.cover[side[original]!]! / trees.cover[original]!
      if (!(ratio[child]! > 0)) {
        const where = `${trees.features[tested]} ${left ? '<=' : '>'} ${trees.threshold[original]}`
        throw new RangeError(`treeShap: the branch ${where} has no cover; count covers with rows that reach every leaf`)
      }
    }
  }
  return {
    nodes,
    parent,
    isLeaf,
    value,
    feature,
    threshold,
    isLeft,
    missingHere,
    ratio,
    ...factors(parent, feature, ratio, isLeaf, value),
  }
}

function factors(
  parent: Int32Array,
  feature: Int32Array,
  ratio: Float64Array,
  isLeaf: Uint8Array,
  value: Float64Array,
) {
  const nodes = parent.length
  const before = new Int32Array(nodes).fill(-1)
  const distinct = new Int32Array(nodes)
  /** Share of cover that satisfies all tests of the branch's feature down to it. */
  const z = new Float64Array(nodes).fill(1)
  const reach = new Float64Array(nodes).fill(1)
  let most = 0
  let expected = 0
  for (let n = 0; n < nodes; n++) {
    if (n > 0) {
      let above = parent[n]!
      while (above > 0 && feature[above] !== feature[n]) above = parent[above]!
      before[n] = above > 0 ? above : -1
      distinct[n] = distinct[parent[n]!]! + (before[n]! < 0 ? 1 : 0)
      z[n] = ratio[n]! * (before[n]! < 0 ? 1 : z[before[n]!]!)
      reach[n] = reach[parent[n]!]! * ratio[n]!
    }
    if (isLeaf[n] === 1) {
      most = Math.max(most, distinct[n]!)
      expected += reach[n]! * value[n]!
    }
  }
  // A product of d - 1 linear factors has degree d - 1: exact with d/2 nodes.
  const q = Math.max(1, Math.ceil(most / 2))
  const rule = gaussLegendre(q)
  const stay = new Float64Array(nodes * q)
  const fall = new Float64Array(nodes * q)
  const stayGain = new Float64Array(nodes * q)
  const fallGain = new Float64Array(nodes * q)
  for (let n = 1; n < nodes; n++) {
    const zBefore = before[n]! < 0 ? 1 : z[before[n]!]!
    for (let i = 0; i < q; i++) {
      const t = (1 + rule.nodes[i]!) / 2
      const weight = rule.weights[i]! / 2
      const factorBefore = t + (1 - t) * zBefore
      const factorStay = t + (1 - t) * z[n]!
      const gainBefore = (1 - zBefore) / factorBefore
      stay[n * q + i] = factorStay / factorBefore
      fall[n * q + i] = ((1 - t) * z[n]!) / factorBefore
      // The feature's share of the product ends as (o - z) / (t o + (1 - t) z); each branch adds its change.
      stayGain[n * q + i] = weight * ((1 - z[n]!) / factorStay - gainBefore)
      fallGain[n * q + i] = weight * (-1 / (1 - t) - gainBefore)
    }
  }
  const product = new Float64Array(nodes * q).fill(1)
  return { q, expected, before, stay, fall, stayGain, fallGain, product, hot: new Uint8Array(nodes) }
}

/** Node numbers, every parent before its children. */
function preorder({ feature, left, right }: TreeEnsemble, root: number): number[] {
  const order: number[] = []
  const open = [root]
  while (open.length > 0) {
    const n = open.pop()!
    order.push(n)
    if (feature[n]! >= 0) open.push(right[n]!, left[n]!)
  }
  return order
}
