/**
 * From the scores of a classifier to probabilities, if that helps: scores that are calibrated already are left as they
 * are, because a fit to few rows adds more noise than it removes.
 */

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
/** More rows than this decide nothing anew: the errors that are compared are known to 0.1 % by then. */
const mostRows = 200_000

/**
 * Ten times a tenth of each class is drawn, the isotonic fit to the rest is applied to it; calibration is worth its
 * noise if the expected calibration error of all drawn rows together falls. Not asked where there is one class only or
 * the AUC is above 0.999. The procedure is NannyML's (calibration.py), but equal scores share a bin, and of many rows
 * 200,000 are drawn first.
 */
export function worthCalibrating(
  score: Float64Array,
  truth: Float64Array,
  random: Random,
): { worth: boolean; reason: string } {
  const auc = rocAuc(truth, score)
  if (auc.value === undefined) return { worth: false, reason: auc.reason }
  if (auc.value > 0.999) return { worth: false, reason: 'the classes are told apart without error' }
  if (score.length > mostRows) {
    const isKept = drawn(new Uint8Array(score.length), [mostRows], random.fork('sample'))
    const [rows] = parted({ score, truth }, isKept)
    return worthCalibrating(rows.score, rows.truth, random)
  }
  const classOf = Uint8Array.from(truth)
  const ones = classOf.reduce((sum, y) => sum + y, 0)
  const sizes = [truth.length - ones, ones]
  const wanted = sizes.map(size => Math.max(1, Math.round(testShare * size)))
  if (sizes.some((size, k) => size <= wanted[k]!)) return { worth: false, reason: 'a class has a single row' }

  const raw: Float64Array[] = []
  const fitted: Float64Array[] = []
  const known: Float64Array[] = []
  for (let split = 0; split < splits; split++) {
    const [test, train] = parted({ score, truth }, drawn(classOf, wanted, random))
    raw.push(test.score)
    known.push(test.truth)
    fitted.push(isotonicPredict(isotonicFit(train.score, train.truth), test.score))
  }
  const all = joined(known)
  const binning = { by: 'count', bins: Math.min(bins, Math.floor(all.length / 2)) } as const
  const before = expectedCalibrationError(all, joined(raw), binning).value!
  const after = expectedCalibrationError(all, joined(fitted), binning).value!
  return after < before
    ? { worth: true, reason: 'the calibration error falls' }
    : { worth: false, reason: 'the scores are calibrated: fitting them would add more error than it takes away' }
}

/** Marks `wanted[c]` rows of each class c, every set of them equally likely (Knuth's algorithm S: one pass, in order). */
function drawn(classOf: Uint8Array, wanted: readonly number[], random: Random): Uint8Array {
  const left = wanted.map(() => 0)
  for (let i = 0; i < classOf.length; i++) left[classOf[i]!]!++
  const needed = [...wanted]
  const marks = new Uint8Array(classOf.length)
  for (let i = 0; i < classOf.length; i++) {
    const c = classOf[i]!
    if (random.next() * left[c]! < needed[c]!) {
      marks[i] = 1
      needed[c]!--
    }
    left[c]!--
  }
  return marks
}

interface Rows {
  readonly score: Float64Array
  readonly truth: Float64Array
}

/** The marked rows and the others. */
function parted({ score, truth }: Rows, marks: Uint8Array): [marked: Rows, others: Rows] {
  const count = marks.reduce((sum, mark) => sum + mark, 0)
  const parts = [score.length - count, count].map(size => ({
    score: new Float64Array(size),
    truth: new Float64Array(size),
  }))
  const at = [0, 0]
  for (let i = 0; i < score.length; i++) {
    const part = parts[marks[i]!]!
    const to = at[marks[i]!]!++
    part.score[to] = score[i]!
    part.truth[to] = truth[i]!
  }
  return [parts[1]!, parts[0]!]
}

function joined(pieces: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    out.set(piece, at)
    at += piece.length
  }
  return out
}
