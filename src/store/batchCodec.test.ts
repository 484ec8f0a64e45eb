import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { columnsOf, decodeRows, encodeRows, takeRows } from './batchCodec.ts'

const double = fc.double()
const text = fc.option(fc.string({ unit: 'grapheme' }))

const plain = { noNullPrototype: true }
const batches = fc.integer({ min: 0, max: 6 }).chain(n => {
  const numbers = fc.array(double, { minLength: n, maxLength: n }).map(values => Float64Array.from(values))
  const column = fc.oneof(
    fc.record(
      { kind: fc.constantFrom('number' as const, 'boolean' as const, 'time' as const), values: numbers },
      plain,
    ),
    fc.record({ kind: fc.constant('text' as const), values: fc.array(text, { minLength: n, maxLength: n }) }, plain),
  )
  return fc.record(
    {
      outputs: numbers,
      shadows: fc.array(numbers, { maxLength: 3 }),
      features: fc
        .array(column, { maxLength: 5 })
        .map(columns => ({ rows: n, columns: columns.map((column, i) => ({ ...column, name: `c${i}` })) })),
    },
    plain,
  )
})

test('rows come back from their bytes bit for bit, wherever the bytes lie', () => {
  fc.assert(
    fc.property(batches, fc.nat(7), (rows, shift) => {
      const bytes = encodeRows(rows)
      const moved = new Uint8Array(bytes.length + shift).subarray(shift)
      moved.set(bytes)
      const columns = columnsOf(rows.features)
      assert.deepEqual(decodeRows(moved, rows.features.rows, rows.shadows.length, columns), rows)
    }),
  )
})

test('some rows of a batch are these rows of every column', () => {
  const rows = {
    outputs: Float64Array.of(0.1, 0.2, 0.3),
    shadows: [Float64Array.of(1, 2, 3)],
    features: {
      rows: 3,
      columns: [
        { name: 'temp', kind: 'number' as const, values: Float64Array.of(30, Number.NaN, 50) },
        { name: 'carrier', kind: 'text' as const, values: ['UA', null, 'AA'] },
      ],
    },
  }
  assert.deepEqual(takeRows(rows, Int32Array.of(2, 1)), {
    outputs: Float64Array.of(0.3, 0.2),
    shadows: [Float64Array.of(3, 2)],
    features: {
      rows: 2,
      columns: [
        { name: 'temp', kind: 'number', values: Float64Array.of(50, Number.NaN) },
        { name: 'carrier', kind: 'text', values: ['AA', null] },
      ],
    },
  })
})
