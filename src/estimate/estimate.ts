/** One estimate: the value, its interval, how far it can be trusted, and where it lies against its limits. */
import type { Measured } from '../statistics/measured.ts'
import { type FrozenMetric, intervalHalf, leastRows } from './freeze.ts'
import { type Direction, directionOf, limitsAt } from './limits.ts'
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

/** The estimate of a window of `rows` rows, with its interval clipped to the metric's range. */
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
  const half = intervalHalf(frozen, rows, referenceRows)
  return {
    metric,
    rows,
    estimated: value.value,
    lower: half === null ? null : clipped(metric, value.value - scale * half),
    upper: half === null ? null : clipped(metric, value.value + scale * half),
    limits,
    direction: (limits && directionOf(metric, value.value, limits)) ?? null,
    reliable: reliability.reliable,
    reason: reliability.reliable ? null : reliability.reasons.join('; '),
  }
}
