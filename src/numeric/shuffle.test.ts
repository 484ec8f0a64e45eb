import assert from 'node:assert/strict'
import { test } from 'node:test'
import { random } from './random.ts'
import { shuffle } from './shuffle.ts'

test('every order comes equally often', () => {
  const rng = random('shuffle')
  const seen = new Map<string, number>()
  for (let i = 0; i < 24_000; i++) {
    const values = Uint8Array.of(0, 1, 2, 3)
    shuffle(values, rng)
    seen.set(values.join(''), (seen.get(values.join('')) ?? 0) + 1)
  }
  assert.equal(seen.size, 24)
  for (const count of seen.values()) assert.ok(Math.abs(count - 1000) < 150)
})

test('with a count the first are a random sample, and nothing is lost', () => {
  const rng = random('sample')
  const first = new Float64Array(10)
  for (let i = 0; i < 10_000; i++) {
    const values = Uint32Array.from({ length: 10 }, (_, k) => k)
    shuffle(values, rng, 3)
    for (const value of values.subarray(0, 3)) first[value]!++
    assert.deepEqual([...values].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  }
  for (const count of first) assert.ok(Math.abs(count - 3000) < 200)
  shuffle(new Uint8Array(0), rng)
})
