/**
 * How much each row moves a metric: influence values u_i with mean 0 such that metric(n rows) - metric ~ mean of u_i.
 * Their standard deviation, here called spread, is all that a sampling error needs: error = spread / sqrt(n). So nothing
 * has to be resampled, and the spread of a mean over classes is that of the mean influence.
 */
import { logLosses, squaredErrors } from '../statistics/metrics/binaryMetrics.ts'
import { aucInfluence, averagePrecisionInfluence } from '../statistics/metrics/rankingInfluence.ts'
import type { CellValues } from './expected.ts'
import type { BinaryEstimateName } from './metrics.ts'

export interface JudgedRows {
  readonly score: Float64Array
  /** What the model answered, 0 or 1. */
  readonly prediction: Float64Array
  /** What was true, 0 or 1. */
  readonly truth: Float64Array
}

/** One value per row; undefined where the metric is (a class is absent, nothing is answered 1). */
export function influence(metric: BinaryEstimateName, rows: JudgedRows, values?: CellValues): Float64Array | undefined {
  const { score, prediction, truth } = rows
  const is = (answer: number, y: number) => (i: number) => (prediction[i] === answer && truth[i] === y ? 1 : 0)
  const correct = (i: number) => (prediction[i] === truth[i] ? 1 : 0)
  const n = truth.length
  switch (metric) {
    case 'roc_auc':
      return hasBoth(truth) ? aucInfluence(truth, score) : undefined
    case 'average_precision':
      return truth.includes(1) ? averagePrecisionInfluence(truth, score) : undefined
    case 'accuracy':
      return centred(n, correct)
    case 'precision':
      return ratioInfluence(n, is(1, 1), i => prediction[i]!)
    case 'recall':
      return ratioInfluence(n, is(1, 1), i => truth[i]!)
    case 'specificity':
      return ratioInfluence(n, is(0, 0), i => 1 - truth[i]!)
    case 'f1':
      return ratioInfluence(
        n,
        i => 2 * is(1, 1)(i),
        i => prediction[i]! + truth[i]!,
      )
    case 'log_loss':
      return centredValues(logLosses(truth, score))
    case 'brier':
      return centredValues(squaredErrors(truth, score))
    case 'tn':
      return centred(n, is(0, 0))
    case 'fp':
      return centred(n, is(1, 0))
    case 'fn':
      return centred(n, is(0, 1))
    case 'tp':
      return centred(n, is(1, 1))
    case 'business_value': {
      if (!values) return undefined
      const { tn, fp, fn, tp } = values
      return centred(n, i => (prediction[i] === 1 ? (truth[i] === 1 ? tp : fp) : truth[i] === 1 ? fn : tn))
    }
    default:
      return metric satisfies never
  }
}

/** Standard deviation of influence values (divisor n), null where there are none. */
export function spreadOf(values: Float64Array | undefined): number | null {
  if (!values || values.length === 0) return null
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]! ** 2
  return Math.sqrt(sum / values.length)
}

function hasBoth(truth: Float64Array): boolean {
  return truth.includes(0) && truth.includes(1)
}

function centredValues(values: Float64Array): Float64Array {
  return centred(values.length, i => values[i]!)
}

export function centred(n: number, value: (i: number) => number): Float64Array {
  const out = new Float64Array(n)
  let sum = 0
  for (let i = 0; i < n; i++) sum += out[i] = value(i)
  for (let i = 0; i < n; i++) out[i]! -= sum / n
  return out
}

/** R = mean a / mean b:  u = (a - R b) / mean b. */
function ratioInfluence(n: number, a: (i: number) => number, b: (i: number) => number): Float64Array | undefined {
  let above = 0
  let below = 0
  for (let i = 0; i < n; i++) {
    above += a(i)
    below += b(i)
  }
  if (below === 0) return undefined
  const ratio = above / below
  return Float64Array.from({ length: n }, (_, i) => ((a(i) - ratio * b(i)) * n) / below)
}
