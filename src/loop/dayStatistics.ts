/**
 * What a day says about a model, under the names that monitors use. Limits and measurements are computed by this one
 * function, so that a chart compares like with like.
 */
import { logLosses, squaredErrors } from '../statistics/metrics/binaryMetrics.ts'
import { rocAuc } from '../statistics/metrics/ranking.ts'
import type { LossMetric } from './project.ts'

export type Task = 'binary' | 'regression'

/** What a chart can be of; absent where the day does not define it (AUC with one class). */
export interface DayStatistics {
  readonly 'observed - expected'?: number
  readonly auc?: number
  readonly log_loss?: number
  readonly brier?: number
  readonly rmse?: number
  readonly mae?: number
}

/** Labels are all known; without rows nothing is defined. */
export function dayStatistics(task: Task, labels: Float64Array, outputs: Float64Array): DayStatistics {
  if (labels.length === 0) return {}
  const balance = { 'observed - expected': mean(labels) - mean(outputs) }
  if (task === 'regression') {
    return {
      ...balance,
      rmse: Math.sqrt(mean(rowLosses('squared_error', labels, outputs))),
      mae: mean(rowLosses('absolute_error', labels, outputs)),
    }
  }
  const auc = rocAuc(labels, outputs).value
  return {
    ...balance,
    ...(auc !== undefined && { auc }),
    log_loss: mean(rowLosses('log_loss', labels, outputs)),
    brier: mean(rowLosses('brier', labels, outputs)),
  }
}

/** The loss of each row. */
export function rowLosses(metric: LossMetric, labels: Float64Array, outputs: Float64Array): Float64Array {
  switch (metric) {
    case 'log_loss':
      return logLosses(labels, outputs)
    case 'brier':
    case 'squared_error':
      return squaredErrors(labels, outputs)
    case 'absolute_error':
      return Float64Array.from(labels, (y, i) => Math.abs(y - outputs[i]!))
  }
}

/** Binary where every label is 0 or 1 and every output a probability. */
export function taskOf(labels: Float64Array, outputs: Float64Array): Task {
  const binary = labels.every(y => y === 0 || y === 1) && outputs.every(p => p >= 0 && p <= 1)
  return binary ? 'binary' : 'regression'
}

export function mean(values: Float64Array): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum / values.length
}
