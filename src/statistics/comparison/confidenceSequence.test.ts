import assert from 'node:assert/strict'
import { test } from 'node:test'
import { random } from '../../numeric/random.ts'
import { binomialQuantile } from '../distributions/distributions.ts'
import { type ConfidenceSequence, confidenceSequence, confidenceSequenceStep } from './confidenceSequence.ts'

function run(values: Iterable<number>, alpha = 0.05): ConfidenceSequence {
  let state = confidenceSequence(alpha)
  for (const x of values) state = confidenceSequenceStep(state, x)
  return state
}

test('by hand: the first value', () => {
  // Stake min(1/2, sqrt(2 ln 40 / (1/4 ln 2))) = 1/2, squared distance to 1/2 is 1/4 whichever end x is.
  const { lower, upper } = run([1])
  const half = (Math.log(40) + 0.25 * (Math.log(2) - 0.5)) / 0.5
  assert.equal(lower, Math.max(0, 1 - half))
  assert.equal(upper, 1)
})

test('it holds the mean at all times at once in at least 95 % of runs, for rare events and for spread values', () => {
  const runs = 400
  const most = binomialQuantile(0.9999, runs, 0.05)
  for (const [name, mean, draw] of [
    ['rare', 0.03, (u: number) => Number(u < 0.03)],
    ['even', 0.5, (u: number) => Number(u < 0.5)],
    ['uniform', 0.5, (u: number) => u],
  ] as const) {
    let missed = 0
    for (let i = 0; i < runs; i++) {
      const rng = random(`${name} ${i}`)
      let state = confidenceSequence(0.05)
      // The ends only move inwards: what is missed once stays missed.
      for (let n = 0; n < 1500; n++) state = confidenceSequenceStep(state, draw(rng.next()))
      if (mean < state.lower || mean > state.upper) missed++
    }
    assert.ok(missed <= most, `${name}: ${missed} of ${runs}`)
  }
})

test('it narrows as values come, the sooner the less they vary', () => {
  const rng = random('narrow')
  const width = ({ lower, upper }: ConfidenceSequence) => upper - lower
  const coin = run(Array.from({ length: 2000 }, () => Number(rng.next() < 0.5)))
  const calm = run(Array.from({ length: 2000 }, () => 0.45 + 0.1 * rng.next()))
  assert.ok(width(coin) < 0.15, `${width(coin)}`)
  assert.ok(width(calm) < 0.03, `${width(calm)}`)
})

test('stored midway and gone on from, it is the same', () => {
  const rng = random('stored')
  const values = Array.from({ length: 50 }, () => rng.next())
  let state = run(values.slice(0, 20))
  state = JSON.parse(JSON.stringify(state))
  for (const x of values.slice(20)) state = confidenceSequenceStep(state, x)
  assert.deepEqual(state, run(values))
  assert.throws(() => run([1.5]), /x is 1.5, must be in \[0, 1\]/)
})
