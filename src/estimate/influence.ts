/**
 * How much each row moves a metric: influence values u_i with mean 0 such that metric(n rows) - metric ~ mean of u_i.
 * Their standard deviation, here called spread, is all that a sampling error needs: error = spread / sqrt(n). It is the
 * delta method for ratios, the structural components of DeLong (1988) for the AUC, and the same projection for average
 * precision, so that nothing has to be resampled; the spread of a mean over classes is that of the mean influence.
 */
import { argsort } from '../numeric/argsort.ts'
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
      return aucInfluence(score, truth)
    case 'average_precision':
      return averagePrecisionInfluence(score, truth)
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
    case 'log_loss': {
      const tiny = 2 ** -52
      return centred(n, i => {
        const s = Math.min(Math.max(score[i]!, tiny), 1 - tiny)
        return truth[i] === 1 ? -Math.log(s) : -Math.log1p(-s)
      })
    }
    case 'brier':
      return centred(n, i => (truth[i]! - score[i]!) ** 2)
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

/**
 * With P the share of positives, V a positive's share of negatives below it and W a negative's share of positives above
 * it (ties half):  u = (V - AUC) / P for a positive, (W - AUC) / (1 - P) for a negative.
 */
function aucInfluence(score: Float64Array, truth: Float64Array): Float64Array | undefined {
  const n = truth.length
  let positives = 0
  for (let i = 0; i < n; i++) positives += truth[i]!
  const negatives = n - positives
  if (positives === 0 || negatives === 0) return undefined
  const order = argsort(score)
  const out = new Float64Array(n)
  let positivesBelow = 0
  let negativesBelow = 0
  let won = 0
  for (let from = 0, to = 0; from < n; from = to) {
    let tiedPositives = 0
    for (; to < n && score[order[to]!] === score[order[from]!]; to++) tiedPositives += truth[order[to]!]!
    const tiedNegatives = to - from - tiedPositives
    const above = positives - positivesBelow - tiedPositives / 2
    const below = negativesBelow + tiedNegatives / 2
    for (let i = from; i < to; i++) {
      const row = order[i]!
      out[row] = truth[row] === 1 ? below / negatives : above / positives
    }
    won += tiedPositives * below
    positivesBelow += tiedPositives
    negativesBelow += tiedNegatives
  }
  const auc = won / (positives * negatives)
  for (let i = 0; i < n; i++) out[i] = ((out[i]! - auc) * n) / (truth[i] === 1 ? positives : negatives)
  return out
}

/**
 * AP = mean over positives of precision(s), the share of positives among scores >= s. With P the share of positives and
 * G(t) the share of scores >= t, a row with score s moves the precision at every t <= s:
 *   u = (y (precision(s) - AP) + y A(s) - B(s)) / P,   A(s) = mean of y_t / G(t), B(s) = mean of y_t precision(t) / G(t)
 * over the rows with t <= s.
 */
function averagePrecisionInfluence(score: Float64Array, truth: Float64Array): Float64Array | undefined {
  const n = truth.length
  const order = argsort(score)
  const precision = new Float64Array(n)
  const atLeast = new Float64Array(n)
  let positives = 0
  let sum = 0
  for (let last = n - 1, to = n - 1; last >= 0; last = to) {
    let tied = 0
    for (; to >= 0 && score[order[to]!] === score[order[last]!]; to--) tied += truth[order[to]!]!
    positives += tied
    const share = positives / (n - 1 - to)
    sum += tied * share
    precision.fill(share, to + 1, last + 1)
    atLeast.fill((n - 1 - to) / n, to + 1, last + 1)
  }
  if (positives === 0) return undefined
  const ap = sum / positives
  const share = positives / n
  const out = new Float64Array(n)
  let a = 0
  let b = 0
  for (let from = 0, to = 0; from < n; from = to) {
    let tied = 0
    for (; to < n && score[order[to]!] === score[order[from]!]; to++) tied += truth[order[to]!]!
    a += tied / n / atLeast[from]!
    b += ((tied / n) * precision[from]!) / atLeast[from]!
    for (let i = from; i < to; i++) {
      const row = order[i]!
      out[row] = (truth[row]! * (precision[from]! - ap + a) - b) / share
    }
  }
  return out
}
