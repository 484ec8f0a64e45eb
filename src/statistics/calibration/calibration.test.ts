import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Random, random } from '../../numeric/random.ts'
import { binomialQuantile } from '../distributions/distributions.ts'
import { falseAlarmRate } from '../testing/calibration.ts'
import { brierDecomposition } from './brierDecomposition.ts'
import { calibrationLine, hosmerLemeshow, spiegelhalter } from './calibrationTests.ts'
import { expectedCalibrationError, maximumCalibrationError } from './expectedCalibrationError.ts'
import { isotonicFit, isotonicPredict } from './isotonic.ts'
import { fitLogisticLine } from './logisticLine.ts'
import { plattFit, plattPredict } from './platt.ts'
import { reliabilityBins, reliabilityCurve } from './reliability.ts'

const golden = JSON.parse(
  readFileSync(new URL('../../../test/golden/metrics/calibration.json', import.meta.url), 'utf8'),
)
const score = Float64Array.from(golden.score)
const truth = Float64Array.from(golden.truth)
const weight = Float64Array.from(golden.weight)

function near(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  assert.equal(actual.length, expected.length)
  for (let i = 0; i < expected.length; i++) {
    const gap = Math.abs(actual[i]! - expected[i]!)
    assert.ok(gap <= tolerance * Math.max(1, Math.abs(expected[i]!)), `${i}: ${actual[i]} is not ${expected[i]}`)
  }
}

test("isotonic regression equals scikit-learn's, with ties and weights, between knots and outside them", () => {
  for (const [wanted, w] of [
    [golden.isotonic, undefined],
    [golden.isotonic_weighted, weight],
  ]) {
    const fit = isotonicFit(score, truth, w)
    near(fit.x, wanted.x, 0)
    near(fit.y, wanted.y, 1e-12)
    near(isotonicPredict(fit, Float64Array.from(golden.grid)), wanted.at, 1e-12)
  }
})

test('an isotonic fit keeps the mean, never falls, and is its own fit', () => {
  const rng = random('isotonic')
  for (let round = 0; round < 50; round++) {
    const n = 1 + rng.below(60)
    const s = Float64Array.from({ length: n }, () => rng.below(25))
    const y = Float64Array.from({ length: n }, () => rng.normal())
    const fit = isotonicFit(s, y)
    const fitted = isotonicPredict(fit, s)
    const mean = (values: Float64Array) => values.reduce((a, b) => a + b, 0) / n
    near([mean(fitted)], [mean(y)], 1e-12)
    for (let i = 1; i < fit.y.length; i++) {
      assert.ok(fit.x[i]! > fit.x[i - 1]!)
      assert.ok(fit.y[i]! >= fit.y[i - 1]!)
    }
    near(isotonicPredict(isotonicFit(s, fitted), s), fitted, 1e-12)
  }
})

test('weights of one give the same fit as none', () => {
  const one = isotonicFit(score, truth, new Float64Array(score.length).fill(1))
  const plain = isotonicFit(score, truth)
  assert.deepEqual(one.x, plain.x)
  near(one.y, plain.y, 1e-15)
})

test('a weight of 0 leaves a row out of a fit, a missing score has no probability', () => {
  const rows = isotonicFit(Float64Array.of(1, 2, 9), Float64Array.of(0, 1, 5), Float64Array.of(1, 1, 0))
  assert.deepEqual([...rows.x], [1, 2])
  assert.deepEqual([...isotonicPredict(rows, Float64Array.of(Number.NaN, -5, 1.5, 99))], [Number.NaN, 0, 0.5, 1])
  const one = isotonicFit(Float64Array.of(3), Float64Array.of(1))
  assert.deepEqual([...isotonicPredict(one, Float64Array.of(2, 3, 4))], [1, 1, 1])
})

test("Platt scaling equals scikit-learn's as far as its optimiser goes", () => {
  for (const [wanted, w] of [
    [golden.platt, undefined],
    [golden.platt_weighted, weight],
  ]) {
    const { slope, intercept } = plattFit(score, truth, w)
    near([slope, intercept], [wanted.slope, wanted.intercept], 1e-5)
  }
})

