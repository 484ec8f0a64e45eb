/**
 * Metrics of a binary classifier, under the names of scikit-learn. Degenerate cases (no rows, one class, nothing
 * predicted positive) are undefined with a reason.
 */
import { type Measured, measured, ratio, undefinedBecause } from '../measured.ts'
import { averagePrecision, averagePrecisionOf, checkLabels, rocAuc, rocAucOf, splitSorted } from './ranking.ts'

export const confusionMetricNames = [
  'accuracy',
  'balanced_accuracy',
  'precision',
  'recall',
  'specificity',
  'f1',
  'f2',
  'mcc',
  'kappa',
] as const

export const binaryMetricNames = [...confusionMetricNames, 'roc_auc', 'average_precision', 'log_loss', 'brier'] as const

export type BinaryMetricName = (typeof binaryMetricNames)[number]
export type BinaryMetrics = { readonly [name in BinaryMetricName]: Measured }

/** What follows from truth and prediction without the score. */
export type ConfusionMetrics = { readonly [name in (typeof confusionMetricNames)[number]]: Measured }

/** Sums of weights by truth and prediction. */
export interface Confusion {
  readonly tn: number
  readonly fp: number
  readonly fn: number
  readonly tp: number
}

/**
 * All binary metrics. `truth` is 0 or 1, `score` the probability of 1; a row is predicted positive where
 * score >= threshold. Probabilities of 0 and 1 are moved inside by 2^-52 before the logarithm, as scikit-learn does.
 */
export function binaryMetrics(
  truth: Float64Array,
  score: Float64Array,
  { weight, threshold = 0.5 }: { weight?: Float64Array | undefined; threshold?: number | undefined } = {},
): BinaryMetrics {
  checkLabels('binaryMetrics', truth, score, weight)
  const split = weight || truth.length === 0 ? undefined : splitSorted(truth, score)
  return {
    ...confusionMetrics(confusion(truth, score, { weight, threshold })),
    roc_auc: split ? rocAucOf(split) : rocAuc(truth, score, weight),
    average_precision: split ? averagePrecisionOf(split) : averagePrecision(truth, score, weight),
    log_loss: weightedMean(logLosses(truth, score), weight),
    brier: weightedMean(squaredErrors(truth, score), weight),
  }
}

export function confusion(
  truth: Float64Array,
  score: Float64Array,
  { weight, threshold = 0.5 }: { weight?: Float64Array | undefined; threshold?: number | undefined } = {},
): Confusion {
  const cells = new Float64Array(4)
  for (let i = 0; i < truth.length; i++) {
    cells[2 * truth[i]! + (score[i]! >= threshold ? 1 : 0)]! += weight ? weight[i]! : 1
  }
  return { tn: cells[0]!, fp: cells[1]!, fn: cells[2]!, tp: cells[3]! }
}

/** The metrics that follow from the confusion cells alone, so that cells of windows can be added first. */
export function confusionMetrics({ tn, fp, fn, tp }: Confusion): ConfusionMetrics {
  const n = tn + fp + fn + tp
  const predicted = tp + fp
  const actual = tp + fn
  const agreement = (tp + tn) / n
  const chance = (predicted * actual + (tn + fn) * (tn + fp)) / (n * n)
  const oneClass = 'only one class in the truth'
  const noActual = 'no positive rows'
  const fScore = (beta: number) =>
    ratio((1 + beta ** 2) * tp, (1 + beta ** 2) * tp + beta ** 2 * fn + fp, 'no row is positive or predicted positive')
  return {
    accuracy: ratio(tp + tn, n, 'no rows'),
    balanced_accuracy:
      actual === 0 || actual === n ? undefinedBecause(oneClass) : measured((tp / actual + tn / (tn + fp)) / 2),
    precision: ratio(tp, predicted, 'no row is predicted positive'),
    recall: ratio(tp, actual, noActual),
    specificity: ratio(tn, tn + fp, 'no negative rows'),
    f1: fScore(1),
    f2: fScore(2),
    mcc: matthews({ tn, fp, fn, tp }),
    kappa: n === 0 ? undefinedBecause('no rows') : ratio(agreement - chance, 1 - chance, 'only one class'),
  }
}

/** (tp tn - fp fn) / sqrt((tp + fp)(tp + fn)(tn + fp)(tn + fn)). */
function matthews({ tn, fp, fn, tp }: Confusion): Measured {
  const margins = Math.sqrt(tp + fp) * Math.sqrt(tp + fn) * Math.sqrt(tn + fp) * Math.sqrt(tn + fn)
  if (margins === 0) return undefinedBecause('only one class in the truth or in the predictions')
  return measured(Math.min(1, Math.max(-1, (tp * tn - fp * fn) / margins)))
}

/** -ln of the probability given to what happened, row by row. */
export function logLosses(truth: Float64Array, score: Float64Array): Float64Array {
  const tiny = 2 ** -52
  const losses = new Float64Array(truth.length)
  for (let i = 0; i < losses.length; i++) {
    const p = score[i]!
    if (!(p >= 0 && p <= 1))
      throw new RangeError(`logLosses: score of row ${i} is ${p}, must be a probability in [0, 1]`)
    const inside = Math.min(Math.max(p, tiny), 1 - tiny)
    losses[i] = -Math.log(truth[i] === 1 ? inside : 1 - inside)
  }
  return losses
}

/** (y - p)^2 row by row; its mean is the Brier score. */
export function squaredErrors(truth: Float64Array, prediction: Float64Array): Float64Array {
  const squares = new Float64Array(truth.length)
  for (let i = 0; i < squares.length; i++) squares[i] = (truth[i]! - prediction[i]!) ** 2
  return squares
}

export function weightedMean(values: Float64Array, weight?: Float64Array): Measured {
  let sum = 0
  let total = 0
  for (let i = 0; i < values.length; i++) {
    const w = weight ? weight[i]! : 1
    sum += w * values[i]!
    total += w
  }
  return ratio(sum, total, 'no rows')
}
