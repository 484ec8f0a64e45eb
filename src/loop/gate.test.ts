import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Random, random } from '../numeric/random.ts'
import { decideGate } from './gate.ts'
import type { GateConfig } from './project.ts'
import type { ScoredRows } from './steps.ts'

const day = 86_400_000
const march = Date.UTC(2024, 2, 1)

const config: GateConfig = {
  metric: 'brier',
  against: 'champion',
  rowsMs: 14 * day,
  confidence: 0.95,
  demand: 'better',
  margin: 0.05,
  segments: ['place'],
  segmentRows: 100,
  retryMs: 7 * day,
}

/** Rows that came true, with the given probabilities: a Brier loss of (1 - p)^2 each. */
function rowsOf(days: readonly { candidate: number[]; champion?: number[] }[], place = 'a'): ScoredRows {
  const flat = days.flatMap(({ candidate, champion }, d) =>
    candidate.map((p, i) => ({ at: march + d * day + i, p, q: champion?.[i] })),
  )
  return {
    ids: flat.map((_, i) => `r${i}`),
    at: flat.map(({ at }) => at),
    label: flat.map(() => 1),
    candidate: flat.map(({ p }) => p),
    ...(days[0]!.champion && { champion: flat.map(({ q }) => q!) }),
    segments: { place: flat.map(() => place) },
  }
}

test('the interval of the loss difference comes from days, by the ratio estimator', () => {
  // Daily differences -0.09, -0.05, -0.09, -0.05 on one row each: mean -0.07, sd of days 0.023094, se 0.011547.
  const scored = rowsOf([
    { candidate: [0.9], champion: [1 - Math.sqrt(0.1)] },
    { candidate: [0.9], champion: [1 - Math.sqrt(0.06)] },
    { candidate: [0.9], champion: [1 - Math.sqrt(0.1)] },
    { candidate: [0.9], champion: [1 - Math.sqrt(0.06)] },
  ])
  const { difference, verdict, days, daySd } = decideGate(scored, config, 'UTC')
  assert.ok(Math.abs(difference!.estimate + 0.07) < 1e-12)
  assert.ok(Math.abs(difference!.standardError - 0.0115470053838) < 1e-12)
  // t with 3 degrees of freedom at 97.5 % is 3.182446.
  assert.ok(Math.abs(difference!.upper - (-0.07 + 3.1824463053 * 0.0115470053838)) < 1e-9)
  assert.ok(Math.abs(daySd! - 0.0230940107676) < 1e-12)
  assert.deepEqual([verdict, days], ['passed', 4])
})

test('two thresholds are compared by what their mistakes cost, worked by hand', () => {
  const costs = { falsePositive: 1, falseNegative: 3 }
  const answers = [0.1, 0.3, 0.3, 0.6]
  const perDay = [
    [0, 1, 0, 1],
    [0, 1, 1, 1],
    [1, 0, 0, 0],
    [0, 1, 0, 1],
  ]
  const scored: ScoredRows = {
    ids: perDay.flatMap((labels, d) => labels.map((_, i) => `${d} ${i}`)),
    at: perDay.flatMap((labels, d) => labels.map((_, i) => march + d * day + i)),
    label: perDay.flat(),
    candidate: perDay.flatMap(() => answers),
    champion: perDay.flatMap(() => answers),
    segments: {},
  }
  const trial = { costs, candidate: 0.2, champion: 0.5 }
  const found = decideGate(scored, { ...config, segments: [] }, 'UTC', trial)
  // From 0.2 on: a yes to three rows of four; wrong ones are 1, 0, 3 and 1, and a missed one on the third day: 1 + 0 + 6 + 1.
  // From 0.5 on: a yes to one; missed are 1, 2, 1 and 1, and one wrong yes on the third day: 3 + 6 + 4 + 3.
  assert.deepEqual(found.loss, { candidate: 8 / 16, other: 16 / 16 })
  assert.deepEqual([found.metric, found.thresholds, found.auc], ['cost', { candidate: 0.2, champion: 0.5 }, undefined])
  assert.equal(found.difference!.estimate, -0.5)
  assert.match(found.reason, /^cost changes by −0\.5000/)
})

test('three days are not enough data, whatever they say', () => {
  const scored = rowsOf(Array.from({ length: 3 }, () => ({ candidate: [0.99, 0.98], champion: [0.1, 0.2] })))
  const { verdict, reason } = decideGate(scored, config, 'UTC')
  assert.equal(verdict, 'not enough data')
  assert.match(reason, /3 blocks, 4 are needed/)
})

test('local days are the blocks: rows of one night in New York are one day, though UTC counts two', () => {
  const scored = rowsOf(Array.from({ length: 5 }, () => ({ candidate: [0.9, 0.8], champion: [0.7, 0.7] })))
  const night = { ...scored, at: scored.at.map((_, i) => Date.UTC(2024, 6, 1 + Math.floor(i / 2), i % 2 ? 2 : 23)) }
  assert.equal(decideGate(night, config, 'America/New_York').days, 6)
  assert.equal(decideGate(night, config, 'UTC').days, 5)
})

