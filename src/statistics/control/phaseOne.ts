/**
 * Phase I of a control chart: limits from a stable period. Points that are themselves out of limits are left out, in at
 * most two rounds, and listed; the result is frozen.
 */

import { chiSquareSf, normalSf, tQuantile } from '../distributions/distributions.ts'
import { type EwmaLimits, type IndividualsLimits, type ProportionLimits, proportionPoint } from './controlChart.ts'
import { type EwmaLimitKind, ewmaDesign } from './runLength.ts'

/** Limits, or the reason why there are none yet. */
export type Fit<L> =
  | { readonly limits: L; readonly reason?: undefined }
  | { readonly limits?: undefined; readonly reason: string }

/** Fewer reference points than this give no limits. */
export const leastReference = 5

/**
 * Limits of a chart of single points.
 * - `prediction`: mean +- t_{1 - a/2, m - 1} s sqrt(1 + 1/m) with a = 2 (1 - Phi(L)): the false-alarm rate of L holds
 *   however short the reference is.
 * - `moving-range`: mean +- L MR / 1.128 (NIST/SEMATECH e-Handbook 6.3.2.2).
 */
export function fitIndividuals(
  points: Float64Array,
  { L = 3, method = 'prediction' }: { L?: number; method?: 'prediction' | 'moving-range' } = {},
): Fit<IndividualsLimits> {
  checkFinite('fitIndividuals', points)
  return phaseOne<IndividualsLimits>(
    points.length,
    kept => {
      const values = Float64Array.from(kept, i => points[i]!)
      const { mean, sd } = meanAndSd(values)
      if (!(sd > 0)) return { reason: 'all reference points are equal' }
      const m = values.length
      const half =
        method === 'prediction'
          ? -tQuantile(normalSf(L), m - 1) * sd * Math.sqrt(1 + 1 / m)
          : (L * meanMovingRange(values)) / 1.128
      return { limits: { kind: 'individuals', centre: mean, lower: mean - half, upper: mean + half, m, excluded: [] } }
    },
    (limits, i) => Math.max(points[i]! - limits.upper, limits.lower - points[i]!),
  )
}

/**
 * Limits of an EWMA chart that raises one false alarm in `arl0` points, the uncertainty of a short reference included
 * (see ewmaDesign). Points out of 3 sigma prediction limits are left out of mean and sd.
 *
 * Neighbouring points that resemble each other make an EWMA wander further: `correlation` is their lag-one correlation,
 * or 'estimate' to take it from the reference (never below 0). It widens the limits as for an AR(1) process and counts
 * m (1 - r) / (1 + r) points for the error of the mean.
 */
export function fitEwma(
  points: Float64Array,
  {
    lambda = 0.2,
    arl0 = 500,
    limits = 'time-varying',
    correlation = 0,
  }: { lambda?: number; arl0?: number; limits?: EwmaLimitKind; correlation?: number | 'estimate' } = {},
): Fit<EwmaLimits> {
  const basis = fitIndividuals(points)
  if (!basis.limits) return basis
  const { excluded } = basis.limits
  const values = points.filter((_, i) => !excluded.includes(i))
  const { mean, sd } = meanAndSd(values)
  const r = correlation === 'estimate' ? Math.max(0, lagOneCorrelation(values)) : correlation
  if (!(r >= 0 && r < 1)) throw new RangeError(`fitEwma: correlation is ${r}, must be in [0, 1)`)
  const m = values.length
  const reference = Math.max(leastReference, Math.floor((m * (1 - r)) / (1 + r)))
  const L = ewmaDesign(lambda, arl0, { limits, reference })
  return { limits: { kind: 'ewma', lambda, L, arl0, limits, mean, sd, correlation: r, m, excluded } }
}

/**
 * Limits of a p chart of `counts` out of `sizes`. With `overdispersed` the width follows the spread that the shares
 * really have (Laney 2002, p' chart): MR / 1.128 of the standardised shares.
 */
