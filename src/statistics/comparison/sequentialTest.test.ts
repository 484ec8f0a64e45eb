import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Random, random } from '../../numeric/random.ts'
import {
  type SequentialDesign,
  type SequentialState,
  sequentialP,
  sequentialStart,
  sequentialStep,
} from './sequentialTest.ts'

function run(design: SequentialDesign, length: number, draw: () => number): SequentialState {
  let state = sequentialStart
  for (let i = 0; i < length && state.rejectedAt === 0; i++) state = sequentialStep(state, design, draw())
  return state
}

function rejections(runs: number, design: SequentialDesign, length: number, source: (rng: Random) => () => number) {
  const rng = random('sequential')
  return Array.from({ length: runs }, () => run(design, length, source(rng)).rejectedAt)
}

test('looked at after every one of 2,000 values, a stable error rate is called worse in at most 5 % of runs', () => {
  const at = rejections(1000, { mean: 0.1, alpha: 0.05 }, 2000, rng => () => (rng.next() < 0.1 ? 1 : 0))
  const rate = at.filter(n => n > 0).length / 1000
  assert.ok(rate < 0.05 + 3 * Math.sqrt(0.0475 / 1000), `rate ${rate}`)
})

test('a doubled error rate is always found, after about 100 values', () => {
  const at = rejections(400, { mean: 0.1, alpha: 0.05 }, 5000, rng => () => (rng.next() < 0.2 ? 1 : 0))
  assert.ok(at.every(n => n > 0))
  const median = at.sort((a, b) => a - b)[200]!
  assert.ok(median > 80 && median < 120, `median ${median}`)
})

test('a margin as wide as days differ keeps the error rate when rows share their day', () => {
  const at = rejections(500, { mean: 0.53, alpha: 0.05 }, 3000, rng => {
    let i = 0
    let day = 0
    return () => {
      if (i++ % 100 === 0) day = 0.02 * rng.normal()
      return Math.min(1, Math.max(0, 0.5 + day + 0.1 * rng.normal()))
    }
  })
  const rate = at.filter(n => n > 0).length / 500
  assert.ok(rate < 0.05 + 3 * Math.sqrt(0.0475 / 500), `rate ${rate}`)
})

test('a worse model is found in pairs of losses', () => {
  const at = rejections(
    100,
    { mean: 0.5, alpha: 0.05 },
    20_000,
    rng => () => Math.min(1, Math.max(0, 0.51 + 0.1 * rng.normal())),
  )
  assert.ok(at.every(n => n > 0 && n < 10_000))
})

test('the expected capital after each value is at most 1 under the null, whatever came before', () => {
  const design = { mean: 0.3, alpha: 0.01 }
  let state = sequentialStart
  for (const x of [1, 0, 1, 1, 0.4, 1, 0]) {
    const up = sequentialStep(state, design, 1).logCapital
    const down = sequentialStep(state, design, 0).logCapital
    const expected = 0.3 * Math.exp(up - state.logCapital) + 0.7 * Math.exp(down - state.logCapital)
    assert.ok(Math.abs(expected - 1) < 1e-12)
    state = sequentialStep(state, design, x)
  }
  assert.ok(sequentialP(state) <= 1)
})

test('a state stored and read back goes on as if nothing had happened, and a rejection stays', () => {
  const design = { mean: 0.2, alpha: 0.05 }
  let stored = sequentialStart
  let live = sequentialStart
  for (let i = 0; i < 60; i++) {
    const x = i < 30 ? 1 : 0
    live = sequentialStep(live, design, x)
    stored = sequentialStep(JSON.parse(JSON.stringify(stored)), design, x)
  }
  assert.deepEqual(stored, live)
  assert.ok(live.rejectedAt > 0 && live.rejectedAt < 30)
  assert.throws(() => sequentialStep(live, design, 1.2), /x is 1.2, must be in \[0, 1\]/)
})