test("the logistic line and its covariance equal scipy's optimum, whatever the unit of x", () => {
  for (const [wanted, w] of [
    [golden.line, undefined],
    [golden.line_weighted, weight],
  ]) {
    const line = fitLogisticLine(score, truth, w)!
    near(
      [line.slope, line.intercept, line.slopeVariance, line.interceptVariance, line.covariance, line.logLikelihood],
      [
        wanted.slope,
        wanted.intercept,
        wanted.slopeVariance,
        wanted.interceptVariance,
        wanted.covariance,
        wanted.logLikelihood,
      ],
      1e-9,
    )
    const far = fitLogisticLine(
      score.map(s => 1e6 + s * 1e-3),
      truth,
      w,
    )!
    near([far.slope * 1e-3], [line.slope], 1e-6)
  }
})

test('Platt scaling stays finite where classes do not overlap, are alone, or the score is constant', () => {
  const apart = plattFit(Float64Array.of(-2, -1, 1, 2), Float64Array.of(0, 0, 1, 1))
  assert.ok(apart.slope > 0 && Number.isFinite(apart.slope))
  const [low, high] = plattPredict(apart, Float64Array.of(-50, 50))
  assert.ok(low! < 0.01 && high! > 0.99)
  // Laplace's rule of succession: 3 of 3 positive give (3 + 1) / (3 + 2).
  const alone = plattPredict(plattFit(Float64Array.of(5, 5, 5), Float64Array.of(1, 1, 1)), Float64Array.of(5))
  near(alone, [0.8], 1e-12)
})

test('calibration error by hand: two bins of two rows', () => {
  const y = Float64Array.of(0, 1, 1, 1)
  const p = Float64Array.of(0.1, 0.3, 0.6, 0.8)
  // Bins of width 0.5: |0.5 - 0.2| and |1 - 0.7|.
  near([expectedCalibrationError(y, p, { bins: 2 }).value!], [0.3], 1e-12)
  near([maximumCalibrationError(y, p, { bins: 2 }).value!], [0.3], 1e-12)
  // Three rows below 0.5 of 4: equal counts put 0.6 with 0.8 again, a weight of 3 on the first row does not.
  const bins = reliabilityBins(y, p, { bins: 2, by: 'count', weight: Float64Array.of(3, 1, 1, 1) })
  assert.deepEqual(
    bins.map(({ rows }) => rows),
    [1, 3],
  )
  assert.equal(expectedCalibrationError(new Float64Array(0), new Float64Array(0)).reason, 'no rows')
})

test('equal scores share a bin, in whatever order the rows come', () => {
  const y = Float64Array.of(0, 1, 0, 1, 1, 1)
  const p = Float64Array.of(0.5, 0.5, 0.5, 0.5, 0.2, 0.9)
  const bins = reliabilityBins(y, p, { bins: 3, by: 'count' })
  assert.deepEqual(
    bins.map(({ lowest, highest, rows }) => [lowest, highest, rows]),
    [
      [0.2, 0.2, 1],
      [0.5, 0.5, 4],
      [0.9, 0.9, 1],
    ],
  )
})

test('a fit without rows, an infinite score and a score that is no probability are refused with the row', () => {
  const none = new Float64Array(0)
  assert.throws(() => isotonicFit(none, none), /isotonicFit: there are no rows to fit/)
  assert.throws(() => isotonicFit(Float64Array.of(1, Infinity), Float64Array.of(1, 0)), /score of row 1 is Infinity/)
  assert.throws(() => plattFit(Float64Array.of(1), Float64Array.of(2)), /truth of row 0 is 2/)
  assert.throws(() => reliabilityBins(Float64Array.of(1), Float64Array.of(1.2)), /score of row 0 is 1.2/)
})

// scikit-learn 1.9 (bins), numpy and scipy (tests)
const more = JSON.parse(readFileSync(new URL('../../../test/golden/metrics/metrics.json', import.meta.url), 'utf8'))
const rows = JSON.parse(readFileSync(new URL('../../../test/golden/metrics.json', import.meta.url), 'utf8')).binary
const y = Float64Array.from(rows.y_true)
const p = Float64Array.from(rows.score)

test("reliability bins equal scikit-learn's, and each has Wilson's interval", () => {
  const curve = reliabilityCurve(y, p)
  near(
    curve.map(({ observed }) => observed),
    more.calibration.observed,
    1e-12,
  )
  near(
    curve.map(({ meanScore }) => meanScore),
    more.calibration.meanScore,
    1e-12,
  )
  // 1 of 2 rows: Wilson's interval by hand, (1 + z^2 / 2 -+ z sqrt(1/2 + z^2 / 4)) / (2 + z^2).
  const [bin] = reliabilityCurve(Float64Array.of(0, 1), Float64Array.of(0.5, 0.5))
  near([bin!.lower, bin!.upper], [0.09453120573423074, 0.9054687942657693], 1e-9)
})