export function fitProportions(
  counts: Float64Array,
  sizes: Float64Array,
  { L = 3, overdispersed = false }: { L?: number; overdispersed?: boolean } = {},
): Fit<ProportionLimits> {
  checkFinite('fitProportions', counts)
  checkSizes('fitProportions', counts, sizes)
  return phaseOne<ProportionLimits>(
    counts.length,
    kept => {
      let count = 0
      let size = 0
      for (const i of kept) {
        count += counts[i]!
        size += sizes[i]!
      }
      const centre = count / size
      if (centre === 0 || centre === 1) return { reason: `the share of the reference is ${centre}` }
      const standardised = Float64Array.from(
        kept,
        i => (counts[i]! / sizes[i]! - centre) / Math.sqrt((centre * (1 - centre)) / sizes[i]!),
      )
      const spread = overdispersed ? Math.max(1, meanMovingRange(standardised) / 1.128) : 1
      return { limits: { kind: 'p', centre, L, spread, m: kept.length, excluded: [] } }
    },
    (limits, i) => {
      const { lower, upper, z } = proportionPoint(limits, counts[i]! / sizes[i]!, sizes[i]!)
      return Math.max(z - upper, lower - z) / (upper - lower)
    },
  )
}

/**
 * Overdispersion of counts out of sizes: variance over binomial variance, and the probability of a ratio as large under
 * binomial counts, (m - 1) ratio ~ chi-square (Wetherill and Brown 1991).
 */
export function dispersion(counts: Float64Array, sizes: Float64Array): { ratio: number; p: number } {
  checkSizes('dispersion', counts, sizes)
  let count = 0
  let size = 0
  for (let i = 0; i < counts.length; i++) {
    count += counts[i]!
    size += sizes[i]!
  }
  const share = count / size
  let sum = 0
  for (let i = 0; i < counts.length; i++) {
    sum += (counts[i]! - sizes[i]! * share) ** 2 / (sizes[i]! * share * (1 - share))
  }
  return { ratio: sum / (counts.length - 1), p: chiSquareSf(sum, counts.length - 1) }
}

/** r_1 of a series, corrected for the bias of a short one: r + (1 + 3 r) / m (Kendall 1954), at most 0.95. */
export function lagOneCorrelation(points: Float64Array): number {
  const { mean, sd } = meanAndSd(points)
  const m = points.length
  if (m < 3 || !(sd > 0)) return 0
  let sum = 0
  for (let i = 1; i < m; i++) sum += (points[i]! - mean) * (points[i - 1]! - mean)
  const r = sum / ((m - 1) * sd * sd)
  return Math.min(0.95, r + (1 + 3 * r) / m)
}

/**
 * Estimate, leave out what lies outside, estimate again: at most two rounds and at most a tenth of the points, the
 * farthest first. `distance` is how far a point lies outside; positive is out.
 */
function phaseOne<L extends { readonly excluded: readonly number[] }>(
  total: number,
  estimate: (kept: readonly number[]) => Fit<L>,
  distance: (limits: L, point: number) => number,
): Fit<L> {
  let kept = Array.from({ length: total }, (_, i) => i)
  if (total < leastReference) return { reason: `${total} reference points, ${leastReference} are needed` }
  const allowed = Math.floor(total / 10)
  const excluded: number[] = []
  for (let round = 0; ; round++) {
    const fit = estimate(kept)
    if (!fit.limits) return fit
    const { limits } = fit
    const outside = kept
      .filter(point => distance(limits, point) > 0)
      .sort((a, b) => distance(limits, b) - distance(limits, a))
      .slice(0, allowed - excluded.length)
    if (round === 2 || outside.length === 0) {
      return { limits: { ...limits, excluded: excluded.sort((a, b) => a - b) } }
    }
    excluded.push(...outside)
    kept = kept.filter(point => !outside.includes(point))
  }
}

function meanAndSd(values: Float64Array): { mean: number; sd: number } {
  let mean = 0
  let sum = 0
  for (let i = 0; i < values.length; i++) {
    const d = values[i]! - mean
    mean += d / (i + 1)
    sum += d * (values[i]! - mean)
  }
  return { mean, sd: Math.sqrt(sum / (values.length - 1)) }
}

function meanMovingRange(values: Float64Array): number {
  let sum = 0
  for (let i = 1; i < values.length; i++) sum += Math.abs(values[i]! - values[i - 1]!)
  return sum / (values.length - 1)
}

function checkFinite(name: string, values: Float64Array): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) throw new RangeError(`${name}: point ${i} is ${values[i]}, must be finite`)
  }
}

function checkSizes(name: string, counts: Float64Array, sizes: Float64Array): void {
  if (counts.length !== sizes.length) throw new RangeError(`${name}: ${counts.length} counts, ${sizes.length} sizes`)
  for (let i = 0; i < counts.length; i++) {
    if (!(sizes[i]! > 0 && counts[i]! >= 0 && counts[i]! <= sizes[i]!)) {
      throw new RangeError(`${name}: point ${i} is ${counts[i]} of ${sizes[i]}, wanted a count between 0 and the size`)
    }
  }
}
