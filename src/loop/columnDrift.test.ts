import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Column } from '../base/table.ts'
import { type Random, random } from '../numeric/random.ts'
import { fixBins } from '../statistics/profiles/bins.ts'
import { sketchOf } from '../statistics/profiles/sketch.ts'
import { type DriftReference, type DriftState, fitDrift, pooledDrift, stepDrift } from './columnDrift.ts'

/** A day with its own weather: three number columns and a text; `warmer` moves the first, in standard deviations of days. */
function day(rng: Random, warmer = 0): Column[] {
  const n = 200
  const level = rng.normal() + warmer
  const rain = 0.2 * Math.exp(0.3 * rng.normal())
  return [
    { name: 'temperature', kind: 'number', values: Float64Array.from({ length: n }, () => level + rng.normal()) },
    { name: 'rain', kind: 'number', values: Float64Array.from({ length: n }, () => (rng.next() < rain ? 1 : 0)) },
    { name: 'weight', kind: 'number', values: Float64Array.from({ length: n }, () => Math.exp(rng.normal())) },
    { name: 'place', kind: 'text', values: Array.from({ length: n }, () => 'abc'[rng.below(3)]!) },
  ]
}

function reference(rng: Random, length: number): { bins: ReturnType<typeof fixBins>[]; fitted: DriftReference } {
  const days = Array.from({ length }, () => day(rng))
  const bins = days[0]!.map(({ name, kind }, c) =>
    fixBins(
      kind === 'text'
        ? { name, kind, values: days.flatMap(columns => columns[c]!.values as string[]) }
        : { name, kind, values: Float64Array.from(days.flatMap(columns => [...(columns[c]!.values as Float64Array)])) },
    ),
  )
  return {
    bins,
    fitted: fitDrift(
      bins,
      days.map(columns => columns.map((column, c) => sketchOf(bins[c]!, column))),
    ),
  }
}

/** Day of the first drift, 0 where there is none in `days`. */
function firstDrift(rng: Random, length: number, days: number, warmer: (d: number) => number): [number, string[]] {
  const { bins, fitted } = reference(rng, length)
  let state: DriftState = {}
  for (let d = 1; d <= days; d++) {
    const sketches = day(rng, warmer(d)).map((column, c) => sketchOf(bins[c]!, column))
    const next = stepDrift(fitted, state, sketches, { falseAlarms: 0.01 })
    state = next.state
    const drifted = next.columns.filter(column => column.drifted)
    if (drifted.length > 0) return [d, drifted.map(({ column }) => column)]
  }
  return [0, []]
}

test('on days like those of the reference there is at most one false alarm in 100 days over all columns', () => {
  const rng = random('stable')
  let alarms = 0
  let days = 0
  for (let i = 0; i < 40; i++) {
    const [first] = firstDrift(rng, 28, 60, () => 0)
    alarms += first > 0 ? 1 : 0
    days += first || 60
  }
  assert.ok(alarms / days < 0.01 + 3 * Math.sqrt(0.0099 / days), `${alarms} in ${days} days`)
})

test('a season that warms by a standard deviation of days every ten days is seen within a month', () => {
  const rng = random('season')
  for (let i = 0; i < 10; i++) {
    const [first, columns] = firstDrift(rng, 28, 60, d => d / 10)
    assert.ok(first > 0 && first <= 35, `seen on day ${first}`)
    assert.deepEqual(columns, ['temperature'])
  }
})

test('the state of all charts is plain numbers, and goes on from where it was stored', () => {
  const rng = random('json')
  const { bins, fitted } = reference(rng, 14)
  const sketches = [day(rng), day(rng)].map(columns => columns.map((column, c) => sketchOf(bins[c]!, column)))
  const stored = JSON.parse(JSON.stringify(fitted)) as DriftReference
  const first = stepDrift(fitted, {}, sketches[0]!, { falseAlarms: 0.01 })
  const state = JSON.parse(JSON.stringify(first.state)) as DriftState
  assert.deepEqual(
    stepDrift(stored, state, sketches[1]!, { falseAlarms: 0.01 }),
    stepDrift(fitted, first.state, sketches[1]!, { falseAlarms: 0.01 }),
  )
})

