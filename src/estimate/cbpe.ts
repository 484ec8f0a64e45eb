/**
 * Performance of a binary classifier without labels: confidence-based performance estimation. The scores, calibrated on
 * labelled reference rows, say how often each answer is right; so the metrics of a window can be expected before its
 * truth is known. The idea and the estimates are NannyML's (CBPE); errors, limits and the guard are our own.
 *
 * It sees what a change of the rows does to the metrics. It cannot see that the truth follows other rules than before
 * (concept drift): compare with outcomes when they come (`reconcile.ts`).
 */
import type { Random } from '../numeric/random.ts'
import type { Measured } from '../statistics/measured.ts'
import { type CalibrateWhen, type Calibrator, calibrate, fitCalibrator } from './calibrator.ts'
import { type Estimate, estimateOf, type FrozenMetric, leastRows } from './estimate.ts'
import { type CellValues, expectedMetrics } from './expected.ts'
import { influence, type JudgedRows, spreadOf } from './influence.ts'
import { fitLimits, type LimitsMethod } from './limits.ts'
import type { BinaryEstimateName, MetricName } from './metrics.ts'
import { realisedMetric } from './realised.ts'
import {
  type CompleteRows,
  judgedRows,
  type LabelledRows,
  type LeftOut,
  type ScoredRows,
  scoredRows,
} from './scoredRows.ts'
import { type Evidence, reliabilityOf } from './validity.ts'
import { equalWindows, type RowWindow } from './windows.ts'

/** Everything that an estimate needs, frozen: plain data. */
export interface CbpeReference {
  readonly kind: 'cbpe'
  readonly rows: number
  readonly leftOut: readonly LeftOut[]
  /** A row is answered 1 from this score on, where it has no answer of its own. */
  readonly threshold: number
  readonly calibrator: Calibrator
  /** Lowest and highest score. */
  readonly support: readonly [number, number]
  readonly values: CellValues | null
  readonly metrics: { readonly [name in BinaryEstimateName]?: FrozenMetric }
}

export interface WindowOptions {
  /** Windows of the reference that its limits come from, in rows as given; 25 equal ones, or as many of 100 rows. */
  readonly windows?: readonly RowWindow[] | undefined
  readonly limits?: LimitsMethod | undefined
  /** Width of the limits in standard deviations. */
  readonly L?: number | undefined
}

export interface CbpeOptions extends WindowOptions {
  readonly metrics?: readonly BinaryEstimateName[] | undefined
  readonly threshold?: number | undefined
  readonly calibrate?: CalibrateWhen | undefined
  /** What an answer is worth, by cell; for `business_value`. */
  readonly values?: CellValues | undefined
}

export const defaultBinaryMetrics = ['roc_auc', 'accuracy', 'f1'] as const satisfies readonly BinaryEstimateName[]

/** Fits calibration, errors and limits on labelled rows, in order of time. Rows that cannot be used are counted. */
export function cbpeFit(rows: LabelledRows, options: CbpeOptions, random: Random): CbpeReference {
  const { metrics = defaultBinaryMetrics, threshold = 0.5, calibrate: when = 'auto', values } = options
  const used = judgedRows(rows, threshold)
  const n = used.rows.length
  if (n < leastRows) throw new RangeError(`cbpeFit: ${usable(n, used.leftOut)}, needs ${leastRows}`)
  const calibrator = fitCalibrator(used.score, used.truth, { when }, random)
  const pieces = referenceWindows(rows.score.length, options).map(window => within(used, window))
  return {
    kind: 'cbpe',
    rows: n,
    leftOut: used.leftOut,
    threshold,
    calibrator,
    support: rangeOf(used.score),
    values: values ?? null,
    metrics: Object.fromEntries(
      metrics.map(metric => [
        metric,
        frozen(
          metric,
          influence(metric, used, values),
          pieces,
          piece => realisedMetric(metric, piece, values),
          options,
        ),
      ]),
    ),
  }
}

/** The estimates of a window, one per metric of the reference. */
export function cbpeEstimate(
  reference: CbpeReference,
  window: ScoredRows,
  evidence: Omit<Evidence, 'outsideSupport'> = {},
): Estimate[] {
  const { threshold, calibrator, support, values, metrics } = reference
  const { score, prediction } = scoredRows(window, threshold)
  const names = Object.keys(metrics) as BinaryEstimateName[]
  const rows = { score, prediction, p: calibrate(calibrator, score) }
  const expected = expectedMetrics(rows, names, values ?? undefined)
  const reliability = reliabilityOf({ ...evidence, outsideSupport: shareOutside(window.score, support) })
  const sizes = { rows: score.length, referenceRows: reference.rows }
  return names.map(name => estimateOf(name, expected.get(name)!, metrics[name]!, sizes, reliability))
}

/**
 * The reference with its calibration fitted anew to rows weighted as the window is made up (`densityWeights`): for a
 * model whose scores were calibrated on average, but not for every kind of row. `rows` are those it was fitted on.
 */
export function cbpeReweighted(
  reference: CbpeReference,
  rows: LabelledRows,
  weight: Float64Array,
  random: Random,
): CbpeReference {
  const used = judgedRows(rows, reference.threshold)
  const kept = Float64Array.from(used.rows, row => weight[row]!)
  return { ...reference, calibrator: fitCalibrator(used.score, used.truth, { when: 'always', weight: kept }, random) }
}

/** What the reference has for a metric: the spread of one row, and limits from its windows. */
export function frozen<Piece extends { readonly truth: { readonly length: number } }>(
  metric: MetricName,
  influences: Float64Array | undefined,
  pieces: readonly Piece[],
  realised: (piece: Piece) => Measured,
  { limits: method, L }: WindowOptions,
): FrozenMetric {
  const large = pieces.filter(({ truth }) => truth.length >= leastRows)
  const { limits = null, reason = null } = fitLimits(
    metric,
    large.map(realised),
    large.map(({ truth }) => truth.length),
    { ...(method && { method }), ...(L !== undefined && { L }) },
  )
  return { spread: spreadOf(influences), limits, reason }
}

export function referenceWindows(rows: number, { windows }: WindowOptions): readonly RowWindow[] {
  return windows ?? equalWindows(rows, Math.max(1, Math.min(25, Math.floor(rows / 100))))
}

/** The usable rows of a window of the rows as given. */
function within(used: CompleteRows, { from, to }: RowWindow): JudgedRows {
  const start = firstAtLeast(used.rows, from)
  const end = firstAtLeast(used.rows, to)
  const cut = (values: Float64Array) => values.subarray(start, end)
  return { score: cut(used.score), prediction: cut(used.prediction), truth: cut(used.truth) }
}

/** First position of an ascending list whose entry is at least `value`. */
export function firstAtLeast(ascending: Int32Array, value: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ascending[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}

export function shareOutside(score: Float64Array, [least, most]: readonly [number, number]): number {
  let outside = 0
  for (let i = 0; i < score.length; i++) if (!(score[i]! >= least && score[i]! <= most)) outside++
  return score.length === 0 ? 0 : outside / score.length
}

export function rangeOf(values: Float64Array): readonly [number, number] {
  let least = Number.POSITIVE_INFINITY
  let most = Number.NEGATIVE_INFINITY
  for (let i = 0; i < values.length; i++) {
    if (values[i]! < least) least = values[i]!
    if (values[i]! > most) most = values[i]!
  }
  return [least, most]
}

export function usable(rows: number, leftOut: readonly LeftOut[]): string {
  const why = leftOut.map(({ reason, rows: count }) => `${count} because ${reason}`).join(', ')
  return `${rows} rows can be used${why && ` (left out: ${why})`}`
}
