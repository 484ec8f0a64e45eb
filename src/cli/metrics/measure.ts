/** Metrics with their intervals, for any task: what `falconer metrics` and `falconer evaluate` print. */
import type { Random } from '../../numeric/random.ts'
import type { Measured } from '../../statistics/measured.ts'
import { binaryIntervals } from '../../statistics/metrics/binaryIntervals.ts'
import { type BinaryMetricName, binaryMetrics, confusionMetricNames } from '../../statistics/metrics/binaryMetrics.ts'
import type { Bounds } from '../../statistics/metrics/bounds.ts'
import { multiclassIntervals } from '../../statistics/metrics/multiclassIntervals.ts'
import { type MulticlassRows, multiclassMetrics } from '../../statistics/metrics/multiclassMetrics.ts'
import { regressionIntervals } from '../../statistics/metrics/regressionIntervals.ts'
import { regressionMetrics } from '../../statistics/metrics/regressionMetrics.ts'

/** Rows with all that is known of them: nothing is missing. */
export type ScoredRows =
  | {
      readonly task: 'binary'
      readonly truth: Float64Array
      /** Probability of 1. */
      readonly score: Float64Array
      /** Predicted class, 0 or 1, where it is given and does not follow from the threshold. */
      readonly predicted?: Float64Array | undefined
      readonly weight?: Float64Array | undefined
    }
  | ({ readonly task: 'multiclass' } & MulticlassRows)
  | {
      readonly task: 'regression'
      readonly truth: Float64Array
      readonly prediction: Float64Array
      readonly weight?: Float64Array | undefined
    }

export interface MeasureOptions {
  readonly threshold?: number | undefined
  readonly confidence?: number | undefined
  readonly block?: Int32Array | undefined
}

export interface Figures {
  readonly n: number
  readonly metrics: Readonly<Record<string, Measured>>
  readonly intervals: Readonly<Record<string, Bounds>>
}

export function measure(rows: ScoredRows, options: MeasureOptions, rng: Random): Figures {
  const { threshold = 0.5, confidence, block } = options
  const { weight } = rows
  const n = rows.truth.length
  switch (rows.task) {
    case 'binary': {
      const { truth, score, predicted } = rows
      const metrics = binaryMetrics(truth, score, { weight, threshold })
      const intervals = binaryIntervals(truth, score, { weight, threshold, confidence, block })
      if (!predicted) return { n, metrics, intervals }
      const ofClass = { weight, threshold: 0.5, confidence, block }
      return {
        n,
        metrics: { ...metrics, ...confusionPart(binaryMetrics(truth, predicted, ofClass)) },
        intervals: { ...intervals, ...confusionPart(binaryIntervals(truth, predicted, ofClass)) },
      }
    }
    case 'multiclass':
      return { n, metrics: multiclassMetrics(rows), intervals: multiclassIntervals(rows, { confidence, block }) }
    case 'regression': {
      const { truth, prediction } = rows
      return {
        n,
        metrics: regressionMetrics(truth, prediction, { weight }),
        intervals: regressionIntervals(truth, prediction, { weight, confidence, block }, rng),
      }
    }
  }
}

function confusionPart<T>(all: { readonly [name in BinaryMetricName]: T }): Record<string, T> {
  return Object.fromEntries(confusionMetricNames.map(name => [name, all[name]]))
}
