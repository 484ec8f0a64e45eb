import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FalconerError } from '../base/errors.ts'
import { type Table, table } from '../base/table.ts'
import { random } from '../numeric/random.ts'
import type { FitContext } from './fitted.ts'
import { takeLabel } from './label.ts'
import { fitRecipe } from './recipe.ts'

const rows = table([
  { name: 'x', kind: 'number', values: Float64Array.of(1, 2, 3, 4) },
  { name: 'city', kind: 'text', values: ['a', 'b', null, 'a'] },
  { name: 'late', kind: 'boolean', values: Float64Array.of(0, 1, Number.NaN, 1) },
])

async function findings(data: Table, label: Float64Array, context: FitContext = { task: 'binary' }): Promise<string[]> {
  try {
    await fitRecipe({ kind: 'boost' }, data, label, context, random(0))
  } catch (error) {
    assert.ok(error instanceof FalconerError && error.code === 'bad-data' && error.fix !== '')
    return error.findings.map(finding => finding.text)
  }
  return []
}

describe('the label', () => {
  it('is taken out of the table; rows without one are left out with a note', () => {
    const taken = takeLabel(rows, 'late')
    assert.equal(taken.task, 'binary')
    assert.deepEqual(Array.from(taken.label), [0, 1, 1])
    assert.deepEqual(
      taken.table.columns.map(column => column.name),
      ['x', 'city'],
    )
    assert.deepEqual(taken.table.columns[1]!.values, ['a', 'b', 'a'])
    assert.deepEqual(taken.notes, ['1 of 4 rows are left out: their label late is missing'])
    assert.equal(takeLabel(rows, 'x').task, 'regression')
  })

  it('that is absent or text is refused with what to do', () => {
    assert.throws(() => takeLabel(rows, 'lateness'), {
      code: 'bad-data',
      fix: 'Name one of the columns as label: x, city, late.',
    })
    assert.throws(() => takeLabel(rows, 'city'), /The label city is text \("a", "b", null\), wanted numbers/)
  })

  it('must have both classes, and only those', async () => {
    const data = table([rows.columns[0]!])
    assert.deepEqual(await findings(data, Float64Array.of(1, 1, 1, 1)), ['every label is 1; both classes are needed'])
    assert.deepEqual(await findings(data, Float64Array.of(0, 2, 1, Number.NaN)), [
      '2 labels are not 0 or 1; the first is 2 in row 2',
    ])
  })

  it('needs rows and columns, and weights that are not negative', async () => {
    const none = table([{ name: 'x', kind: 'number', values: new Float64Array(0) }])
    assert.deepEqual(await findings(none, new Float64Array(0)), ['there are no rows to learn from'])
    assert.deepEqual(await findings({ rows: 2, columns: [] }, Float64Array.of(0, 1)), [
      'there are no columns to learn from',
    ])
    const data = table([rows.columns[0]!])
    const label = Float64Array.of(0, 1, 0, 1)
    const weighted = (weights: Float64Array) => findings(data, label, { task: 'binary', weights })
    assert.deepEqual(await weighted(Float64Array.of(1, -1, 1, 1)), [
      'the weight of row 2 is -1; weights are finite and not negative',
    ])
    assert.deepEqual(await weighted(new Float64Array(4)), ['all weights are 0'])
  })
})