/**
 * Labels are all 1 and the champion's loss is 0.25; the candidate's is 0.25 plus `worse`, a shock of its day and noise of
 * the row.
 */
function simulated(
  rng: Random,
  worse: number,
  place = (_row: number) => 'a',
  extra = (_place: string) => 0,
): ScoredRows {
  const rows: { at: number; place: string; loss: number }[] = []
  for (let d = 0; d < 14; d++) {
    const shock = 0.02 * rng.normal()
    const n = 60 + rng.below(60)
    for (let i = 0; i < n; i++) {
      const at = place(i)
      rows.push({
        at: march + d * day + i,
        place: at,
        loss: 0.25 + worse + extra(at) + shock + 0.1 * (rng.next() - 0.5),
      })
    }
  }
  return {
    ids: rows.map((_, i) => `${i}`),
    at: rows.map(({ at }) => at),
    label: rows.map(() => 1),
    candidate: rows.map(({ loss }) => 1 - Math.sqrt(Math.max(0, loss))),
    champion: rows.map(() => 0.5),
    segments: { place: rows.map(row => row.place) },
  }
}

test('a candidate that is worse by exactly the margin passes in at most 2.5 % of the gates, days correlated within', () => {
  const rng = random('gate')
  const repeats = 400
  for (const [demand, worse] of [
    ['better', 0],
    ['not worse', 0.05 * 0.25],
  ] as const) {
    let passed = 0
    for (let i = 0; i < repeats; i++) {
      const scored = simulated(rng, worse)
      if (decideGate(scored, { ...config, demand, segments: [] }, 'UTC').verdict === 'passed') passed++
    }
    assert.ok(passed / repeats < 0.025 + 3 * Math.sqrt((0.025 * 0.975) / repeats), `${demand}: ${passed} of ${repeats}`)
    assert.ok(passed > 0)
  }
})

test('a candidate that is better by three standard errors passes nearly always', () => {
  const rng = random('power')
  let passed = 0
  for (let i = 0; i < 100; i++) {
    // The shock of days alone gives a standard error of 0.02 / sqrt(14) = 0.0053.
    if (decideGate(simulated(rng, -0.03), config, 'UTC').verdict === 'passed') passed++
  }
  assert.ok(passed >= 95, `${passed} of 100`)
})

test('a candidate that is better on the whole and worse in one place is refused, and the place is named', () => {
  const rng = random('segment')
  const place = (row: number) => (row % 5 === 0 ? 'LGA' : 'JFK')
  const scored = simulated(rng, -0.05, place, at => (at === 'LGA' ? 0.15 : 0))
  const { verdict, reason, segments } = decideGate(scored, config, 'UTC')
  assert.equal(verdict, 'refused')
  assert.match(reason, /worse where place = LGA/)
  assert.deepEqual(
    segments.map(segment => [segment.value, segment.verdict]),
    [
      ['JFK', 'better'],
      ['LGA', 'worse'],
    ],
  )
})

test('a place with too few rows is not decided, and does not pass', () => {
  const rng = random('few')
  const scored = simulated(rng, -0.05, row => (row === 0 ? 'rare' : 'usual'))
  const rare = decideGate(scored, config, 'UTC').segments.find(({ value }) => value === 'rare')!
  assert.equal(rare.verdict, 'not decided')
  assert.match(rare.reason!, /14 rows, 100 are needed/)
})

test('six places that are all worse by exactly the margin: in at most 5 % of the gates is any called worse', () => {
  const rng = random('holm')
  const repeats = 300
  let any = 0
  for (let i = 0; i < repeats; i++) {
    const scored = simulated(rng, 0.05 * 0.25, row => `p${row % 6}`)
    if (decideGate(scored, config, 'UTC').segments.some(({ verdict }) => verdict === 'worse')) any++
  }
  assert.ok(any / repeats < 0.05 + 3 * Math.sqrt(0.0475 / repeats), `${any} of ${repeats}`)
})

test('a first model has to beat the best constant', () => {
  const labels = Array.from({ length: 400 }, (_, i) => (i % 4 === 0 ? 1 : 0))
  const first = (candidate: number[]): ScoredRows => ({
    ids: labels.map((_, i) => `${i}`),
    at: labels.map((_, i) => march + Math.floor(i / 40) * day + i),
    label: labels,
    candidate,
    segments: {},
  })
  const good = decideGate(first(labels.map(y => 0.2 + 0.3 * y)), config, 'UTC')
  assert.deepEqual([good.verdict, good.against], ['passed', 'constant'])
  // 0.25 is the share of ones: a model that says so is no better than saying so.
  assert.equal(decideGate(first(labels.map(() => 0.25)), config, 'UTC').verdict, 'refused')
  assert.equal(good.loss.other, 0.25 * 0.75)
})
