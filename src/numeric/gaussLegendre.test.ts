import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gaussLegendre, integrate } from './gaussLegendre.ts'

test('the n-point rule integrates polynomials up to degree 2n - 1 exactly', () => {
  for (const n of [1, 2, 5, 40]) {
    const { nodes, weights } = gaussLegendre(n)
    for (const degree of [0, 1, 2 * n - 2, 2 * n - 1]) {
      let sum = 0
      for (let i = 0; i < n; i++) sum += weights[i]! * nodes[i]! ** degree
      assert.ok(Math.abs(sum - (degree % 2 ? 0 : 2 / (degree + 1))) < 1e-14)
    }
  }
})

test('a smooth function is integrated to machine precision', () => {
  assert.ok(Math.abs(integrate(Math.exp, -1, 2, 20) - (Math.exp(2) - Math.exp(-1))) < 1e-13)
})
