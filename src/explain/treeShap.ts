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
    if (tree.nodes === 1) continue
    const scratch = scratchFor(tree)
    for (let from = 0; from < rows; from += blockRows) {
      addRows(tree, scratch, columns, from, Math.min(blockRows, rows - from), values, width)
    }
  }
  return { base, values }
}

/** A tree in preorder. The branch into a node has the node's number. */
interface CompiledTree {
  readonly nodes: number
  /** Quadrature nodes. */
  readonly q: number
  readonly expected: number
  readonly parent: Int32Array
  readonly isLeaf: Uint8Array
  /** Leaf value, 1 for inner nodes. */
  readonly value: Float64Array
  /** Feature and threshold that the branch tests, and whether it is the branch of x <= threshold or of missing x. */
  readonly feature: Int32Array
  readonly threshold: Float64Array
  readonly isLeft: Uint8Array
  readonly missingHere: Uint8Array
  /** Nearest branch above that tests the same feature, -1 for none. */
  readonly before: Int32Array
  /** By branch, quadrature node and what o does there (`wasCold`, `falls`, `stays`): what multiplies the product. */
  readonly factor: Float64Array
  /** By the same: what the product of a leaf below counts in phi of the feature. */
  readonly gain: Float64Array
}

/** o of the branch's feature was 0 before, falls from 1 to 0 on the branch, or stays 1. */
const wasCold = 0
const falls = 1
const stays = 2

/** Rows walked through a tree together, so that its numbers are read once for all of them. */
const blockRows = 16

interface Scratch {
  /** By branch and row: what o does there. */
  readonly state: Uint8Array
  /** By node, quadrature node and row: products on the way down, sums over the leaves below on the way up. */
  readonly product: Float64Array
  readonly sum: Float64Array
}

function scratchFor({ nodes, q }: CompiledTree): Scratch {
  const cells = nodes * q * blockRows
  return {
    state: new Uint8Array(nodes * blockRows),
    product: new Float64Array(cells).fill(1, 0, q * blockRows),
    sum: new Float64Array(cells),
  }
}

/** Adds phi of the rows from, from + 1, … to `out`. */
function addRows(
  tree: CompiledTree,
  { state, product, sum }: Scratch,
  columns: readonly Float32Array[],
  from: number,
  count: number,
  out: Float64Array,
  width: number,
): void {
  const { nodes, q, parent, isLeaf, value, feature, threshold, isLeft, missingHere, before, factor, gain } = tree
  sum.fill(0)
  for (let n = 1; n < nodes; n++) {
    const column = columns[feature[n]!]!
    const limit = threshold[n]!
    const left = isLeft[n] === 1
    const missing = missingHere[n] === 1
    const earlier = before[n]! * blockRows
    const here = n * blockRows
    for (let r = 0; r < count; r++) {
      if (earlier >= 0 && state[earlier + r] !== stays) state[here + r] = wasCold
      else {
        const x = column[from + r]!
        state[here + r] = (Number.isNaN(x) ? missing : x <= limit === left) ? stays : falls
      }
    }
    const weight = value[n]!
    const target = isLeaf[n] === 1 ? sum : product
    for (let i = 0; i < q; i++) {
      const table = 3 * (n * q + i)
      const cold = factor[table]! * weight
      const fallen = factor[table + 1]! * weight
      const stayed = factor[table + 2]! * weight
      const above = (parent[n]! * q + i) * blockRows
      const to = (n * q + i) * blockRows
      for (let r = 0; r < count; r++) {
        const now = state[here + r]
        target[to + r] = product[above + r]! * (now === stays ? stayed : now === falls ? fallen : cold)
      }
    }
  }
  for (let n = nodes - 1; n >= 1; n--) {
    const here = n * blockRows
    const at = from * width + feature[n]!
    for (let i = 0; i < q; i++) {
      const table = 3 * (n * q + i)
      const fallen = gain[table + 1]!
      const stayed = gain[table + 2]!
      const above = (parent[n]! * q + i) * blockRows
      const to = (n * q + i) * blockRows
      for (let r = 0; r < count; r++) {
        const below = sum[to + r]!
        sum[above + r]! += below
        const now = state[here + r]
        if (now !== wasCold) out[at + r * width]! += below * (now === stays ? stayed : fallen)
      }
    }
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
  const value = new Float64Array(nodes).fill(1)
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
  const factor = new Float64Array(3 * nodes * q)
  const gain = new Float64Array(3 * nodes * q)
  for (let n = 1; n < nodes; n++) {
    const zBefore = before[n]! < 0 ? 1 : z[before[n]!]!
    for (let i = 0; i < q; i++) {
      const t = (1 + rule.nodes[i]!) / 2
      const weight = rule.weights[i]! / 2
      const at = 3 * (n * q + i)
      const factorBefore = t + (1 - t) * zBefore
      const factorStays = t + (1 - t) * z[n]!
      factor[at + wasCold] = ratio[n]!
      factor[at + falls] = ((1 - t) * z[n]!) / factorBefore
      factor[at + stays] = factorStays / factorBefore
      // The feature's share of the product ends as (o - z) / (t o + (1 - t) z); each branch adds its change, and from
      // o = 0 on that share is -1 / (1 - t) whatever z is.
      const gainBefore = (1 - zBefore) / factorBefore
      gain[at + falls] = weight * (-1 / (1 - t) - gainBefore)
      gain[at + stays] = weight * ((1 - z[n]!) / factorStays - gainBefore)
    }
  }
  return { q, expected, before, factor, gain }
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
