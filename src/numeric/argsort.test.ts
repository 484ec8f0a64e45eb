import assert from 'node:assert/strict'
import { test } from 'node:test'
import { argsort } from './argsort.ts'
import { random } from './random.ts'

function plain(values: Float64Array): number[] {
  const key = (x: number) => (Number.isNaN(x) ? Number.POSITIVE_INFINITY : x)
  const last = (x: number) => Number(Number.isNaN(x))
  return Array.from(values, (_, i) => i).sort((i, j) => {
    const a = values[i]!
    const b = values[j]!
    return last(a) - last(b) || Number(key(a) > key(b)) - Number(key(a) < key(b)) || i - j
  })
}

test('argsort gives the same order as a plain stable sort, for short and long input, ties, signs and missing values', () => {
  const rng = random('argsort')
  for (const n of [0, 1, 2, 50, 1023, 1024, 5000]) {
    const values = Float64Array.from({ length: n }, (_, i) => {
      const kind = rng.below(8)
      if (kind === 0) return Number.NaN
      if (kind === 1) return i % 2 ? -0 : 0
      if (kind === 2) return i % 2 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
      if (kind === 3) return rng.below(4)
      return rng.normal() * 10 ** (rng.below(40) - 20)
    })
    assert.deepEqual(Array.from(argsort(values)), plain(values))
  }
})
