import assert from 'node:assert/strict'
import { test } from 'node:test'
import { random } from '../../numeric/random.ts'
import { falseAlarmRate, sample, shapes, uniformity } from './calibration.ts'

test('a p-value that is uniform keeps its level and is found uniform; one that is too small is caught', () => {
  const right = falseAlarmRate(
    2000,
    rng => rng.next(),
    p => p,
    random('right'),
  )
  assert.ok(right.rate >= right.lower && right.rate <= right.upper, `rate ${right.rate}`)
  assert.ok(right.lower > 0.025 && right.upper < 0.075)
  assert.ok(uniformity(right.p) > 0.001)
  const wrong = falseAlarmRate(
    2000,
    rng => rng.next(),
    p => p ** 1.3,
    random('wrong'),
  )
  assert.ok(wrong.rate > wrong.upper && uniformity(wrong.p) < 1e-6)
})

test('a replicate that could not be tested is no alarm', () => {
  const { rate, p } = falseAlarmRate(
    10,
    () => 0,
    () => undefined,
    random(1),
  )
  assert.deepEqual([rate, p.length], [0, 0])
})

test('the shapes are what they are called', () => {
  const rng = random('shapes')
  assert.ok(new Set(sample(rng, 1000, shapes.integer)).size < 20)
  assert.ok(Math.max(...sample(rng, 1000, shapes.heavy)) > 8)
  assert.ok(Math.min(...sample(rng, 1000, shapes.skewed)) >= 0)
})
