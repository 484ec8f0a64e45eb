import assert from 'node:assert/strict'
import { test } from 'node:test'
import { random } from './random.ts'
import { median, selectInPlace } from './select.ts'

test('the selected value is the one a sort would put there, ties and sorted input included', () => {
  const rng = random('select')
  for (const draw of [() => rng.normal(), () => rng.below(4), (i: number) => i, (i: number) => -i, () => 7]) {
    for (const n of [1, 2, 3, 10, 1000, 30_000]) {
      const values = Float64Array.from({ length: n }, (_, i) => draw(i))
      const sorted = values.slice().sort()
      for (const index of [0, n >> 1, n - 1, rng.below(n)]) {
        assert.equal(selectInPlace(values.slice(), index), sorted[index])
      }
    }
  }
  assert.throws(() => selectInPlace(new Float64Array(2), 2), /index is 2/)
})

test('the median of an even number of values is the middle of two; of none there is none', () => {
  assert.equal(median(Float64Array.of(5, 1, 2, 8)), 3.5)
  assert.equal(median(Float64Array.of(5, 1, 2)), 2)
  assert.ok(Math.abs(median(Float64Array.of(1.6e308, 1.7e308))! / 1.65e308 - 1) < 1e-15)
  assert.equal(median(new Float64Array(0)), undefined)
})
