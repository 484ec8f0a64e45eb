import assert from 'node:assert/strict'
import { test } from 'node:test'
import { begin, conceptShift, day, hour, served, start } from './world.ts'

test('a first training goes live when it beats the best constant', async t => {
  const world = await start(t)
  await world.act.request('shop', 'returned', 'ann')
  await assert.rejects(world.act.request('shop', 'returned', 'bob'), { code: 'conflict' })
  await world.play(begin + 2 * hour)
  const action = await world.newest()
  assert.equal(action.state, 'kept')
  assert.deepEqual(
    action.steps.map(({ name, state }) => `${name} ${state}`),
    ['train done', 'gate done', 'refit done', 'register done', 'promote done'],
  )
  assert.deepEqual(await world.routes(), ['live 1.0.0'])
  assert.equal(await world.state('1.0.0'), 'live')
})

test('an alarm leads to a candidate that is compared, promoted, verified and kept', async t => {
  const world = await served(t)
  const alarm = await world.alarm()
  await world.play(begin + 6 * day + 4 * hour)
  assert.deepEqual(await world.routes(), ['live 1.0.0', 'canary 1.1.0'])
  await world.play(begin + 7 * day)
  assert.deepEqual(await world.routes(), ['live 1.1.0', 'shadow 1.0.0'])
  await world.play(begin + 10 * day)
  const action = await world.newest()
  assert.equal(action.state, 'kept', action.outcome)
  assert.deepEqual(
    action.steps.map(({ name, state }) => `${name} ${state}`),
    ['diagnose', 'train', 'gate', 'refit', 'register', 'canary', 'promote', 'verify'].map(name => `${name} done`),
  )
  assert.match(action.outcome!, /not worse than 1\.0\.0 in \d{3,} rows and [23] days/)
  assert.deepEqual(await world.routes(), ['live 1.1.0'])
  assert.equal(await world.state('1.0.0'), 'replaced')
  assert.equal((await world.records.get('alarm', alarm))?.body.action, action.id)
  assert.deepEqual((await world.records.list('timer', { where: { handler: 'act.step' } })).items, [])
})

test('a candidate that does not pass the gate is refused, and tried again when more outcomes are in', async t => {
  const world = await served(t, {
    candidates: [
      { heldOut: 0.5, served: 0.5 },
      { heldOut: 0.1, served: 0.1 },
      { heldOut: 0.9, served: 0.9 },
    ],
  })
  const seen: string[] = []
  for (let n = 6; n < 10; n++) {
    await world.alarm()
    await world.play(begin + n * day + 12 * hour)
    seen.push((await world.newest()).state)
    await world.play(begin + (n + 1) * day)
  }
  assert.deepEqual(seen, ['refused', 'refused', 'refused', 'verifying'])
  const [, refused, again] = await world.actions()
  assert.match(refused!.outcome!, /brier changes by \+0\.\d+ .* so 'not worse' is not shown/)
  assert.equal(again!.trigger.kind, 'retry')
  assert.equal(await world.state('1.1.0'), 'live')
  const audit = await world.records.audit()
  const refusals = audit.filter(({ type }) => type === 'action.refused')
  // By the gate once; by the policy on two days for the same reason, said once.
  assert.deepEqual(
    refusals.map(({ data, subject }) => [
      (data as { because?: string } | undefined)?.because,
      subject.split('/')[2]!.length,
    ]),
    [
      [undefined, 24],
      ['more outcomes', 24],
    ],
  )
})

test('a candidate that passes the gate and fails live is returned within hours, and few were served badly', async t => {
  const world = await served(t, {
    change: yaml => yaml.replace('rollout: [{canary: 20 %, for: 6 hours}, live]', 'rollout: [live]'),
    candidates: [
      { heldOut: 0.5, served: 0.5 },
      { heldOut: 0.9, served: -0.9 },
    ],
  })
  await world.alarm()
  await world.play(begin + 7 * day)
  const action = await world.newest()
  assert.equal(action.state, 'returned')
  assert.match(
    action.outcome!,
    /^1\.1\.0 is broken: \d+ rows show .*; 1\.0\.0 is back\. It had answered \d+ requests\.$/,
  )
  assert.deepEqual(await world.routes(), ['live 1.0.0'])
  assert.equal(await world.state('1.0.0'), 'live')
  assert.equal(await world.state('1.1.0'), 'returned')
  const window = await world.disk.log.window('shop/returned', begin, begin + 7 * day)
  const badly = window.version.filter(semver => semver === '1.1.0').length
  // Outcomes come after six hours of twenty visits; then two hours of them are enough.
  assert.ok(badly > 0 && badly <= 9 * 20, `${badly} rows`)
  assert.equal(action.outcome!.match(/answered (\d+)/)![1], String(badly))
})

