import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type Column, table } from '../base/table.ts'
import { random } from '../numeric/random.ts'
import { fitRecipe } from './recipe.ts'
import { normalEquations, type SparseRows, solveSymmetric } from './sparse.ts'

const path = join(import.meta.dirname, '../../test/golden/learn/reference.json')
const golden = JSON.parse(readFileSync(path, 'utf8')) as {
  readonly x: readonly (readonly (number | null)[])[]
  readonly label: readonly number[]
  readonly amount: readonly number[]
  readonly ridge: number
  readonly logistic: readonly number[]
  readonly linear: readonly number[]
}
const rows = table(
  golden.x.map(
    (values, c): Column => ({ name: `x${c}`, kind: 'number', values: Float64Array.from(values, v => v ?? Number.NaN) }),
  ),
)

describe('linear models', () => {
  it('predict what scikit-learn predicts on standardised columns with missing values at the mean', async () => {
    const { ridge } = golden
    const logistic = await fitRecipe(
      { kind: 'logistic', ridge },
      rows,
      Float64Array.from(golden.label),
      { task: 'binary' },
      random(0),
    )
    logistic.predict(rows).forEach((p, i) => {
      assert.ok(Math.abs(p - golden.logistic[i]!) < 1e-6)
    })
    const linear = await fitRecipe(
      { kind: 'linear', ridge },
      rows,
      Float64Array.from(golden.amount),
      { task: 'regression' },
      random(0),
    )
    linear.predict(rows).forEach((p, i) => {
      assert.ok(Math.abs(p - golden.linear[i]!) < 1e-6)
    })
  })

  it('give each category its mean where a category is all there is', async () => {
    const city = ['a', 'a', 'b', 'b', 'c', 'c', 'c', 'c']
    const data = table([{ name: 'city', kind: 'text', values: city }])
    const label = Float64Array.of(1, 3, 10, 20, 0, 0, 4, 4)
    const model = await fitRecipe({ kind: 'linear', ridge: 1e-9 }, data, label, { task: 'regression' }, random(0))
    const wanted = [2, 2, 15, 15, 2, 2, 2, 2]
    model.predict(data).forEach((p, i) => {
      assert.ok(Math.abs(p - wanted[i]!) < 1e-5)
    })
    // An unseen category is the average row.
    const [unseen] = model.predict(table([{ name: 'city', kind: 'text', values: ['z'] }]))
    assert.ok(Math.abs(unseen! - 42 / 8) < 1e-5)
  })

  it('say that separable classes need a penalty', async () => {
    const data = table([{ name: 'x', kind: 'number', values: Float64Array.of(1, 2, 3, 4) }])
    const label = Float64Array.of(0, 0, 1, 1)
    const free = await fitRecipe({ kind: 'logistic', ridge: 0 }, data, label, { task: 'binary' }, random(0))
    assert.ok(free.predict(data)[3]! > 0.99)
    const held = await fitRecipe({ kind: 'logistic', ridge: 0.1 }, data, label, { task: 'binary' }, random(0))
    assert.deepEqual(held.notes, [])
    assert.ok(held.predict(data)[3]! < 0.99)
  })

  it('are refused for the other task, with the recipe that fits', async () => {
    const label = Float64Array.from(golden.label)
    await assert.rejects(fitRecipe({ kind: 'linear' }, rows, label, { task: 'binary' }, random(0)), {
      code: 'bad-data',
      fix: 'Use the recipe logistic or boost.',
    })
  })

  it('solve normal equations to 1e-10 and leave out columns that depend on others', () => {
    const draw = random(3)
    const n = 40
    const dense = Float64Array.from({ length: 4 * n }, () => draw.normal())
    for (let i = 0; i < n; i++) dense[4 * i + 3] = dense[4 * i]! - 2 * dense[4 * i + 1]!
    const sparse: SparseRows = {
      rows: n,
      columns: 4,
      start: Int32Array.from({ length: n + 1 }, (_, i) => 4 * i),
      column: Int32Array.from({ length: 4 * n }, (_, k) => k % 4),
      value: dense,
    }
    const y = Float64Array.from({ length: n }, () => draw.normal())
    const { matrix, right } = normalEquations(sparse, new Float64Array(n).fill(1), y)
    const w = solveSymmetric(Float64Array.from(matrix), right)
    assert.equal(w[3], 0)
    for (let r = 0; r < 4; r++) {
      let residual = -right[r]!
      for (let c = 0; c < 4; c++) residual += matrix[4 * r + c]! * w[c]!
      assert.ok(Math.abs(residual) < 1e-10)
    }
  })
})
