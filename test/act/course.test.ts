import assert from 'node:assert/strict'
import { test } from 'node:test'
import { heldOut, leastHeldDays, rolloutOf } from '../../src/act/course.ts'
import { parseProject } from '../../src/loop/projectFile.ts'

const day = 86_400_000
const at = (text: string) => Date.parse(text)

function project(more = ''): ReturnType<typeof parseProject> {
  return parseProject(
    `project: churn\ndata: {source: c.csv, id: id, time: t, label: y}\ntimezone: America/New_York\n${more}`,
    () => undefined,
  )
}

test('a first training holds out the whole local days to validate on, also over a change of clocks', () => {
  const config = project('train: {validate: last 28 days}')
  // Clocks went forward on 10 March 2013: midnight was at 05:00 UTC before it and at 04:00 after it.
  const held = heldOut(config, at('2013-03-20T10:00:00Z'), day, undefined)
  assert.deepEqual(held, { from: at('2013-02-20T05:00:00Z'), to: at('2013-03-20T04:00:00Z'), days: 28 })
})

test('a retraining holds out the newest days whose outcomes were waited for and that the champion has not seen', () => {
  const config = project('gate: {rows: newest 14 days}')
  const asOf = at('2013-06-21T04:30:00Z')
  assert.deepEqual(heldOut(config, asOf, day, at('2013-03-01T05:00:00Z')), {
    from: at('2013-06-06T04:00:00Z'),
    to: at('2013-06-20T04:00:00Z'),
    days: 14,
  })
  // Trained in the middle of the 10th: the first whole day after it is the 11th, the last one waited for the 19th.
  assert.deepEqual(heldOut(config, asOf, day, at('2013-06-10T15:00:00Z')), {
    from: at('2013-06-11T04:00:00Z'),
    to: at('2013-06-20T04:00:00Z'),
    days: 9,
  })
  assert.equal(heldOut(config, asOf, day, at('2013-06-20T15:00:00Z')).days, 0)
})

test('seven days are needed to compare, or as many as the gate asks for', () => {
  assert.equal(leastHeldDays(project('gate: {rows: newest 14 days}')), 7)
  assert.equal(leastHeldDays(project('gate: {rows: newest 3 days}')), 3)
})

test('a rollout ends live, and a first version goes live at once', () => {
  const canary = { kind: 'canary', share: 0.1, forMs: day } as const
  const { deploy } = project()
  for (const rollout of [[canary], [canary, { kind: 'live' } as const]]) {
    assert.deepEqual(rolloutOf({ deploy: { ...deploy, rollout } }, true), [canary, { kind: 'live' }])
    assert.deepEqual(rolloutOf({ deploy: { ...deploy, rollout } }, false), [{ kind: 'live' }])
  }
})
