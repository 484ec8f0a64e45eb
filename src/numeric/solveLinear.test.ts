import assert from 'node:assert/strict'
import { test } from 'node:test'
import { random } from './random.ts'
import { solveLinear } from './solveLinear.ts'

test('the solution of A x = b satisfies the equations, also where a pivot is 0', () => {
  const rng = random('solve')
  for (const n of [1, 2, 7, 40]) {
    const a = Float64Array.from({ length: n * n }, () => rng.normal())
    if (n > 1) a[0] = 0
    const x = Float64Array.from({ length: n }, () => rng.normal())
    const b = Float64Array.from(x, (_, i) => x.reduce((sum, xj, j) => sum + a[i * n + j]! * xj, 0))
    const solved = solveLinear(a.slice(), b)
    for (let i = 0; i < n; i++) assert.ok(Math.abs(solved[i]! - x[i]!) < 1e-9)
  }
})

test('a singular matrix is refused', () => {
  assert.throws(() => solveLinear(Float64Array.of(1, 2, 2, 4), Float64Array.of(1, 1)), /singular/)
  assert.throws(() => solveLinear(new Float64Array(3), new Float64Array(2)), RangeError)
})
