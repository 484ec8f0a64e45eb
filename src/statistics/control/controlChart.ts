/**
 * Control charts in two phases. Phase I (phaseOne.ts) estimates limits from a stable period; they are plain data, to be
 * frozen and versioned. Phase II is here: `step` judges one new point against frozen limits and returns the next state,
 * a small serialisable value. Nothing in Phase II changes limits.
 */
import type { EwmaLimitKind } from './runLength.ts'

/** Chart of single points: Shewhart's individuals chart. */
export interface IndividualsLimits {
  readonly kind: 'individuals'
  readonly centre: number
  readonly lower: number
  readonly upper: number
  /** Reference points used. */
  readonly m: number
  /** Positions of the reference points that were left out. */
  readonly excluded: readonly number[]
}

/** Chart of the exponentially weighted moving average z = lambda x + (1 - lambda) z. */
export interface EwmaLimits {
  readonly kind: 'ewma'
  readonly lambda: number
  readonly L: number
  readonly arl0: number
  readonly limits: EwmaLimitKind
  readonly mean: number
  readonly sd: number
  /** Lag-one correlation of the points that the width allows for; 0 for independent points. */
  readonly correlation: number
  readonly m: number
  readonly excluded: readonly number[]
}

/** p chart: shares of counts. */
export interface ProportionLimits {
  readonly kind: 'p'
  readonly centre: number
  readonly L: number
  /** Spread of the standardised shares: 1 for binomial counts, above 1 in Laney's p' chart for overdispersed ones. */
  readonly spread: number
  readonly m: number
  readonly excluded: readonly number[]
}

export type ChartLimits = IndividualsLimits | EwmaLimits | ProportionLimits

export interface ChartState {
  /** Points seen since the chart was started. */
  readonly points: number
  /** The plotted value after the last point. */
  readonly z: number
}

export interface ChartPoint {
  /** The new value. */
  readonly value: number
  /** What is plotted and compared with the limits: the EWMA, or the value itself. */
  readonly z: number
  readonly centre: number
  readonly lower: number
  readonly upper: number
  readonly signal: 'above' | 'below' | null
}

/** The state of a chart before its first point. */
export function start(limits: ChartLimits): ChartState {
  return { points: 0, z: limits.kind === 'ewma' ? limits.mean : limits.centre }
}

/** Judges the next value. A p chart takes the share as value and the number of rows as `size`. NaN is refused. */
export function step(
  state: ChartState,
  limits: ChartLimits,
  value: number,
  size?: number,
): { readonly state: ChartState; readonly point: ChartPoint } {
  if (!Number.isFinite(value))
    throw new RangeError(`step: value is ${value}, must be finite; leave an undefined point out`)
  const points = state.points + 1
  const point = pointOf(state, limits, value, size)
  return { state: { points, z: point.z }, point }
}

/** All points of a series in turn, from a fresh start. */
export function applyChart(limits: ChartLimits, values: Float64Array, sizes?: Float64Array): ChartPoint[] {
  let state = start(limits)
  return Array.from(values, (value, i) => {
    const next = step(state, limits, value, sizes?.[i])
    state = next.state
    return next.point
  })
}

function pointOf(state: ChartState, limits: ChartLimits, value: number, size?: number): ChartPoint {
  if (limits.kind === 'individuals') return judge(value, value, limits.centre, limits.lower, limits.upper)
  if (limits.kind === 'ewma') {
    const z = limits.lambda * value + (1 - limits.lambda) * state.z
    const points = limits.limits === 'time-varying' ? state.points + 1 : Number.POSITIVE_INFINITY
    const half = limits.L * limits.sd * Math.sqrt(ewmaVariance(limits.lambda, points, limits.correlation))
    return judge(value, z, limits.mean, limits.mean - half, limits.mean + half)
  }
  if (size === undefined || !(size > 0))
    throw new RangeError(`step: size is ${size}, a p chart needs the number of rows`)
  return proportionPoint(limits, value, size)
}

/** A share of `size` rows against limits for that many. */
export function proportionPoint(limits: ProportionLimits, share: number, size: number): ChartPoint {
  const half = limits.L * limits.spread * Math.sqrt((limits.centre * (1 - limits.centre)) / size)
  return judge(share, share, limits.centre, Math.max(0, limits.centre - half), Math.min(1, limits.centre + half))
}

function judge(value: number, z: number, centre: number, lower: number, upper: number): ChartPoint {
  return { value, z, centre, lower, upper, signal: z > upper ? 'above' : z < lower ? 'below' : null }
}

/**
 * Variance of the EWMA after n points, in variances of a point, for AR(1) points with lag-one correlation r:
 *   v_n = (1 - l)^2 v_{n-1} + l^2 + 2 l (1 - l) c_n,   c_n = r (l + (1 - l) c_{n-1}), c_1 = 0
 * with limit l / (2 - l) * (1 + r (1 - l)) / (1 - r (1 - l)) (Schmid 1997).
 */
export function ewmaVariance(lambda: number, n: number, r: number): number {
  const keep = 1 - lambda
  const settled = ((lambda / (2 - lambda)) * (1 + r * keep)) / (1 - r * keep)
  if (n === Number.POSITIVE_INFINITY) return settled
  let variance = lambda * lambda
  let covariance = 0
  for (let i = 2; i <= n; i++) {
    covariance = r * (lambda + keep * covariance)
    variance = keep * keep * variance + lambda * lambda + 2 * lambda * keep * covariance
    if (Math.abs(variance / settled - 1) < 1e-15) break
  }
  return variance
}
