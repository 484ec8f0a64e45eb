import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cholesky, choleskyLength } from './cholesky.ts'

test('L times its transpose is A, and lengths are those in the metric of the inverse of A', () => {
  const a = Float64Array.of(4, 12, -16, 12, 37, -43, -16, -43, 98)
  const l = cholesky(a, 3)!
  assert.deepEqual([...l], [2, 0, 0, 6, 1, 0, -8, 5, 3])
  // x' A^-1 x for x = A e1 is a11.
  assert.ok(Math.abs(choleskyLength(l, Float64Array.of(4, 12, -16)) - 4) < 1e-12)
})

test('a singular and an indefinite matrix have no factor', () => {
  assert.equal(cholesky(Float64Array.of(1, 2, 2, 4), 2), undefined)
  assert.equal(cholesky(Float64Array.of(1, 2, 2, 1), 2), undefined)
  assert.equal(cholesky(Float64Array.of(0), 1), undefined)
})
