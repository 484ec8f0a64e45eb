import assert from 'node:assert/strict'
import { test } from 'node:test'
import { currentMonitor } from './monitor.ts'
import type { Action, Alarm, Monitor } from './records.ts'
import { actionAfter, alarmAfter, isFinished, monitorAfter } from './transitions.ts'

const alarm: Alarm = {
  project: 'shop',
  endpoint: 'returned',
  monitor: 'auc',
  openedAt: 1,
  state: 'open',
  severity: 'critical',
  semver: '1.0.0',
  headline: 'auc is low',
  first: 'm1',
  last: 'm1',
  windowsOut: 1,
}

const monitor: Monitor = {
  project: 'shop',
  endpoint: 'returned',
  name: 'auc',
  config: currentMonitor({
    kind: 'chart',
    chart: 'ewma',
    of: 'auc',
    everyMs: 86_400_000,
    latenessMs: 86_400_000,
    arl0: 500,
    lambda: 0.2,
    side: 'lower',
  }),
  limits: 1,
  measuredTo: 10,
  state: { points: 3, z: 0.7 },
  run: { out: 0, in: 3 },
}

const action: Action = {
  project: 'shop',
  model: 'returned',
  endpoint: 'returned',
  kind: 'retrain',
  trigger: { kind: 'alarm', alarm: 'a', by: 'policy' },
  state: 'diagnosing',
  steps: [],
  startedAt: 5,
  approval: 'none',
  products: {},
}

test('an alarm that goes on stays one alarm and counts its windows', () => {
  const again = alarmAfter(alarmAfter(alarm, { type: 'continued', measurement: 'm2' }), {
    type: 'continued',
    measurement: 'm3',
  })
  assert.deepEqual([again.windowsOut, again.first, again.last, again.state], [3, 'm1', 'm3', 'open'])
})

test('an acknowledged alarm is still open, a resolved one is over', () => {
  const known = alarmAfter(alarm, { type: 'acknowledged', by: 'ada' })
  assert.deepEqual([known.state, known.acknowledgedBy], ['acknowledged', 'ada'])
  const over = alarmAfter(known, { type: 'resolved', by: 'falconer', at: 9 })
  assert.deepEqual([over.state, over.resolvedAt, over.resolvedBy], ['resolved', 9, 'falconer'])
  assert.throws(() => alarmAfter(over, { type: 'continued', measurement: 'm4' }), {
    code: 'conflict',
    message: /is resolved; it cannot be continued/,
  })
})

test('a monitor counts windows in and out of limits; a window without data counts neither way', () => {
  const measured = (to: number, status: 'ok' | 'out' | 'not enough data') =>
    ({ type: 'measured', to, status, state: {} }) as const
  const out = monitorAfter(monitor, measured(20, 'out'))
  assert.deepEqual(out.run, { out: 1, in: 0 })
  assert.deepEqual(monitorAfter(out, measured(30, 'not enough data')).run, { out: 1, in: 0 })
  assert.deepEqual(monitorAfter(out, measured(30, 'ok')).run, { out: 0, in: 1 })
})

test('a window is measured once', () => {
  const event = { type: 'measured', to: 10, status: 'ok', state: {} } as const
  assert.throws(() => monitorAfter(monitor, event), { code: 'conflict' })
})

test('new limits begin a chart anew', () => {
  const renewed = monitorAfter(monitor, { type: 'renewed', limits: 2, state: {}, at: 11 })
  assert.deepEqual(
    [renewed.limits, renewed.state, renewed.run, renewed.measuredTo, renewed.since],
    [2, {}, { out: 0, in: 0 }, 10, 11],
  )
})

test('a step that is started twice, after a crash, is one step', () => {
  const once = actionAfter(action, { type: 'step started', step: 'train', at: 6 })
  assert.deepEqual(actionAfter(once, { type: 'step started', step: 'train', at: 8 }), once)
  assert.deepEqual([once.state, once.steps.length], ['training', 1])
})

test('a step that is not running cannot be done, and an action that has ended cannot go on', () => {
  const done = { type: 'step done', step: 'gate', at: 7, summary: 'passed' } as const
  assert.throws(() => actionAfter(action, done), { code: 'conflict', message: /gate is not running/ })
  const over = actionAfter(action, { type: 'ended', state: 'refused', at: 8, outcome: 'not better' })
  assert.ok(isFinished(over))
  assert.throws(() => actionAfter(over, { type: 'step started', step: 'train', at: 9 }), {
    code: 'conflict',
    message: /refused: not better/,
  })
})

test('products of all steps add up, and an end closes the step that was running', () => {
  let next = actionAfter(action, { type: 'step started', step: 'train', at: 6 })
  next = actionAfter(next, { type: 'step done', step: 'train', at: 7, summary: 't', products: { train: 'x' } })
  next = actionAfter(next, { type: 'step started', step: 'gate', at: 7 })
  next = actionAfter(next, { type: 'ended', state: 'cancelled', at: 8, outcome: 'by ada' })
  assert.deepEqual(next.products, { train: 'x' })
  assert.deepEqual(
    next.steps.map(({ state, finishedAt }) => [state, finishedAt]),
    [
      ['done', 7],
      ['failed', 8],
    ],
  )
})
