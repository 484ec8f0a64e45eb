import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { random } from '../../numeric/random.ts'
import { binaryMetrics, confusion } from './binaryMetrics.ts'
import { averagePrecision, rocAuc } from './ranking.ts'
import { regressionMetrics } from './regressionMetrics.ts'

// scikit-learn 1.9
const golden = JSON.parse(readFileSync(new URL('../../../test/golden/metrics.json', import.meta.url), 'utf8'))

const near = (actual: number | undefined, expected: number, tolerance = 1e-12) =>
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)),
    `${actual} is not ${expected}`,
  )

test('binary metrics equal those of scikit-learn', () => {
  const { y_true, score, weight, ...rest } = golden.binary
  const [truth, scores, w] = [y_true, score, weight].map(values => Float64Array.from(values))
  const plain = binaryMetrics(truth!, scores!)
  for (const [name, { value }] of Object.entries(plain)) near(value, rest[name])
  const { tn, fp, fn, tp } = confusion(truth!, scores!)
  assert.deepEqual(
    [
      [tn, fp],
      [fn, tp],
    ],
    rest.confusion,
  )
  const weighted = binaryMetrics(truth!, scores!, { weight: w })
  near(weighted.accuracy.value, rest.weighted_accuracy)
  near(weighted.roc_auc.value, rest.weighted_roc_auc)
  near(weighted.f1.value, rest.weighted_f1)
})

test('regression metrics equal those of scikit-learn', () => {
  const { y_true, y_pred, weight, ...rest } = golden.regression
  const [truth, prediction, w] = [y_true, y_pred, weight].map(values => Float64Array.from(values))
  for (const [name, { value }] of Object.entries(regressionMetrics(truth!, prediction!))) near(value, rest[name])
  const weighted = regressionMetrics(truth!, prediction!, { weight: w })
  near(weighted.mae.value, rest.weighted_mae)
  near(weighted.r2.value, rest.weighted_r2)
})

test('a weight of 2 counts like a row given twice, a weight of 0 like a row left out', () => {
  const rng = random('weights')
  const n = 200
  const truth = Float64Array.from({ length: n }, () => rng.below(2))
  const score = Float64Array.from({ length: n }, () => rng.below(20) / 20 + 0.01)
  const weight = Float64Array.from({ length: n }, () => rng.below(4))
  const rows = Array.from(weight).flatMap((w, i) => Array(w).fill(i) as number[])
  const repeat = (values: Float64Array) => Float64Array.from(rows, i => values[i]!)
  const weighted = binaryMetrics(truth, score, { weight })
  const repeated = binaryMetrics(repeat(truth), repeat(score))
  for (const name of Object.keys(weighted) as (keyof typeof weighted)[])
    near(weighted[name].value, repeated[name].value!)
  const shifted = truth.map((y, i) => y + 1 + weight[i]!)
  const weightedFit = regressionMetrics(shifted, score, { weight })
  const repeatedFit = regressionMetrics(repeat(shifted), repeat(score))
  for (const name of Object.keys(weightedFit) as (keyof typeof weightedFit)[]) {
    near(weightedFit[name].value, repeatedFit[name].value!)
  }
})

test('the area under the ROC curve is the share of pairs ranked rightly, ties half, at any size', () => {
  const rng = random('auc')
  for (const n of [2, 10, 1500]) {
    const truth = Float64Array.from({ length: n }, (_, i) => i % 2)
    const score = Float64Array.from({ length: n }, (_, i) => Math.round((rng.normal() + truth[i]!) * 4) / 4)
    let won = 0
    let pairs = 0
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        if (truth[i] !== 1 || truth[j] !== 0) continue
        pairs++
        won += score[i]! > score[j]! ? 1 : score[i] === score[j] ? 0.5 : 0
      }
    }
    near(rocAuc(truth, score).value, won / pairs)
    near(rocAuc(truth, score, new Float64Array(n).fill(2)).value, won / pairs)
    near(
      rocAuc(
        truth,
        score.map(s => s ** 3 + 7),
      ).value,
      won / pairs,
    )
  }
  near(rocAuc(Float64Array.of(0, 1, 1), Float64Array.of(1, 1, 1)).value, 0.5)
})

test('a degenerate case is undefined with a reason, never 0 or NaN', () => {
  const none = new Float64Array(0)
  for (const metric of Object.values(binaryMetrics(none, none))) assert.equal(typeof metric.reason, 'string')
  for (const metric of Object.values(regressionMetrics(none, none))) assert.equal(typeof metric.reason, 'string')

  const oneClass = binaryMetrics(Float64Array.of(0, 0), Float64Array.of(0.1, 0.2))
  assert.equal(oneClass.roc_auc.reason, 'no positive rows')
  assert.equal(oneClass.precision.reason, 'no row is predicted positive')
  for (const name of ['recall', 'f1', 'mcc', 'kappa', 'balanced_accuracy', 'average_precision'] as const) {
    assert.equal(oneClass[name].value, undefined)
  }
  near(oneClass.accuracy.value, 1)
  near(oneClass.brier.value, 0.025)
  assert.equal(rocAuc(Float64Array.of(1), Float64Array.of(1)).reason, 'no negative rows')
  assert.equal(averagePrecision(Float64Array.of(0), Float64Array.of(1)).reason, 'no positive rows')

  const constant = regressionMetrics(Float64Array.of(0, 0), Float64Array.of(1, 0))
  assert.equal(constant.r2.reason, 'the truth is constant')
  assert.equal(constant.mape.reason, 'a true value is 0')
  near(constant.mae.value, 0.5)
})

test('wrong labels, NaN scores and negative weights are refused with the row', () => {
  assert.throws(() => binaryMetrics(Float64Array.of(2), Float64Array.of(0.5)), /truth of row 0 is 2/)
  assert.throws(() => binaryMetrics(Float64Array.of(1), Float64Array.of(Number.NaN)), /score of row 0 is NaN/)
  assert.throws(() => binaryMetrics(Float64Array.of(1), Float64Array.of(1.5)), /must be a probability/)
  assert.throws(() => rocAuc(Float64Array.of(1), Float64Array.of(1), Float64Array.of(-1)), /weight of row 0/)
  assert.throws(() => regressionMetrics(Float64Array.of(Number.NaN), Float64Array.of(1)), /truth of row 0/)
})
