/** Metrics with their intervals, for any task: what `falconer metrics` and `falconer evaluate` print. */
import type { Random } from '../../numeric/random.ts'
import type { Measured } from '../../statistics/measured.ts'
import { binaryIntervals } from '../../statistics/metrics/binaryIntervals.ts'
import { type BinaryMetricName, binaryMetrics, confusionMetricNames } from '../../statistics/metrics/binaryMetrics.ts'
import { bootstrapIntervals } from '../../statistics/metrics/bootstrap.ts'
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
  /** Intervals by so many bootstrap samples instead of by formulas. */
  readonly bootstrap?: { readonly draws: number; readonly rng: Random } | undefined
}

export interface Figures {
  readonly n: number
  readonly metrics: Readonly<Record<string, Measured>>
  readonly intervals: Readonly<Record<string, Bounds>>
}

export function measure(rows: ScoredRows, options: MeasureOptions = {}): Figures {
  const n = rows.truth.length
  const metrics = metricsOf(rows, options)
  const { bootstrap, confidence, block } = options
  if (!bootstrap) return { n, metrics, intervals: intervalsOf(rows, options) }
  const intervals = bootstrapIntervals(
    n,
    weight => {
      // The largest error of a sample is never larger than that of the rows: drawing says nothing about it.
      const { max_error, ...others } = metricsOf({ ...rows, weight }, options)
      return others
    },
    { draws: bootstrap.draws, confidence, block, weight: rows.weight },
    bootstrap.rng,
  )
  return { n, metrics, intervals: { ...(metrics.max_error && { max_error: noLargest }), ...intervals } }
}

const noLargest: Bounds = { reason: 'the largest error grows with the number of rows' }

function metricsOf(rows: ScoredRows, { threshold }: MeasureOptions): Readonly<Record<string, Measured>> {
  const { weight } = rows
  switch (rows.task) {
    case 'binary': {
      const { truth, score, predicted } = rows
      const metrics = binaryMetrics(truth, score, { weight, threshold })
      return predicted ? { ...metrics, ...confusionPart(binaryMetrics(truth, predicted, { weight })) } : metrics
    }
    case 'multiclass':
      return multiclassMetrics(rows)
    case 'regression':
      return regressionMetrics(rows.truth, rows.prediction, { weight })
  }
}

function intervalsOf(rows: ScoredRows, options: MeasureOptions): Readonly<Record<string, Bounds>> {
  const { threshold, confidence, block } = options
  const how = { weight: rows.weight, confidence, block }
  switch (rows.task) {
    case 'binary': {
      const { truth, score, predicted } = rows
      const intervals = binaryIntervals(truth, score, { ...how, threshold })
      return predicted ? { ...intervals, ...confusionPart(binaryIntervals(truth, predicted, how)) } : intervals
    }
    case 'multiclass':
      return multiclassIntervals(rows, how)
    case 'regression':
      return regressionIntervals(rows.truth, rows.prediction, how)
  }
}

function confusionPart<T>(all: { readonly [name in BinaryMetricName]: T }): Record<string, T> {
  return Object.fromEntries(confusionMetricNames.map(name => [name, all[name]]))
}
