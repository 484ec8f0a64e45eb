/** One estimate: the value, its interval, how far it can be trusted, and where it lies against its limits. */
import type { Measured } from '../statistics/measured.ts'
import { type Direction, directionOf, type Limits, limitsAt } from './limits.ts'
import { clipped, type MetricName, traitsOf } from './metrics.ts'
import type { Reliability } from './validity.ts'

/** Plain data, one per metric and window. */
export interface Estimate {
  readonly metric: MetricName
  /** Rows that it was made from. */
  readonly rows: number
  /** Null where it is undefined; `reason` says why. */
  readonly estimated: number | null
  /** The realised value lies between them in 99.7 % of windows, if the estimate's assumption holds. */
  readonly lower: number | null
  readonly upper: number | null
  /** What the realised value may have at this number of rows without being out of the ordinary; null: no limits. */
  readonly limits: { readonly lower: number; readonly upper: number } | null
  /** Where the estimate lies out of limits, and that it says so although it is an improvement. */
  readonly direction: Direction | null
  readonly reliable: boolean
  /** Why it is undefined, or why it is not reliable. */
  readonly reason: string | null
}

/** What the reference knows about a metric, frozen. */
export interface FrozenMetric {
  /** Standard deviation of the rows' influence on it: the sampling error of n rows is spread / sqrt(n). */
  readonly spread: number | null
  readonly limits: Limits | null
  /** Why there is no spread or no limits. */
  readonly reason: string | null
}

/** Fewer rows than this give no estimate. */
export const leastRows = 30

/**
 * estimate +- 3 spread sqrt(1/n + 1/N), clipped to the metric's range. The second term is the reference of N rows, which
 * is itself a sample: without it, intervals of windows as large as their reference miss ten times too often (test).
 */
export function estimateOf(
  metric: MetricName,
  value: Measured,
  frozen: FrozenMetric,
  { rows, referenceRows }: { rows: number; referenceRows: number },
  reliability: Reliability,
): Estimate {
  const limits = frozen.limits && rows > 0 ? limitsAt(metric, frozen.limits, rows, frozen.spread) : null
  const nothing = { metric, rows, estimated: null, lower: null, upper: null, limits, direction: null, reliable: false }
  if (rows < leastRows) return { ...nothing, reason: `not enough data: ${rows} rows, needs ${leastRows}` }
  if (value.value === undefined) return { ...nothing, reason: value.reason }
  const scale = traitsOf(metric).total ? rows : 1
  const half = frozen.spread === null ? null : 3 * scale * frozen.spread * Math.sqrt(1 / rows + 1 / referenceRows)
  return {
    metric,
    rows,
    estimated: value.value,
    lower: half === null ? null : clipped(metric, value.value - half),
    upper: half === null ? null : clipped(metric, value.value + half),
    limits,
    direction: (limits && directionOf(metric, value.value, limits)) ?? null,
    reliable: reliability.reliable,
    reason: reliability.reliable ? null : reliability.reasons.join('; '),
  }
}
