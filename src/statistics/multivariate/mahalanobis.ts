/**
 * How far a row lies from the reference, in the reference's own directions and units: for anomalies of single rows. The
 * reference is plain JSON and never changes.
 */
import { cholesky, choleskyLength } from '../../numeric/cholesky.ts'
import { median, selectInPlace } from '../../numeric/select.ts'
import { chiSquareCdf, chiSquareQuantile, chiSquareSf, fSf } from '../distributions/distributions.ts'
import { type Columns, covarianceOf, rowsOf, scatter, standardOf } from './columns.ts'

export interface MahalanobisReference {
  readonly kind: 'mahalanobis'
  readonly mean: readonly number[]
  /** Lower triangle L of the covariance L L', row by row, p x p. */
  readonly factor: readonly number[]
  /** Rows that the mean and covariance come from. */
  readonly n: number
  readonly estimate: MahalanobisEstimate
}

/**
 * - `classical`: mean and covariance. A cluster of bad rows in the reference widens it and hides itself.
 * - `shrunk`: the covariance of Ledoit and Wolf, for few rows or columns that nearly depend on each other.
 * - `robust`: of the three quarters of the rows that lie closest together (minimum covariance determinant, by concentration
 *   steps from two robust starts: Rousseeuw and Van Driessen 1999, Hubert and others 2012), then of all rows within the
 *   97.5 % limit of these, both brought to the scale of normal rows.
 */
export type MahalanobisEstimate = 'classical' | 'shrunk' | 'robust'

/** A reference, or the reason why there is none: too few rows, or a covariance that is singular. */
export function fitMahalanobis(
  columns: Columns,
  estimate: MahalanobisEstimate = 'classical',
):
  | { readonly reference: MahalanobisReference; readonly reason?: undefined }
  | { readonly reference?: undefined; readonly reason: string } {
  const n = rowsOf('fitMahalanobis', columns)
  const p = columns.length
  const least = estimate === 'robust' ? 2 * (p + 1) : estimate === 'shrunk' ? 2 : p + 2
  if (n < least) return { reason: `${n} rows of ${p} columns, ${least} are needed` }
  const found = estimate === 'robust' ? robustEstimate(columns) : { ...classical(columns, estimate), n }
  const factor = found && cholesky(found.matrix, p)
  if (!found || !factor) {
    const constant = standardOf(columns).sd.indexOf(0)
    return {
      reason:
        constant >= 0
          ? `column ${constant} is constant in the reference; leave it out`
          : `the covariance is singular: a column depends on the others; leave it out${estimate === 'shrunk' ? '' : " or use 'shrunk'"}`,
    }
  }
  return { reference: { kind: 'mahalanobis', mean: found.mean, factor: [...factor], n: found.n, estimate } }
}

/** (x - mean)' C^{-1} (x - mean) of each row. */
export function mahalanobisSquared(columns: Columns, reference: MahalanobisReference): Float64Array {
  rowsOf('mahalanobisSquared', columns, reference.mean.length)
  return squaredDistances(columns, reference.mean, Float64Array.from(reference.factor))
}

/**
 * The chance that a new row of the same normal law lies as far out or farther. With the mean and covariance of n rows
 * (`classical`) it is that of d^2 n (n - p) / (p (n + 1)(n - 1)) under F with p and n - p degrees of freedom; else the
 * chi-square law with p degrees. Rows of other laws have heavier tails: compare with the distances of good rows too.
 */
export function mahalanobisP(squared: number, reference: MahalanobisReference): number {
  const p = reference.mean.length
  const n = reference.n
  if (reference.estimate !== 'classical') return chiSquareSf(squared, p)
  return fSf((squared * n * (n - p)) / (p * (n + 1) * (n - 1)), p, n - p)
}

interface Estimate {
  readonly mean: readonly number[]
  readonly matrix: Float64Array
  readonly n: number
}

function classical(columns: Columns, estimate: 'classical' | 'shrunk'): Omit<Estimate, 'n'> {
  if (estimate === 'classical') return covarianceOf(columns)
  // The target of the shrinkage is a multiple of the identity, which has a meaning between columns of one scale only.
  const p = columns.length
  const { mean, sd } = standardOf(columns)
  const scale = sd.map(value => (value > 0 ? value : 1))
  const { matrix } = covarianceOf(
    columns.map((column, j) => column.map(value => (value - mean[j]!) / scale[j]!)),
    'ledoitWolf',
  )
  for (let j = 0; j < p; j++) for (let k = 0; k < p; k++) matrix[j * p + k]! *= scale[j]! * scale[k]!
  return { mean, matrix }
}

function squaredDistances(columns: Columns, mean: readonly number[], factor: Float64Array): Float64Array {
  const n = columns[0]!.length
  const row = new Float64Array(columns.length)
  const squared = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < row.length; j++) row[j] = columns[j]![i]! - mean[j]!
    squared[i] = choleskyLength(factor, row)
  }
  return squared
}

