/** Metrics as they really turned out, for the windows of the reference and for matured ones. */
import { type Measured, measured, ratio, undefinedBecause } from '../statistics/measured.ts'
import { logLosses, squaredErrors } from '../statistics/metrics/binaryMetrics.ts'
import { averagePrecision, rocAuc } from '../statistics/metrics/ranking.ts'
import { type CellValues, cellMetric, expectedConfusion } from './expected.ts'
import type { JudgedRows } from './influence.ts'
import type { BinaryEstimateName } from './metrics.ts'

export function realisedMetric(metric: BinaryEstimateName, rows: JudgedRows, values?: CellValues): Measured {
  const { score, prediction, truth } = rows
  switch (metric) {
    case 'roc_auc':
      return rocAuc(truth, score)
    case 'average_precision':
      return averagePrecision(truth, score)
    case 'log_loss':
      return mean(logLosses(truth, score))
    case 'brier':
      return mean(squaredErrors(truth, score))
    default:
      // Cells of rows whose truth is known are those expected with probabilities 0 and 1.
      return cellMetric(metric, expectedConfusion({ score, prediction, p: truth }), values)
  }
}

export function mean(values: Float64Array): Measured {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return ratio(sum, values.length, 'no rows')
}

/** The mean of several measured values, undefined as soon as one of them is. */
export function meanOfMeasured(values: readonly Measured[]): Measured {
  let sum = 0
  for (const { value, reason } of values) {
    if (value === undefined) return undefinedBecause(reason)
    sum += value
  }
  return measured(sum / values.length)
}
