import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { random } from '../../numeric/random.ts'
import type { Measured } from '../measured.ts'
import { binaryMetricNames, binaryMetrics, confusion } from './binaryMetrics.ts'
import { classCodes } from './classCodes.ts'
import { confusionMatrix } from './confusionMatrix.ts'
import { multiclassMetricNames, multiclassMetrics, predictedClasses } from './multiclassMetrics.ts'
import { averagePrecision, rocAuc } from './ranking.ts'
import { regressionMetrics } from './regressionMetrics.ts'

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../test/golden/${name}`, import.meta.url), 'utf8'))
/** Rows, with the metrics that the specification lists; and further metrics of the same rows. Both scikit-learn 1.9. */
const golden = read('metrics.json')
const more = read('metrics/metrics.json')

const near = (actual: number | undefined, expected: number, tolerance = 1e-12, what = '') =>
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)),
    `${what} ${actual} is not ${expected}`,
  )

/** Every metric of `expected` is among the measured ones and equal. */
function equal(
  metrics: Readonly<Record<string, Measured>>,
  expected: Readonly<Record<string, number>>,
  tolerance: number,
): void {
  for (const [name, value] of Object.entries(expected)) near(metrics[name]?.value, value, tolerance, name)
}

const floats = (values: readonly number[]) => Float64Array.from(values)

test('binary metrics equal those of scikit-learn, with weights and any threshold', () => {
  const {
    y_true,
    score,
    weight,
    confusion: cells,
    weighted_accuracy,
    weighted_roc_auc,
    weighted_f1,
    ...rest
  } = golden.binary
  const [truth, scores, w] = [floats(y_true), floats(score), floats(weight)]
  equal(binaryMetrics(truth, scores), rest, 1e-12)
  const weighted = binaryMetrics(truth, scores, { weight: w })
  equal(weighted, { accuracy: weighted_accuracy, roc_auc: weighted_roc_auc, f1: weighted_f1 }, 1e-12)
  const { tn, fp, fn, tp } = confusion(truth, scores)
  assert.deepEqual([[tn, fp], [fn, tp]], cells) // biome-ignore format: a table

  assert.deepEqual(Object.keys(more.binary.plain).sort(), [...binaryMetricNames].sort())
  equal(binaryMetrics(truth, scores), more.binary.plain, 1e-12)
  equal(weighted, more.binary.weighted, 1e-12)
  equal(binaryMetrics(truth, scores, { threshold: 0.3, weight: w }), more.binary.threshold_03, 1e-12)
})

test('multiclass metrics equal those of scikit-learn, with weights', () => {
  const { y_true, proba, confusion: cells, ...rest } = golden.multiclass
  const rows = { classes: ['0', '1', '2', '3'], truth: Int32Array.from(y_true), probabilities: floats(proba.flat()) }
  const plain = multiclassMetrics(rows)
  equal(plain, rest, 1e-12)
  assert.deepEqual(Object.keys(more.multiclass.plain).sort(), [...multiclassMetricNames].sort())
  equal(plain, more.multiclass.plain, 1e-12)
  assert.deepEqual([...confusionMatrix(rows.truth, predictedClasses(rows), rows.classes).cells], cells.flat())
  equal(multiclassMetrics({ ...rows, weight: floats(more.multiclass.weight) }), more.multiclass.weighted, 1e-12)
})

test('two classes as two probabilities give what the binary metrics give', () => {
  const truth = floats(golden.binary.y_true)
  const score = floats(golden.binary.score)
  const binary = binaryMetrics(truth, score)
  const both = multiclassMetrics({
    classes: ['no', 'yes'],
    truth: Int32Array.from(truth),
    probabilities: floats([...score].flatMap(p => [1 - p, p])),
  })
  for (const name of ['accuracy', 'balanced_accuracy', 'mcc', 'kappa', 'log_loss'] as const) {
    near(both[name].value, binary[name].value!, 1e-12, name)
  }
  near(both.roc_auc_ovr_macro.value, binary.roc_auc.value!)
  near(both.roc_auc_ovo_macro.value, binary.roc_auc.value!)
  near(both.brier.value, 2 * binary.brier.value!)
  near(both.top2.value, 1)
})

test('regression metrics equal those of scikit-learn, with weights', () => {
  const { y_true, y_pred, weight, weighted_mae, weighted_r2, ...rest } = golden.regression
  const [truth, prediction] = [floats(y_true), floats(y_pred)]
  equal(regressionMetrics(truth, prediction), { ...rest, ...more.regression.plain }, 1e-12)
  const weighted = regressionMetrics(truth, prediction, { weight: floats(weight) })
  equal(weighted, { mae: weighted_mae, r2: weighted_r2, ...more.regression.weighted }, 1e-12)
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

  const classes = ['a', 'b', 'c']
  const many = multiclassMetrics({ classes, truth: Int32Array.of(0, 1, 1), predicted: Int32Array.of(0, 0, 1) })
  near(many.precision_macro.value, 0.75) // class c neither occurs nor is predicted
  assert.equal(many.log_loss.reason, 'probabilities are needed')
  const never = multiclassMetrics({ classes, truth: Int32Array.of(0, 2), predicted: Int32Array.of(0, 1) })
  assert.equal(never.precision_macro.reason, 'class c is never predicted')
  assert.equal(never.recall_macro.reason, 'class b does not occur in the truth')
  near(never.balanced_accuracy.value, 0.5)
  near(never.f1_macro.value, 1 / 3)
  const missing = multiclassMetrics({
    classes,
    truth: Int32Array.of(0, 1),
    probabilities: Float64Array.of(0.6, 0.4, 0, 0.2, 0.7, 0.1),
  })
  assert.equal(missing.roc_auc_ovr_macro.reason, 'class c: no positive rows')
  assert.equal(missing.roc_auc_ovo_macro.reason, 'class c has no rows')
  const nothing = multiclassMetrics({ classes, truth: new Int32Array(0), probabilities: none })
  for (const metric of Object.values(nothing)) assert.equal(typeof metric.reason, 'string')

  const constant = regressionMetrics(Float64Array.of(0, 0), Float64Array.of(1, 0))
  assert.equal(constant.r2.reason, 'the truth is constant')
  assert.equal(constant.mape.reason, 'a true value is 0')
  near(constant.mae.value, 0.5)
  near(constant.smape.value, 1)
  const negative = regressionMetrics(Float64Array.of(-2, 0), Float64Array.of(1, 0))
  assert.match(negative.rmsle.reason!, /has no logarithm/)
})

test('wrong labels, NaN scores and negative weights are refused with the row', () => {
  assert.throws(() => binaryMetrics(Float64Array.of(2), Float64Array.of(0.5)), /truth of row 0 is 2/)
  assert.throws(() => binaryMetrics(Float64Array.of(1), Float64Array.of(Number.NaN)), /score of row 0 is NaN/)
  assert.throws(() => binaryMetrics(Float64Array.of(1), Float64Array.of(1.5)), /must be a probability/)
  assert.throws(() => rocAuc(Float64Array.of(1), Float64Array.of(1), Float64Array.of(-1)), /weight of row 0/)
  assert.throws(() => regressionMetrics(Float64Array.of(Number.NaN), Float64Array.of(1)), /truth of row 0/)
})

test('classes are text or numbers, in their natural order, and a missing label is told apart', () => {
  const { classes, codes } = classCodes([
    [10, 9, Number.NaN],
    ['b', null, '9'],
  ])
  assert.deepEqual(classes, ['9', '10', 'b'])
  assert.deepEqual(
    codes.map(list => [...list]),
    [
      [1, 0, -1],
      [2, -1, 0],
    ],
  )
  assert.deepEqual([...classCodes([['lo', 'hi']], ['lo', 'hi']).codes[0]!], [0, 1])
  assert.throws(() => classCodes([['mid']], ['lo', 'hi']), /label of row 0 is mid, must be one of lo, hi/)
})

test('probabilities of several classes are refused where they are none', () => {
  const rows = { classes: ['a', 'b'], truth: Int32Array.of(0) }
  assert.throws(() => multiclassMetrics({ ...rows, probabilities: Float64Array.of(0.5, 0.2) }), /sum to 0.7/)
  assert.throws(() => multiclassMetrics({ ...rows, probabilities: Float64Array.of(1.5, -0.5) }), /of a in row 0 is 1.5/)
  assert.throws(
    () => multiclassMetrics({ ...rows, probabilities: Float64Array.of(1) }),
    /1 probabilities for 1 rows of 2/,
  )
  assert.throws(() => multiclassMetrics({ ...rows, truth: Int32Array.of(2) }), /truth of row 0 is class 2/)
  assert.throws(() => multiclassMetrics(rows), /neither probabilities nor predicted classes/)
})
