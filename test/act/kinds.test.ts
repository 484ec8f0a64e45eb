import assert from 'node:assert/strict'
import { test } from 'node:test'
import { at, begin, costs, day, hour, open, served, start } from './world.ts'

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

const byCost = doing('threshold', '  decision: {false_positive: 3, false_negative: 1}\n')
const first = { heldOut: 0.5, served: 0.5 }

test('do: threshold serves the same file, which says yes from another output on, judged by what mistakes cost', async t => {
  const world = await start(t, { change: byCost, candidates: [first, { heldOut: 0.625, served: 0.62 }] })
  await world.act.request('shop', 'returned', 'ann')
  await world.ticker.advance(begin + 9 * day)
  const ask = async (id: string) => (await world.deploy.predict(at, { records: [{ id, p: 0.9 }] }, id))[0]!
  const before = await ask('before')
  // 0.5 + 0.5 (0.9 - 0.5), and from 3 / (3 + 1) on it is a yes.
  assert.deepEqual([before.output, before.decision], [0.7, false])
  await world.alarm()
  await world.play(begin + 14 * day)
  const action = await world.newest()
  assert.deepEqual([action.kind, action.state], ['threshold', 'kept'], action.outcome)
  assert.match(action.steps.find(({ name }) => name === 'gate')!.summary!, /^cost changes by −0\.0/)
  const versions = (await world.records.list('version')).items.map(({ body }) => body)
  assert.equal(versions[1]!.digest, versions[0]!.digest)
  assert.deepEqual(versions[1]!.decision, { threshold: 0.62, costs })
  assert.match(versions[1]!.changes, /^Another decision threshold\. concept shift\./)
  const after = await ask('after')
  assert.deepEqual([after.output, after.decision, after.version], [0.7, true, '1.1.0'])
  // What was answered by another version keeps its decision.
  assert.deepEqual(await ask('before'), before)
  // The way back is there, though the file is the same.
  await world.act.rollback(at, {
    revision: (await world.records.get('endpoint', 'shop/returned'))!.revision,
    reason: 'no',
    actor: 'ann',
  })
  assert.equal(await world.live(), '1.0.0')
})

test('a threshold that passed the gate and costs more when it is served is returned', async t => {
  const world = await start(t, { change: byCost, candidates: [first, { heldOut: 0.625, served: 0.3 }] })
  await world.act.request('shop', 'returned', 'ann')
  await world.ticker.advance(begin + 9 * day)
  await world.alarm()
  await world.play(begin + 14 * day)
  const action = await world.newest()
  assert.equal(action.state, 'returned', action.outcome)
  assert.match(action.outcome!, /1\.0\.0 is back\. It had answered \d+ requests/)
  assert.equal(await world.live(), '1.0.0')
})

test('a threshold that is not cheaper, or is the present one, is refused', async t => {
  for (const [threshold, said] of [
    [0.3, /^cost changes by \+/],
    [0.75, /^No threshold costs less than 0\.750, the present one\.$/],
  ] as const) {
    const world = await start(t, { change: byCost, candidates: [first, { heldOut: threshold, served: threshold }] })
    await world.act.request('shop', 'returned', 'ann')
    await world.ticker.advance(begin + 9 * day)
    const { id } = await world.act.request('shop', 'returned', 'ann', { kind: 'threshold' })
    await world.play(begin + 9 * day + 2 * hour)
    const action = await world.newest()
    assert.deepEqual([action.id, action.state], [id, 'refused'])
    assert.match(action.outcome!, said)
  }
})

test('numbers are not recalibrated', async t => {
  const regression = (yaml: string) =>
    yaml
      .replace('train: {recipe', 'train: {task: regression, recipe')
      .replace('gate: {metric: brier', 'gate: {metric: squared_error')
      .replace('verify: {metric: brier', 'verify: {metric: squared_error')
      .replaceAll('of: brier', 'of: rmse')
      .replaceAll('on: brier', 'on: rmse')
  const world = await served(t, { change: regression })
  await assert.rejects(world.act.request('shop', 'returned', 'ann', { kind: 'recalibrate' }), { code: 'bad-input' })
})

test('without costs in the project there is no cheapest threshold', async t => {
  const world = await served(t)
  await assert.rejects(
    world.act.request('shop', 'returned', 'ann', { kind: 'threshold' }),
    /does not say what mistakes cost/,
  )
})

test('an approval of another threshold stands beside the approval of the version whose file it shares', async t => {
  const world = await start(t, {
    change: yaml => byCost(yaml).replace('do: threshold,', 'do: threshold, approval: promote,'),
    candidates: [first, { heldOut: 0.625, served: 0.62 }],
  })
  await world.act.request('shop', 'returned', 'ann')
  await world.ticker.advance(begin + 9 * day)
  const { digest } = (await world.records.list('version')).items[0]!.body
  const earlier = {
    project: 'shop',
    digest,
    subject: 'shop/returned/earlier',
    decision: 'approved',
    by: 'ann',
  } as const
  const body = { ...earlier, reason: 'good', at: begin }
  await world.records.commit({
    at: begin,
    actor: 'ann',
    puts: [{ kind: 'approval', id: `shop/${digest}/ann`, body }],
  })
  await world.act.request('shop', 'returned', 'ann', { kind: 'threshold' })
  await world.play(begin + 9 * day + 2 * hour)
  const { id, products, state, outcome } = await world.newest()
  assert.equal(state, 'waiting for approval', outcome)
  assert.equal(products.model, digest)
  await world.act.decide(id, { verdict: 'approved', digest, reason: 'cheaper', actor: 'ann' })
  const approvals = (await world.records.list('approval', { prefix: `shop/${digest}/` })).items
  assert.deepEqual(
    approvals.map(({ body: { reason } }) => reason),
    ['good', 'cheaper'],
  )
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
