import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { answersOf, batched, sliceRows } from './batch.ts'
import type { Rows } from './protocol.ts'

const rows = (...values: number[]): Rows => ({
  rows: values.length,
  numberNames: ['x', 'y'],
  numbers: Float64Array.from([...values, ...values.map(value => -value)]),
  textNames: ['t'],
  texts: [values.map(value => `${value}`)],
})

test('requests with the same models and columns become one batch, others their own', () => {
  const other = { ...rows(9), numberNames: ['x', 'z'] }
  const made = batched([
    { models: [1], rows: rows(1, 2) },
    { models: [1, 2], rows: rows(3) },
    { models: [1], rows: rows(4) },
    { models: [1], rows: other },
  ])
  assert.deepEqual(
    made.map(({ members }) => members),
    [[0, 2], [1], [3]],
  )
  assert.deepEqual(made[0]!.batch.rows, rows(1, 2, 4))
  assert.deepEqual(made[0]!.batch.lengths, [2, 1])
})

test('what is merged comes apart again, rows and answers alike', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.integer(), { minLength: 1 }), { minLength: 1 }), requests => {
      const [only] = batched(requests.map(values => ({ models: [7, 8], rows: rows(...values) })))
      const x = only!.batch.rows.numbers.subarray(0, only!.batch.rows.rows)
      const answers = answersOf(only!.batch, { whole: [x, { error: 'no' }] })
      let from = 0
      requests.forEach((values, i) => {
        assert.deepEqual(answers[i], [Float64Array.from(values), { error: 'no' }])
        assert.deepEqual(sliceRows(only!.batch.rows, from, from + values.length), rows(...values))
        from += values.length
      })
    }),
  )
})
