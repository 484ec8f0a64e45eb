/** How far probabilities are from what happens, on average and at worst, over bins of the score. */
import { type Measured, measured, undefinedBecause } from '../measured.ts'
import { type Binning, reliabilityBins } from './reliability.ts'

/**
 * Expected calibration error: sum over bins of the bin's share of the rows times |share of positives - mean score|. It is
 * never negative, so noise alone makes it positive, about sqrt(2 bins p (1 - p) / (pi n)) for calibrated scores: compare
 * it with that, or test with calibrationTests.ts.
 */
export function expectedCalibrationError(truth: Float64Array, score: Float64Array, binning: Binning = {}): Measured {
  const bins = reliabilityBins(truth, score, binning)
  if (bins.length === 0) return undefinedBecause('no rows')
  let sum = 0
  let total = 0
  for (const { weight, observed, meanScore } of bins) {
    sum += weight * Math.abs(observed - meanScore)
    total += weight
  }
  return measured(sum / total)
}

/** The largest |share of positives - mean score| of a bin. */
export function maximumCalibrationError(truth: Float64Array, score: Float64Array, binning: Binning = {}): Measured {
  const bins = reliabilityBins(truth, score, binning)
  if (bins.length === 0) return undefinedBecause('no rows')
  return measured(Math.max(...bins.map(({ observed, meanScore }) => Math.abs(observed - meanScore))))
}
