/** The sentence of the overview and the headlines: the worst fact speaks, and a headline never contradicts its table. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { present } from '../../src/http/present.ts'
import type { Monitor } from '../../web/api/wire.ts'
import { type Facts, standing } from '../../web/overview/standing.ts'
import { monitorHeadline, monitorState } from '../../web/watch/monitorState.ts'
import { fixtures, type Scenario } from './fixtures.ts'

/** The facts as a page gets them, through the API's own way of writing. */
function factsOf(scenario: Scenario, change: Partial<Facts> = {}): Facts {
  const f = fixtures(scenario)
  const all = {
    project: f.projects[0],
    model: { model: 'late-arrival', aliases: f.aliases, versions: f.versions },
    endpoint: f.endpoint,
    monitors: f.monitors.map(m => ({ ...m, newest: f.measurements.findLast(x => x.monitor === m.name) })),
    alarms: f.alarms,
    actions: f.actions,
  }
  return { ...(JSON.parse(present(all)) as Facts), ...change }
}

test('a model inside its limits needs nothing', () => {
  const stand = standing(factsOf('well'))
  assert.equal(stand.state, 'ok')
  assert.equal(stand.what.key, 'standing.well')
  assert.equal(stand.next.key, 'standing.well.window')
})

test('a running action says why it began and what comes next', () => {
  const stand = standing(factsOf('retraining'))
  assert.equal(stand.state, 'busy')
  assert.equal(stand.why?.key, 'standing.left')
  assert.equal(stand.next.key, 'standing.next.rollOut')
})

test('a blocked retraining is out of order and tells the reason', () => {
  const stand = standing(factsOf('blocked'))
  assert.equal(stand.state, 'broken')
  assert.match(stand.why?.said ?? '', /Celsius/)
})

test('an approval that is wanted comes before everything that runs', () => {
  assert.equal(standing(factsOf('waiting')).what.key, 'standing.waiting')
})

test('the stop of all actions is said first', () => {
  const facts = factsOf('retraining')
  const killSwitch = { on: true, by: 'ann', reason: 'strike' }
  const stand = standing({ ...facts, project: { ...facts.project, killSwitch } })
  assert.equal(stand.what.key, 'standing.stopped')
  assert.equal(stand.why?.said, 'strike')
})

test('an open alarm without action says what the policy will do', () => {
  const facts = factsOf('retraining')
  const stand = standing({ ...facts, actions: [] })
  assert.equal(stand.what.key, 'standing.alarm')
  assert.equal(stand.next.key, 'standing.alarm.retrain')
})

test('a project without a version tells how to get one', () => {
  const stand = standing(factsOf('first day'))
  assert.equal(stand.state, 'idle')
  assert.equal(stand.next.key, 'standing.unserved.next')
})

test('the headline of the monitors is that of the worst row, with its true count', () => {
  const status = fc.constantFrom('ok', 'out', 'not enough data', undefined)
  fc.assert(
    fc.property(fc.array(status, { maxLength: 12 }), statuses => {
      const monitors = statuses.map(s => (s === undefined ? {} : { newest: { status: s } }) as Pick<Monitor, 'newest'>)
      const rows = monitors.map(monitorState)
      const headline = monitorHeadline(monitors)
      const out = rows.filter(r => r.key === 'measurement.out').length
      const ok = rows.filter(r => r.key === 'measurement.ok').length
      const wanted = out > 0 ? 'monitors.out' : ok > 0 ? 'monitors.in' : 'monitors.few'
      assert.equal(headline.key, wanted)
      if (wanted !== 'monitors.few') assert.deepEqual(headline.values, { n: out > 0 ? out : ok, all: rows.length })
    }),
  )
})
