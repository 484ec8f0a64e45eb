import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { random } from '../../numeric/random.ts'
import { sharedHistogram } from './histogram.ts'

const sum = (shares: readonly number[]) => shares.reduce((a, b) => a + b, 0)

test('both samples are counted over one axis, and all of each of them', () => {
  const value = fc.oneof(fc.double(), fc.integer({ min: -5, max: 5 }), fc.constantFrom(Number.NaN, 1e300, -1e300))
  fc.assert(
    fc.property(fc.array(value), fc.array(value), (a, b) => {
      const shared = sharedHistogram(Float64Array.from(a), Float64Array.from(b))
      const [n, m] = [a.filter(Number.isFinite).length, b.filter(Number.isFinite).length]
      if (!shared) return assert.equal(n + m, 0)
      assert.ok(shared.edges.every((edge, i) => i === 0 || edge > shared.edges[i - 1]!))
      assert.equal(shared.reference.length, shared.edges.length - 1)
      assert.ok(Math.abs(sum(shared.reference) - Math.min(1, n)) < 1e-9)
      assert.ok(Math.abs(sum(shared.current) - Math.min(1, m)) < 1e-9)
    }),
  )
})

test('an outlier lies in the open bin at the end and does not squeeze the others', () => {
  const rng = random('histogram')
  const a = Float64Array.from({ length: 1000 }, () => rng.normal())
  const { edges, current } = sharedHistogram(a, Float64Array.of(...a.subarray(1), 1e9))!
  assert.equal(edges.at(-1), Number.POSITIVE_INFINITY)
  assert.ok(edges.at(-2)! < 5)
  assert.ok(current.at(-1)! > 0)
})

test('whole numbers have as many in each bin', () => {
  const dice = Float64Array.from({ length: 600 }, (_, i) => 1 + (i % 6))
  const { edges, reference } = sharedHistogram(dice, dice)!
  assert.deepEqual(edges, [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5])
  for (const share of reference) assert.ok(Math.abs(share - 1 / 6) < 1e-12)
  const years = Float64Array.from({ length: 3000 }, (_, i) => 1900 + (i % 100))
  for (const share of sharedHistogram(years, years)!.reference.slice(0, -1)) assert.ok(Math.abs(share - 0.04) < 1e-12)
})
