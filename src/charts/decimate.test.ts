import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decimate } from './decimate.ts'

const series = fc.array(
  fc.oneof(
    { weight: 9, arbitrary: fc.double({ min: -1e9, max: 1e9, noNaN: true }) },
    { weight: 1, arbitrary: fc.constant(Number.NaN) },
  ),
  { minLength: 1, maxLength: 400 },
)

test('decimation keeps the ends, the extremes and the order, and at most four points a column', () => {
  fc.assert(
    fc.property(series, fc.integer({ min: 1, max: 40 }), (y, columns) => {
      const x = [...y.keys()]
      const kept = Array.from(decimate(x, y, columns))
      assert.deepEqual(
        [...kept].sort((a, b) => a - b),
        kept,
      )
      assert.equal(new Set(kept).size, kept.length)
      assert.equal(kept[0], 0)
      assert.equal(kept.at(-1), y.length - 1)
      const finite = y.filter(v => !Number.isNaN(v))
      if (finite.length === 0) return
      const seen = kept.map(i => y[i]!).filter(v => !Number.isNaN(v))
      assert.equal(Math.max(...seen), Math.max(...finite))
      assert.equal(Math.min(...seen), Math.min(...finite))
      if (finite.length === y.length && y.length > 4 * columns) assert.ok(kept.length <= 4 * columns)
    }),
  )
})

test('decimation keeps everything while there is room for it', () => {
  fc.assert(
    fc.property(series, y => {
      const kept = decimate([...y.keys()], y, Math.ceil(y.length / 4))
      assert.deepEqual(Array.from(kept), [...y.keys()])
    }),
  )
})

test('a gap between two values stays a gap', () => {
  const y = Float64Array.from({ length: 1000 }, (_, i) => (i === 500 ? Number.NaN : i))
  const kept = decimate(Float64Array.from(y.keys()), y, 20)
  assert.ok(kept.includes(500))
})

test('a gap at the end reaches to the end', () => {
  assert.deepEqual(Array.from(decimate([0, 1, 2, 3, 4], [0, 0, 0, Number.NaN, Number.NaN], 1)), [0, 2, 3, 4])
})

test('x and y must have the same length', () => {
  assert.throws(() => decimate([1, 2], [1], 10), /decimate: 2 x for 1 y/)
})
