import assert from 'node:assert/strict'
import { test } from 'node:test'
import { random } from './random.ts'
import { sortAscending } from './sortAscending.ts'

test('a sorted copy equals the plain sort: signs, ties, infinities, tiny and huge, close together, views', () => {
  const rng = random('sort')
  const draws: [string, (i: number) => number][] = [
    ['normal', () => rng.normal()],
    ['integers', () => rng.below(7) - 3],
    ['all scales', () => rng.normal() * 10 ** (rng.below(600) - 300)],
    ['close together', () => 1e6 + rng.next() * 1e-5],
    ['two clusters', i => (i % 2 ? -1 : 1) * (1 + rng.next() * 1e-12)],
    ['one value', () => 4.2],
    ['infinities', () => [Number.NEGATIVE_INFINITY, 0, Number.POSITIVE_INFINITY][rng.below(3)]!],
  ]
  for (const [name, draw] of draws) {
    for (const n of [0, 1, 5, 1023, 1024, 6000]) {
      const values = Float64Array.from({ length: n + 1 }, (_, i) => draw(i)).subarray(1)
      const before = values.slice()
      assert.deepEqual(sortAscending(values), values.slice().sort(), `${name}, ${n} rows`)
      assert.deepEqual(values, before)
    }
  }
  assert.throws(() => sortAscending(Float64Array.of(1, Number.NaN)), /row 1 is NaN/)
})
