/** Phase I of charts of counts: shares (p, np), rates (c, u), both with Laney's correction, and gaps between events (g). */
import { gaussLegendre } from '../../numeric/gaussLegendre.ts'
import { chiSquareSf } from '../distributions/distributions.ts'
import { equivalentDegrees, movingRangeFactor, movingRangeVariation } from './constants.ts'
import { bandOf } from './controlChart.ts'
import { countSignalRate } from './countRunLength.ts'
import { checkFinite, type Fit, type PhaseOneOptions, phaseOne } from './exclusion.ts'
import type { GapLimits, ProportionLimits, RateLimits } from './limits.ts'
import { shewhartDesign } from './runLength.ts'
import { designedFor, predictionWidth } from './shortReference.ts'
import { meanMovingRange } from './spread.ts'

export interface CountOptions extends Omit<PhaseOneOptions, 'sigma'> {
  /**
   * Laney's p' and u' charts (2002): the width follows the spread that the standardised counts really have, MR / 1.128,
   * which is above 1 where points differ by more than chance.
   */
  readonly overdispersed?: boolean
}

/**
 * Limits of a p chart (shares) or np chart (counts) of `counts` out of `sizes`. With `arl0` the narrowest limits whose
 * exact binomial false-alarm rate, averaged over the sizes and the uncertainty of the reference, is at most 1 / arl0:
 * counts are whole numbers, so the rate is a staircase.
 */
export function fitProportions(
  counts: Float64Array,
  sizes: Float64Array,
  { kind = 'p', ...options }: CountOptions & { readonly kind?: 'p' | 'np' } = {},
): Fit<ProportionLimits> {
  checkFinite('fitProportions', counts)
  checkSizes('fitProportions', counts, sizes)
  const given = options.centre
  if (given !== undefined && !(given > 0 && given < 1))
    throw new RangeError(`fitProportions: centre is ${given}, a share must be between 0 and 1`)
  return fitCounts<ProportionLimits>(kind, counts, sizes, options, centre =>
    centre > 0 && centre < 1 ? undefined : `the share of the reference is ${centre}`,
  )
}

/** Limits of a c chart (counts of like units) or a u chart (counts per unit, of units that may differ in size). */
export function fitRates(
  counts: Float64Array,
  sizes: Float64Array | undefined,
  options: CountOptions = {},
): Fit<RateLimits> {
  checkFinite('fitRates', counts)
  if (sizes && sizes.length !== counts.length)
    throw new RangeError(`fitRates: ${counts.length} counts, ${sizes.length} sizes`)
  for (let i = 0; i < counts.length; i++) {
    if (!(counts[i]! >= 0 && (sizes === undefined || sizes[i]! > 0)))
      throw new RangeError(
        `fitRates: point ${i} is ${counts[i]} on ${sizes?.[i] ?? 1}, wanted a count on a size above 0`,
      )
  }
  if (options.centre !== undefined && !(options.centre > 0))
    throw new RangeError(`fitRates: centre is ${options.centre}, a rate must be above 0`)
  const ones = sizes ?? new Float64Array(counts.length).fill(1)
  return fitCounts<RateLimits>(sizes ? 'u' : 'c', counts, ones, options, centre =>
    centre > 0 ? undefined : 'no event in the reference',
  )
}

/** Limits of a g chart of how many went well between two events. */
export function fitGaps(gaps: Float64Array, options: Omit<CountOptions, 'overdispersed'> = {}): Fit<GapLimits> {
  checkFinite('fitGaps', gaps)
  for (let i = 0; i < gaps.length; i++) {
    if (!(gaps[i]! >= 0)) throw new RangeError(`fitGaps: point ${i} is ${gaps[i]}, wanted a count of at least 0`)
  }
  const ones = new Float64Array(gaps.length).fill(1)
  return fitCounts<GapLimits>('g', gaps, ones, options, centre => (centre > 0 ? undefined : 'all reference gaps are 0'))
}

export interface Dispersion {
  /** Variance over theoretical variance. */
  readonly ratio: number
  /** ratio (m - 1), chi-square with m - 1 degrees of freedom where points differ by chance alone. */
  readonly statistic: number
  /** Chance of a ratio as large. */
  readonly p: number
}

/**
 * Do counts differ by more than chance? Out of sizes against the binomial, without sizes against the Poisson law
 * (Wetherill and Brown 1991).
 */
export function dispersion(counts: Float64Array, sizes?: Float64Array): Dispersion {
  checkFinite('dispersion', counts)
  if (counts.length < 2) throw new RangeError(`dispersion: needs 2 points, got ${counts.length}`)
  if (sizes) checkSizes('dispersion', counts, sizes)
  return dispersionAbout(counts, sizes ?? new Float64Array(counts.length).fill(1), sizes ? 'p' : 'u')
}

/** The same for counts on units of different size, against the Poisson law. */
export function rateDispersion(counts: Float64Array, sizes: Float64Array): Dispersion {
  checkFinite('rateDispersion', counts)
  return dispersionAbout(counts, sizes, 'u')
}

function dispersionAbout(counts: Float64Array, sizes: Float64Array, kind: 'p' | 'u'): Dispersion {
  const level = totalRate(counts, sizes)
  const unit = kind === 'p' ? level * (1 - level) : level
  if (!(unit > 0)) throw new RangeError(`dispersion: the mean of the counts is ${level}, they cannot differ by chance`)
  let statistic = 0
  for (let i = 0; i < counts.length; i++) statistic += (counts[i]! - sizes[i]! * level) ** 2 / (sizes[i]! * unit)
  const df = counts.length - 1
  return { ratio: statistic / df, statistic, p: chiSquareSf(statistic, df) }
}

