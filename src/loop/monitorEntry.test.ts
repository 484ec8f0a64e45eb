import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { monitorEntry, monitorOf, withMonitor } from './monitorEntry.ts'
import { parseProject } from './projectFile.ts'

const flights = readFileSync(new URL('../../examples/flights/falconer.yaml', import.meta.url), 'utf8')
const watched = (yaml: string) => parseProject(yaml, () => 'select 1').watch

test('a monitor reads as it was written, whatever it is', () => {
  const entries = [
    { chart: 'ewma', of: 'auc' },
    {
      chart: 'cusum',
      of: 'recall',
      shift: 0.5,
      decision: 0.3,
      by: 'origin',
      alarm: { out: 2, of: 3, severity: 'warning' },
    },
    { chart: 'p', of: 'missing share', column: 'temp', every: '6 hours', name: 'temp is there' },
    { chart: 'shewhart', of: 'brier', centre: 0.1, sd: 0.01, side: 'both', arl0: 370 },
    { drift: 'features', columns: ['temp'], segment: { origin: 'EWR' }, false_alarms: '3 per 1000 windows' },
    { of: 'latency p95', above: '200 milliseconds', every: '1 hour' },
    { of: 'refused share', above: 0.01 },
    {
      of: 'log_loss',
      every: '5000 rows',
      lateness: '2 days',
      coverage: 0.5,
      alarm: { false_alarms: '1 per 250 windows' },
    },
  ]
  for (const entry of entries) {
    const monitor = monitorOf(entry, 'binary')
    assert.deepEqual(monitorOf(monitorEntry(monitor), 'binary'), monitor)
  }
  assert.deepEqual(monitorEntry(monitorOf({ of: 'auc' }, 'binary')), { chart: 'ewma', of: 'auc' })
})

test('what is wrong with an entry is said as in the file', () => {
  assert.throws(
    () => monitorOf({ of: 'acc', every: '7 hours' }, 'binary'),
    (error: Error & { code?: string; findings?: unknown[] }) =>
      error.code === 'bad-config' && error.findings?.length === 1,
  )
})

test('a monitor is put into the file, changed and taken out, and every other line stays as it is', () => {
  const added = withMonitor(flights, 'binary', 'coverage', { of: 'coverage' })
  const lines = added.split('\n')
  assert.deepEqual(
    lines.filter(line => !flights.split('\n').includes(line)),
    ['  - {of: coverage}'],
  )
  assert.equal(watched(added).at(-1)!.name, 'coverage')
  const changed = withMonitor(added, 'binary', 'auc', { chart: 'cusum', of: 'auc', arl0: 370 })
  assert.deepEqual(
    changed.split('\n').filter(line => !lines.includes(line)),
    ['  - {chart: cusum, of: auc, arl0: 370}'],
  )
  assert.equal(
    withMonitor(
      withMonitor(changed, 'binary', 'auc', { chart: 'ewma', of: 'auc', every: '1 day', arl0: 500 }),
      'binary',
      'coverage',
      undefined,
    ),
    flights,
  )
})

test('a file without watch gets the monitors that it stands for, and the new one', () => {
  const short = 'project: p # mine\ndata: {source: d.csv, id: id, time: at, label: y}\n'
  const added = withMonitor(short, 'binary', 'rows', { of: 'rows' })
  assert.match(added, /^project: p # mine\n/)
  const names = watched(short).map(({ name }) => name)
  assert.deepEqual(
    watched(added).map(({ name }) => name),
    [...names, 'rows'],
  )
  assert.deepEqual(watched(added).slice(0, -1), watched(short))
})

test('a monitor that is not there cannot be taken out', () => {
  assert.throws(() => withMonitor(flights, 'binary', 'nothing', undefined), { code: 'not-found' })
})
