import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FalconerError, type Finding } from '../base/errors.ts'
import { currentMonitor, type MonitorConfig } from './monitor.ts'
import { parseProject } from './projectFile.ts'

const hour = 3_600_000
const day = 24 * hour

function file(watch: string, task = 'binary'): string {
  return `project: p
data: {source: d.csv, id: id, time: at, label: y}
train: {task: ${task}}
watch:
${watch}`
}

function monitor(text: string, task?: string): MonitorConfig {
  return parseProject(file(`  - ${text}\n`, task), () => undefined).watch[0]!
}

function findings(text: string, task?: string): readonly Finding[] {
  try {
    monitor(text, task)
  } catch (error) {
    assert.ok(error instanceof FalconerError)
    return error.findings ?? []
  }
  return assert.fail('nothing was found')
}

test('what is left out of a monitor gets its default: a day, the side where trouble lies, one window of one', () => {
  assert.deepEqual(monitor('{chart: ewma, of: auc}'), {
    kind: 'chart',
    name: 'auc',
    of: 'auc',
    decision: 0.5,
    chart: 'ewma',
    arl0: 500,
    lambda: 0.2,
    shift: 1,
    side: 'lower',
    window: { kind: 'time', everyMs: day },
    latenessMs: day,
    coverage: 0.8,
    alarm: { out: 1, of: 1, clean: 5, severity: 'critical' },
  })
  const drift = monitor('{drift: features}')
  assert.deepEqual([drift.name, drift.latenessMs, drift.alarm.severity], ['drift', 0, 'warning'])
  const missing = monitor('{of: missing share, column: temp}')
  assert.ok(missing.kind === 'chart')
  assert.deepEqual(
    [missing.name, missing.chart, missing.side, missing.latenessMs],
    ['missing share of temp', 'p', 'upper', 0],
  )
})

test('windows are spans of time or numbers of rows, segments and charts by category are named for what they are', () => {
  assert.deepEqual(monitor('{of: auc, every: 5000 rows}').window, { kind: 'rows', rows: 5000 })
  assert.deepEqual(monitor('{of: auc, every: 6 hours}').window, { kind: 'time', everyMs: 6 * hour })
  const one = monitor('{of: auc, every: 1 week, segment: {origin: EWR}}')
  assert.deepEqual([one.name, one.segment], ['auc where origin EWR', { origin: 'EWR' }])
  const each = monitor('{of: accuracy, by: origin, decision: 30 %}')
  assert.deepEqual([each.name, each.by, each.kind === 'chart' && each.decision], ['accuracy by origin', 'origin', 0.3])
  assert.equal(
    monitor('{drift: features, columns: [temp, humid], segment: {route: a/b}}').name,
    'drift of temp, humid where route a-b',
  )
  assert.equal(monitor('{of: auc, name: ranking}').name, 'ranking')
})

test('an alarm may ask for several windows, a severity and a most rate of false alarms', () => {
  const { alarm } = monitor(
    '{of: auc, alarm: {out: 2, of: 3, clean: 7, severity: warning, false_alarms: 1 per 500 days}}',
  )
  assert.deepEqual(alarm, { out: 2, of: 3, clean: 7, severity: 'warning', falseAlarms: 1 / 500 })
  assert.equal(
    monitor('{of: auc, every: 1000 rows, alarm: {false_alarms: 1 in 200 windows}}').alarm.falseAlarms,
    1 / 200,
  )
})

test('a fixed threshold is in the unit of its signal', () => {
  const service = monitor('{of: latency p95, above: 200 ms, every: 1 hour}')
  assert.deepEqual(service.kind === 'threshold' && [service.above, service.name], [200, 'latency p95'])
  const refused = monitor('{of: refused share, above: 1 %}')
  assert.equal(refused.kind === 'threshold' && refused.above, 0.01)
  const delay = monitor('{of: delay median, above: 2 days}')
  assert.equal(delay.kind === 'threshold' && delay.above, 2 * day)
})

