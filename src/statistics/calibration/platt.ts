/**
 * Platt scaling: a logistic curve from the score to a probability. Two parameters, so that few rows suffice where
 * isotonic regression would follow the noise (below about a thousand).
 */
import { checkFit } from './fitRows.ts'
import { fitLogisticLine, type LogisticLine, logistic } from './logisticLine.ts'

/**
 * p = 1 / (1 + exp(-(slope s + intercept))), fitted to the softened targets (N1 + 1) / (N1 + 2) for the positive rows and
 * 1 / (N0 + 2) for the others (Platt 1999): they keep the curve finite where the classes do not overlap or one is
 * absent. `truth` is 0 or 1, the score any finite number (take logits of probabilities). A constant score gets slope 0.
 */
export function plattFit(score: Float64Array, truth: Float64Array, weight?: Float64Array): LogisticLine {
  checkFit('plattFit', score, truth, weight)
  let positive = 0
  let negative = 0
  for (let i = 0; i < truth.length; i++) {
    if (truth[i] !== 0 && truth[i] !== 1)
      throw new RangeError(`plattFit: truth of row ${i} is ${truth[i]}, must be 0 or 1`)
    const w = weight ? weight[i]! : 1
    if (truth[i] === 1) positive += w
    else negative += w
  }
  const high = (positive + 1) / (positive + 2)
  const low = 1 / (negative + 2)
  const line = fitLogisticLine(
    score,
    truth.map(y => (y === 1 ? high : low)),
    weight,
  )
  if (line) return { slope: line.slope, intercept: line.intercept }
  const share = (positive * high + negative * low) / (positive + negative)
  return { slope: 0, intercept: Math.log(share / (1 - share)) }
}

/** Probabilities on the curve; a missing score (NaN) stays NaN. */
export function plattPredict({ slope, intercept }: LogisticLine, score: Float64Array): Float64Array {
  return score.map(s => logistic(slope * s + intercept))
}
