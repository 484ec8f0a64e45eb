import assert from 'node:assert/strict'
import { test } from 'node:test'
import { begin, day, hour, open, served, start } from './world.ts'

const ask = (yaml: string): string => yaml.replace('do: retrain', 'do: ask')
const doing =
  (what: string, deploy = '') =>
  (yaml: string): string =>
    yaml.replace('do: retrain', `do: ${what}`).replace('deploy:\n', `deploy:\n${deploy}`)

test('do: ask diagnoses, then waits for a person who has seen the diagnosis', async t => {
  const world = await served(t, { change: ask })
  await world.alarm()
  await world.play(begin + 6 * day + 3 * hour)
  const waiting = await world.newest()
  assert.equal(waiting.state, 'waiting for approval')
  assert.deepEqual(
    waiting.steps.map(({ name, state }) => `${name} ${state}`),
    ['diagnose done', 'approve running'],
  )
  const audit = await world.records.audit()
  assert.ok(audit.some(({ type, subject }) => type === 'action.asked' && subject === waiting.id))
  const answer = { verdict: 'approved', reason: 'the world has changed', actor: 'ann' } as const
  await assert.rejects(world.act.decide(waiting.id, { ...answer, digest: 'f'.repeat(64) }), { code: 'stale' })
  await world.act.decide(waiting.id, { ...answer, digest: waiting.products.diagnosis! })
  await world.play(begin + 10 * day)
  const kept = await world.newest()
  assert.equal(kept.state, 'kept', kept.outcome)
  assert.deepEqual(
    kept.steps.map(({ name }) => name),
    ['diagnose', 'approve', 'train', 'gate', 'refit', 'register', 'canary', 'promote', 'verify'],
  )
})

test('who says no to a training ends it; nothing was made', async t => {
  const world = await served(t, { change: ask })
  await world.alarm()
  await world.play(begin + 6 * day + 3 * hour)
  const { id, products } = await world.newest()
  await world.act.decide(id, { verdict: 'rejected', digest: products.diagnosis!, reason: 'a holiday', actor: 'ann' })
  const refused = await world.newest()
  assert.deepEqual([refused.state, refused.candidate], ['refused', undefined])
  assert.match(refused.outcome!, /ann rejected it: a holiday/)
})

test('a process that dies while a person is asked still waits for the same answer afterwards', async t => {
  const world = await served(t, { change: ask })
  await world.alarm()
  await world.play(begin + 6 * day + 3 * hour)
  const { id, products } = await world.newest()
  await world.close()
  const again = await open(world.disk)
  await again.act.decide(id, { verdict: 'approved', digest: products.diagnosis!, reason: 'yes', actor: 'ann' })
  await again.play(begin + 10 * day)
  assert.equal((await again.newest()).state, 'kept')
  await again.close()
})

test('do: fallback makes the named version live at once, in the name of the policy', async t => {
  const world = await served(t, { change: doing('fallback', '  fallback: 1.0.0\n') })
  // Another version is live, and turns out to be wrong.
  await world.act.request('shop', 'returned', 'ann')
  await world.play(begin + 12 * day)
  assert.equal(await world.live(), '1.1.0')
  await world.alarm()
  await world.play(begin + 12 * day + hour)
  assert.deepEqual(await world.routes(), ['live 1.0.0'])
  const action = await world.newest()
  assert.deepEqual([action.kind, action.state, action.trigger.kind], ['rollback', 'returned', 'alarm'])
})

test('a fallback that is not registered, or answers already, is refused with the reason', async t => {
  for (const [semver, said] of [
    ['3.0.0', /returned has no such version/],
    ['1.0.0', /answers already/],
  ] as const) {
    const world = await served(t, { change: doing('fallback', `  fallback: ${semver}\n`) })
    await world.alarm()
    await world.play(begin + 6 * day + hour)
    assert.equal((await world.actions()).length, 1)
    const refusal = (await world.records.audit()).find(({ type }) => type === 'action.refused')
    assert.match(refusal!.reason!, said)
    await assert.rejects(world.act.request('shop', 'returned', 'ann', { kind: 'fallback' }), { code: 'conflict' })
  }
})

test('do: recalibrate goes the way of a retraining, with the champion’s own file', async t => {
  const world = await start(t, { change: doing('recalibrate') })
  await world.act.request('shop', 'returned', 'ann')
  await world.ticker.advance(begin + 9 * day)
  await world.alarm()
  await world.play(begin + 14 * day)
  const action = await world.newest()
  assert.deepEqual([action.kind, action.state], ['recalibrate', 'kept'], action.outcome)
  assert.deepEqual(
    action.steps.map(({ name }) => name),
    ['diagnose', 'train', 'gate', 'refit', 'register', 'canary', 'promote', 'verify'],
  )
  const version = (await world.records.list('version', { where: { semver: '1.1.0' } })).items[0]!.body
  assert.match(version.changes, /^Recalibrated\. concept shift\./)
})

test('a rule may say how far back the rows of its training reach', async t => {
  const world = await served(t, {
    change: yaml => yaml.replace('do: retrain,', 'do: retrain, window: last 30 days,'),
  })
  await world.alarm()
  await world.play(begin + 6 * day + 2 * hour)
  assert.equal((await world.newest()).windowMs, 30 * day)
})

test('by hand: a recalibration and a window; without a live version there is nothing to recalibrate', async t => {
  const world = await start(t)
  await assert.rejects(world.act.request('shop', 'returned', 'ann', { kind: 'recalibrate' }), /nothing to recalibrate/)
  await world.act.request('shop', 'returned', 'ann')
  await world.ticker.advance(begin + 6 * day)
  const { body } = await world.act.request('shop', 'returned', 'ann', { kind: 'recalibrate', reason: 'drifted level' })
  assert.deepEqual([body.kind, body.trigger.kind], ['recalibrate', 'request'])
  const started = (await world.records.audit()).findLast(({ type }) => type === 'action.started')
  assert.equal(started?.reason, 'drifted level')
})
