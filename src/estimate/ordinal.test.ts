import assert from 'node:assert/strict'
import { test } from 'node:test'
import { table } from '../base/table.ts'
import { inNumbers, ordinalInputs } from './ordinal.ts'

const rows = table([
  { name: 'town', kind: 'text', values: ['Oslo', 'Rome', 'Rome', null, 'Bern', ''] },
  { name: 'x', kind: 'number', values: Float64Array.of(1, 2, 3, Number.NaN, 5, 6) },
])

test('categories become ranks by frequency, equal ones by name; unseen is 0 and missing NaN', () => {
  const inputs = ordinalInputs(rows)
  assert.deepEqual(inputs, [{ name: 'town', categories: ['Rome', 'Bern', 'Oslo'] }, { name: 'x' }])
  const later = table([
    { name: 'x', kind: 'number', values: Float64Array.of(7, 8) },
    { name: 'town', kind: 'text', values: ['Oslo', 'Paris'] },
  ])
  assert.deepEqual([...(inNumbers(later, inputs).columns[0]!.values as Float64Array)], [3, 0])
  assert.deepEqual(
    [...(inNumbers(rows, inputs).columns[0]!.values as Float64Array)],
    [3, 1, 1, Number.NaN, 2, Number.NaN],
  )
})

test('categories may be ranked by the mean of a number, the largest first', () => {
  const [town] = ordinalInputs(rows, Float64Array.of(5, 1, 2, 9, 7, 9))
  assert.deepEqual(town!.categories, ['Bern', 'Oslo', 'Rome'])
})

test('of very many categories the most frequent 250 are told apart', () => {
  const values = Array.from({ length: 600 }, (_, i) => `c${i % 300}`).concat(Array<string>(5).fill('often'))
  const [many] = ordinalInputs(table([{ name: 'c', kind: 'text', values }]))
  assert.equal(many!.categories!.length, 250)
  assert.equal(many!.categories![0], 'often')
})

test('a column that is absent or of another kind is refused by name', () => {
  const inputs = ordinalInputs(rows)
  assert.throws(() => inNumbers(table([rows.columns[0]!]), inputs), /The column x is absent/)
  const swapped = table([rows.columns[1]!, { ...rows.columns[0]!, name: 'y' }])
  assert.throws(
    () => inNumbers({ ...swapped, columns: [{ ...rows.columns[1]!, name: 'town' }] }, inputs),
    /town is numbers, in the reference text/,
  )
})
