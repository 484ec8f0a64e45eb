import assert from 'node:assert/strict'
import { test } from 'node:test'
import { random } from '../numeric/random.ts'
import { expectedCalibrationError } from '../statistics/calibration/expectedCalibrationError.ts'
import { logLosses } from '../statistics/metrics/binaryMetrics.ts'
import { calibrated, fitCalibration } from './recalibrate.ts'

/** Labels of true probability q, and a classifier that says `says(q)`. */
function judged(rows: number, says: (q: number) => number, seed: string) {
  const rng = random(seed)
  const q = Float64Array.from({ length: rows }, () => 1 / (1 + Math.exp(-1.5 * rng.normal() + 1)))
  return { p: q.map(says), label: q.map(share => (rng.next() < share ? 1 : 0)) }
}

const sharper = (q: number): number => q ** 3 / (q ** 3 + (1 - q) ** 3)
const meanLoss = (label: Float64Array, p: Float64Array): number =>
  logLosses(label, p).reduce((sum, loss) => sum + loss, 0) / p.length

test('an overconfident classifier says what is true afterwards, on rows that the curve has not seen', () => {
  for (const rows of [200, 5000]) {
    const seen = judged(rows, sharper, `seen ${rows}`)
    const fresh = judged(20_000, sharper, 'fresh')
    const made = calibrated(fitCalibration(seen.p, seen.label), fresh.p)
    const before = expectedCalibrationError(fresh.label, fresh.p).value!
    const after = expectedCalibrationError(fresh.label, made).value!
    assert.ok(before > 0.1, `${before}`)
    assert.ok(after < before / (rows === 200 ? 2 : 5), `${rows} rows: ${before} to ${after}`)
    assert.ok(meanLoss(fresh.label, made) < meanLoss(fresh.label, fresh.p))
  }
})

test('Platt’s curve undoes a logit that was multiplied, exactly in the limit', () => {
  const { p, label } = judged(200_000, sharper, 'many')
  const curve = fitCalibration(p, label)
  if (curve.kind === 'isotonic') return assert.fail('Platt’s curve has the smaller loss where it is the truth')
  assert.ok(Math.abs(curve.slope - 1 / 3) < 0.01, `${curve.slope}`)
  assert.ok(Math.abs(curve.intercept) < 0.02, `${curve.intercept}`)
})

test('a distortion that no logistic curve undoes is undone by an isotonic one', () => {
  const stepped = (q: number): number => (q < 0.3 ? 0.05 + 0.01 * q : 0.9 + 0.05 * q)
  const { p, label } = judged(20_000, stepped, 'stepped')
  const curve = fitCalibration(p, label)
  assert.equal(curve.kind, 'isotonic')
  const fresh = judged(20_000, stepped, 'stepped fresh')
  assert.ok(expectedCalibrationError(fresh.label, calibrated(curve, fresh.p)).value! < 0.02)
})

test('no probability becomes 0 or 1, ranks stay, and the curve is small enough for a graph', () => {
  const { p, label } = judged(30_000, q => q ** 2, 'ranks')
  const curve = fitCalibration(p, label)
  const sorted = p.slice().sort()
  const made = calibrated(curve, sorted)
  for (let i = 1; i < made.length; i++) assert.ok(made[i]! >= made[i - 1]!)
  assert.ok(made[0]! > 0 && made.at(-1)! < 1)
  if (curve.kind === 'isotonic') assert.ok(curve.x.length <= 130)
})

test('one class or a handful of rows cannot be calibrated', () => {
  assert.throws(() => fitCalibration(new Float64Array(50).fill(0.5), new Float64Array(50)), /50 rows with 0 ones/)
  assert.throws(() => fitCalibration(Float64Array.of(0.2, 0.7), Float64Array.of(0, 1)), /wanted 30 rows/)
})
