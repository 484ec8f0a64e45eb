import assert from 'node:assert/strict'
import { test } from 'node:test'
import { column, numbers, select, table, take, texts } from './table.ts'

const people = table([
  { name: 'age', kind: 'number', values: Float64Array.of(30, Number.NaN, 50) },
  { name: 'city', kind: 'text', values: ['Rome', null, 'Oslo'] },
])

test('a table has the rows of its columns and gives a column by name', () => {
  assert.equal(people.rows, 3)
  assert.equal(table([]).rows, 0)
  assert.equal(column(people, 'city').kind, 'text')
  assert.equal(numbers(people, 'age')[2], 50)
  assert.equal(texts(people, 'city')[0], 'Rome')
})

test('columns of different length and two of one name are refused', () => {
  const x = { name: 'x', kind: 'number', values: new Float64Array(2) } as const
  assert.throws(
    () => table([x, { ...x, name: 'y', values: new Float64Array(3) }]),
    /column y has 3 rows, the first column has 2/,
  )
  assert.throws(() => table([x, x]), /two columns are named x/)
})

test('an unknown column is refused with the names there are, a column of the other kind with its kind', () => {
  assert.throws(() => column(people, 'town'), /no column town; there are age, city/)
  assert.throws(() => numbers(people, 'city'), /column city is text, wanted numbers/)
  assert.throws(() => texts(people, 'age'), /column age is number, wanted text/)
})

test('take gives rows in the given order, an index may repeat, missing values stay missing', () => {
  const taken = take(people, Int32Array.of(2, 1, 2))
  assert.equal(taken.rows, 3)
  assert.deepEqual(texts(taken, 'city'), ['Oslo', null, 'Oslo'])
  assert.deepEqual([...numbers(taken, 'age')], [50, Number.NaN, 50])
  assert.equal(take(people, new Int32Array(0)).rows, 0)
})

test('select gives the named columns in the given order', () => {
  const selected = select(people, ['city', 'age'])
  assert.deepEqual(
    selected.columns.map(({ name }) => name),
    ['city', 'age'],
  )
  assert.equal(selected.rows, 3)
  assert.throws(() => select(people, ['nobody']), RangeError)
})