test("Spiegelhalter's and Hosmer and Lemeshow's tests equal their formulas in numpy", () => {
  const z = spiegelhalter(y, p).result!
  near([z.statistic, z.p], more.calibration.spiegelhalter, 1e-9)
  const groups = hosmerLemeshow(y, p, { bins: 5 })
  near([groups.result!.statistic], [more.calibration.hosmer_lemeshow[0]], 1e-9)
  near([groups.result!.p / more.calibration.hosmer_lemeshow[1]], [1], 1e-6)
  assert.equal(groups.df, 5)
})

test('the calibration line finds how probabilities were bent, and its test sees what Spiegelhalter does not', () => {
  const rng = random('bent')
  const honest = Float64Array.from({ length: 20_000 }, () => 1 / (1 + Math.exp(-1.2 * rng.normal() - 0.3)))
  const happened = honest.map(q => Number(rng.next() < q))
  const bent = honest.map(q => 1 / (1 + Math.exp(-2 * Math.log(q / (1 - q)) + 0.5)))
  const { result } = calibrationLine(happened, bent)
  // logit(honest) = logit(bent) / 2 + 1/4
  assert.ok(result!.slopeBounds.lower < 0.5 && result!.slopeBounds.upper > 0.5)
  assert.ok(result!.interceptBounds.lower < 0.25 && result!.interceptBounds.upper > 0.25)
  assert.ok(result!.p < 1e-9)
  assert.ok(calibrationLine(happened, honest).result!.p > 0.01)
})

test('tests of calibration alarm for calibrated scores as often as their level says, from 60 rows on', () => {
  const draw = (rng: Random, n: number, spread: number, centre: number) => {
    const score = Float64Array.from({ length: n }, () => 1 / (1 + Math.exp(-spread * rng.normal() - centre)))
    return { truth: score.map(q => Number(rng.next() < q)), score }
  }
  for (const [n, spread, centre] of [
    [60, 1, 0],
    [500, 1.5, -1],
    [1500, 1, -2.5],
  ] as const) {
    for (const [name, test] of [
      ['Spiegelhalter', spiegelhalter],
      ['Hosmer and Lemeshow', hosmerLemeshow],
      ['line', calibrationLine],
    ] as const) {
      const found = falseAlarmRate(
        1000,
        rng => draw(rng, n, spread, centre),
        ({ truth, score }) => test(truth, score).result?.p,
        random(`${name} ${n}`),
      )
      const most = binomialQuantile(0.9999, 1000, 0.06) / 1000
      assert.ok(found.rate <= most, `${name}, ${n} rows: ${found.rate}`)
      assert.ok(found.rate >= 0.025, `${name}, ${n} rows: ${found.rate}`)
    }
  }
})

test('a Brier score is reliability - resolution + uncertainty, and what differs within bins', () => {
  // Two bins of one score each, by hand: 0.2 holds 1 of 4, 0.8 holds 3 of 4.
  const score = Float64Array.of(0.2, 0.2, 0.2, 0.2, 0.8, 0.8, 0.8, 0.8)
  const truth = Float64Array.of(0, 0, 0, 1, 1, 1, 1, 0)
  const parts = brierDecomposition(truth, score)!
  near([parts.reliability, parts.resolution, parts.uncertainty, parts.withinBins], [0.0025, 0.0625, 0.25, 0], 1e-12)
  const { reliability, resolution, uncertainty, withinBins } = brierDecomposition(y, p, { bins: 7, by: 'count' })!
  near([reliability - resolution + uncertainty + withinBins], [rows.brier], 1e-12)
  assert.equal(brierDecomposition(new Float64Array(0), new Float64Array(0)), undefined)
})

test('a calibration that cannot be tested says why', () => {
  assert.match(spiegelhalter(Float64Array.of(1, 0), Float64Array.of(0.5, 1)).reason!, /every score is 0, 1\/2 or 1/)
  assert.match(hosmerLemeshow(Float64Array.of(1, 0), Float64Array.of(0.5, 0.4)).reason!, /too few/)
  assert.match(calibrationLine(Float64Array.of(1, 0), Float64Array.of(1, 0.4)).reason!, /infinite/)
  assert.match(calibrationLine(Float64Array.of(1, 0), Float64Array.of(0.9, 0.4)).reason!, /without error/)
  assert.throws(() => spiegelhalter(Float64Array.of(1), Float64Array.of(2)), /score of row 0 is 2/)
})
