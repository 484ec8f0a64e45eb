/** Metrics of a regression, under the names of scikit-learn; degenerate cases are undefined with a reason. */
import { argsort } from '../../numeric/argsort.ts'
import { type Measured, measured, ratio, undefinedBecause } from '../measured.ts'
import { checkWeights } from './ranking.ts'

export const regressionMetricNames = [
  'mae',
  'mse',
  'rmse',
  'r2',
  'mape',
  'median_ae',
  'max_error',
  'explained_variance',
  'pinball_09',
  'msle',
  'rmsle',
  'smape',
] as const

export type RegressionMetricName = (typeof regressionMetricNames)[number]
export type RegressionMetrics = { readonly [name in RegressionMetricName]: Measured }

/**
 * All regression metrics of predictions against the truth. Rows with a weight of 0 are left out. NaN and infinities are
 * refused.
 * - `mape`, mean |error| / |truth|, is a fraction and undefined where a truth is 0; `smape`, mean 2 |error| / (|truth| +
 *   |prediction|), is one from 0 to 2, and a row with both 0 is right.
 * - `r2` and `explained_variance` are undefined for a constant truth.
 * - `msle`, mean (ln(1 + truth) - ln(1 + prediction))^2, is undefined where a number is -1 or less.
 * - `pinball_09` is the loss of the 0.9 quantile.
 */
export function regressionMetrics(
  truth: Float64Array,
  prediction: Float64Array,
  { weight }: { weight?: Float64Array | undefined } = {},
): RegressionMetrics {
  check(truth, prediction, weight)
  const w = weight ?? new Float64Array(truth.length).fill(1)
  let total = 0
  let truthSum = 0
  let errorSum = 0
  for (let i = 0; i < truth.length; i++) {
    total += w[i]!
    truthSum += w[i]! * truth[i]!
    errorSum += w[i]! * (truth[i]! - prediction[i]!)
  }
  if (total === 0) return everywhere(undefinedBecause('no rows'))

  const truthMean = truthSum / total
  const errorMean = errorSum / total
  const absolute = new Float64Array(truth.length)
  let absoluteSum = 0
  let squareSum = 0
  let spread = 0
  let errorSpread = 0
  let relativeSum = 0
  let zeroTruth = false
  let largest = 0
  let pinball = 0
  let logSquareSum = 0
  let noLogarithm = false
  let symmetricSum = 0
  for (let i = 0; i < truth.length; i++) {
    if (w[i] === 0) continue
    const error = truth[i]! - prediction[i]!
    absolute[i] = Math.abs(error)
    absoluteSum += w[i]! * absolute[i]!
    squareSum += w[i]! * error * error
    spread += w[i]! * (truth[i]! - truthMean) ** 2
    errorSpread += w[i]! * (error - errorMean) ** 2
    if (truth[i] === 0) zeroTruth = true
    else relativeSum += (w[i]! * absolute[i]!) / Math.abs(truth[i]!)
    if (absolute[i]! > largest) largest = absolute[i]!
    if (truth[i]! <= -1 || prediction[i]! <= -1) noLogarithm = true
    else logSquareSum += w[i]! * (Math.log1p(truth[i]!) - Math.log1p(prediction[i]!)) ** 2
    const size = Math.abs(truth[i]!) + Math.abs(prediction[i]!)
    if (size > 0) symmetricSum += (w[i]! * 2 * absolute[i]!) / size
    pinball += w[i]! * (error >= 0 ? 0.9 * error : -0.1 * error)
  }
  const constant = 'the truth is constant'
  const share = (part: number): Measured => (spread === 0 ? undefinedBecause(constant) : measured(1 - part / spread))
  return {
    mae: measured(absoluteSum / total),
    mse: measured(squareSum / total),
    rmse: measured(Math.sqrt(squareSum / total)),
    r2: share(squareSum),
    mape: zeroTruth ? undefinedBecause('a true value is 0') : ratio(relativeSum, total, 'no rows'),
    median_ae: measured(weightedMedian(absolute, w)),
    max_error: measured(largest),
    explained_variance: share(errorSpread),
    pinball_09: measured(pinball / total),
    msle: noLogarithm ? withoutLogarithm : measured(logSquareSum / total),
    rmsle: noLogarithm ? withoutLogarithm : measured(Math.sqrt(logSquareSum / total)),
    smape: measured(symmetricSum / total),
  }
}

const withoutLogarithm = undefinedBecause('a number is -1 or less, so that 1 + it has no logarithm')

/** The value at which half of the weight is reached; the mean of two neighbours where it is reached exactly between them. */
function weightedMedian(values: Float64Array, weight: Float64Array): number {
  const order = argsort(values).filter(row => weight[row]! > 0)
  let total = 0
  for (const row of order) total += weight[row]!
  let reached = 0
  for (let i = 0; i < order.length; i++) {
    reached += weight[order[i]!]!
    if (reached > total / 2) return values[order[i]!]!
    if (reached === total / 2) return (values[order[i]!]! + values[order[i + 1]!]!) / 2
  }
  throw new RangeError('weightedMedian: needs a row with a weight above 0')
}

function everywhere(value: Measured): RegressionMetrics {
  return Object.fromEntries(regressionMetricNames.map(name => [name, value])) as RegressionMetrics
}

function check(truth: Float64Array, prediction: Float64Array, weight?: Float64Array): void {
  checkWeights('regressionMetrics', truth.length, weight)
  if (prediction.length !== truth.length) {
    throw new RangeError(`regressionMetrics: ${prediction.length} predictions for ${truth.length} rows`)
  }
  for (let i = 0; i < truth.length; i++) {
    if (!Number.isFinite(truth[i]))
      throw new RangeError(`regressionMetrics: truth of row ${i} is ${truth[i]}, must be finite`)
    if (!Number.isFinite(prediction[i])) {
      throw new RangeError(`regressionMetrics: prediction of row ${i} is ${prediction[i]}, must be finite`)
    }
  }
}
