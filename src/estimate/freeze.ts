/** What the labelled reference says about a metric, frozen as plain data: its errors and its limits. */
import { chiSquareSf, normalSf, tQuantile } from '../statistics/distributions/distributions.ts'
import type { Measured } from '../statistics/measured.ts'
import { fitLimits, type Limits, type LimitsMethod } from './limits.ts'
import { type MetricName, traitsOf } from './metrics.ts'
import { equalWindows, type RowWindow } from './windows.ts'

export interface FrozenMetric {
  /** Standard deviation of the rows' influence on it: the sampling error of n rows is spread / sqrt(n). */
  readonly spread: number | null
  readonly overdispersion: Overdispersion | null
  readonly limits: Limits | null
  /** Why there are no limits. */
  readonly reason: string | null
}

/** Windows of the reference missed their estimates by more than sampling explains: rows of a window vary together. */
export interface Overdispersion {
  /** Variance of realised minus estimated that is left when the sampling variance is taken away; does not fall with n. */
  readonly variance: number
  /** Windows that it comes from. */
  readonly windows: number
}

export interface WindowOptions {
  /** Windows of the reference that its limits come from, in rows as given; 25 equal ones, or as many of 100 rows. */
  readonly windows?: readonly RowWindow[] | undefined
  readonly limits?: LimitsMethod | undefined
  /** Width of the limits in standard deviations. */
  readonly L?: number | undefined
}

export function referenceWindows(rows: number, { windows }: WindowOptions): readonly RowWindow[] {
  return windows ?? equalWindows(rows, Math.max(1, Math.min(25, Math.floor(rows / 100))))
}

/** A window of the reference. */
export interface ReferencePiece {
  readonly rows: number
  readonly realised: Measured
  readonly estimated: Measured
}

/** Fewer rows than this give no estimate. */
export const leastRows = 30

export function freeze(
  metric: MetricName,
  spread: number | null,
  pieces: readonly ReferencePiece[],
  { limits: method, L }: WindowOptions,
): FrozenMetric {
  const large = pieces.filter(({ rows }) => rows >= leastRows)
  const { limits = null, reason = null } = fitLimits(
    metric,
    large.map(({ realised }) => realised),
    large.map(({ rows }) => rows),
    { ...(method && { method }), ...(L !== undefined && { L }) },
  )
  return { spread, overdispersion: spread === null ? null : overdispersionOf(metric, spread, large), limits, reason }
}

/**
 * Half the width of the interval, for a mean or share: 3 sqrt(spread^2 (1/n + 1/N) + overdispersion). The second term is
 * the reference of N rows, which is itself a sample: without it, intervals of windows as large as their reference miss
 * ten times too often (test). With overdispersion, known from few windows, Student's quantile stands for 3.
 */
export function intervalHalf(
  { spread, overdispersion }: FrozenMetric,
  rows: number,
  referenceRows: number,
): number | null {
  if (spread === null) return null
  const variance = spread ** 2 * (1 / rows + 1 / referenceRows)
  if (!overdispersion) return 3 * Math.sqrt(variance)
  return -tQuantile(normalSf(3), overdispersion.windows) * Math.sqrt(variance + overdispersion.variance)
}

/** Null unless sum of (realised - estimated)^2 n / spread^2 is too large for a chi-square of the windows (p < 0.01). */
function overdispersionOf(
  metric: MetricName,
  spread: number,
  pieces: readonly ReferencePiece[],
): Overdispersion | null {
  const total = traitsOf(metric).total === true
  let windows = 0
  let standardised = 0
  let excess = 0
  for (const { rows, realised, estimated } of pieces) {
    if (realised.value === undefined || estimated.value === undefined) continue
    const error = (realised.value - estimated.value) / (total ? rows : 1)
    windows++
    standardised += (error / spread) ** 2 * rows
    excess += error ** 2 - spread ** 2 / rows
  }
  if (windows === 0 || !(spread > 0) || chiSquareSf(standardised, windows) >= 0.01) return null
  return { variance: Math.max(0, excess / windows), windows }
}
