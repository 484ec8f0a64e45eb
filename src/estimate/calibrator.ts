/**
 * From the scores of a classifier to probabilities, if that helps: scores that are calibrated already are left as they
 * are, because a fit to few rows adds more noise than it removes.
 */

import { shuffled } from '../learn/shuffle.ts'
import type { Random } from '../numeric/random.ts'
import { expectedCalibrationError } from '../statistics/calibration/expectedCalibrationError.ts'
import { isotonicFit, isotonicPredict } from '../statistics/calibration/isotonic.ts'
import { rocAuc } from '../statistics/metrics/ranking.ts'

/** Plain data. `x` are the knots' scores, ascending, `y` their probabilities. */
export type Calibrator =
  | { readonly kind: 'isotonic'; readonly x: readonly number[]; readonly y: readonly number[] }
  | { readonly kind: 'none'; readonly reason: string }

export type CalibrateWhen = 'auto' | 'always' | 'never'

/** Fits the calibrator on all rows, if `worthCalibrating` says so. `truth` is 0 or 1; weights are for the fit. */
export function fitCalibrator(
  score: Float64Array,
  truth: Float64Array,
  { when = 'auto', weight }: { when?: CalibrateWhen; weight?: Float64Array | undefined } = {},
  random: Random,
): Calibrator {
  if (when === 'never') return { kind: 'none', reason: 'it was not asked for' }
  if (when === 'auto') {
    const { worth, reason } = worthCalibrating(score, truth, random)
    if (!worth) return { kind: 'none', reason }
  }
  const { x, y } = isotonicFit(score, truth, weight)
  return { kind: 'isotonic', x: [...x], y: [...y] }
}

export function calibrate(calibrator: Calibrator, score: Float64Array): Float64Array {
  if (calibrator.kind === 'none') return score
  return isotonicPredict({ x: Float64Array.from(calibrator.x), y: Float64Array.from(calibrator.y) }, score)
}

const splits = 10
const testShare = 0.1
const bins = 10

/**
 * Ten times a tenth of each class is drawn, the isotonic fit to the rest is applied to it; calibration is worth its
 * noise if the expected calibration error of all drawn rows together falls. Not asked where there is one class only or
 * the AUC is above 0.999. The procedure is NannyML's (calibration.py), but equal scores share a bin.
 */
export function worthCalibrating(
  score: Float64Array,
  truth: Float64Array,
  random: Random,
): { worth: boolean; reason: string } {
  const auc = rocAuc(truth, score)
  if (auc.value === undefined) return { worth: false, reason: auc.reason }
  if (auc.value > 0.999) return { worth: false, reason: 'the classes are told apart without error' }
  const classes = [0, 1].map(y => rowsWith(truth, y))
  const drawnOf = classes.map(rows => Math.max(1, Math.round(testShare * rows.length)))
  if (classes.some((rows, k) => rows.length <= drawnOf[k]!)) return { worth: false, reason: 'a class has a single row' }

  const drawn = splits * (drawnOf[0]! + drawnOf[1]!)
  const pooled = { truth: new Float64Array(drawn), raw: new Float64Array(drawn), fitted: new Float64Array(drawn) }
  for (let split = 0, at = 0; split < splits; split++) {
    const isDrawn = new Uint8Array(score.length)
    classes.forEach((rows, k) => {
      const order = shuffled(rows.length, random)
      for (let i = 0; i < drawnOf[k]!; i++) isDrawn[rows[order[i]!]!] = 1
    })
    const outside = (_: number, row: number) => isDrawn[row] === 0
    const inside = (_: number, row: number) => isDrawn[row] === 1
    const raw = score.filter(inside)
    const fit = isotonicFit(score.filter(outside), truth.filter(outside))
    pooled.raw.set(raw, at)
    pooled.fitted.set(isotonicPredict(fit, raw), at)
    pooled.truth.set(truth.filter(inside), at)
    at += raw.length
  }
  const binning = { by: 'count', bins: Math.min(bins, Math.floor(drawn / 2)) } as const
  const before = expectedCalibrationError(pooled.truth, pooled.raw, binning).value!
  const after = expectedCalibrationError(pooled.truth, pooled.fitted, binning).value!
  return after < before
    ? { worth: true, reason: 'the calibration error falls' }
    : { worth: false, reason: 'the scores are calibrated: fitting them would add more error than it takes away' }
}

function rowsWith(truth: Float64Array, y: number): Int32Array {
  const rows: number[] = []
  for (let i = 0; i < truth.length; i++) if (truth[i] === y) rows.push(i)
  return Int32Array.from(rows)
}
