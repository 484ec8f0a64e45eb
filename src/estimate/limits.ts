/**
 * Limits of a metric over windows, from the values that it really had in windows of the reference. They are plain data,
 * frozen with the reference.
 */
import { normalSf, tQuantile } from '../statistics/distributions/distributions.ts'
import type { Measured } from '../statistics/measured.ts'
import { clipped, type MetricName, traitsOf } from './metrics.ts'

export type LimitsMethod = 'prediction' | 'nannyml'

export interface Limits {
  readonly method: LimitsMethod
  /** Mean of the reference windows; of a total (a cell, the business value) the mean per row. */
  readonly centre: number
  readonly lower: number
  readonly upper: number
  /** Half of their width over the standard deviation of the windows: what a further variance is multiplied with. */
  readonly width: number
  /** Reference windows used. */
  readonly windows: number
  /** Rows of a reference window, on average. */
  readonly rows: number
}

export type FittedLimits =
  | { readonly limits: Limits; readonly reason?: undefined }
  | { readonly limits?: undefined; readonly reason: string }

/** Fewer reference windows than this give no limits; 25 are better. */
export const leastWindows = 6

/**
 * - `prediction`: mean +- t s sqrt(1 + 1/m) of the m windows, t the quantile of Student's law with m - 1 degrees of
 *   freedom that leaves as much outside as L sigma: the false-alarm rate of L, however few windows there are.
 * - `nannyml`: mean +- L s with divisor m. With ten windows it raises nine times as many false alarms as L says.
 */
export function fitLimits(
  metric: MetricName,
  values: readonly Measured[],
  rows: readonly number[],
  { method = 'prediction', L = 3 }: { method?: LimitsMethod; L?: number } = {},
): FittedLimits {
  const total = traitsOf(metric).total === true
  const used = values.flatMap(({ value }, i) => (value === undefined ? [] : [{ value, rows: rows[i]! }]))
  const m = used.length
  if (m < leastWindows) {
    const missing = values.find(({ reason }) => reason !== undefined)?.reason
    const why = missing === undefined ? '' : ` (${missing})`
    return { reason: `${m} reference windows have a value${why}, ${leastWindows} are needed` }
  }
  const points = used.map(one => (total ? one.value / one.rows : one.value))
  const centre = points.reduce((sum, x) => sum + x, 0) / m
  const squares = points.reduce((sum, x) => sum + (x - centre) ** 2, 0)
  if (!(squares > 0)) return { reason: `all reference windows have the value ${centre}` }
  const exact = method === 'prediction'
  const sd = Math.sqrt(squares / (exact ? m - 1 : m))
  const width = exact ? -tQuantile(normalSf(L), m - 1) * Math.sqrt(1 + 1 / m) : L
  const meanRows = used.reduce((sum, one) => sum + one.rows, 0) / m
  return {
    limits: {
      method,
      centre,
      lower: centre - width * sd,
      upper: centre + width * sd,
      width,
      windows: m,
      rows: meanRows,
    },
  }
}

/**
 * The limits for a window of `rows` rows, in the metric's range. A window smaller than those of the reference varies
 * more, by its sampling error: the variance grows by spread^2 (1/n - 1/n_reference). A larger one keeps the limits.
 */
export function limitsAt(
  metric: MetricName,
  limits: Limits,
  rows: number,
  spread: number | null,
): { lower: number; upper: number } {
  const { centre, width, method } = limits
  let { lower, upper } = limits
  if (method === 'prediction' && rows < limits.rows && spread !== null) {
    const variance = ((upper - centre) / width) ** 2 + spread ** 2 * (1 / rows - 1 / limits.rows)
    lower = centre - width * Math.sqrt(variance)
    upper = centre + width * Math.sqrt(variance)
  }
  const scale = traitsOf(metric).total ? rows : 1
  return { lower: clipped(metric, scale * lower), upper: clipped(metric, scale * upper) }
}

/** What a value out of limits means. `changed`: for a metric of which neither side is better. */
export type Direction = 'worse' | 'better' | 'changed'

/** Undefined where the value lies within. An improvement is no alarm. */
export function directionOf(
  metric: MetricName,
  value: number,
  limits: { lower: number; upper: number },
): Direction | undefined {
  const above = value > limits.upper
  if (!above && !(value < limits.lower)) return undefined
  const { better } = traitsOf(metric)
  if (better === 'neither') return 'changed'
  return above === (better === 'higher') ? 'better' : 'worse'
}

export function isAlarm(direction: Direction | null | undefined): boolean {
  return direction === 'worse' || direction === 'changed'
}
