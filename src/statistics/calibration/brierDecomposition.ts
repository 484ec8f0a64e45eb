/** What a Brier score is made of. */
import { type Binning, reliabilityBins } from './reliability.ts'

export interface BrierDecomposition {
  /** Mean (p - share of positives)^2 of the bins: 0 where calibrated. */
  readonly reliability: number
  /** Mean (share of positives - base rate)^2 of the bins: how far the scores tell the rows apart; the more the better. */
  readonly resolution: number
  /** base rate (1 - base rate): the score of always saying the base rate. */
  readonly uncertainty: number
  /** What differs within bins; 0 where every bin holds one score. */
  readonly withinBins: number
}

/**
 * brier = reliability - resolution + uncertainty + withinBins (Murphy, Journal of Applied Meteorology 12 (1973) 595; within
 * bins: Stephenson, Coelho and Jolliffe, Weather and Forecasting 23 (2008) 752). Undefined without rows.
 */
export function brierDecomposition(
  truth: Float64Array,
  score: Float64Array,
  binning: Binning = {},
): BrierDecomposition | undefined {
  const bins = reliabilityBins(truth, score, binning)
  let total = 0
  let positive = 0
  for (const { weight, observed } of bins) {
    total += weight
    positive += weight * observed
  }
  if (total === 0) return undefined
  const base = positive / total
  let reliability = 0
  let resolution = 0
  for (const { weight, observed, meanScore } of bins) {
    reliability += (weight / total) * (meanScore - observed) ** 2
    resolution += (weight / total) * (observed - base) ** 2
  }
  const uncertainty = base * (1 - base)
  let brier = 0
  for (let i = 0; i < truth.length; i++) {
    brier += ((binning.weight ? binning.weight[i]! : 1) / total) * (truth[i]! - score[i]!) ** 2
  }
  return { reliability, resolution, uncertainty, withinBins: brier - (reliability - resolution + uncertainty) }
}