test('a new reference moves the centre; the spread of days comes from both, weighted by their days', () => {
  const location = (mean: number, sd: number, days: number) => ({ column: 'x', mean, sd, days, rowSd: 1 })
  const of = (mean: number, sd: number, days: number): DriftReference => ({
    distance: { columns: [], skipped: [] },
    locations: [location(mean, sd, days)],
  })
  const [pooled] = pooledDrift(of(5, 3, 11), of(2, 1, 31)).locations
  // (10 * 9 + 30 * 1) / 40 = 3
  assert.ok(Math.abs(pooled!.sd - Math.sqrt(3)) < 1e-12)
  assert.deepEqual([pooled!.mean, pooled!.days], [5, 41])
})

test('days that resemble their neighbours raise few more alarms: warm spells are no season', () => {
  const correlation = 0.5
  let windows = 0
  let onsets = 0
  for (let i = 0; i < 25; i++) {
    const rng = random(`spells ${i}`)
    let level = rng.normal()
    const make = (): Float64Array => {
      level = correlation * level + Math.sqrt(1 - correlation ** 2) * rng.normal()
      return Float64Array.from({ length: 200 }, () => 0.4 * level + rng.normal())
    }
    const days = Array.from({ length: 28 }, make)
    const bins = [fixBins({ name: 'warmth', kind: 'number', values: Float64Array.from(days.flatMap(day => [...day])) })]
    const sketched = (values: Float64Array) => [sketchOf(bins[0]!, { name: 'warmth', kind: 'number', values })]
    const reference = fitDrift(bins, days.map(sketched))
    let state: DriftState = {}
    let was = false
    for (let d = 0; d < 60; d++) {
      const next = stepDrift(reference, state, sketched(make()), { falseAlarms: 0.01 })
      state = next.state
      const out = next.columns.some(({ drifted }) => drifted)
      windows++
      if (out && !was) onsets++
      was = out
    }
  }
  // Without regard to the resemblance there are six in 100.
  assert.ok(onsets / windows < 0.025, `${onsets} in ${windows} windows`)
})

test('a column that is empty, or one value, three days running has drifted, however much its days differ by themselves', () => {
  const rng = random('emptied')
  const make = (centre = 0): Float64Array => {
    const level = centre + 3 * rng.normal()
    return Float64Array.from({ length: 100 }, () => level + rng.normal())
  }
  const days = Array.from({ length: 28 }, () => make())
  const bins = [fixBins({ name: 'warmth', kind: 'number', values: Float64Array.from(days.flatMap(day => [...day])) })]
  const sketched = (values: Float64Array) => [sketchOf(bins[0]!, { name: 'warmth', kind: 'number', values })]
  const reference = fitDrift(bins, days.map(sketched))
  const step = (state: DriftState, values: Float64Array) =>
    stepDrift(reference, state, sketched(values), { falseAlarms: 0.01 })
  for (const [fault, chart] of [
    [new Float64Array(100).fill(Number.NaN), 'missing/warmth'],
    [new Float64Array(100).fill(0.5), 'alike/warmth'],
  ] as const) {
    const first = step({}, fault)
    assert.deepEqual([first.columns.some(({ drifted }) => drifted), first.state[chart]], [false, 1])
    const third = step(step(first.state, fault).state, fault)
    assert.equal(third.columns[0]?.drifted, true)
    assert.equal(step(third.state, make()).state[chart], 0)
  }
  // A warm spell beyond all that the reference has seen is many values, not one.
  const warm = step({}, make(20))
  assert.equal(warm.state['alike/warmth'], 0)
})
