/**
 * Phase II of a control chart: `step` judges one new point against frozen limits (limits.ts) and returns the next state,
 * a small serialisable value. Nothing here changes limits; Phase I (phaseOne.ts and its neighbours) makes them.
 *
 * A point is one number, with its size where points are means, ranges, shares or rates of so many; or a vector. Subgroups
 * are reduced first (subgroups.ts).
 */
import { c4, d2, d3, movingRangeFactor } from './constants.ts'
import type {
  Band,
  ChartLimits,
  CusumLimits,
  EwmaLimits,
  HotellingLimits,
  MewmaLimits,
  ResidualLimits,
  SingleLimits,
  VectorLimits,
} from './limits.ts'
import { residualOf } from './residuals.ts'
import { cholesky, squaredDistance } from './vectors.ts'

export type { ChartLimits, EwmaLimits, IndividualsLimits } from './limits.ts'

export interface ChartState {
  /** Points seen since the chart was started. */
  readonly points: number
  /** The plotted value after the last point. */
  readonly z: number
  /** What the kind carries besides: both sums of a CUSUM, the vector of a MEWMA, the last value of a moving range, … */
  readonly memory?: readonly number[]
}

export interface ChartPoint extends Band {
  /** The new value; of a vector its T^2. */
  readonly value: number
  /** What is plotted and compared with the limits: the EWMA, the larger sum of a CUSUM (negative downwards), T^2, … */
  readonly z: number
  /** Both sums of a CUSUM, up and down. */
  readonly sums?: readonly [number, number]
  readonly signal: 'above' | 'below' | null
}

export interface Stepped {
  readonly state: ChartState
  readonly point: ChartPoint
}

/** The state of a chart before its first point. */
export function start(limits: ChartLimits): ChartState {
  switch (limits.kind) {
    case 'ewma':
      return { points: 0, z: limits.mean }
    case 'cusum':
      return { points: 0, z: limits.headStart, memory: [limits.headStart, limits.headStart] }
    case 'mewma':
      return { points: 0, z: 0, memory: limits.mean.map(() => 0) }
    case 'residual': {
      const inner = start(limits.chart)
      return { ...inner, memory: [0, ...(inner.memory ?? [])] }
    }
    case 't2':
    case 'r':
    case 's':
    case 'mr':
      return { points: 0, z: 0 }
    default:
      return { points: 0, z: limits.centre }
  }
}

/**
 * Judges the next point. `value` is what the chart plots before smoothing: the mean, range or standard deviation of a
 * subgroup, a share (p), a count (np, c, g), a rate (u), a single value, or a vector; `size` how many it stands for (of
 * an EWMA or CUSUM of subgroup means too). NaN is refused.
 */
export function step(
  state: ChartState,
  limits: ChartLimits,
  value: number | ArrayLike<number>,
  size?: number,
): Stepped {
  if (limits.kind === 't2' || limits.kind === 'mewma') return vectorStep(state, limits, value, size)
  if (typeof value !== 'number')
    throw new TypeError(`step: a ${limits.kind} chart takes one number a point, got several`)
  if (!Number.isFinite(value))
    throw new RangeError(`step: value is ${value}, must be finite; leave an undefined point out`)
  switch (limits.kind) {
    case 'ewma':
      return ewmaStep(state, limits, value, size)
    case 'cusum':
      return cusumStep(state, limits, value, size)
    case 'mr': {
      // The first point has no range: it lies at the centre and cannot signal.
      const before = state.memory?.[0]
      const range = before === undefined ? limits.centre : Math.abs(value - before)
      const { point } = judged(state, value, range, bandOf(limits))
      return { state: { points: state.points + 1, z: range, memory: [value] }, point }
    }
    case 'residual':
      return residualStep(state, limits, value)
    default:
      return judged(state, value, value, bandOf(limits, size))
  }
}

/** All points of a series in turn, from a fresh start. */
export function applyChart(
  limits: ChartLimits,
  values: Float64Array | readonly ArrayLike<number>[],
  sizes?: ArrayLike<number>,
): ChartPoint[] {
  let state = start(limits)
  const points: ChartPoint[] = []
  for (let i = 0; i < values.length; i++) {
    const next = step(state, limits, values[i]!, sizes?.[i])
    state = next.state
    points.push(next.point)
  }
  return points
}

