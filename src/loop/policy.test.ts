import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decidePolicy, type PolicyQuestion } from './policy.ts'
import { parseProject } from './projectFile.ts'
import type { Action } from './records.ts'

const day = 86_400_000
const now = Date.UTC(2024, 5, 1)

const config = parseProject(
  `project: shop
model: returned
data: {source: visits.csv, id: visit_id, time: began, label: returned}
gate: {retry: 3 days}
watch: [{chart: ewma, of: auc}, {chart: ewma, of: brier}]
act:
  - {on: auc, do: retrain, cooldown: 10 days, budget: 2 per 30 days}
  - {on: brier, do: notify}
`,
  () => undefined,
)
const project = { config, killSwitch: { on: false, by: '', reason: '' } }
const alarm = { id: 'shop/returned/2024/auc', monitor: 'auc', semver: '1.1.0', state: 'open' as const }

function past(daysAgo: number, state: Action['state'], more: Partial<Action> = {}): Action {
  return {
    project: 'shop',
    model: 'returned',
    endpoint: 'returned',
    kind: 'retrain',
    trigger: { kind: 'alarm', alarm: 'an older one', by: 'policy' },
    state,
    steps: [],
    startedAt: now - daysAgo * day,
    finishedAt: now - daysAgo * day + 1,
    approval: 'none',
    products: {},
    ...more,
  }
}

const decide = (more: Partial<PolicyQuestion> = {}) =>
  decidePolicy({ now, alarm, project, champion: '1.1.0', actions: [], ...more })

test('an alarm that the policy maps to retrain starts one; what it maps to notify, or to nothing, starts nothing', () => {
  const decision = decide()
  assert.deepEqual([decision?.do, decision?.do === 'start' && decision.kind], ['start', 'retrain'])
  assert.deepEqual(decide({ alarm: { ...alarm, monitor: 'brier' } }), { do: 'notify' })
  assert.deepEqual(decide({ alarm: { ...alarm, monitor: 'drift' } }), { do: 'notify' })
  assert.equal(decide({ alarm: { ...alarm, state: 'resolved' } }), undefined)
})

const refusals: [string, Partial<PolicyQuestion>, string, number?][] = [
  [
    'the kill switch is on',
    { project: { config, killSwitch: { on: true, by: 'ada', reason: 'fair' } } },
    'kill switch',
  ],
  ['the alarm is about a version that was replaced since', { champion: '1.2.0' }, 'another version'],
  ['an action of the model is going on', { actions: [past(2, 'verifying')] }, 'one at a time'],
  ['the last action was less than the cool-down ago', { actions: [past(9, 'kept')] }, 'cool-down', now + day],
  [
    'the last candidate was refused and few outcomes came since',
    { actions: [past(2, 'refused')] },
    'more outcomes',
    now + day,
  ],
  ['the last attempt was blocked by a fault', { actions: [past(1, 'blocked')] }, 'more outcomes', now + 2 * day],
  ['the budget is spent', { actions: [past(29, 'kept'), past(11, 'kept')] }, 'budget', now + day],
  ['two versions in a row were returned', { actions: [past(80, 'returned'), past(60, 'returned')] }, 'suspended'],
]
for (const [title, question, because, until] of refusals) {
  test(`nothing starts when ${title}`, () => {
    const decision = decide(question)
    assert.equal(decision?.do, 'refuse')
    assert.deepEqual([decision.because, decision.until], [because, until])
    assert.ok(decision.reason.length > 20)
  })
}

test('when the time of a refusal is over, the action starts', () => {
  for (const actions of [[past(10, 'kept')], [past(3, 'refused')], [past(31, 'kept'), past(11, 'kept')]]) {
    assert.equal(decide({ actions })?.do, 'start')
  }
})

test('a first training, a cancelled action and an attempt that a fault blocked cost no cool-down and no budget', () => {
  assert.equal(decide({ actions: [past(1, 'kept', { kind: 'first training' })] })?.do, 'start')
  assert.equal(decide({ actions: [past(1, 'cancelled')] })?.do, 'start')
  assert.equal(decide({ actions: [past(20, 'blocked'), past(12, 'blocked'), past(4, 'blocked')] })?.do, 'start')
})

test('the same alarm a second time is a retry', () => {
  const before = past(5, 'refused', { trigger: { kind: 'alarm', alarm: alarm.id, by: 'policy' } })
  const decision = decide({ actions: [before] })
  assert.equal(decision?.do === 'start' && decision.trigger, 'retry')
})

test('after two returns a training that a person asked for lets the policy act again', () => {
  const asked = past(20, 'kept', { trigger: { kind: 'request', by: 'ada' } })
  assert.equal(decide({ actions: [past(80, 'returned'), past(60, 'returned'), asked] })?.do, 'start')
})

test('one return between good versions suspends nothing', () => {
  const actions = [past(90, 'returned'), past(60, 'kept'), past(40, 'returned')]
  assert.equal(decide({ actions })?.do, 'start')
})

test('the way back is not held up by the cool-down of a training', () => {
  const back = parseProject(
    `project: shop
data: {source: visits.csv, id: visit_id, time: began, label: returned}
watch: [{chart: ewma, of: auc}]
act: [{on: auc, do: rollback}]
`,
    () => undefined,
  )
  const question = { project: { ...project, config: back }, actions: [past(1, 'kept')] }
  assert.equal(decide(question)?.do, 'start')
  const gone = decide({ ...question, actions: [past(1, 'returned', { kind: 'rollback' })] })
  assert.deepEqual([gone?.do, gone?.do === 'refuse' && gone.because], ['refuse', 'cool-down'])
})

test('a monitor whose false-alarm rate is not surely what was asked for may only warn', () => {
  const refused = decide({ alarm: { ...alarm, unarmed: 'up to 0.02 false alarms a window, 0.01 were asked for' } })
  assert.deepEqual([refused?.do, refused?.do === 'refuse' && refused.because], ['refuse', 'not calibrated'])
  assert.match(refused?.do === 'refuse' ? refused.reason : '', /may only warn: up to 0\.02/)
})
