import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Pair,
  startVerification,
  type VerificationState,
  verdictOf,
  verifyDay,
  verifyRows,
} from '../../src/act/verification.ts'
import type { PredictionWindow } from '../../src/base/ports.ts'
import { type Random, random } from '../../src/numeric/random.ts'

const pair = { candidate: '1.1.0', champion: '1.0.0', alpha: 0.05 / 2 }
const rowsADay = 300
const lookEvery = 25

/** What a day's rows are: the truth and what both models answer. */
type Row = (draw: Random, day: number) => { readonly truth: number; readonly ours: number; readonly theirs: number }

function windowOf(rows: readonly ReturnType<Row>[]): PredictionWindow {
  const n = rows.length
  return {
    rows: n,
    keys: rows.map((_, i) => String(i)),
    at: Float64Array.from(rows, (_, i) => i),
    route: rows.map(() => 'live'),
    version: rows.map(() => '1.1.0'),
    features: { rows: n, columns: [] },
    outputs: Float64Array.from(rows, ({ ours }) => ours),
    shadows: new Map([['1.0.0', Float64Array.from(rows, ({ theirs }) => theirs)]]),
    outcomes: Float64Array.from(rows, ({ truth }) => truth),
    voids: new Uint8Array(n),
  }
}

/** The verification of a week: rows are looked at as they come, days when they are over. */
function week(seed: string, dayOf: (draw: Random) => number, row: Row, by: Pair['by']) {
  const draw = random(seed)
  let state: VerificationState = startVerification(0)
  let seen = 0
  for (let n = 0; n < 8; n++) {
    const day = dayOf(draw)
    const rows = Array.from({ length: rowsADay }, () => row(draw, day))
    for (let from = 0; from < rowsADay; from += lookEvery) {
      const window = windowOf(rows.slice(from, from + lookEvery))
      state = { ...state, rows: verifyRows(state.rows, window, () => true, { ...pair, by }) }
      seen += lookEvery
      if (state.rows.rejectedAt > 0) return { ...verdictOf(state), seen }
    }
    state = { ...state, days: verifyDay(state.days, windowOf(rows), { ...pair, by }) }
    const verdict = verdictOf(state)
    if (verdict.worse) return { ...verdict, seen }
  }
  return { worse: false, seen } as const
}

const logistic = (x: number) => 1 / (1 + Math.exp(-x))

/** Both miss the truth by noise of their own; a day shifts all rows, and one model's answers in common, as weather does. */
function probabilities(worse: number): Row {
  return (draw, day) => {
    const logit = 1.5 * draw.normal() - 1
    const truth = draw.next() < logistic(logit + day) ? 1 : 0
    return {
      truth,
      ours: logistic(logit + 0.3 * day + worse * draw.normal()),
      theirs: logistic(logit + 0.3 * draw.normal()),
    }
  }
}

const dayShift = (draw: Random) => 0.5 * draw.normal()

/** At most this many of n, with probability 0.999, where the rate is p (normal limit of the binomial). */
function most(n: number, p: number): number {
  return n * p + 3.09 * Math.sqrt(n * p * (1 - p))
}

test('a candidate as good as the champion is returned in at most alpha of the verifications, days correlated within', () => {
  const runs = 400
  let returned = 0
  // No mean difference between the two: which of them a day favours is a coin, by the day and not by the row.
  const row: Row = (draw, day) => {
    const logit = 1.5 * draw.normal() - 1
    const truth = draw.next() < logistic(logit) ? 1 : 0
    const [near, far] = [logistic(logit + 0.2 * draw.normal()), logistic(logit + 0.5 * draw.normal())]
    return day > 0 ? { truth, ours: near, theirs: far } : { truth, ours: far, theirs: near }
  }
  for (let n = 0; n < runs; n++) if (week(`equal ${n}`, draw => draw.normal(), row, 'log_loss').worse) returned++
  assert.ok(returned <= most(runs, 0.05), `${returned} of ${runs}`)
})

