/**
 * How often a test alarms where nothing has changed, for the calibration tests beside every statistical function.
 * Data are drawn under the null as often as asked; the rate has to lie within the binomial bounds of the stated level.
 */
import type { Random } from '../../numeric/random.ts'
import { binomialQuantile } from '../distributions/distributions.ts'
import { kolmogorovSf } from '../hypothesis/kolmogorov.ts'

export interface FalseAlarms {
  /** Share of the replicates with p <= alpha. */
  readonly rate: number
  /** A test of exactly this level leaves [lower, upper] once in 10,000 calibrations. */
  readonly lower: number
  readonly upper: number
  /** The p-values that were drawn; a replicate whose test gave none (undefined) is left out here and is no alarm. */
  readonly p: Float64Array
}

/** Draws `replicates` data sets under the null and tests each. */
export function falseAlarmRate<T>(
  replicates: number,
  draw: (rng: Random) => T,
  pValue: (data: T, rng: Random) => number | undefined,
  rng: Random,
  alpha = 0.05,
): FalseAlarms {
  return falseAlarmRates(replicates, draw, { test: pValue }, rng, alpha).test
}

/** The same for several tests of the same data sets. */
export function falseAlarmRates<T, Name extends string>(
  replicates: number,
  draw: (rng: Random) => T,
  tests: Readonly<Record<Name, (data: T, rng: Random) => number | undefined>>,
  rng: Random,
  alpha = 0.05,
): Record<Name, FalseAlarms> {
  const names = Object.keys(tests) as Name[]
  const drawn = names.map((): number[] => [])
  for (let i = 0; i < replicates; i++) {
    const replicate = rng.fork(i)
    const data = draw(replicate)
    for (const [k, name] of names.entries()) {
      const p = tests[name](data, replicate)
      if (p === undefined) continue
      if (!(p >= 0 && p <= 1)) throw new RangeError(`falseAlarmRates: replicate ${i} of ${name} gave p = ${p}`)
      drawn[k]!.push(p)
    }
  }
  const lower = binomialQuantile(5e-5, replicates, alpha) / replicates
  const upper = binomialQuantile(1 - 5e-5, replicates, alpha) / replicates
  const entries = names.map((name, k) => {
    const p = Float64Array.from(drawn[k]!)
    return [name, { rate: p.filter(value => value <= alpha).length / replicates, lower, upper, p }]
  })
  // The entries have the names of `tests` and no others.
  return Object.fromEntries(entries) as Record<Name, FalseAlarms>
}

/** p-value of the one-sample Kolmogorov-Smirnov test that the numbers are uniform in [0, 1]. */
export function uniformity(p: Float64Array): number {
  const sorted = p.slice().sort()
  let d = 0
  for (let i = 0; i < sorted.length; i++) {
    d = Math.max(d, sorted[i]! - i / sorted.length, (i + 1) / sorted.length - sorted[i]!)
  }
  return kolmogorovSf(sorted.length, d)
}

/** The shapes that monitored columns have: smooth, tied integers, heavy tails (t with 2 degrees of freedom), skewed. */
export const shapes: Readonly<Record<'normal' | 'integer' | 'heavy' | 'skewed', (rng: Random) => number>> = {
  normal: rng => rng.normal(),
  integer: rng => Math.round(2 * rng.normal()),
  heavy: rng => rng.normal() / Math.sqrt(-Math.log(1 - rng.next())),
  skewed: rng => -Math.log(1 - rng.next()),
}

/** n draws of one shape. */
export function sample(rng: Random, n: number, shape: (rng: Random) => number): Float64Array {
  return Float64Array.from({ length: n }, () => shape(rng))
}
