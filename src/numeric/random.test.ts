import assert from 'node:assert/strict'
import { test } from 'node:test'
import { random } from './random.ts'

test('the same seed gives the same numbers, another seed gives others', () => {
  const draw = (seed: number | string) => {
    const rng = random(seed)
    return Array.from({ length: 5 }, () => rng.next())
  }
  assert.deepEqual(draw(7), draw(7))
  assert.notDeepEqual(draw(7), draw(8))
  assert.equal(random(7).next(), random('7').next())
})

test('a fork depends on its label alone, not on what was drawn before', () => {
  const used = random('seed')
  for (let i = 0; i < 100; i++) used.next()
  assert.equal(used.fork('a').next(), random('seed').fork('a').next())
  assert.notEqual(random('seed').fork('a').next(), random('seed').fork('b').next())
})

test('next is uniform in [0, 1): mean, variance and ten equal cells agree with theory', () => {
  const rng = random('uniform')
  const n = 100_000
  const cells = new Float64Array(10)
  let sum = 0
  for (let i = 0; i < n; i++) {
    const x = rng.next()
    assert.ok(x >= 0 && x < 1)
    sum += x
    cells[Math.floor(10 * x)]!++
  }
  assert.ok(Math.abs(sum / n - 0.5) < 4.5 * Math.sqrt(1 / 12 / n))
  const chiSquare = cells.reduce((total, count) => total + (count - n / 10) ** 2 / (n / 10), 0)
  assert.ok(chiSquare < 35, `chi-square with 9 degrees of freedom is ${chiSquare}`)
})

test('normal has mean 0, variance 1, no skew and kurtosis 3', () => {
  const rng = random('normal')
  const n = 200_000
  const moment = [0, 0, 0, 0, 0]
  for (let i = 0; i < n; i++) {
    const x = rng.normal()
    for (let k = 1; k <= 4; k++) moment[k]! += x ** k / n
  }
  // Variances of x, x^2, x^3, x^4 under the standard normal are 1, 2, 15, 96.
  for (const [k, mean, variance] of [
    [1, 0, 1],
    [2, 1, 2],
    [3, 0, 15],
    [4, 3, 96],
  ] as const) {
    assert.ok(Math.abs(moment[k]! - mean) < 4.5 * Math.sqrt(variance / n), `moment ${k} is ${moment[k]}`)
  }
})

test('below gives every integer equally often and refuses what is not a count', () => {
  const rng = random('below')
  const counts = new Float64Array(7)
  for (let i = 0; i < 70_000; i++) counts[rng.below(7)]!++
  for (const count of counts) assert.ok(Math.abs(count - 10_000) < 450)
  assert.equal(rng.below(1), 0)
  for (const n of [0, -1, 1.5, Number.NaN, 2 ** 33]) assert.throws(() => rng.below(n), RangeError)
})
