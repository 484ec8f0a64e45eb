import assert from 'node:assert/strict'
import { test } from 'node:test'
import { random } from './random.ts'
import { pseudoInverse, symmetricEigen } from './symmetricEigen.ts'

function symmetric(n: number, seed: string): Float64Array {
  const rng = random(seed)
  const a = new Float64Array(n * n)
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) a[i * n + j] = a[j * n + i] = rng.normal()
  return a
}

test('A v = lambda v, vectors are orthogonal, eigenvalues fall and add up to the trace', () => {
  for (const n of [1, 2, 3, 10, 60]) {
    const a = symmetric(n, `eigen ${n}`)
    const { values, vectors } = symmetricEigen(a, n)
    let trace = 0
    for (let l = 0; l < n; l++) {
      trace += a[l * n + l]! - values[l]!
      if (l > 0) assert.ok(values[l]! <= values[l - 1]!)
      for (let i = 0; i < n; i++) {
        let product = 0
        let inner = 0
        for (let k = 0; k < n; k++) {
          product += a[i * n + k]! * vectors[l * n + k]!
          inner += vectors[i * n + k]! * vectors[l * n + k]!
        }
        assert.ok(Math.abs(product - values[l]! * vectors[l * n + i]!) < 1e-12, `n ${n}, value ${l}`)
        assert.ok(Math.abs(inner - Number(i === l)) < 1e-13)
      }
    }
    assert.ok(Math.abs(trace) < 1e-12)
  }
})

test('known spectra: a diagonal, the second difference, all ones', () => {
  assert.deepEqual([...symmetricEigen(Float64Array.of(2, 0, 0, 0, 5, 0, 0, 0, -1), 3).values], [5, 2, -1])
  const n = 8
  const a = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    a[i * n + i] = 2
    if (i > 0) a[i * n + i - 1] = a[(i - 1) * n + i] = -1
  }
  // 2 - 2 cos(k pi / (n + 1))
  const { values } = symmetricEigen(a, n)
  for (let k = 1; k <= n; k++) {
    assert.ok(Math.abs(values[n - k]! - (2 - 2 * Math.cos((k * Math.PI) / (n + 1)))) < 1e-14)
  }
  const ones = symmetricEigen(new Float64Array(16).fill(1), 4)
  assert.ok(Math.abs(ones.values[0]! - 4) < 1e-14 && Math.abs(ones.values[3]!) < 1e-14)
  assert.ok(Math.abs(ones.vectors[0]! - 0.5) < 1e-14)
  assert.throws(() => symmetricEigen(Float64Array.of(Number.NaN), 1), /entry 0 is NaN/)
})

test('the pseudo-inverse of a matrix of rank 1 satisfies Penrose, of a regular one it is the inverse', () => {
  const { inverse, rank } = pseudoInverse(Float64Array.of(1, 2, 2, 4), 2)
  assert.equal(rank, 1)
  for (const [i, expected] of [0.04, 0.08, 0.08, 0.16].entries()) assert.ok(Math.abs(inverse[i]! - expected) < 1e-15)
  const regular = pseudoInverse(Float64Array.of(2, 1, 1, 1), 2)
  assert.equal(regular.rank, 2)
  for (const [i, expected] of [1, -1, -1, 2].entries()) assert.ok(Math.abs(regular.inverse[i]! - expected) < 1e-14)
})
