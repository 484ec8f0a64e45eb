import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { keepWithin } from './keepWithin.ts'

test('what is left is what a filter leaves: no NaN, and nothing beyond the limit', () => {
  const limits = fc.oneof(fc.double({ min: 0, noNaN: true }), fc.constant(Number.POSITIVE_INFINITY))
  fc.assert(
    fc.property(fc.float64Array(), limits, (values, limit) => {
      const kept = keepWithin(values, limit)
      assert.deepEqual(
        kept,
        values.filter(x => Math.abs(x) <= limit),
      )
      assert.equal(kept === values, kept.length === values.length)
    }),
  )
  assert.deepEqual(keepWithin(Float64Array.of(Number.NaN, -Infinity, 1)), Float64Array.of(-Infinity, 1))
})
