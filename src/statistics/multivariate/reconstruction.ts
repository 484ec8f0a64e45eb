/**
 * Drift in how columns hang together, which no single column shows: rows are rebuilt from the principal components of the
 * reference, and rebuilding gets worse where correlations change. The reference is plain JSON and never changes.
 */
import type { Random } from '../../numeric/random.ts'
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
 * from five folds, each rebuilt by the components of the others: of the rows that gave the components they would be too
 * small, and every window would look worse.
 */
export function fitReconstruction(
  columns: Columns,
  { variance = 0.65, folds = 5 }: { readonly variance?: number; readonly folds?: number },
  rng: Random,
): ReconstructionReference {
  const n = rowsOf('fitReconstruction', columns)
  if (!(variance > 0 && variance <= 1)) {
    throw new RangeError(`fitReconstruction: variance is ${variance}, must be in (0, 1]`)
  }
  if (n < 2 * folds) throw new RangeError(`fitReconstruction: ${n} rows, needs ${2 * folds} for ${folds} folds`)
  const whole = componentsOf(columns, variance)
  if (whole.components.length === 0) throw new RangeError('fitReconstruction: all columns are constant')
  const fold = Uint8Array.from({ length: n }, (_, i) => i % folds)
  for (let i = n - 1; i > 0; i--) {
    const j = rng.below(i + 1)
    const kept = fold[i]!
    fold[i] = fold[j]!
    fold[j] = kept
  }
  const errors = new Float64Array(n)
  for (let f = 0; f < folds; f++) {
    const others = columns.map(column => column.filter((_, i) => fold[i] !== f))
    const own = columns.map(column => column.filter((_, i) => fold[i] === f))
    const rebuilt = errorsOf(own, { ...componentsOf(others, variance, whole.components.length) })
    let next = 0
    for (let i = 0; i < n; i++) if (fold[i] === f) errors[i] = rebuilt[next++]!
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

/** Welch's test of the mean error of a window against the reference, two-sided; for independent rows. */
export function reconstructionTest(columns: Columns, reference: ReconstructionReference): Tested {
  const { mean, sd, n } = momentsOf(reconstructionErrors(columns, reference))
  if (n < 2) return { reason: `${n} rows, 2 are needed` }
  const [own, other] = [(sd * sd) / n, (reference.error.sd * reference.error.sd) / reference.error.n]
  if (!(own + other > 0)) return { reason: 'no spread in the errors' }
  const statistic = (mean - reference.error.mean) / Math.sqrt(own + other)
  const df = (own + other) ** 2 / (own ** 2 / (n - 1) + other ** 2 / (reference.error.n - 1))
  return { result: { statistic, p: 2 * tSf(Math.abs(statistic), df) } }
}

type Components = Pick<ReconstructionReference, 'mean' | 'sd' | 'components' | 'explained'>

/** As few components as hold the variance, or as many as asked. */
function componentsOf(columns: Columns, variance: number, count?: number): Components {
  const p = columns.length
  const n = columns[0]!.length
  const { mean, sd } = standardOf(columns)
  const correlation = scatter(columns, mean)
  for (let j = 0; j < p; j++) {
    for (let k = 0; k < p; k++) {
      const scale = n * sd[j]! * sd[k]!
      correlation[j * p + k] = scale > 0 ? correlation[j * p + k]! / scale : 0
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
function errorsOf(columns: Columns, { mean, sd, components }: Components): Float64Array {
  const p = columns.length
  const n = columns[0]!.length
  const errors = new Float64Array(n)
  const rest = new Float64Array(p)
  const weights = components.map(component => Float64Array.from(component))
  const scores = new Float64Array(weights.length)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < p; j++) rest[j] = sd[j]! > 0 ? (columns[j]![i]! - mean[j]!) / sd[j]! : 0
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
