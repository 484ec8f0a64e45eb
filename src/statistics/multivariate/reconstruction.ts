/**
 * Drift in how columns hang together, which no single column shows: rows are rebuilt from the principal components of the
 * reference, and rebuilding gets worse where correlations change. The reference is plain JSON and never changes.
 */
import type { Random } from '../../numeric/random.ts'
import { shuffle } from '../../numeric/shuffle.ts'
import { symmetricEigen } from '../../numeric/symmetricEigen.ts'
import { tSf } from '../distributions/distributions.ts'
import type { Tested } from '../hypothesis/tested.ts'
import { type Columns, rowsOf, type Standard, scatter, standardOf } from './columns.ts'

export interface ReconstructionReference extends Standard {
  readonly kind: 'reconstruction'
  /** Components as rows of weights on the standardised columns; constant columns have the weight 0. */
  readonly components: readonly (readonly number[])[]
  /** Share of the variance of the standardised columns that the components hold. */
  readonly explained: number
  /** Of the reconstruction errors of rows that took no part in finding the components. */
  readonly error: ErrorMoments
}

export interface ErrorMoments {
  readonly mean: number
  /** Divisor n - 1. */
  readonly sd: number
  readonly n: number
}

/**
 * Components that hold `variance` (0.65) of the variance of the standardised columns. The errors of the reference come
 * from ten folds, each rebuilt by the components of the others: of the rows that gave the components they would be too
 * small, and every window would look worse.
 */
export function fitReconstruction(
  columns: Columns,
  { variance = 0.65, folds = 10 }: { readonly variance?: number; readonly folds?: number },
  rng: Random,
): ReconstructionReference {
  const n = rowsOf('fitReconstruction', columns)
  if (!(variance > 0 && variance <= 1)) {
    throw new RangeError(`fitReconstruction: variance is ${variance}, must be in (0, 1]`)
  }
  if (n < 2 * folds) throw new RangeError(`fitReconstruction: ${n} rows, needs ${2 * folds} for ${folds} folds`)
  const { mean, sd } = standardOf(columns)
  if (!sd.some(value => value > 0)) throw new RangeError('fitReconstruction: all columns are constant')
  const order = Uint32Array.from({ length: n }, (_, i) => i)
  shuffle(order, rng)
  const parts = Array.from({ length: folds }, (_, f) => {
    // In row order, which the cache likes.
    const rows = order.subarray(Math.floor((f * n) / folds), Math.floor(((f + 1) * n) / folds)).sort()
    return { rows, sums: sumsOf(columns, mean, rows) }
  })
  const all = parts.map(part => part.sums).reduce((a, b) => combine(a, b, 1))
  const whole = componentsOf(all, mean, sd, variance)
  const errors = new Float64Array(n)
  for (const { rows, sums } of parts) {
    const others = componentsOf(combine(all, sums, -1), mean, sd, variance, whole.components.length)
    errorsOf(columns, others, rows).forEach((error, i) => {
      errors[rows[i]!] = error
    })
  }
  return { kind: 'reconstruction', ...whole, error: momentsOf(errors) }
}

/** Euclidean distance of each standardised row from what the components make of it. */
export function reconstructionErrors(columns: Columns, reference: ReconstructionReference): Float64Array {
  rowsOf('reconstructionErrors', columns, reference.mean.length)
  return errorsOf(columns, reference)
}

/** The mean error of a window and its standard error sd / sqrt n: a point of an individuals chart. */
export function windowReconstruction(
  columns: Columns,
  reference: ReconstructionReference,
): ErrorMoments & { readonly standardError: number } {
  const moments = momentsOf(reconstructionErrors(columns, reference))
  return { ...moments, standardError: moments.sd / Math.sqrt(moments.n) }
}

/**
 * Welch's test of the mean error of a window against the reference, two-sided; for independent rows. The components have
 * errors of their own, which all rows of the window share: the reference counts with 1.5 times its variance, found by
 * simulation to keep the level from 30 rows on.
 */
export function reconstructionTest(columns: Columns, reference: ReconstructionReference): Tested {
  const { mean, sd, n } = momentsOf(reconstructionErrors(columns, reference))
  if (n < 2) return { reason: `${n} rows, 2 are needed` }
  const own = (sd * sd) / n
  const other = (1.5 * reference.error.sd * reference.error.sd) / reference.error.n
  if (!(own + other > 0)) return { reason: 'no spread in the errors' }
  const statistic = (mean - reference.error.mean) / Math.sqrt(own + other)
  const df = (own + other) ** 2 / (own ** 2 / (n - 1) + other ** 2 / (reference.error.n - 1))
  return { result: { statistic, p: 2 * tSf(Math.abs(statistic), df) } }
}

