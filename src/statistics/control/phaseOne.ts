/**
 * Phase I of charts of single points: individuals, moving ranges, EWMA, CUSUM. Limits come from a stable period, or from
 * a given centre and spread (a target); the result is frozen.
 */
import { equivalentDegrees, movingRangeFactor, movingRangeVariation } from './constants.ts'
import { cusumDesign, twoSidedCusumArl } from './cusumRunLength.ts'
import { checkFinite, checkSigma, type Fit, leastReference, type PhaseOneOptions, phaseOne } from './exclusion.ts'
import type { CusumLimits, EwmaLimits, IndividualsLimits, MovingRangeLimits } from './limits.ts'
import { type EwmaLimitKind, ewmaArl, ewmaDesign, shewhartDesign } from './runLength.ts'
import { designedFor, knownExactly, predictionWidth, type Reference } from './shortReference.ts'
import { meanAndSd, meanMovingRange } from './spread.ts'
import { movingRangeDesign } from './spreadRunLength.ts'

export { type Fit, leastReference } from './exclusion.ts'

/** How the spread of single points is estimated. */
export type PointSpread = 'prediction' | 'moving-range'

/**
 * Limits of a chart of single points.
 * - `prediction`: mean +- t_{1 - a/2, m - 1} s sqrt(1 + 1/m) with a = 2 (1 - Phi(L)): the false-alarm rate of L holds
 *   however short the reference is.
 * - `moving-range`: mean +- L MR / 1.128 (NIST/SEMATECH e-Handbook 6.3.2.2); with `arl0` widened in the same way.
 */
export function fitIndividuals(
  points: Float64Array,
  { method = 'prediction', ...options }: PhaseOneOptions & { readonly method?: PointSpread } = {},
): Fit<IndividualsLimits> {
  return fitPoints('fitIndividuals', points, options, method, ({ centre, sigma, reference, where }) => {
    const half = pointWidth(options, method, reference) * sigma
    return { kind: 'individuals', centre, lower: centre - half, upper: centre + half, sigma, ...where }
  })
}

/** Limits of the chart of moving ranges: the mean range, and L (of `arl0`: from its own run length) d3 sigma about it. */
export function fitMovingRanges(points: Float64Array, options: PhaseOneOptions = {}): Fit<MovingRangeLimits> {
  const { L, arl0 } = options
  // Which points are out is asked of the points: a wild one makes two wild ranges.
  return fitPoints('fitMovingRanges', points, options, 'moving-range', ({ sigma, reference, where }) => ({
    kind: 'mr',
    centre: sigma * movingRangeFactor,
    L: L ?? (arl0 === undefined ? 3 : movingRangeDesign(arl0, reference.degrees)),
    ...where,
  }))
}

/**
 * Limits of an EWMA chart that raises one false alarm in `arl0` points, the uncertainty of a short reference included
 * (see ewmaDesign); or of the width `L`, whose ARL0 with known parameters is then noted. Points out of 3 sigma
 * prediction limits are left out of mean and sd.
 *
 * Neighbouring points that resemble each other make an EWMA wander further: `correlation` is their lag-one correlation,
 * or 'estimate' to take it from the reference (never below 0). It widens the limits as for an AR(1) process and counts
 * m (1 - r) / (1 + r) points for the error of the mean.
 */
export function fitEwma(
  points: Float64Array,
  {
    lambda = 0.2,
    limits = 'time-varying',
    correlation = 0,
    ...options
  }: PhaseOneOptions & { lambda?: number; limits?: EwmaLimitKind; correlation?: number | 'estimate' } = {},
): Fit<EwmaLimits> {
  const basis = fitIndividuals(points, levels(options))
  if (!basis.limits) return basis
  const { kind: _, centre, lower: _lower, upper: _upper, sigma, ...where } = basis.limits
  const r =
    correlation === 'estimate'
      ? Math.max(0, lagOneCorrelation(points.filter((_, i) => !where.excluded.includes(i))))
      : correlation
  if (!(r >= 0 && r < 1)) throw new RangeError(`fitEwma: correlation is ${r}, must be in [0, 1)`)
  const reference = referenceOf(options, Math.floor((where.m * (1 - r)) / (1 + r)))
  const width = ewmaWidth({ lambda, limits, reference }, options)
  return { limits: { kind: 'ewma', lambda, ...width, limits, mean: centre, sd: sigma!, correlation: r, ...where } }
}

/** Width and run length: the one that is given decides the other. */
export function ewmaWidth(
  { lambda, limits, reference }: { lambda: number; limits: EwmaLimitKind; reference: Reference },
  { L, arl0 = 500 }: PhaseOneOptions,
): { L: number; arl0: number } {
  return L === undefined
    ? { L: ewmaDesign(lambda, arl0, { limits, reference }), arl0 }
    : { L, arl0: ewmaArl({ lambda, L, limits }) }
}

/**
 * Limits of a two-sided CUSUM for shifts of 2 k standard deviations, with h from `arl0` (the uncertainty of a short
 * reference included) or given. `headStart` is the share of h that both sums begin with: 0.5 for a fast initial response.
 */
export function fitCusum(points: Float64Array, options: PhaseOneOptions & CusumShape = {}): Fit<CusumLimits> {
  const basis = fitIndividuals(points, levels(options))
  if (!basis.limits) return basis
  const { kind: _, centre, lower: _lower, upper: _upper, sigma, ...where } = basis.limits
  const width = cusumWidth(options, referenceOf(options, where.m))
  return { limits: { kind: 'cusum', mean: centre, sd: sigma!, ...width, ...where } }
}

