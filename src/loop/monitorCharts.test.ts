/** Charts of rare shares, unusual and strange rows, and the rule that turns windows into alarms. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Column, table } from '../base/table.ts'
import { random } from '../numeric/random.ts'
import { isOut, settledBand, stepChart } from './chartInUse.ts'
import type { AlarmRule } from './monitor.ts'
import { isOver, type Run, raises, runAfter } from './monitorRun.ts'
import { type RareShareLimits, rareCounts } from './rareShare.ts'
import { buildReference } from './reference.ts'
import { referenceSeries } from './referenceSeries.ts'
import { strangeValues } from './strangeValues.ts'
import { unusualRows, usualRows } from './unusualRows.ts'

const day = 86_400_000

test('limits of rare shares are those of the beta-binomial law', () => {
  // scipy 1.17.1: betabinom(n, x + 0.5, N - x + 0.5), least k with sf(k - 1) <= alpha, most with cdf(k) <= alpha.
  const cases: [events: number, rows: number, n: number, alpha: number, low: number, high: number][] = [
    [0, 20_000, 1000, 1 / 500, -1, 2],
    [3, 5000, 200, 1 / 1000, -1, 3],
    [12, 3000, 150, 0.001, -1, 5],
    [300, 3000, 400, 0.001, 21, 62],
  ]
  for (const [events, rows, n, alpha, low, high] of cases) {
    assert.deepEqual(rareCounts({ kind: 'rare share', events, rows, alpha }, n), { low, high })
  }
})

test('a chart of rare shares raises no more false alarms than it was made for, however short its reference', () => {
  const rng = random('rare')
  const draw = (n: number, p: number) => {
    let count = 0
    for (let i = 0; i < n; i++) if (rng.next() < p) count++
    return count
  }
  const alpha = 1 / 50
  let alarms = 0
  const repeats = 3000
  for (let i = 0; i < repeats; i++) {
    const limits: RareShareLimits = { kind: 'rare share', events: draw(400, 0.004), rows: 400, alpha }
    const { point } = stepChart(limits, undefined, draw(200, 0.004) / 200, 200)
    if (isOut(point.signal, 'upper')) alarms++
  }
  const rate = alarms / repeats
  assert.ok(rate < alpha + 3 * Math.sqrt(alpha / repeats), `${rate}`)
})

test('what is judged out lies outside the limits that are shown', () => {
  const limits: RareShareLimits = { kind: 'rare share', events: 300, rows: 3000, alpha: 0.001 }
  const { lower, upper } = settledBand(limits, 400)
  for (let count = 0; count <= 100; count++) {
    const { signal } = stepChart(limits, undefined, count / 400, 400).point
    assert.equal(signal, count / 400 > upper ? 'above' : count / 400 < lower ? 'below' : null)
  }
})

test('two of three: the newest window has to be out, and one of the two before it', () => {
  const rule: AlarmRule = { out: 2, of: 3, clean: 2, severity: 'warning' }
  let run: Run = { out: 0, in: 0 }
  const story: [status: 'ok' | 'out' | 'not enough data', raised: boolean, over: boolean][] = [
    ['ok', false, false],
    ['out', false, false],
    ['not enough data', false, false],
    ['ok', false, false],
    ['out', true, false],
    ['out', true, false],
    ['ok', false, false],
    ['ok', false, true],
    ['out', false, false],
  ]
  for (const [status, raised, over] of story) {
    run = runAfter(run, status, rule)
    assert.deepEqual([status === 'out' && raises(run, rule), isOver(run, rule)], [raised, over])
  }
})

test('strange values of a day are those that no other day has', () => {
  const numbers = (...values: number[]): Column => ({ name: 'x', kind: 'number', values: Float64Array.from(values) })
  assert.deepEqual(strangeValues([numbers(1, 2, 9), numbers(1, 3, Number.NaN), numbers(0, 5, -4)]), [1, 0, 2])
  const texts = (...values: (string | null)[]): Column => ({ name: 'x', kind: 'text', values })
  assert.deepEqual(strangeValues([texts('a', 'b', null), texts('b', 'c', 'c'), texts('a', 'd')]), [0, 2, 1])
})

test('one row in a hundred of the same kind is unusual, and so is a pair of values that never go together', () => {
  const rng = random('usual')
  const rows = (n: number, broken = false) => {
    const x = Float64Array.from({ length: n }, () => rng.normal())
    return table([
      { name: 'celsius', kind: 'number', values: x },
      {
        name: 'fahrenheit',
        kind: 'number',
        values: x.map(c => 32 + 1.8 * (broken ? rng.normal() : c) + 0.1 * rng.normal()),
      },
      { name: 'place', kind: 'text', values: Array.from(x, () => (rng.next() < 0.7 ? 'here' : 'there')) },
      { name: 'same', kind: 'number', values: new Float64Array(n).fill(7) },
    ])
  }
  const usual = usualRows(rows(4000))!
  const share = (far: Uint8Array) => far.reduce((sum, each) => sum + each, 0) / far.length
  const again = share(unusualRows(usual, rows(4000)))
  assert.ok(Math.abs(again - 0.01) < 4 * Math.sqrt(0.01 / 4000), `${again}`)
  assert.ok(share(unusualRows(usual, rows(1000, true))) > 0.5)
  assert.deepEqual(JSON.parse(JSON.stringify(usual)), usual)
  assert.equal(usualRows(rows(50)), undefined)
  // Missing and infinite values, and columns that are gone, do not stop it.
  const odd = table([
    { name: 'celsius', kind: 'number', values: Float64Array.of(Number.NaN, Number.POSITIVE_INFINITY) },
  ])
  assert.deepEqual([...unusualRows(usual, odd)], [0, 1])
})

test('the days of a reference say of every signal what it was, as the rows of the day do', () => {
  const rng = random('reference')
  const perDay = 200
  const days = 6
  const n = perDay * days
  const outputs = Float64Array.from({ length: n }, () => Math.round(100 * rng.next()) / 100)
  const labels = outputs.map(p => (rng.next() < p ? 1 : 0))
  const at = Float64Array.from({ length: n }, (_, i) => Math.floor(i / perDay) * day + i)
  const temp = Float64Array.from({ length: n }, (_, i) =>
    i % 20 === 0 ? Number.NaN : i % perDay === 7 ? i : rng.normal(),
  )
  const features = table([{ name: 'temp', kind: 'number', values: temp }])
  const reference = buildReference({ features, at, outputs, labels, timezone: 'UTC' })
  const series = (of: Parameters<typeof referenceSeries>[1]['of'], decision = 0.5) =>
    referenceSeries(reference, { of, decision, column: 'temp' })
  assert.deepEqual([...series('accuracy', 0.29)!.sizes], new Array(days).fill(perDay))
  for (let d = 0; d < days; d++) {
    const rows = Array.from({ length: perDay }, (_, i) => d * perDay + i)
    const share = (test: (row: number) => boolean) => rows.filter(test).length / perDay
    assert.equal(
      series('positive share', 0.29)!.values[d],
      share(row => outputs[row]! >= 0.29),
    )
    assert.equal(
      series('accuracy', 0.29)!.values[d],
      share(row => outputs[row]! >= 0.29 === (labels[row] === 1)),
    )
    assert.equal(series('missing share')!.values[d], 0.05)
  }
  // One value of each day is far outside, and farther every day: only the last lies outside all others.
  assert.deepEqual([...series('outside share')!.values].slice(-1), [1 / 190])
  assert.equal(series('accuracy', 0.295), undefined)
  assert.equal(series('requests'), undefined)
  assert.equal(series('unseen share'), undefined)
})
