import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { besselKScaled } from './besselK.ts'

// mpmath
const rows: [number, number, number][] = JSON.parse(
  readFileSync(new URL('../../test/golden/special.json', import.meta.url), 'utf8'),
).bessel_k_scaled

test('the scaled Bessel function K equals mpmath from 1e-6 to 10,000', () => {
  for (const [order, x, expected] of rows) {
    assert.ok(Math.abs(besselKScaled(order, x) / expected - 1) < 1e-13, `order ${order}, x ${x}`)
  }
  // K_{1/2} has a closed form.
  assert.ok(Math.abs(besselKScaled(0.5, 3) / Math.sqrt(Math.PI / 6) - 1) < 1e-14)
  assert.throws(() => besselKScaled(0.25, 0), /x is 0/)
})