test('with a canary, it is returned before it gets all traffic', async t => {
  const world = await served(t, {
    change: yaml => yaml.replace('for: 6 hours', 'for: 1 day'),
    candidates: [
      { heldOut: 0.5, served: 0.5 },
      { heldOut: 0.9, served: -0.9 },
    ],
  })
  await world.alarm()
  await world.play(begin + 7 * day)
  const action = await world.newest()
  assert.equal(action.state, 'returned')
  assert.deepEqual(action.steps.map(({ name }) => name).slice(-2), ['canary', 'return'])
  assert.equal(await world.state('1.1.0'), 'returned')
  assert.equal(await world.state('1.0.0'), 'live')
  const { routes } = (await world.records.get('endpoint', 'shop/returned'))!.body
  assert.deepEqual(
    routes.map(({ mode }) => mode),
    ['live'],
  )
  const window = await world.disk.log.window('shop/returned', begin, begin + 7 * day)
  assert.ok(window.version.filter(semver => semver === '1.1.0').length < 80)
})

test('a fault in the data blocks the training and says why', async t => {
  const reasons = ['temp reads as if in Celsius since 2024-03-05']
  const world = await served(t, { diagnosis: { verdict: 'unit change', advice: 'block', column: 'temp', reasons } })
  await world.alarm()
  await world.play(begin + 7 * day)
  const action = await world.newest()
  assert.equal(action.state, 'blocked')
  assert.match(action.outcome!, /unit change: temp reads as if in Celsius since 2024-03-05 .*repair the source/)
  assert.deepEqual(
    action.steps.map(({ name }) => name),
    ['diagnose'],
  )
  assert.deepEqual(action.diagnosis?.reasons, reasons)
  assert.deepEqual(await world.routes(), ['live 1.0.0'])
})

test('a retraining without enough days that the champion has not seen is refused before anything is trained', async t => {
  const world = await start(t)
  await world.act.request('shop', 'returned', 'ann')
  await world.ticker.advance(begin + 3 * day)
  await world.alarm()
  await world.ticker.advance(begin + 3 * day + hour)
  const action = await world.newest()
  assert.equal(action.state, 'refused')
  assert.match(action.outcome!, /has seen all but 2 of the newest days; 4 are needed/)
  assert.deepEqual(action.products, {})
})

test('a policy may roll back, and says where nothing was live before', async t => {
  const world = await served(t, {
    change: yaml => yaml.replace('do: retrain, cooldown: 10 days', 'do: rollback, cooldown: 1 day'),
  })
  await world.alarm()
  await world.ticker.advance(begin + 6 * day + hour)
  const [refusal] = (await world.records.audit()).filter(({ type }) => type === 'action.refused')
  assert.equal(refusal?.reason, '1.0.0 is the first version; there is none to go back to.')
  await world.act.request('shop', 'returned', 'ann')
  await world.play(begin + 10 * day)
  assert.equal(await world.live(), '1.1.0')
  await world.alarm()
  await world.play(begin + 10 * day + hour)
  const action = await world.newest()
  assert.deepEqual([action.kind, action.state, action.trigger.kind], ['rollback', 'returned', 'alarm'])
  assert.deepEqual(await world.routes(), ['live 1.0.0'])
  assert.equal(await world.state('1.1.0'), 'returned')
})

test('a shadow part comes before the canary and answers nobody', async t => {
  const world = await served(t, {
    change: yaml => yaml.replace('rollout: [', 'rollout: [{shadow: 6 hours}, '),
    diagnosis: conceptShift,
  })
  await world.alarm()
  await world.play(begin + 6 * day + 4 * hour)
  assert.deepEqual(await world.routes(), ['live 1.0.0', 'shadow 1.1.0'])
  await world.play(begin + 6 * day + 8 * hour)
  assert.deepEqual(await world.routes(), ['live 1.0.0', 'canary 1.1.0'])
  await world.play(begin + 7 * day)
  assert.deepEqual(await world.routes(), ['live 1.1.0', 'shadow 1.0.0'])
})