function robustEstimate(columns: Columns): Estimate | undefined {
  const n = columns[0]!.length
  const p = columns.length
  const h = Math.floor(0.75 * n)
  let best: { rows: Uint32Array; logDeterminant: number } | undefined
  for (const start of [medianDistances(columns), signDistances(columns)]) {
    const found = start && concentrate(columns, closest(start, h))
    if (found && (!best || found.logDeterminant < best.logDeterminant)) best = found
  }
  if (!best) return undefined
  const raw = momentsOf(columns, best.rows)
  // The covariance of the inner part of a normal law is too small by this factor (Croux and Haesbroeck 1999).
  rescale(raw.matrix, h / n / chiSquareCdf(chiSquareQuantile(h / n, p), p + 2))
  const factor = cholesky(raw.matrix, p)
  if (!factor) return undefined
  const limit = chiSquareQuantile(0.975, p)
  const squared = squaredDistances(columns, raw.mean, factor)
  const good = Uint32Array.from(squared.keys()).filter(i => squared[i]! <= limit)
  if (good.length <= p + 1) return undefined
  const { mean, matrix } = momentsOf(columns, good)
  rescale(matrix, 0.975 / chiSquareCdf(limit, p + 2))
  return { mean, matrix, n: good.length }
}

/** Takes the h closest rows by the covariance of the last ones, until their determinant falls no more. */
function concentrate(columns: Columns, first: Uint32Array): { rows: Uint32Array; logDeterminant: number } | undefined {
  let rows = first
  let logDeterminant = Number.POSITIVE_INFINITY
  for (let round = 0; round < 100; round++) {
    const { mean, matrix } = momentsOf(columns, rows)
    const factor = cholesky(matrix, columns.length)
    if (!factor) return undefined
    let log = 0
    for (let j = 0; j < columns.length; j++) log += 2 * Math.log(factor[j * columns.length + j]!)
    if (!(log < logDeterminant - 1e-12)) break
    logDeterminant = log
    rows = closest(squaredDistances(columns, mean, factor), first.length)
  }
  return { rows, logDeterminant }
}

/** Indices of the h smallest distances, in row order; ties at the end by row order. */
function closest(distances: Float64Array, h: number): Uint32Array {
  const limit = selectInPlace(distances.slice(), h - 1)
  const rows = new Uint32Array(h)
  let below = 0
  for (let i = 0; i < distances.length; i++) if (distances[i]! < limit) below++
  let ties = h - below
  let next = 0
  for (let i = 0; i < distances.length; i++) {
    if (distances[i]! < limit || (distances[i] === limit && ties-- > 0)) rows[next++] = i
  }
  return rows
}

function momentsOf(columns: Columns, rows: Uint32Array): { mean: number[]; matrix: Float64Array } {
  const mean = columns.map(column => {
    let sum = 0
    for (const i of rows) sum += column[i]!
    return sum / rows.length
  })
  return { mean, matrix: scatter(columns, mean, rows).map(sum => sum / (rows.length - 1)) }
}

/** Distance from the medians in units of the median absolute deviation; undefined where one is 0. */
function medianDistances(columns: Columns): Float64Array | undefined {
  const squared = new Float64Array(columns[0]!.length)
  for (const column of columns) {
    const centre = median(column)!
    const deviation = median(column.map(value => Math.abs(value - centre)))!
    if (!(deviation > 0)) return undefined
    for (let i = 0; i < squared.length; i++) squared[i]! += ((column[i]! - centre) / deviation) ** 2
  }
  return squared
}

/** Distances by the covariance of directions from the medians (spatial signs), on which a far row weighs no more. */
function signDistances(columns: Columns): Float64Array | undefined {
  const p = columns.length
  const n = columns[0]!.length
  const centre = columns.map(column => median(column)!)
  const scale = columns.map((column, j) => median(column.map(value => Math.abs(value - centre[j]!)))!)
  if (!scale.every(value => value > 0)) return undefined
  const signs = columns.map((column, j) => column.map(value => (value - centre[j]!) / scale[j]!))
  for (let i = 0; i < n; i++) {
    let length = 0
    for (let j = 0; j < p; j++) length += signs[j]![i]! ** 2
    const by = length > 0 ? 1 / Math.sqrt(length) : 0
    for (let j = 0; j < p; j++) signs[j]![i]! *= by
  }
  const zero = new Array<number>(p).fill(0)
  const factor = cholesky(scatter(signs, zero), p)
  if (!factor) return undefined
  const scaled = columns.map((column, j) => column.map(value => (value - centre[j]!) / scale[j]!))
  return squaredDistances(scaled, zero, factor)
}

function rescale(matrix: Float64Array, by: number): void {
  for (let i = 0; i < matrix.length; i++) matrix[i]! *= by
}
