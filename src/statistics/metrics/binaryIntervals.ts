/** Intervals of all binary metrics, for independent rows or for blocks of rows (days, customers) that vary together. */
import {
  type BinaryMetricName,
  binaryMetrics,
  type ConfusionMetrics,
  confusion,
  confusionMetrics,
  logLosses,
  squaredErrors,
} from './binaryMetrics.ts'
import type { Bounds } from './bounds.ts'
import { cellContributions, cellInfluence, centred, effectiveRows, rowContributions } from './influence.ts'
import { averageBounds, type IntervalOptions, metricBounds } from './metricBounds.ts'
import { aucInfluence, averagePrecisionInfluence, classDf } from './rankingInfluence.ts'

/** The delta method holds for kappa and Matthews' coefficient from about this many rows of each class. */
const leastOfClass = 8

export type BinaryIntervals = { readonly [name in BinaryMetricName]: Bounds }

/**
 * The interval of each metric of `binaryMetrics`, with the reason of the metric where it is undefined.
 * - Shares (accuracy, precision, recall, specificity, F): Wilson's, with the number of rows that have the variance of the
 *   share; balanced accuracy from those of its two shares.
 * - AUC and average precision: on the logit scale, the AUC with DeLong's variance.
 * - Kappa and Matthews' coefficient: on Fisher's scale. Losses: t corrected for skewness.
 * Where everything is right or everything wrong, the variance says nothing and the number of rows decides.
 */
export function binaryIntervals(
  truth: Float64Array,
  score: Float64Array,
  { threshold = 0.5, ...options }: IntervalOptions & { readonly threshold?: number | undefined } = {},
): BinaryIntervals {
  const { weight } = options
  const metrics = binaryMetrics(truth, score, { weight, threshold })
  const { tn, fp, fn, tp } = confusion(truth, score, { weight, threshold })
  const byCell = cellInfluence(Float64Array.of(tn, fp, fn, tp), cells =>
    confusionMetrics({ tn: cells[0]!, fp: cells[1]!, fn: cells[2]!, tp: cells[3]! }),
  )
  /** Cell of each row: 2 truth + prediction. */
  const cellOf = new Uint8Array(truth.length)
  for (let i = 0; i < cellOf.length; i++) cellOf[i] = 2 * truth[i]! + (score[i]! >= threshold ? 1 : 0)
  const rowsIn = (among: (cell: number) => boolean) => effectiveRows(truth.length, i => among(cellOf[i]!), options)
  const ofPositive = (cell: number) => cell >= 2
  const ofNegative = (cell: number) => cell < 2
  const rarerClass = () => Math.min(rowsIn(ofPositive), rowsIn(ofNegative))

  const ofCells = (name: keyof ConfusionMetrics) => ({
    metric: metrics[name],
    contributions: () => cellContributions(byCell[name], cellOf, options),
  })
  const share = (name: keyof ConfusionMetrics, among: (cell: number) => boolean): Bounds =>
    metricBounds({ ...ofCells(name), form: 'share', atStake: () => rowsIn(among) }, options)
  const correlation = (name: 'mcc' | 'kappa'): Bounds => {
    const least = Math.min(
      rarerClass(),
      rowsIn(cell => cell % 2 === 0),
      rowsIn(cell => cell % 2 === 1),
    )
    if (metrics[name].value !== undefined && least < leastOfClass) {
      return { reason: `${Math.floor(least)} rows of a class in truth or prediction, ${leastOfClass} are needed` }
    }
    return metricBounds({ ...ofCells(name), form: 'correlation', atStake: rarerClass }, options)
  }
  const area = (name: 'roc_auc' | 'average_precision', influenceOf: typeof aucInfluence, method: string): Bounds => {
    if (metrics[name].value === undefined) return { reason: metrics[name].reason }
    if (rarerClass() < 2) {
      return { reason: `${Math.floor(rarerClass())} rows of the rarer class, 2 are needed` }
    }
    const influence = influenceOf(truth, score, weight)
    return metricBounds(
      {
        metric: metrics[name],
        form: 'area',
        contributions: () => rowContributions(influence, options),
        atStake: rarerClass,
        df: () => classDf(truth, influence, weight),
        method,
      },
      options,
    )
  }
  const loss = (
    name: 'log_loss' | 'brier',
    values: (truth: Float64Array, score: Float64Array) => Float64Array,
  ): Bounds =>
    metricBounds(
      {
        metric: metrics[name],
        form: 'loss',
        contributions: () => rowContributions(centred(values(truth, score), metrics[name].value!), options),
      },
      options,
    )

  return {
    accuracy: share('accuracy', () => true),
    balanced_accuracy:
      metrics.balanced_accuracy.value === undefined
        ? { reason: metrics.balanced_accuracy.reason }
        : averageBounds(
            [
              { ...ofCells('recall'), atStake: () => rowsIn(ofPositive) },
              { ...ofCells('specificity'), atStake: () => rowsIn(ofNegative) },
            ],
            options,
          ),
    precision: share('precision', cell => cell % 2 === 1),
    recall: share('recall', ofPositive),
    specificity: share('specificity', ofNegative),
    f1: share('f1', cell => cell > 0),
    f2: share('f2', cell => cell > 0),
    mcc: correlation('mcc'),
    kappa: correlation('kappa'),
    roc_auc: area('roc_auc', aucInfluence, 'DeLong, logit scale'),
    average_precision: area('average_precision', averagePrecisionInfluence, 'infinitesimal jackknife, logit scale'),
    log_loss: loss('log_loss', logLosses),
    brier: loss('brier', squaredErrors),
  }
}
