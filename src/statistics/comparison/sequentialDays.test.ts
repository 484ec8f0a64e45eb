import assert from 'node:assert/strict'
import { test } from 'node:test'
import { integrate } from '../../numeric/gaussLegendre.ts'
import { type Random, random } from '../../numeric/random.ts'
import { type SequentialDaysState, sequentialDaysStart, sequentialDaysStep } from './sequentialDays.ts'

function rejections(runs: number, days: number, draw: (rng: Random) => number, options = {}): number[] {
  const rng = random('days')
  return Array.from({ length: runs }, () => {
    let state = sequentialDaysStart
    for (let day = 0; day < days && state.rejectedAt === 0; day++) {
      state = sequentialDaysStep(state, { alpha: 0.05, ...options }, draw(rng))
    }
    return state.rejectedAt
  })
}

const share = (at: number[]) => at.filter(n => n > 0).length / at.length

test('looked at after each of 60 days, an equally good model is called worse in at most 5 % of runs', () => {
  const runs = 2000
  const allowed = 0.05 + 3 * Math.sqrt(0.0475 / runs)
  assert.ok(share(rejections(runs, 60, rng => 0.003 * rng.normal())) < allowed)
  // A day is the mean of skewed losses: gamma with shape 20, skewness 0.45, either way round.
  const skewed = (rng: Random) => {
    let sum = 0
    for (let i = 0; i < 20; i++) sum -= Math.log(1 - rng.next())
    return sum / 20 - 1
  }
  assert.ok(share(rejections(runs, 30, skewed)) < allowed)
  assert.ok(share(rejections(runs, 30, rng => -skewed(rng))) < allowed + 0.01)
})

test('a better model is called worse even less often', () => {
  assert.ok(share(rejections(1000, 60, rng => rng.normal() - 0.3)) < 0.02)
})

test('a model that is worse on every day by twice the daily spread is found within a week', () => {
  const at = rejections(500, 60, rng => 2 + rng.normal())
  assert.equal(share(at), 1)
  const median = at.sort((a, b) => a - b)[250]!
  assert.ok(median <= 7, `median ${median} days`)
})

test('the unit of the loss does not matter, and a margin moves the null', () => {
  let small: SequentialDaysState = sequentialDaysStart
  let large: SequentialDaysState = sequentialDaysStart
  let moved: SequentialDaysState = sequentialDaysStart
  for (const d of [0.2, 0.5, -0.1, 0.7, 0.3]) {
    small = sequentialDaysStep(small, { alpha: 0.05 }, d / 1000)
    large = sequentialDaysStep(large, { alpha: 0.05 }, d * 1000)
    moved = sequentialDaysStep(moved, { alpha: 0.05, margin: 2 }, d + 2)
  }
  assert.ok(Math.abs(small.evidence / large.evidence - 1) < 1e-10)
  assert.ok(Math.abs(moved.evidence / large.evidence - 1) < 1e-10)
})

test('the evidence is the ratio of the two marginal likelihoods, integrated numerically', () => {
  const days = [0.4, -0.2, 1.1]
  let state = sequentialDaysStart
  for (const d of days) state = sequentialDaysStep(state, { alpha: 0.01 }, d)
  // Integrals over ln sd of likelihood, with mean 0 and with mean = effect * sd, effect half-normal.
  const likelihood = (mean: number, sd: number) =>
    days.reduce((p, d) => (p * Math.exp(-0.5 * ((d - mean) / sd) ** 2)) / sd, 1)
  const null0 = integrate(u => likelihood(0, Math.exp(u)), -6, 8, 200)
  const above = integrate(
    u =>
      integrate(
        effect =>
          ((2 * Math.exp(-0.5 * effect ** 2)) / Math.sqrt(2 * Math.PI)) * likelihood(effect * Math.exp(u), Math.exp(u)),
        0,
        9,
        80,
      ),
    -6,
    8,
    200,
  )
  assert.ok(Math.abs(state.evidence / (above / null0) - 1) < 1e-6, `${state.evidence} is not ${above / null0}`)
})

test('a state stored and read back goes on as if nothing had happened', () => {
  let stored = sequentialDaysStart
  let live = sequentialDaysStart
  for (const d of [1, 2, 3, 2.5, -9]) {
    live = sequentialDaysStep(live, { alpha: 0.05 }, d)
    stored = sequentialDaysStep(JSON.parse(JSON.stringify(stored)), { alpha: 0.05 }, d)
  }
  assert.deepEqual(stored, live)
  assert.throws(() => sequentialDaysStep(live, { alpha: 0.05 }, Number.NaN), /difference is NaN/)
})
