/** The two losses: start value, gradients, mean loss. */
import type { Task } from './fitted.ts'

/** The best constant score: log(p / (1 - p)) of the mean label, or the mean label. */
export function startScore(task: Task, label: Float64Array, weights?: Float64Array): number {
  let sum = 0
  let all = 0
  for (let i = 0; i < label.length; i++) {
    const w = weights ? weights[i]! : 1
    sum += w * label[i]!
    all += w
  }
  const mean = sum / all
  return Math.fround(task === 'binary' ? Math.log(mean / (1 - mean)) : mean)
}

/**
 * Writes (gradient, hessian) of every row into `pairs` and returns a bound that no hessian exceeds.
 *
 * Both are rounded to a grid so coarse that every sum over rows is exact in float64 (a relative step of n 2^-52 of the
 * largest gradient, 1e-10 for 300,000 rows). Sums then do not depend on the order of rows, the subtraction of
 * histograms is exact, and any number of threads gets the same bits.
 */
export function gradients(
  task: Task,
  scores: Float64Array,
  label: Float64Array,
  weights: Float64Array | undefined,
  pairs: Float64Array,
): number {
  const maxWeight = weights ? maxAbs(weights) : 1
  if (task === 'binary') {
    logisticGradients(scores, label, weights, pairs, roundingConstant(scores.length, maxWeight))
    return maxWeight / 4
  }
  const largest = squaredGradients(scores, label, weights, pairs)
  snap(pairs, roundingConstant(scores.length, largest), weights ? roundingConstant(scores.length, maxWeight) : 0)
  return maxWeight
}

/** Mean log loss or mean squared error of every `step`-th row. */
export function meanLoss(
  task: Task,
  scores: Float64Array,
  label: Float64Array,
  weights: Float64Array | undefined,
  step = 1,
): number {
  let sum = 0
  let all = 0
  for (let i = 0; i < scores.length; i += step) {
    const w = weights ? weights[i]! : 1
    const f = scores[i]!
    // log(1 + e^f) - y f, written so that e^f does not overflow.
    const loss =
      task === 'binary' ? Math.max(f, 0) + Math.log1p(Math.exp(-Math.abs(f))) - label[i]! * f : (f - label[i]!) ** 2
    sum += w * loss
    all += w
  }
  return sum / all
}

/**
 * Adding and taking away c = 1.5 2^k rounds a number below 2^k / 2 to a multiple of 2^(k-52). With 2^k at least
 * rows times the largest number, every sum of such multiples stays below 2^53 of them.
 */
function roundingConstant(rows: number, largest: number): number {
  return largest === 0 ? 0 : 1.5 * 2 ** (Math.floor(Math.log2(Math.max(2, rows) * largest)) + 1)
}

function logisticGradients(
  scores: Float64Array,
  label: Float64Array,
  weights: Float64Array | undefined,
  pairs: Float64Array,
  c: number,
): void {
  for (let i = 0; i < scores.length; i++) {
    const p = 1 / (1 + Math.exp(-scores[i]!))
    const w = weights === undefined ? 1 : weights[i]!
    pairs[2 * i] = w * (p - label[i]!) + c - c
    pairs[2 * i + 1] = w * p * (1 - p) + c - c
  }
}

function squaredGradients(
  scores: Float64Array,
  label: Float64Array,
  weights: Float64Array | undefined,
  pairs: Float64Array,
): number {
  let largest = 0
  for (let i = 0; i < scores.length; i++) {
    const w = weights === undefined ? 1 : weights[i]!
    const g = w * (scores[i]! - label[i]!)
    pairs[2 * i] = g
    pairs[2 * i + 1] = w
    if (Math.abs(g) > largest) largest = Math.abs(g)
  }
  return largest
}

function snap(pairs: Float64Array, c: number, d: number): void {
  for (let i = 0; i < pairs.length; i += 2) {
    pairs[i] = pairs[i]! + c - c
    pairs[i + 1] = pairs[i + 1]! + d - d
  }
}

function maxAbs(x: Float64Array): number {
  let max = 0
  for (let i = 0; i < x.length; i++) if (Math.abs(x[i]!) > max) max = Math.abs(x[i]!)
  return max
}
