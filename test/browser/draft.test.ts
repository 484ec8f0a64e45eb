/** What the pages make of monitors, alarms and drift before they draw them. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { monitorEntry, monitorOf } from '../../src/loop/monitorEntry.ts'
import { chartsOf, signalNames, signalOf } from '../../src/loop/signals.ts'
import type { MonitorOptions } from '../../web/api/wire.ts'
import { driftRows } from '../../web/watch/driftCause.ts'
import { draftOf, entryOf, keyAt } from '../../web/watch/editor/draft.ts'
import { nextMorning } from '../../web/watch/nextMorning.ts'

const options: MonitorOptions = {
  signals: signalNames.map(of => {
    const { group, unit, about, column, decision, whole, fixed, side } = signalOf(of)
    return {
      of,
      group,
      ...(unit && { unit }),
      about,
      column: column === true,
      decision: decision === true,
      segments: whole !== true,
      charts: fixed ? [] : chartsOf(of),
      side,
    }
  }),
  columns: [{ name: 'temp', kind: 'number' }],
  windows: ['1 day'],
  defaults: {},
}

describe('a monitor that goes through the form unchanged stays the monitor that it was', () => {
  const entries: readonly Readonly<Record<string, unknown>>[] = [
    { of: 'auc', chart: 'ewma' },
    { of: 'log_loss', chart: 'ewma', arl0: 1000, lambda: 0.1, side: 'both', every: '1 week', lateness: '3 days' },
    { of: 'accuracy', chart: 'cusum', decision: 0.3, shift: 0.5, centre: 0.9, sd: 0.01 },
    { of: 'missing share', column: 'temp', chart: 'p', every: '1000 rows', coverage: 0.5 },
    { of: 'latency p95', above: '200 ms', every: '1 hour' },
    { of: 'brier', chart: 'shewhart', by: 'origin', name: 'brier everywhere' },
    { of: 'rows', chart: 'ewma', segment: { origin: 'EWR', carrier: 'UA' } },
    { of: 'rows', chart: 'ewma', segment: { origin: 'EWR' }, alarm: { out: 2, of: 3, clean: 4, severity: 'critical' } },
    { of: 'auc', chart: 'ewma', alarm: { out: 2, false_alarms: '1 per 200 windows' } },
    { drift: 'features', columns: ['temp', 'dewp'], false_alarms: '1 per 50 windows' },
    { drift: 'prediction' },
  ]
  for (const entry of entries) {
    test(JSON.stringify(entry), () => {
      const monitor = monitorOf(entry, 'binary')
      const back = entryOf(draftOf(monitorEntry(monitor), options), options)
      assert.deepEqual(monitorOf(back, 'binary'), monitor)
    })
  }
})

test('fixed bounds without a bound are refused, and do not become a chart', () => {
  const draft = draftOf({ of: 'rows', below: 10 }, options)
  assert.throws(() => monitorOf(entryOf({ ...draft, below: '' }, options), 'binary'), { code: 'bad-config' })
})

test('a finding of the server points to its field by the line of the entry', () => {
  const entry = { of: 'auc', columns: ['a', 'b'], arl0: 1, alarm: { out: 1, of: 2 } }
  assert.equal(keyAt(entry, 'monitor:1:5'), 'of')
  assert.equal(keyAt(entry, 'monitor:5:7'), 'arl0')
  assert.equal(keyAt(entry, 'monitor:8:7'), 'alarm.of')
  assert.equal(keyAt(entry, 'monitor:99:1'), undefined)
})

test('nine in the morning is nine on the clock, also after a night in which clocks change', () => {
  const inNewYork = (text: string) => new Date(nextMorning(Date.parse(text), 'America/New_York')).toISOString()
  assert.equal(inNewYork('2013-06-18T13:00:00Z'), '2013-06-19T13:00:00.000Z')
  assert.equal(inNewYork('2013-03-09T20:00:00Z'), '2013-03-10T13:00:00.000Z')
  assert.equal(inNewYork('2013-11-02T20:00:00Z'), '2013-11-03T14:00:00.000Z')
})

test('the cause is what the model uses and what moved: the first row is drifted, and no stable row stands before one', () => {
  const column = (name: string, effect: number, drifted: boolean) => ({
    column: name,
    statistic: 3,
    effect,
    p: 0.001,
    pAdjusted: 0.001,
    drifted,
    method: 'EWMA of the daily level',
  })
  const columns = [column('unused', 2, true), column('used', 0.5, true), column('seasonal', 3, false)]
  const gain = [
    { feature: 'used', gain: 900, split: 9 },
    { feature: 'unused', gain: 1, split: 1 },
    { feature: 'seasonal', gain: 99, split: 1 },
  ]
  assert.deepEqual(
    driftRows(columns, gain).map(row => row.column),
    ['used', 'unused', 'seasonal'],
  )
  assert.deepEqual(
    driftRows(columns, undefined).map(row => [row.column, row.importance]),
    [
      ['unused', undefined],
      ['used', undefined],
      ['seasonal', undefined],
    ],
  )
})
