import assert from 'node:assert/strict'
import { test } from 'node:test'
import { random } from '../../numeric/random.ts'
import { classifierTest, outOfFoldTest } from './classifierTest.ts'
import { covarianceOf, standardise, standardOf } from './columns.ts'
import { fitMahalanobis } from './mahalanobis.ts'
import { meanDiscrepancy } from './meanDiscrepancy.ts'
import { fitReconstruction, reconstructionErrors, windowReconstruction } from './reconstruction.ts'

const rng = random('degenerate')
const draw = (rows: number) => Float64Array.from({ length: rows }, () => rng.normal())

test('a singular covariance says why: a constant column, a column that follows from others, too few rows', () => {
  const x = draw(30)
  const y = draw(30)
  assert.match(fitMahalanobis([x, new Float64Array(30).fill(2)]).reason!, /column 1 is constant/)
  assert.match(fitMahalanobis([x, y, x.map((value, i) => value + y[i]!)]).reason!, /covariance is singular/)
  assert.match(fitMahalanobis([draw(3), draw(3)]).reason!, /3 rows of 2 columns, 4 are needed/)
  assert.ok(fitMahalanobis([x, y, x.map((value, i) => value + y[i]!)], 'shrunk').reference)
  assert.ok(
    fitMahalanobis(
      Array.from({ length: 20 }, () => draw(10)),
      'shrunk',
    ).reference,
  )
  assert.match(fitMahalanobis([new Float64Array(30)], 'robust').reason!, /column 0 is constant/)
  assert.throws(() => covarianceOf([draw(1)]), /needs 2 rows, got 1/)
})

test('a constant column takes no part in reconstruction; only constant columns are refused', () => {
  const columns = [draw(50), new Float64Array(50).fill(3), draw(50)]
  const fitted = fitReconstruction(columns, {}, random(1))
  for (const component of fitted.components) assert.equal(component[1], 0)
  assert.throws(() => fitReconstruction([new Float64Array(50)], {}, random(1)), /all columns are constant/)
  assert.throws(() => fitReconstruction([draw(5)], {}, random(1)), /5 rows, needs 20 for 10 folds/)
  assert.throws(() => reconstructionErrors([draw(5)], fitted), /1 columns, the reference has 3/)
  const { mean, sd, n, standardError } = windowReconstruction(columns, fitted)
  assert.ok(mean > 0 && n === 50 && Math.abs(standardError - sd / Math.sqrt(50)) < 1e-15)
})

test('rows that are equal or too few have no discrepancy, and incomplete rows are named', () => {
  const equal = [new Float64Array(20)]
  assert.match(meanDiscrepancy(equal, equal, {}, rng).reason!, /half of the pairs of rows are equal/)
  assert.match(meanDiscrepancy([draw(1)], [draw(9)], {}, rng).reason!, /1 and 9 values, 2 are needed/)
  assert.throws(() => meanDiscrepancy([draw(5), draw(5)], [draw(5)], {}, rng), /1 columns, the reference has 2/)
  assert.throws(() => meanDiscrepancy([Float64Array.of(1, Number.NaN)], [draw(2)], {}, rng), /column 0, row 1 is NaN/)
  assert.throws(() => meanDiscrepancy([draw(5)], [draw(5)], { bandwidth: 0 }, rng), /bandwidth is 0/)
  assert.throws(() => standardOf([]), /no columns/)
  assert.throws(() => standardOf([draw(3), draw(4)]), /column 1 has 4 rows, column 0 3/)
})

test('scores that say nothing, a fold of one kind and a classifier that forgets rows are named', () => {
  assert.match(
    outOfFoldTest(
      new Float64Array(10),
      Uint8Array.from({ length: 10 }, (_, i) => i % 2),
    ).reason!,
    /scores are equal/,
  )
  assert.match(outOfFoldTest(draw(4), [0, 0, 1, 1], [0, 0, 0, 1]).reason!, /fold 1 has 0 rows of the reference/)
  assert.match(outOfFoldTest(draw(0), []).reason!, /no scores/)
  assert.throws(() => outOfFoldTest(draw(3), [0, 1]), /3 scores, 2 labels and 3 folds/)
  const few = () => classifierTest([draw(9)], [draw(30)], () => draw(1), {}, rng)
  assert.match(few().reason!, /9 and 30 values, 10 are needed/)
  assert.throws(() => classifierTest([draw(20)], [draw(30)], () => draw(1), {}, rng), /1 scores for 10 rows/)
})

test('standardised columns have mean 0 and spread 1, huge ones too; a constant column becomes 0', () => {
  const columns = [draw(100).map(value => value * 1e300), new Float64Array(100).fill(7), draw(100)]
  const [huge, constant] = standardise(columns, standardOf(columns))
  const squares = huge!.reduce((sum, value) => sum + value * value, 0)
  assert.ok(Math.abs(squares / 100 - 1) < 1e-12)
  assert.ok(constant!.every(value => value === 0))
})
