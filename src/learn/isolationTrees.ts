/**
 * Trees of random cuts on random samples, for the isolation forest. A leaf holds the depth at which its rows would stand
 * alone, its own depth and c(rows), divided by the number of trees: the raw score of a row is its mean depth.
 */
import type { Random } from '../numeric/random.ts'
import type { TreeEnsemble } from '../trees/ensemble.ts'

export interface GrowingColumn {
  readonly name: string
  /** NaN is missing. */
  readonly values: Float32Array
  /** Where an unseen category stands: one row of each sample is put there. */
  readonly unseen?: number
}

export function growIsolationTrees(
  columns: readonly GrowingColumn[],
  { trees, sampleRows }: { trees: number; sampleRows: number },
  random: Random,
): TreeEnsemble {
  const nodes = emptyNodes()
  const roots = new Int32Array(trees)
  const deepest = deepestOf(sampleRows)
  const all = Int32Array.from({ length: sampleRows }, (_, i) => i)
  for (let t = 0; t < trees; t++) {
    const rng = random.fork(`tree ${t}`)
    const drawn = drawRows(columns[0]!.values.length, sampleRows, rng)
    const sample = columns.map(({ values, unseen }) => {
      const own = Float32Array.from(drawn, i => values[i]!)
      if (unseen !== undefined) own[rng.below(sampleRows)] = unseen
      return own
    })
    roots[t] = nodes.feature.length
    grow(nodes, sample, all, 0, deepest, rng)
  }
  return {
    features: columns.map(({ name }) => name),
    link: 'identity',
    base: 0,
    roots,
    feature: Int32Array.from(nodes.feature),
    threshold: Float64Array.from(nodes.threshold),
    left: Int32Array.from(nodes.left),
    right: Int32Array.from(nodes.right),
    missingLeft: Uint8Array.from(nodes.missingLeft),
    value: Float64Array.from(nodes.value, depth => depth / trees),
    cover: Float64Array.from(nodes.cover),
  }
}

/** Where a tree of so many rows stops: an ordinary row stands that deep, deeper is of no interest. */
export function deepestOf(sampleRows: number): number {
  return Math.ceil(Math.log2(sampleRows))
}

/** c(n): the mean depth at which a random search tree of n rows ends, 2 (ln(n - 1) + 0.5772) - 2 (n - 1) / n. */
export function meanDepth(n: number): number {
  if (n < 2) return 0
  return n === 2 ? 1 : 2 * (Math.log(n - 1) + eulerGamma) - (2 * (n - 1)) / n
}

const eulerGamma = 0.5772156649015329

type Nodes = Record<'feature' | 'threshold' | 'left' | 'right' | 'missingLeft' | 'value' | 'cover', number[]>

function emptyNodes(): Nodes {
  return { feature: [], threshold: [], left: [], right: [], missingLeft: [], value: [], cover: [] }
}

interface Cut {
  readonly column: number
  /** x <= threshold goes left; infinite where the cut parts the present from the missing. */
  readonly threshold: number
  /** undefined: no row of the node is missing. */
  readonly missingLeft?: boolean
}

/** Appends the tree of these rows; returns its root. */
function grow(
  nodes: Nodes,
  columns: readonly Float32Array[],
  rows: Int32Array,
  depth: number,
  deepest: number,
  rng: Random,
): number {
  const at = nodes.feature.length
  const cut = depth < deepest && rows.length > 1 ? drawCut(columns, rows, rng) : undefined
  nodes.feature.push(cut ? cut.column : -1)
  nodes.threshold.push(cut ? cut.threshold : 0)
  nodes.left.push(0)
  nodes.right.push(0)
  nodes.missingLeft.push(0)
  nodes.value.push(cut ? 0 : depth + meanDepth(rows.length))
  nodes.cover.push(rows.length)
  if (!cut) return at
  const x = columns[cut.column]!
  const goesLeft = (i: number) => x[i]! <= cut.threshold || (cut.missingLeft === true && Number.isNaN(x[i]))
  const left = rows.filter(goesLeft)
  const right = rows.filter(i => !goesLeft(i))
  nodes.missingLeft[at] = (cut.missingLeft ?? left.length <= right.length) ? 1 : 0
  nodes.left[at] = grow(nodes, columns, left, depth + 1, deepest, rng)
  nodes.right[at] = grow(nodes, columns, right, depth + 1, deepest, rng)
  return at
}

/** A cut of the first column, in random order, that can be cut; undefined where all rows are alike. */
function drawCut(columns: readonly Float32Array[], rows: Int32Array, rng: Random): Cut | undefined {
  const untried = Int32Array.from(columns, (_, c) => c)
  for (let left = untried.length; left > 0; left--) {
    const k = rng.below(left)
    const column = untried[k]!
    untried[k] = untried[left - 1]!
    const cut = cutOf(columns[column]!, column, rows, rng)
    if (cut) return cut
  }
  return undefined
}

function cutOf(x: Float32Array, column: number, rows: Int32Array, rng: Random): Cut | undefined {
  let missing = 0
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (const i of rows) {
    const value = x[i]!
    if (Number.isNaN(value)) missing++
    else {
      if (value < min) min = value
      if (value > max) max = value
    }
  }
  if (missing === rows.length || (missing === 0 && min === max)) return undefined
  if (missing > 0 && (min === max || rng.next() < 0.5)) {
    return { column, threshold: Number.POSITIVE_INFINITY, missingLeft: false }
  }
  const drawn = Math.fround(min + (max - min) * rng.next())
  // Rounding may reach the maximum, and then nothing would go right.
  const threshold = drawn < max ? drawn : min
  return missing > 0 ? { column, threshold, missingLeft: rng.next() < 0.5 } : { column, threshold }
}

/** `count` different numbers below `rows` (Floyd's algorithm). */
function drawRows(rows: number, count: number, rng: Random): number[] {
  const drawn = new Set<number>()
  for (let last = rows - count; last < rows; last++) {
    const k = rng.below(last + 1)
    drawn.add(drawn.has(k) ? last : k)
  }
  return [...drawn]
}