type Components = Pick<ReconstructionReference, 'mean' | 'sd' | 'components' | 'explained'>

/** Rows, sums and sums of products around a common centre: those of folds add up. */
interface Sums {
  readonly n: number
  readonly sum: Float64Array
  readonly products: Float64Array
}

function sumsOf(columns: Columns, centre: readonly number[], rows: Uint32Array): Sums {
  const sum = Float64Array.from(columns, (column, j) => {
    let total = 0
    for (const i of rows) total += column[i]! - centre[j]!
    return total
  })
  return { n: rows.length, sum, products: scatter(columns, centre, rows) }
}

function combine(a: Sums, b: Sums, sign: 1 | -1): Sums {
  return {
    n: a.n + sign * b.n,
    sum: a.sum.map((value, j) => value + sign * b.sum[j]!),
    products: a.products.map((value, i) => value + sign * b.products[i]!),
  }
}

/** As few components as hold the variance, or as many as asked. A column that is constant in all rows is left out. */
function componentsOf(
  { n, sum, products }: Sums,
  centre: readonly number[],
  spread: readonly number[],
  variance: number,
  count?: number,
): Components {
  const p = sum.length
  const covariance = (j: number, k: number) => products[j * p + k]! / n - (sum[j]! / n) * (sum[k]! / n)
  const mean = centre.map((value, j) => value + sum[j]! / n)
  // What is left of a column that varies in other rows only is rounding.
  const sd = spread.map((whole, j) => {
    const own = Math.sqrt(Math.max(0, covariance(j, j)))
    return own > 1e-9 * whole ? own : 0
  })
  const correlation = new Float64Array(p * p)
  for (let j = 0; j < p; j++) {
    for (let k = 0; k < p; k++) {
      const scale = sd[j]! * sd[k]!
      correlation[j * p + k] = scale > 0 ? covariance(j, k) / scale : 0
    }
  }
  const { values, vectors } = symmetricEigen(correlation, p)
  const total = values.reduce((sum, value) => sum + Math.max(0, value), 0)
  const components: number[][] = []
  let held = 0
  for (let l = 0; l < p && values[l]! > 0; l++) {
    if (count === undefined ? held >= variance * total * (1 - 1e-12) : l >= count) break
    components.push([...vectors.subarray(l * p, (l + 1) * p)])
    held += values[l]!
  }
  return { mean, sd, components, explained: total > 0 ? held / total : 0 }
}

/** |z|^2 - sum (c z)^2 would cancel: the rest of each row is built and measured. */
function errorsOf(columns: Columns, { mean, sd, components }: Components, rows?: Uint32Array): Float64Array {
  const p = columns.length
  const n = rows?.length ?? columns[0]!.length
  const errors = new Float64Array(n)
  const rest = new Float64Array(p)
  const weights = components.map(component => Float64Array.from(component))
  const scores = new Float64Array(weights.length)
  for (let i = 0; i < n; i++) {
    const row = rows ? rows[i]! : i
    for (let j = 0; j < p; j++) rest[j] = sd[j]! > 0 ? (columns[j]![row]! - mean[j]!) / sd[j]! : 0
    for (let l = 0; l < weights.length; l++) {
      const weight = weights[l]!
      let score = 0
      for (let j = 0; j < p; j++) score += weight[j]! * rest[j]!
      scores[l] = score
    }
    for (let l = 0; l < weights.length; l++) {
      const weight = weights[l]!
      for (let j = 0; j < p; j++) rest[j]! -= scores[l]! * weight[j]!
    }
    let square = 0
    for (let j = 0; j < p; j++) square += rest[j]! * rest[j]!
    errors[i] = Math.sqrt(square)
  }
  return errors
}

function momentsOf(errors: Float64Array): ErrorMoments {
  const n = errors.length
  const mean = errors.reduce((sum, error) => sum + error, 0) / n
  const squares = errors.reduce((sum, error) => sum + (error - mean) ** 2, 0)
  return { mean, sd: n > 1 ? Math.sqrt(squares / (n - 1)) : 0, n }
}