type CountLimits = ProportionLimits | RateLimits | GapLimits

function fitCounts<L extends CountLimits>(
  kind: L['kind'],
  counts: Float64Array,
  sizes: Float64Array,
  { overdispersed = false, ...options }: CountOptions,
  objection: (centre: number) => string | undefined,
): Fit<L> {
  const perPoint = kind === 'c' || kind === 'g' || kind === 'np' ? counts : counts.map((x, i) => x / sizes[i]!)
  const limitsOf = (kept: readonly number[]): Fit<L> => {
    const centre = options.centre ?? totalRate(counts, sizes, kept)
    const reason = objection(centre)
    if (reason !== undefined) return { reason }
    const unit = kind === 'p' || kind === 'np' ? centre * (1 - centre) : centre
    const spread = overdispersed
      ? meanMovingRange(kept.map(i => (counts[i]! / sizes[i]! - centre) / Math.sqrt(unit / sizes[i]!))) /
        movingRangeFactor
      : 1
    if (!(spread > 0)) return { reason: 'all reference points are equal' }
    const method = `${options.centre === undefined ? 'mean' : 'given centre'}${overdispersed ? ', Laney' : ''}`
    const basis = { kind, centre, spread, m: kept.length, excluded: [], method, ...designedFor(options) }
    // A g chart has no spread of its own: its law has one parameter. The kind decides the type, which TypeScript cannot see.
    const { spread: _, ...gap } = basis
    const bare = (kind === 'g' ? gap : basis) as unknown as L
    return { limits: { ...bare, L: widthOf(bare, options, kept, sizes) } }
  }
  // Nothing is left to estimate; the points say only how large a point is.
  if (options.centre !== undefined && !overdispersed) {
    const given = limitsOf(Array.from(counts.keys()))
    return given.limits ? { limits: { ...given.limits, m: 0, method: 'given' } } : given
  }
  return phaseOne<L>(counts.length, options, limitsOf, (limits, i) => {
    const { lower, upper } = bandOf(limits, sizes[i]!)
    return Math.max(perPoint[i]! - upper, lower - perPoint[i]!) / (upper - lower)
  })
}

function widthOf(
  limits: CountLimits,
  { L, arl0, centre }: CountOptions,
  kept: readonly number[],
  sizes: Float64Array,
): number {
  if (L !== undefined || arl0 === undefined) return L ?? 3
  const m = kept.length
  if ('spread' in limits && limits.spread !== 1) {
    const points = centre === undefined ? m : Number.POSITIVE_INFINITY
    const degrees = equivalentDegrees(movingRangeVariation(m))
    return predictionWidth(shewhartDesign(arl0), { points, degrees }, { unbiased: true })
  }
  const used = kept.length === 0 ? [1] : kept.map(i => sizes[i]!)
  return countDesign(limits, arl0, used, centre === undefined ? used.reduce((a, b) => a + b, 0) : Infinity)
}

/**
 * The least L whose false-alarm rate is at most 1 / arl0: averaged over up to 12 sizes and over the centres that a
 * reference of `total` units might have given (normal, 4 standard errors).
 */
function countDesign(limits: CountLimits, arl0: number, sizes: readonly number[], total: number): number {
  if (!(arl0 >= 2 && arl0 <= 1e6)) throw new RangeError(`fitCounts: arl0 is ${arl0}, must be in [2, 1e6]`)
  const sorted = [...sizes].sort((a, b) => a - b)
  const distinct = Math.min(12, new Set(sorted).size)
  const typical = Array.from(
    { length: distinct },
    (_, i) => sorted[Math.floor(((i + 0.5) * sorted.length) / distinct)]!,
  )
  const isShare = limits.kind === 'p' || limits.kind === 'np'
  const { nodes, weights } = gaussLegendre(12)
  const error =
    bandOf({ ...limits, L: 1, ...('spread' in limits && { spread: 1 }) } as CountLimits, 1).sigma! / Math.sqrt(total)
  const rate = (L: number) => {
    let sum = 0
    let mass = 0
    for (const [j, node] of (total === Infinity ? [0] : nodes).entries()) {
      const u = 4 * node
      const weight = total === Infinity ? 1 : weights[j]! * Math.exp(-0.5 * u * u)
      const centre = limits.centre + (total === Infinity ? 0 : u * error)
      if (!(centre > 0 && (centre < 1 || !isShare))) continue
      for (const size of typical) {
        sum += weight * countSignalRate({ ...limits, L, centre } as CountLimits, size, limits.centre)
        mass += weight
      }
    }
    return sum / mass
  }
  let high = 3
  while (rate(high) > 1 / arl0) high *= 1.3
  let low = 0
  // A staircase has no root: halve until the step is found.
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2
    if (rate(middle) > 1 / arl0) low = middle
    else high = middle
  }
  return high
}

function totalRate(counts: Float64Array, sizes: Float64Array, kept?: readonly number[]): number {
  let count = 0
  let size = 0
  const n = kept?.length ?? counts.length
  for (let k = 0; k < n; k++) {
    const i = kept ? kept[k]! : k
    count += counts[i]!
    size += sizes[i]!
  }
  return count / size
}

function checkSizes(name: string, counts: Float64Array, sizes: Float64Array): void {
  if (counts.length !== sizes.length) throw new RangeError(`${name}: ${counts.length} counts, ${sizes.length} sizes`)
  for (let i = 0; i < counts.length; i++) {
    if (!(sizes[i]! > 0 && counts[i]! >= 0 && counts[i]! <= sizes[i]!)) {
      throw new RangeError(`${name}: point ${i} is ${counts[i]} of ${sizes[i]}, wanted a count between 0 and the size`)
    }
  }
}
