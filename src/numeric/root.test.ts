import assert from 'node:assert/strict'
import { test } from 'node:test'
import { root } from './root.ts'

test('a root is found to the last digits, of flat, steep and discontinuous functions too', () => {
  assert.ok(Math.abs(root(x => x * x - 2, 0, 2) - Math.SQRT2) < 1e-15)
  assert.ok(Math.abs(root(x => (x - 1) ** 9, 0, 3) - 1) < 0.02)
  assert.ok(Math.abs(root(x => Math.exp(50 * x) - 1, -1, 1)) < 1e-12)
  assert.ok(Math.abs(root(x => (x < 0.3 ? -1 : 1), 0, 1) - 0.3) < 1e-14)
  assert.equal(
    root(x => x - 1, 1, 5),
    1,
  )
})

test('an interval without a change of sign is refused', () => {
  assert.throws(() => root(x => x * x + 1, -1, 1), /different signs/)
})