/**
 * The limits of a point of this size; of charts with a memory those that they settle at. Formulas stand with the kinds
 * in limits.ts.
 */
export function bandOf(limits: ChartLimits, size?: number): Band {
  switch (limits.kind) {
    case 'individuals': {
      const { centre, lower, upper } = limits
      return { centre, lower, upper, sigma: limits.sigma ?? (upper - centre) / 3 }
    }
    case 'mr': {
      const sigma = limits.centre / movingRangeFactor
      return notBelowZero(limits.centre, d3(2) * sigma, limits.L)
    }
    case 'xbar':
      return about(limits.centre, limits.sigma / Math.sqrt(sized(limits.kind, size)), limits.L)
    case 'r': {
      const n = sized(limits.kind, size)
      return notBelowZero(d2(n) * limits.sigma, d3(n) * limits.sigma, limits.L)
    }
    case 's': {
      const factor = c4(sized(limits.kind, size))
      return notBelowZero(factor * limits.sigma, Math.sqrt(1 - factor * factor) * limits.sigma, limits.L)
    }
    case 'p':
    case 'np': {
      const n = sized(limits.kind, size)
      const sigma = limits.spread * Math.sqrt((limits.centre * (1 - limits.centre)) / n)
      const band = notBelowZero(limits.centre, sigma, limits.L)
      const share = { ...band, upper: Math.min(1, band.upper) }
      return limits.kind === 'p' ? share : scaled(share, n)
    }
    case 'c':
      return notBelowZero(limits.centre, limits.spread * Math.sqrt(limits.centre), limits.L)
    case 'u':
      return notBelowZero(limits.centre, limits.spread * Math.sqrt(limits.centre / sized(limits.kind, size)), limits.L)
    case 'g':
      return notBelowZero(limits.centre, Math.sqrt(limits.centre * (limits.centre + 1)), limits.L)
    case 'ewma': {
      const sd = limits.sd / Math.sqrt(size ?? 1)
      return about(limits.mean, sd * Math.sqrt(ewmaVariance(limits.lambda, Infinity, limits.correlation)), limits.L)
    }
    case 'cusum':
      return { centre: 0, lower: -limits.h, upper: limits.h }
    case 'residual':
      return bandOf(limits.chart)
    case 't2':
      return { centre: limits.mean.length, lower: 0, upper: limits.upper }
    case 'mewma':
      return { centre: limits.mean.length, lower: 0, upper: limits.h4 }
  }
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
  if (r === 0) return settled * (1 - keep ** (2 * n))
  let variance = lambda * lambda
  let covariance = 0
  for (let i = 2; i <= n; i++) {
    covariance = r * (lambda + keep * covariance)
    variance = keep * keep * variance + lambda * lambda + 2 * lambda * keep * covariance
    if (Math.abs(variance / settled - 1) < 1e-15) break
  }
  return variance
}

/**
 * With sizes, time-varying limits follow the variance that the average of means of just these sizes has:
 * v = (1 - lambda)^2 v + lambda^2 / n, carried in the state.
 */
function ewmaStep(state: ChartState, limits: EwmaLimits, value: number, size?: number): Stepped {
  const { lambda, mean, sd, L } = limits
  const z = lambda * value + (1 - lambda) * state.z
  if (limits.limits === 'asymptotic') return judged(state, value, z, bandOf(limits, size))
  if (size === undefined) {
    const variance = ewmaVariance(lambda, state.points + 1, limits.correlation)
    return judged(state, value, z, about(mean, sd * Math.sqrt(variance), L))
  }
  const variance = (1 - lambda) ** 2 * (state.memory?.[0] ?? 0) + (lambda * lambda) / sized(limits.kind, size)
  const { point } = judged(state, value, z, about(mean, sd * Math.sqrt(variance), L))
  return { state: { points: state.points + 1, z, memory: [variance] }, point }
}

