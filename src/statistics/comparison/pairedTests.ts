/** Two models on the same independent rows, by any metric. Where days vary together, name them as blocks. */
import type { Random } from '../../numeric/random.ts'
import { tSf } from '../distributions/distributions.ts'
import type { Tested } from '../hypothesis/tested.ts'
import { type Measured, measured } from '../measured.ts'
import { type BootstrapOptions, bcaBounds, bootstrap } from '../metrics/bootstrap.ts'

/** Paired t-test of "the mean difference is 0": t = mean / (sd / sqrt n), n - 1 degrees of freedom, two-sided. */
export function pairedT(differences: Float64Array): Tested {
  const n = differences.length
  if (n < 2) return { reason: `${n} rows, 2 are needed` }
  let mean = 0
  let square = 0
  for (let i = 0; i < n; i++) {
    if (!Number.isFinite(differences[i])) {
      throw new RangeError(`pairedT: difference of row ${i} is ${differences[i]}, must be finite`)
    }
    const gap = differences[i]! - mean
    mean += gap / (i + 1)
    square += gap * (differences[i]! - mean)
  }
  if (!(square > 0)) return { reason: 'all differences are equal' }
  const statistic = mean / Math.sqrt(square / (n - 1) / n)
  return { result: { statistic, p: 2 * tSf(Math.abs(statistic), n - 1) } }
}

export type PairedBootstrap =
  | {
      readonly difference: number
      readonly lower: number
      readonly upper: number
      /** Share of the draws that differ from the difference by as much as it differs from 0, (1 + count) / (1 + draws). */
      readonly p: number
      readonly method: string
      readonly reason?: undefined
    }
  | { readonly difference?: undefined; readonly reason: string }

/**
 * Metric of the first model minus that of the second, by drawing rows (or blocks) of both together: interval by BCa, and
 * a two-sided p-value. A metric takes the weights of the rows, such as `w => rocAuc(truth, score, w)`.
 */
export function pairedBootstrap(
  rows: number,
  first: (weight: Float64Array) => Measured,
  second: (weight: Float64Array) => Measured,
  options: BootstrapOptions,
  rng: Random,
): PairedBootstrap {
  const figures = (weight: Float64Array) => ({ difference: minus(first(weight), second(weight)) })
  const { difference } = bootstrap(rows, figures, options, rng)
  if (difference.reason !== undefined) return { reason: difference.reason }
  const bounds = bcaBounds(difference, options)
  if (bounds.reason !== undefined) return { reason: bounds.reason }
  const { estimate, draws } = difference
  let asFar = 0
  for (const value of draws) if (Math.abs(value - estimate) >= Math.abs(estimate)) asFar++
  return { difference: estimate, ...bounds, p: (1 + asFar) / (1 + draws.length) }
}

function minus(a: Measured, b: Measured): Measured {
  if (a.value === undefined) return a
  return b.value === undefined ? b : measured(a.value - b.value)
}