export interface CusumShape {
  readonly k?: number
  readonly h?: number
  readonly headStart?: number
}

/** h and run length: the one that is given decides the other. */
export function cusumWidth(
  { k = 0.5, h, headStart = 0, arl0 = 500 }: PhaseOneOptions & CusumShape,
  reference: Reference,
): Pick<CusumLimits, 'k' | 'h' | 'headStart' | 'arl0'> {
  if (!(headStart >= 0 && headStart < 1))
    throw new RangeError(`fitCusum: headStart is ${headStart}, must be a share of h in [0, 1)`)
  const height = h ?? cusumDesign(k, arl0, { headStart, reference })
  return {
    k,
    h: height,
    headStart: headStart * height,
    arl0: h === undefined ? arl0 : twoSidedCusumArl({ k, h, headStart: headStart * h }),
  }
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

/** Centre and spread of single points, given or estimated. */
interface PointBasis {
  readonly centre: number
  readonly sigma: number
  readonly reference: Reference
  readonly where: Pick<IndividualsLimits, 'm' | 'excluded' | 'method' | 'degrees' | 'arl0'>
}

/** Phase I of any chart of single points: points outside L prediction or moving-range limits are left out. */
function fitPoints<L extends { readonly excluded: readonly number[] }>(
  name: string,
  points: Float64Array,
  options: PhaseOneOptions,
  method: PointSpread,
  limitsOf: (basis: PointBasis) => L,
): Fit<L> {
  checkFinite(name, points)
  checkSigma(name, options.sigma)
  const { centre, sigma } = options
  if (centre !== undefined && sigma !== undefined) {
    const where = { m: 0, excluded: [], method: 'given', ...designedFor(options) }
    return { limits: limitsOf({ centre, sigma, reference: knownExactly, where }) }
  }
  const fitted = phaseOne<{ basis: PointBasis; half: number; excluded: readonly number[] }>(
    points.length,
    options,
    kept => {
      const basis = estimate(
        Float64Array.from(kept, i => points[i]!),
        options,
        method,
      )
      if (basis === undefined) return { reason: 'all reference points are equal' }
      return { limits: { basis, half: outsideWidth(options, method, basis.reference) * basis.sigma, excluded: [] } }
    },
    ({ basis, half }, i) => Math.abs(points[i]! - basis.centre) - half,
  )
  if (!fitted.limits) return fitted
  const { basis, half: _, ...where } = fitted.limits
  return { limits: { ...limitsOf(basis), ...where } }
}

/** Half the distance of the limits in estimated standard deviations. */
function pointWidth({ L, arl0 }: PhaseOneOptions, method: PointSpread, reference: Reference): number {
  const width = L ?? (arl0 === undefined ? 3 : shewhartDesign(arl0))
  const textbook = method === 'moving-range' && arl0 === undefined
  return textbook ? width : predictionWidth(width, reference, { unbiased: method === 'moving-range' })
}

/** Limits narrower than 3 sigma would leave out points that are nothing but chance, and with them some of the spread. */
function outsideWidth({ L, arl0 }: PhaseOneOptions, method: PointSpread, reference: Reference): number {
  if (L !== undefined) return pointWidth({ L: Math.max(3, L) }, method, reference)
  return pointWidth({ ...(arl0 !== undefined && { arl0: Math.max(arl0, 370) }) }, method, reference)
}

/** A chart with a memory takes mean and sd from points within 3 sigma prediction limits, whatever its own width. */
function levels({ rounds, centre, sigma }: PhaseOneOptions): PhaseOneOptions {
  return {
    ...(rounds !== undefined && { rounds }),
    ...(centre !== undefined && { centre }),
    ...(sigma !== undefined && { sigma }),
  }
}

/** n estimated points; what is given is known exactly. */
function referenceOf({ centre, sigma }: PhaseOneOptions, points: number): Reference {
  const n = Math.max(leastReference, points)
  return {
    points: centre === undefined ? n : Number.POSITIVE_INFINITY,
    degrees: sigma === undefined ? n - 1 : Number.POSITIVE_INFINITY,
  }
}

function estimate(values: Float64Array, options: PhaseOneOptions, method: PointSpread): PointBasis | undefined {
  const { centre, sigma } = options
  const { mean, sd } = meanAndSd(values)
  const m = values.length
  const ranges = method === 'moving-range'
  const spread = sigma ?? (ranges ? meanMovingRange(values) / movingRangeFactor : sd)
  if (!(spread > 0)) return undefined
  const degrees = ranges ? equivalentDegrees(movingRangeVariation(m)) : m - 1
  const estimated = ranges ? 'mean moving range' : 'standard deviation'
  const how =
    sigma !== undefined
      ? 'mean, given sigma'
      : centre !== undefined
        ? `given centre, ${estimated}`
        : `mean, ${estimated}`
  return {
    centre: centre ?? mean,
    sigma: spread,
    where: { m, excluded: [], method: how, ...(sigma === undefined && { degrees }), ...designedFor(options) },
    reference: {
      points: centre === undefined ? m : Number.POSITIVE_INFINITY,
      degrees: sigma === undefined ? degrees : Number.POSITIVE_INFINITY,
    },
  }
}