test('a number predicted as well as before is returned in at most alpha of the verifications', () => {
  const runs = 200
  let returned = 0
  // A day that one model meets and the other misses, by as much as the rows scatter.
  const row: Row = (draw, day) => {
    const truth = draw.normal()
    return { truth, ours: truth + draw.normal() + 0.5 * day, theirs: truth + draw.normal() - 0.5 * day }
  }
  for (let n = 0; n < runs; n++) if (week(`number ${n}`, draw => draw.normal(), row, 'absolute_error').worse) returned++
  assert.ok(returned <= most(runs, 0.05), `${returned} of ${runs}`)
})

test('a candidate that is worse every day is returned within a week, a broken one within a few hundred rows', () => {
  const runs = 60
  const worse = Array.from({ length: runs }, (_, n) => week(`worse ${n}`, dayShift, probabilities(1.2), 'log_loss'))
  assert.ok(
    worse.filter(verdict => verdict.worse).length >= 0.8 * runs,
    `${worse.filter(v => v.worse).length} of ${runs}`,
  )
  const upsideDown: Row = (draw, day) => {
    const { truth, ours, theirs } = probabilities(0.3)(draw, day)
    return { truth, ours: 1 - ours, theirs }
  }
  const broken = Array.from({ length: runs }, (_, n) => week(`broken ${n}`, dayShift, upsideDown, 'log_loss'))
  assert.ok(broken.every(verdict => verdict.worse))
  const rows = broken.map(({ seen }) => seen).sort((a, b) => a - b)
  assert.ok(rows.at(-1)! <= rowsADay, `${rows[runs / 2]} rows in the median, ${rows.at(-1)} at most`)
  // A number three orders off: the test by rows knows it the same day.
  const farOff: Row = draw => {
    const truth = draw.normal()
    return { truth, ours: 1000 + truth, theirs: truth + draw.normal() }
  }
  assert.ok(week('far off', dayShift, farOff, 'absolute_error').seen <= 100)
})

test('of two thresholds on the same outputs the costs decide: as good stays, worse is returned, moved far is known in a day', () => {
  const costs = { falsePositive: 1, falseNegative: 4 }
  const same: Row = draw => {
    const p = logistic(1.5 * draw.normal() - 1)
    return { truth: draw.next() < p ? 1 : 0, ours: p, theirs: p }
  }
  // A tenth of the rows lies between the two thresholds: a day on which a yes is the better bet for them, or a no.
  const between: Row = (draw, day) => {
    const output = draw.next() < 0.1 ? 0.2 : 0.8
    return { truth: draw.next() < (day > 0 ? 0.4 : 0) ? 1 : 0, ours: output, theirs: output }
  }
  const runs = 400
  let returned = 0
  for (let n = 0; n < runs; n++) {
    const by = { costs, candidate: 0.3, champion: 0.1 }
    if (week(`equal cost ${n}`, draw => draw.normal(), between, by).worse) returned++
  }
  assert.ok(returned <= most(runs, 0.05), `${returned} of ${runs}`)
  const worse = Array.from({ length: 60 }, (_, n) =>
    week(`dearer ${n}`, dayShift, same, { costs, candidate: 0.45, champion: 0.2 }),
  )
  assert.ok(worse.filter(verdict => verdict.worse).length >= 48, `${worse.filter(v => v.worse).length} of 60`)
  const far = week('nobody', dayShift, same, { costs, candidate: 1, champion: 0.2 })
  assert.ok(far.worse && far.seen <= rowsADay, `${far.seen} rows`)
})

test('rows that one of the two did not answer, or whose outcome is void, are left aside', () => {
  const both = { truth: 1, ours: 0.1, theirs: 0.9 }
  const without = { ...windowOf([both]), shadows: new Map<string, Float64Array>() }
  const start = startVerification(0)
  const design = { ...pair, by: 'brier' } as const
  assert.deepEqual(
    verifyRows(start.rows, without, () => true, design),
    start.rows,
  )
  assert.deepEqual(verifyDay(start.days, without, design), start.days)
  const unknown = windowOf([{ ...both, truth: Number.NaN }, { ...both, theirs: Number.NaN }, both])
  assert.equal(verifyRows(start.rows, unknown, () => true, design).n, 1)
  const others = { ...windowOf([both]), version: ['1.0.0'] }
  assert.equal(verifyRows(start.rows, others, () => true, design).n, 0)
})
