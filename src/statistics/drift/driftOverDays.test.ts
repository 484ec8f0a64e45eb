import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Column } from '../../base/table.ts'
import { type Random, random } from '../../numeric/random.ts'
import { type Bins, fixBins } from '../profiles/bins.ts'
import { type Sketch, sketchOf } from '../profiles/sketch.ts'
import { drift } from './drift.ts'
import { type DayDriftState, dayDriftStart, driftOfDay, driftStep, fitDayDrift } from './driftOverDays.ts'

const number = (name: string, values: Float64Array): Column => ({ name, kind: 'number', values })
const text = (name: string, values: (string | null)[]): Column => ({ name, kind: 'text', values })
const sketches = (bins: readonly Bins[], columns: readonly Column[]) => bins.map((b, i) => sketchOf(b, columns[i]!))

/** A day with its own weather: levels, shares and gaps differ from day to day; the weekday is one value all day. */
function day(rng: Random, index: number, change: { shift?: number; gaps?: number } = {}): Column[] {
  const n = 300 + rng.below(100)
  const weather = 0.5 * rng.normal() + (change.shift ?? 0)
  const share = 0.3 * Math.exp(0.3 * rng.normal())
  const gaps = change.gaps ?? 0.05 * rng.next()
  return [
    number(
      'temperature',
      Float64Array.from({ length: n }, () => weather + rng.normal()),
    ),
    number(
      'rain',
      Float64Array.from({ length: n }, () => (rng.next() < share ? 1 : 0)),
    ),
    text(
      'carrier',
      Array.from({ length: n }, () => `c${Math.floor(15 * rng.next() ** 2)}`),
    ),
    number('weekday', new Float64Array(n).fill(index % 7)),
    number(
      'gust',
      Float64Array.from({ length: n }, () => (rng.next() < gaps ? Number.NaN : weather + rng.normal())),
    ),
    number('constant', new Float64Array(n).fill(3)),
  ]
}

function dayReference(rng: Random, length: number) {
  const days = Array.from({ length }, (_, d) => day(rng, d))
  const bins = days[0]!.map((_, c): Bins => {
    const columns = days.map(columns => columns[c]!)
    return fixBins(
      columns[0]!.kind === 'text'
        ? text(
            columns[0]!.name,
            columns.flatMap(column => column.values as string[]),
          )
        : number(columns[0]!.name, Float64Array.from(columns.flatMap(column => [...(column.values as Float64Array)]))),
    )
  })
  return {
    bins,
    reference: fitDayDrift(
      bins,
      days.map(columns => sketches(bins, columns)),
    ),
  }
}

for (const lambda of [1, 0.2]) {
  test(`on days like those of the reference a day is flagged at most once in 100, though days differ (lambda ${lambda})`, () => {
    const rng = random('stable days')
    let flagged = 0
    let asRows = 0
    let total = 0
    for (let repeat = 0; repeat < 40; repeat++) {
      const { bins, reference } = dayReference(rng, 28)
      const totals = reference.columns.map(column => column.total)
      let state = dayDriftStart
      for (let d = 0; d < 25; d++) {
        const sketched = sketches(bins, day(rng, d))
        const next = driftStep(reference, state, sketched, { alpha: 0.01, lambda })
        state = next.state
        total++
        if (next.report.columns.some(c => c.drifted)) flagged++
        if (drift(bins, totals, sketched, { alpha: 0.01 }).columns.some(c => c.drifted)) asRows++
      }
    }
    assert.ok(flagged / total < 0.01 + 3 * Math.sqrt(0.0099 / total), `flagged ${flagged} of ${total}`)
    assert.ok(asRows / total > 0.9, 'a test by rows flags nearly every day')
  })
}

test('a day with a new level or a lost feed is flagged, and only in the columns that changed', () => {
  const rng = random('changed days')
  const { bins, reference } = dayReference(rng, 28)
  const found = (change: { shift?: number; gaps?: number }) =>
    driftOfDay(reference, sketches(bins, day(rng, 3, change)))
      .columns.filter(c => c.drifted)
      .map(c => c.column)
  assert.deepEqual(found({ shift: 5 }), ['temperature', 'gust'])
  assert.deepEqual(found({ gaps: 1 }), ['gust'])
})

test('an average over days finds drift that stays sooner than days alone, and no single storm', () => {
  const rng = random('averages')
  const delays = { 1: 0, 0.2: 0 }
  let storms = 0
  for (let repeat = 0; repeat < 10; repeat++) {
    const { bins, reference } = dayReference(rng, 28)
    const days = Array.from({ length: 40 }, (_, d) => sketches(bins, day(rng, d, { shift: 1.2 })))
    for (const lambda of [1, 0.2] as const) {
      let state: DayDriftState = dayDriftStart
      const first = days.findIndex(sketched => {
        const next = driftStep(reference, state, sketched, { lambda })
        state = next.state
        return next.report.columns.some(c => c.drifted)
      })
      delays[lambda] += first < 0 ? 40 : first
    }
    let state: DayDriftState = dayDriftStart
    for (const shift of [0, 0, 0, 0, 6]) {
      const next = driftStep(reference, state, sketches(bins, day(rng, 2, { shift })))
      state = next.state
      if (next.report.columns.some(c => c.drifted)) storms++
    }
  }
  assert.ok(delays[0.2] < 0.7 * delays[1], `${delays[0.2] / 10} days against ${delays[1] / 10}`)
  assert.ok(storms <= 1, `${storms} single storms`)
})

test('an unseen weekday is far out; reference and state survive JSON', () => {
  const rng = random('json')
  const { bins, reference } = dayReference(rng, 28)
  const stored = JSON.parse(JSON.stringify(reference)) as typeof reference
  const columns = day(rng, 1)
  columns[3] = number('weekday', new Float64Array(columns[3]!.values.length).fill(9))
  const today: Sketch[] = sketches(bins, columns)
  const { state, report } = driftStep(reference, dayDriftStart, today)
  assert.deepEqual(driftStep(stored, JSON.parse(JSON.stringify(dayDriftStart)), today), { state, report })
  assert.equal(report.columns.length, 6)
  assert.ok(report.columns.find(c => c.column === 'weekday')!.statistic > 1)
  assert.ok(Object.values(state).every(Number.isFinite))
})
