import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Divergence, divergenceLimit, divergenceP } from './divergenceLimits.ts'

test('the limit of a stability index depends on n and m: with ten bins (1/n + 1/m) 16.919 at 5 %', () => {
  for (const [n, m, limit] of [
    [1000, 100, 0.186],
    [5000, 1000, 0.0203],
    [1000, 1000, 0.0338],
  ] as const) {
    assert.ok(Math.abs(divergenceLimit('populationStabilityIndex', n, m, 10, 0.05) / limit - 1) < 2e-3)
  }
})

test('at its limit a divergence has the p-value alpha, and a distance is the root of its divergence', () => {
  const kinds: Divergence[] = [
    'populationStabilityIndex',
    'kullbackLeibler',
    'jensenShannonDivergence',
    'jensenShannonDistance',
    'hellinger',
  ]
  for (const kind of kinds) {
    const limit = divergenceLimit(kind, 300, 700, 8, 0.01)
    assert.ok(Math.abs(divergenceP(kind, limit, 300, 700, 8) - 0.01) < 1e-12, kind)
    assert.ok(divergenceLimit(kind, 300, 700, 8, 0.001) > limit && divergenceLimit(kind, 3000, 7000, 8, 0.01) < limit)
  }
  const divergence = divergenceLimit('jensenShannonDivergence', 50, 60, 4, 0.05)
  assert.ok(Math.abs(divergenceLimit('jensenShannonDistance', 50, 60, 4, 0.05) ** 2 - divergence) < 1e-15)
  assert.equal(divergenceP('kullbackLeibler', Number.POSITIVE_INFINITY, 10, 10, 3), 0)
})

test('no rows, one bin and a negative divergence are refused', () => {
  assert.throws(() => divergenceLimit('hellinger', 0, 10, 5, 0.05), /0 and 10 rows/)
  assert.throws(() => divergenceLimit('hellinger', 10, 10, 1, 0.05), /1 bins/)
  assert.throws(() => divergenceP('hellinger', -1, 10, 10, 5), /divergence is -1/)
})
