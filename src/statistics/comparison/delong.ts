/**
 * Do two scores rank the same rows equally well? The test of DeLong, DeLong and Clarke-Pearson (Biometrics 44 (1988) 837)
 * for two correlated areas under the ROC curve, in O(n log n) by placements (Sun and Xu, IEEE Signal Processing Letters
 * 21 (2014) 1389). Rows must be independent; where days vary together use blockAucDifference.
 */
import { normalQuantile, normalSf } from '../distributions/distributions.ts'
import { checkLabels, placements } from '../metrics/ranking.ts'

export interface AucComparison {
  readonly first: number
  readonly second: number
  /** AUC of the first minus that of the second. */
  readonly difference: number
  readonly standardError: number
  readonly lower: number
  readonly upper: number
  /** difference / standardError. */
  readonly z: number
  /** Two-sided. */
  readonly p: number
}

/**
 * With V the placements of a score, difference = mean of V_a - V_b over either class, and its variance is
 *   s^2_1(V_a - V_b) / n_1 + s^2_0(V_a - V_b) / n_0,   s^2 with divisor n - 1.
 */
export function delongTest(
  truth: Float64Array,
  first: Float64Array,
  second: Float64Array,
  { confidence = 0.95 }: { confidence?: number } = {},
):
  | { readonly result: AucComparison; readonly reason?: undefined }
  | { readonly result?: undefined; readonly reason: string } {
  checkLabels('delongTest', truth, first)
  checkLabels('delongTest', truth, second)
  let positives = 0
  for (let i = 0; i < truth.length; i++) positives += truth[i]!
  const negatives = truth.length - positives
  if (positives < 2 || negatives < 2) {
    return { reason: `${positives} positive and ${negatives} negative rows, 2 of each are needed` }
  }
  const a = placements(truth, first)
  const b = placements(truth, second)
  let firstSum = 0
  let secondSum = 0
  for (let i = 0; i < truth.length; i++) {
    if (truth[i] !== 1) continue
    firstSum += a[i]!
    secondSum += b[i]!
  }
  const difference = (firstSum - secondSum) / positives
  const squares = [0, 0]
  for (let i = 0; i < truth.length; i++) squares[truth[i]!]! += (a[i]! - b[i]! - difference) ** 2
  const variance = squares[1]! / (positives - 1) / positives + squares[0]! / (negatives - 1) / negatives
  if (!(variance > 0)) return { reason: 'both scores rank the rows alike' }
  const standardError = Math.sqrt(variance)
  const z = difference / standardError
  const half = normalQuantile((1 + confidence) / 2) * standardError
  return {
    result: {
      first: firstSum / positives,
      second: secondSum / positives,
      difference,
      standardError,
      lower: difference - half,
      upper: difference + half,
      z,
      p: 2 * normalSf(Math.abs(z)),
    },
  }
}
