import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type NextQuestion, nextActions } from './nextActions.ts'
import { parseProject } from './projectFile.ts'
import type { Action } from './records.ts'

const yaml = `project: shop
data: {source: visits.csv, id: visit_id, time: began, label: returned}
`
const config = (more = '') => parseProject(yaml + more, () => undefined)
const endpoint: NextQuestion['endpoint'] = {
  routes: [{ mode: 'live', semver: '1.1.0', digest: 'd' }],
  previous: { semver: '1.0.0', digest: 'c' },
}
const off = { on: false, by: '', reason: '' }

function next(more: Partial<NextQuestion> = {}, file = config()) {
  return nextActions({
    alarm: { state: 'open' },
    project: { config: file, killSwitch: off },
    endpoint,
    actions: [],
    ...more,
  })
}
const names = (all: ReturnType<typeof next>) => all.map(step => step.do)

test('an open alarm can be acknowledged, trained against, rolled back from, snoozed and resolved', () => {
  assert.deepEqual(names(next()), ['acknowledge', 'retrain', 'recalibrate', 'roll back', 'snooze', 'resolve'])
  assert.ok(next().every(({ allowed }) => allowed))
  assert.deepEqual(names(next({ alarm: { state: 'resolved' } })), [])
})

test('where diagnosis blames the deployment, rolling back comes first', () => {
  const diagnosis = { verdict: 'deployment fault', advice: 'rollback', reasons: [] } as const
  assert.deepEqual(names(next({ answer: { diagnosis } })).slice(1, 3), ['roll back', 'retrain'])
})

test('what cannot be done says why', () => {
  const running = { state: 'training', startedAt: 0 } as Action
  const busy = next({ actions: [running] })
  assert.equal(busy[0]!.do, 'look at the action')
  assert.match(busy.find(step => step.do === 'retrain')!.why!, /one at a time/)
  const first = next({ endpoint: { routes: endpoint!.routes } })
  assert.match(first.find(step => step.do === 'roll back')!.why!, /first version/)
  const stopped = next({ project: { config: config(), killSwitch: { on: true, by: 'ada', reason: 'audit' } } })
  assert.match(stopped.find(step => step.do === 'retrain')!.why!, /kill switch is on: audit/)
  assert.ok(stopped.find(step => step.do === 'roll back')!.allowed)
})

test('another threshold is offered where the project says what mistakes cost', () => {
  const file = config('deploy: {decision: {false_positive: 1, false_negative: 5}}\n')
  assert.deepEqual(names(next({}, file)).slice(1, 4), ['retrain', 'recalibrate', 'threshold'])
})

test('a fallback is offered where the project names one; numbers are not recalibrated', () => {
  const file = config('deploy: {fallback: 1.0.0}\n')
  assert.ok(next({}, file).find(step => step.do === 'fallback')!.allowed)
  assert.ok(!names(next({}, config('train: {task: regression}\n'))).includes('recalibrate'))
})