function cusumStep(state: ChartState, limits: CusumLimits, value: number, size = 1): Stepped {
  const [up, down] = state.memory ?? [limits.headStart, limits.headStart]
  const y = ((value - limits.mean) / limits.sd) * Math.sqrt(sized(limits.kind, size))
  const sums = [Math.max(0, up! + y - limits.k), Math.max(0, down! - y - limits.k)] as const
  const z = sums[0] >= sums[1] ? sums[0] : -sums[1]
  const { point } = judged(state, value, z, bandOf(limits))
  return { state: { points: state.points + 1, z, memory: sums }, point: { ...point, sums } }
}

/** The first number of the memory is the value before, the rest is the chart's own. */
function residualStep(state: ChartState, limits: ResidualLimits, value: number): Stepped {
  const residual = residualOf(limits.model, state.points, state.memory?.[0] ?? 0, value)
  const [, ...own] = state.memory ?? []
  const inner = step({ points: state.points, z: state.z, memory: own }, limits.chart, residual)
  return {
    state: { ...inner.state, memory: [value, ...(inner.state.memory ?? [])] },
    point: { ...inner.point, value },
  }
}

function vectorStep(state: ChartState, limits: VectorLimits, value: number | ArrayLike<number>, size = 1): Stepped {
  const p = limits.mean.length
  if (typeof value === 'number' || value.length !== p)
    throw new RangeError(`step: a ${limits.kind} chart of ${p} columns takes ${p} numbers a point`)
  const deviation = new Float64Array(p)
  for (let i = 0; i < p; i++) {
    if (!Number.isFinite(value[i]))
      throw new RangeError(`step: number ${i} is ${value[i]}, must be finite; leave an undefined point out`)
    deviation[i] = (value[i]! - limits.mean[i]!) * Math.sqrt(size)
  }
  const factor = factorOf(limits)
  const own = squaredDistance(factor, deviation)
  return limits.kind === 't2'
    ? judged(state, own, own, bandOf(limits))
    : mewmaStep(state, limits, own, deviation, factor)
}

/** Against the settled covariance r / (2 - r) S, as the run lengths of mewmaArl assume. */
function mewmaStep(
  state: ChartState,
  limits: MewmaLimits,
  own: number,
  deviation: Float64Array,
  factor: Float64Array,
): Stepped {
  const { r } = limits
  const average = deviation.map((d, i) => r * d + (1 - r) * (state.memory?.[i] ?? 0))
  const z = (squaredDistance(factor, average) * (2 - r)) / r
  const { point } = judged(state, own, z, bandOf(limits))
  return { state: { points: state.points + 1, z, memory: Array.from(average) }, point }
}

function judged(state: ChartState, value: number, z: number, band: Band): Stepped {
  const signal = z > band.upper ? 'above' : z < band.lower ? 'below' : null
  return { state: { points: state.points + 1, z }, point: { value, z, ...band, signal } }
}

function about(centre: number, sigma: number, L: number): Band {
  return { centre, lower: centre - L * sigma, upper: centre + L * sigma, sigma }
}

function notBelowZero(centre: number, sigma: number, L: number): Band {
  const band = about(centre, sigma, L)
  return band.lower < 0 ? { ...band, lower: 0 } : band
}

function scaled(band: Band, n: number): Band {
  const { centre, lower, upper, sigma } = band
  return { centre: n * centre, lower: n * lower, upper: n * upper, ...(sigma !== undefined && { sigma: n * sigma }) }
}

function sized(kind: SingleLimits['kind'], size: number | undefined): number {
  if (size === undefined || !(size > 0))
    throw new RangeError(`step: size is ${size}, a ${kind} chart needs how many a point stands for`)
  return size
}

/** Factored once for each limits object, not once for each point. */
const factors = new WeakMap<HotellingLimits | MewmaLimits, Float64Array>()

function factorOf(limits: VectorLimits): Float64Array {
  const known = factors.get(limits)
  if (known) return known
  const factor = cholesky(limits.covariance, limits.mean.length)
  if (!factor) throw new RangeError('step: the covariance of the limits is not positive definite')
  factors.set(limits, factor)
  return factor
}
