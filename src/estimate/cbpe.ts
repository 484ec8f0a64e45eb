/**
 * Performance of a binary classifier without labels: confidence-based performance estimation. The scores, calibrated on
 * labelled reference rows, say how often each answer is right; so the metrics of a window can be expected before its
 * truth is known. The idea and the estimates are NannyML's (CBPE); errors, limits and the guard are our own.
 *
 * It sees what a change of the rows does to the metrics. It cannot see that the truth follows other rules than before
 * (concept drift): compare with outcomes when they come (`reconcile.ts`).
 */
import type { Random } from '../numeric/random.ts'
import { type CalibrateWhen, type Calibrator, calibrate, fitCalibrator } from './calibrator.ts'
import { type Estimate, estimateOf } from './estimate.ts'
import { type CellValues, expectedMetrics } from './expected.ts'
import { type FrozenMetric, freeze, leastRows, referenceWindows, type WindowOptions } from './freeze.ts'
import { influence, type JudgedRows, spreadOf } from './influence.ts'
import type { BinaryEstimateName } from './metrics.ts'
import { realisedMetric } from './realised.ts'
import {
  type CompleteRows,
  judgedRows,
  type LabelledRows,
  type LeftOut,
  type ScoredRows,
  scoredRows,
  usable,
} from './scoredRows.ts'
import { rangeOf, type Support, shareOutside } from './support.ts'
import { type Evidence, reliabilityOf } from './validity.ts'
import { placesIn, type RowWindow } from './windows.ts'

/** Everything that an estimate needs, frozen: plain data. */
export interface CbpeReference {
  readonly kind: 'cbpe'
  /** Rows that it was fitted on, or as many as weighted ones are worth. */
  readonly rows: number
  readonly leftOut: readonly LeftOut[]
  /** A row is answered 1 from this score on, where it has no answer of its own. */
  readonly threshold: number
  readonly calibrator: Calibrator
  /** Lowest and highest score. */
  readonly support: Support
  readonly values: CellValues | null
  readonly metrics: { readonly [name in BinaryEstimateName]?: FrozenMetric }
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
  const expected = pieces.map(piece =>
    expectedMetrics({ ...piece, p: calibrate(calibrator, piece.score) }, metrics, values),
  )
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
        freeze(
          metric,
          spreadOf(influence(metric, used, values)),
          pieces.map((piece, i) => ({
            rows: piece.truth.length,
            realised: realisedMetric(metric, piece, values),
            estimated: expected[i]!.get(metric)!,
          })),
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
 * model whose scores were calibrated on average, but not for every kind of row. `rows` are those it was fitted on; its
 * intervals count as many of them as are equally sure, (sum w)^2 / sum w^2.
 */
export function cbpeReweighted(
  reference: CbpeReference,
  rows: LabelledRows,
  weight: Float64Array,
  random: Random,
): CbpeReference {
  const used = judgedRows(rows, reference.threshold)
  const kept = Float64Array.from(used.rows, row => weight[row]!)
  let [sum, squares] = [0, 0]
  for (const w of kept) {
    sum += w
    squares += w * w
  }
  return {
    ...reference,
    rows: sum ** 2 / squares,
    calibrator: fitCalibrator(used.score, used.truth, { when: 'always', weight: kept }, random),
  }
}

/** The usable rows of a window of the rows as given. */
function within(used: CompleteRows, window: RowWindow): JudgedRows {
  const [start, end] = placesIn(used.rows, window)
  const cut = (values: Float64Array) => values.subarray(start, end)
  return { score: cut(used.score), prediction: cut(used.prediction), truth: cut(used.truth) }
}
