import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Random, random } from '../../numeric/random.ts'
import { type FalseAlarms, falseAlarmRates, shapes, uniformity } from '../testing/calibration.ts'
import { classifierTest, type ScoreRows } from './classifierTest.ts'
import { type Columns, covarianceOf } from './columns.ts'
import { fitMahalanobis, mahalanobisP, mahalanobisSquared } from './mahalanobis.ts'
import { meanDiscrepancy } from './meanDiscrepancy.ts'
import { fitReconstruction, reconstructionTest } from './reconstruction.ts'

function keepsLevel({ rate, lower, upper }: FalseAlarms, what: string, usesLevel = false): void {
  assert.ok(rate <= upper, `${what}: ${rate} of the tests without a difference reject, at most ${upper} may`)
  if (usesLevel) assert.ok(rate >= lower, `${what}: only ${rate} reject, at least ${lower} should`)
}

/** Columns that hang together: each is half the one before and half its own. */
function table(rng: Random, rows: number, width: number, shape = shapes.normal, correlation = 0.5): Float64Array[] {
  const columns = Array.from({ length: width }, () => new Float64Array(rows))
  for (let i = 0; i < rows; i++) {
    let before = 0
    for (const column of columns) {
      before = correlation * before + shape(rng)
      column[i] = before
    }
  }
  return columns
}

/** Scores along the difference of the means, in units of the spread of each column: simple, but it learns. */
const meanDifference: ScoreRows = (train, isWindow, rows) => {
  const direction = train.map(column => {
    const sums = [0, 0]
    const counts = [0, 0]
    let squares = 0
    for (let i = 0; i < column.length; i++) {
      sums[isWindow[i]!]! += column[i]!
      counts[isWindow[i]!]!++
      squares += column[i]! ** 2
    }
    return (sums[1]! / counts[1]! - sums[0]! / counts[0]!) / Math.sqrt(squares / column.length)
  })
  return Float64Array.from(rows[0]!, (_, i) => rows.reduce((sum, column, j) => sum + direction[j]! * column[i]!, 0))
}

test('without drift the mean discrepancy keeps its level, for small, unequal, tied and heavy-tailed samples', () => {
  for (const [n, m, replicates] of [
    [30, 25, 250],
    [12, 15, 300],
    [300, 60, 40],
  ] as const) {
    for (const shape of [shapes.normal, shapes.integer, shapes.heavy]) {
      const alarms = falseAlarmRates(
        replicates,
        rng => ({ a: table(rng, n, 4, shape), b: table(rng, m, 4, shape) }),
        { discrepancy: ({ a, b }, rng) => meanDiscrepancy(a, b, { replicates: 99 }, rng).result?.p },
        random(`${n} ${m}`),
      )
      keepsLevel(alarms.discrepancy, `discrepancy of ${n} and ${m} rows`)
    }
  }
})

test('without drift a classifier tells nothing: its test keeps the level though the folds depend on each other', () => {
  for (const [n, m, replicates] of [
    [30, 25, 1000],
    [12, 15, 1000],
    [300, 60, 500],
  ] as const) {
    for (const shape of [shapes.normal, shapes.integer]) {
      const { classifier } = falseAlarmRates(
        replicates,
        rng => ({ a: table(rng, n, 4, shape), b: table(rng, m, 4, shape) }),
        { classifier: ({ a, b }, rng) => classifierTest(a, b, meanDifference, {}, rng).result?.p },
        random(`classifier ${n}`),
      )
      keepsLevel(classifier, `classifier of ${n} and ${m} rows`)
    }
  }
})

test('with random features p has its level too, uniform over the whole range, for unequal samples', () => {
  for (const [n, m] of [
    [1000, 100],
    [400, 2000],
  ] as const) {
    const { features } = falseAlarmRates(
      40,
      rng => ({ a: table(rng, n, 3), b: table(rng, m, 3) }),
      { features: ({ a, b }, rng) => meanDiscrepancy(a, b, { mostRows: 10 }, rng).result?.p },
      random(`features ${n}`),
    )
    keepsLevel(features, `random features of ${n} and ${m}`)
    assert.ok(uniformity(features.p) > 1e-4)
  }
})

test('windows like the reference reconstruct as well as it does, also where both are short', () => {
  for (const [n, m] of [
    [1000, 100],
    [100, 1000],
    [60, 50],
  ] as const) {
    for (const shape of [shapes.normal, shapes.skewed]) {
      const { error } = falseAlarmRates(
        n > 100 || m > 100 ? 150 : 500,
        rng => ({ a: table(rng, n, 8, shape), b: table(rng, m, 8, shape) }),
        { error: ({ a, b }, rng) => reconstructionTest(b, fitReconstruction(a, {}, rng)).result?.p },
        random(`reconstruction ${n}`),
      )
      keepsLevel(error, `reconstruction of ${m} rows against ${n}`)
    }
  }
})

test('of new normal rows 1 % have p below 1 %, however short the reference', () => {
  const rng = random('rows')
  for (const n of [12, 40, 500]) {
    let out = 0
    const rows = 40
    const references = 400
    for (let r = 0; r < references; r++) {
      const { reference } = fitMahalanobis(table(rng, n, 4))
      const squared = mahalanobisSquared(table(rng, rows, 4), reference!)
      for (const value of squared) if (mahalanobisP(value, reference!) < 0.01) out++
    }
    // Rows share their reference: the spread is wider than binomial, at most sqrt(rows) times.
    const share = out / (rows * references)
    assert.ok(Math.abs(share - 0.01) < 4 * Math.sqrt((0.01 * 0.99) / (references * 4)), `${n} rows: ${share}`)
  }
  const { reference } = fitMahalanobis(table(rng, 5000, 4), 'robust')
  const p = Float64Array.from(mahalanobisSquared(table(rng, 2000, 4), reference!), value =>
    mahalanobisP(value, reference!),
  )
  assert.ok(uniformity(p) > 1e-4, `robust: ${uniformity(p)}`)
})

test('a change of correlation alone is seen by all of them, though no single column has changed', () => {
  const rng = random('correlation')
  const before = table(rng, 400, 5, shapes.normal, 0.9)
  const sd = covarianceOf(before)
    .matrix.filter((_, i) => i % 6 === 0)
    .map(Math.sqrt)
  // The same margins, independent of each other.
  const after = Array.from(sd, value => Float64Array.from({ length: 400 }, () => value * rng.normal()))
  const products: ScoreRows = (train, isWindow, rows, fork) => {
    const pairs = (columns: Columns) =>
      columns.slice(1).map((column, j) => column.map((value, i) => value * columns[j]![i]!))
    return meanDifference(pairs(train), isWindow, pairs(rows), fork)
  }
  assert.ok(meanDiscrepancy(before, after, {}, rng).result!.p <= 0.005)
  assert.ok(meanDiscrepancy(before, after, { mostRows: 10 }, rng).result!.p < 1e-6)
  assert.ok(reconstructionTest(after, fitReconstruction(before, {}, rng)).result!.p < 1e-6)
  const told = classifierTest(before, after, products, {}, rng)
  assert.ok(told.result!.p < 1e-6 && told.effect! > 0.3 && told.effect === 2 * told.auc! - 1)
})
