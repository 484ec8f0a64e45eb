/** Intervals of all metrics of a classifier with several classes, for independent rows or for blocks of rows. */

import type { Measured } from '../measured.ts'
import type { Bounds } from './bounds.ts'
import {
  type ClassFigures,
  type ConfusionMatrixMetricName,
  classFigures,
  confusionMatrix,
  confusionMatrixMetrics,
} from './confusionMatrix.ts'
import { cellContributions, cellInfluence, centred, effectiveRows, rowContributions } from './influence.ts'
import { averageBounds, type IntervalOptions, metricBounds } from './metricBounds.ts'
import {
  classPairs,
  inTopK,
  type MulticlassMetricName,
  type MulticlassRows,
  multiclassLogLosses,
  multiclassMetrics,
  multiclassSquaredErrors,
  oneVersusRest,
  predictedClasses,
} from './multiclassMetrics.ts'
import { aucInfluence } from './rankingInfluence.ts'

export type MulticlassIntervals = { readonly [name in MulticlassMetricName]: Bounds }

/**
 * The interval of each metric of `multiclassMetrics`. Shares of rows are Wilson's; means of shares over classes have
 * the number of rows that matches their variance; the areas are on the logit scale with the variance of their mean, in
 * which every row counts in all the comparisons that it takes part in. Otherwise as `binaryIntervals`.
 */
export function multiclassIntervals(
  rows: MulticlassRows,
  { block, confidence }: Omit<IntervalOptions, 'weight'> = {},
): MulticlassIntervals {
  const { truth, classes, probabilities, weight } = rows
  const options = { weight, block, confidence }
  const width = classes.length
  const metrics = multiclassMetrics(rows)
  const predicted = predictedClasses(rows)
  const { cells } = confusionMatrix(truth, predicted, classes, weight)
  const byCell = cellInfluence(cells, moved => confusionMatrixMetrics({ classes, cells: moved }))
  const cellOf = Int32Array.from(truth, (y, i) => y * width + predicted[i]!)
  const rowsWhere = (counts: (i: number) => boolean) => effectiveRows(truth.length, counts, options)
  const allRows = () => rowsWhere(() => true)
  const rarestClass = () => Math.min(...[...new Set(truth)].map(k => rowsWhere(i => truth[i] === k)))

  const ofCells = (name: ConfusionMatrixMetricName) => ({
    metric: metrics[name],
    contributions: () => cellContributions(byCell[name], cellOf, options),
  })
  const correlation = (name: ConfusionMatrixMetricName): Bounds =>
    metricBounds({ ...ofCells(name), form: 'correlation', atStake: rarestClass }, options)
  const share = (name: ConfusionMatrixMetricName, atStake: () => number): Bounds =>
    metricBounds({ ...ofCells(name), form: 'share', atStake }, options)
  /** A plain mean over classes, from what is at stake in each and how they vary together. */
  const average = (
    name: ConfusionMatrixMetricName,
    figure: 'precision' | 'recall' | 'f1',
    among: (k: number, truth: number, predicted: number) => boolean,
  ): Bounds => {
    const { value, reason } = metrics[name]
    if (value === undefined) return { reason }
    const influences = cellInfluence(cells, moved => byCode(classFigures({ classes, cells: moved }), figure))
    return averageBounds(
      classFigures({ classes, cells })
        .filter(of => of[figure].value !== undefined)
        .map(of => ({
          metric: of[figure],
          contributions: () => cellContributions(influences[of.code]!, cellOf, options),
          atStake: () => rowsWhere(i => among(of.code, truth[i]!, predicted[i]!)),
        })),
      options,
    )
  }
  const mean = (
    name: 'log_loss' | 'brier' | 'top2',
    form: 'loss' | 'share',
    values: (truth: Int32Array, probabilities: Float64Array) => Float64Array,
  ): Bounds =>
    metricBounds(
      {
        metric: metrics[name],
        form,
        contributions: () => rowContributions(centred(values(truth, probabilities!), metrics[name].value!), options),
      },
      options,
    )
  const area = (name: 'roc_auc_ovr_macro' | 'roc_auc_ovo_macro', influence: () => Float64Array): Bounds =>
    metrics[name].value !== undefined && rarestClass() < 2
      ? { reason: `${Math.floor(rarestClass())} rows of the rarest class, 2 are needed` }
      : metricBounds(
          {
            metric: metrics[name],
            form: 'area',
            contributions: () => rowContributions(influence(), options),
            atStake: rarestClass,
            df: () => rarestClass() - 1,
            method: 'DeLong, logit scale',
          },
          options,
        )

  const accuracy = share('accuracy', allRows)
  return {
    accuracy,
    balanced_accuracy: average('balanced_accuracy', 'recall', (k, y) => y === k),
    precision_macro: average('precision_macro', 'precision', (k, _, given) => given === k),
    recall_macro: average('recall_macro', 'recall', (k, y) => y === k),
    f1_macro: average('f1_macro', 'f1', (k, y, given) => y === k || given === k),
    precision_micro: accuracy,
    recall_micro: accuracy,
    f1_micro: accuracy,
    precision_weighted: share('precision_weighted', allRows),
    recall_weighted: accuracy,
    f1_weighted: share('f1_weighted', allRows),
    mcc: correlation('mcc'),
    kappa: correlation('kappa'),
    kappa_quadratic: correlation('kappa_quadratic'),
    log_loss: mean('log_loss', 'loss', multiclassLogLosses),
    brier: mean('brier', 'loss', multiclassSquaredErrors),
    roc_auc_ovr_macro: area('roc_auc_ovr_macro', () => {
      const sum = new Float64Array(truth.length)
      for (const { positive, score } of oneVersusRest(rows)) {
        const one = aucInfluence(positive, score, weight)
        for (let i = 0; i < sum.length; i++) sum[i]! += one[i]! / width
      }
      return sum
    }),
    roc_auc_ovo_macro: area('roc_auc_ovo_macro', () => {
      const sum = new Float64Array(truth.length)
      const pairs = classPairs(rows)
      const total = weight ? weight.reduce((a, b) => a + b, 0) : truth.length
      for (const pair of pairs) {
        const one = aucInfluence(pair.positive, pair.score, pair.weight)
        const own = pair.weight ? pair.weight.reduce((a, b) => a + b, 0) : pair.rows.length
        for (let i = 0; i < one.length; i++) sum[pair.rows[i]!]! += (one[i]! * total) / (own * pairs.length)
      }
      return sum
    }),
    top2: mean('top2', 'share', (y, p) => inTopK(y, p, 2)),
  }
}

/** The figure of each class under its number. */
function byCode(figures: readonly ClassFigures[], figure: 'precision' | 'recall' | 'f1'): Record<number, Measured> {
  return Object.fromEntries(figures.map(of => [of.code, of[figure]]))
}