test('a centre and a standard deviation may be given', () => {
  const given = monitor('{chart: shewhart, of: rmse, centre: 3.5, sd: 0.25}', 'regression')
  assert.ok(given.kind === 'chart')
  assert.deepEqual([given.centre, given.sd], [3.5, 0.25])
})

test('what is wrong is said by line, with the nearest name', () => {
  const said = (text: string, task?: string) => findings(text, task).map(finding => finding.text)
  const [slip] = findings('{of: acuracy}')
  assert.equal(slip!.at, 'falconer.yaml:5:10')
  assert.match(
    slip!.text,
    /^watch\[0\]\.of is "acuracy", wanted probably accuracy; possible are observed - expected, auc, /,
  )
  assert.deepEqual(said('{of: auc, chrat: ewma}'), ['unknown key chrat in watch[0]; did you mean chart?'])
  assert.deepEqual(said('{of: auc}', 'regression'), ['auc is for binary models; train.task is regression'])
  assert.deepEqual(said('{of: rmse}'), ['rmse is for regression models; train.task is binary'])
  assert.match(said('{of: auc, every: 7 hours}')[0]!, /windows of 7 hours, wanted a part of an hour or of a day/)
  assert.match(said('{of: auc, every: 36 hours}')[0]!, /windows of 1 day 12 hours, wanted whole days, at most 366/)
  assert.match(said('{of: auc, every: 10 rows}')[0]!, /windows of 10 rows, wanted from 30/)
  assert.deepEqual(said('{chart: p, of: auc}'), [
    'a p chart is for shares of rows, auc is none; wanted ewma, shewhart, cusum',
  ])
  assert.match(said('{of: missing share}')[0]!, /has no column: missing share is about one column: name it/)
  assert.deepEqual(said('{of: auc, column: temp}'), ['auc is not about a column; leave column out'])
  assert.deepEqual(said('{of: auc, decision: 0.4}'), ['auc does not depend on a decision threshold'])
  assert.deepEqual(said('{of: latency p50, above: 5, chart: ewma}'), ['chart does not belong to a fixed threshold'])
  assert.deepEqual(said('{of: latency p50, by: origin}'), ['by does not belong to latency p50'])
  assert.match(said('{of: requests, every: 1000 rows}')[0]!, /counted in quarters of an hour/)
  assert.match(said('{of: auc, name: preview}')[0]!, /the address of something else/)
  assert.match(said('{of: skew share}')[0]!, /takes a fixed threshold: add above or below/)
  assert.deepEqual(said('{drift: features, of: auc}'), ['of does not belong to drift'])
  assert.deepEqual(said('{drift: prediction, columns: [a]}'), ['drift of the prediction has no columns'])
  assert.match(said('{of: rows, above: 5, below: 7}')[0]!, /every value would be out/)
  assert.match(said('{of: auc, alarm: {out: 3, of: 2}}')[0]!, /alarm.out is 3 of 2 windows: it would never alarm/)
  assert.match(said('{of: auc, name: a/b}')[0]!, /without \/ and ~/)
  assert.match(said('{of: auc, segment: EWR}')[0]!, /wants a column and its value, such as {origin: EWR}/)
  assert.match(said('{of: auc, every: 500 rows, alarm: {false_alarms: 1 per day}}')[0]!, /such as 1 per 100 windows/)
  assert.match(
    findings('{of: auc}\n  - {of: auc, chart: cusum}')[0]!.text,
    /two monitors of auc; give one of them a name/,
  )
})

test('a monitor that was stored before monitors had names is read as it was meant', () => {
  const stored = { kind: 'drift', drift: 'prediction', everyMs: day, latenessMs: 0, falseAlarms: 0.02 } as const
  assert.deepEqual(currentMonitor(stored), {
    kind: 'drift',
    drift: 'prediction',
    name: 'prediction drift',
    window: { kind: 'time', everyMs: day },
    latenessMs: 0,
    coverage: 0.8,
    alarm: { out: 1, of: 1, clean: 5, severity: 'warning' },
    falseAlarms: 0.02,
  })
})
