import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FalconerError } from '../../src/base/errors.ts'
import type { ActionState } from '../../src/loop/records.ts'
import { at, begin, day, hour, served, start, type World } from './world.ts'

const bad = { heldOut: 0.9, served: -0.9 }
const first = { heldOut: 0.5, served: 0.5 }
const withApproval = (yaml: string) => yaml.replace('budget:', 'approval: promote, budget:')

/** An alarm a day, as long as the monitor is out of limits; what became of each, by hour of the day. */
async function alarmDaily(world: World, days: number): Promise<void> {
  for (let n = 0; n < days; n++) {
    await world.alarm()
    await world.play(world.now() + day)
  }
}

async function refusals(world: World): Promise<string[]> {
  const entries = await world.records.audit({ limit: 10_000 })
  return entries.flatMap(({ type, data }) => {
    const because = (data as { because?: string } | undefined)?.because
    return type === 'action.refused' && because ? [because] : []
  })
}

test('with approval a candidate waits for a person, whose answer is bound to what was looked at', async t => {
  const world = await served(t, { change: withApproval })
  await world.alarm()
  await world.play(begin + 7 * day)
  const { id, state, products } = await world.newest()
  assert.equal(state, 'waiting for approval')
  assert.deepEqual(await world.routes(), ['live 1.0.0'])
  const answer = { verdict: 'approved', digest: products.model!, reason: 'looks right', actor: 'ann' } as const
  await assert.rejects(world.act.decide(id, { ...answer, digest: '0'.repeat(64) }), { code: 'stale' })
  const approved = await world.act.decide(id, answer)
  assert.equal(approved.body.state, 'rolling out')
  await assert.rejects(world.act.decide(id, { ...answer, verdict: 'rejected' }), { code: 'conflict' })
  await world.play(begin + 7 * day + hour)
  assert.deepEqual(await world.routes(), ['live 1.0.0', 'canary 1.1.0'])
  await world.play(begin + 11 * day)
  const kept = await world.newest()
  assert.equal(kept.state, 'kept')
  assert.deepEqual(
    kept.steps.filter(({ name }) => name === 'approve').map(({ state, summary }) => [state, summary]),
    [['done', 'ann approved it: looks right']],
  )
  const approval = await world.records.get('approval', `shop/${products.model}/ann`)
  assert.equal(approval?.body.decision, 'approved')
})

test('a rejected candidate is refused and never gets traffic', async t => {
  const world = await served(t, { change: withApproval })
  await world.alarm()
  await world.play(begin + 7 * day)
  const { id, products } = await world.newest()
  const ended = await world.act.decide(id, { verdict: 'rejected', digest: products.model!, reason: 'no', actor: 'ann' })
  assert.equal(ended.body.state, 'refused')
  await world.play(begin + 8 * day)
  assert.deepEqual(await world.routes(), ['live 1.0.0'])
  assert.equal(await world.state('1.1.0'), 'refused')
})

test('a training that a person asks for waits for approval where the policy wants it, a first one does not', async t => {
  const world = await served(t, { change: withApproval })
  assert.equal(await world.live(), '1.0.0')
  await world.act.request('shop', 'returned', 'ann')
  await world.play(begin + 7 * day)
  assert.equal((await world.newest()).state, 'waiting for approval')
})

test('a model has one action at a time, then a cool-down, and every refusal is recorded with its reason once', async t => {
  const world = await served(t)
  await alarmDaily(world, 10)
  const actions = await world.actions()
  assert.deepEqual(
    actions.map(({ kind }) => kind),
    ['first training', 'retrain'],
  )
  assert.deepEqual(await refusals(world), ['one at a time', 'cool-down'])
  await alarmDaily(world, 4)
  // Begun on day 6, again from day 16 on.
  assert.equal((await world.actions()).at(-1)!.startedAt, begin + 16 * day)
  assert.deepEqual((await refusals(world)).slice(0, 2), ['one at a time', 'cool-down'])
})

test('what a version did before it was replaced starts nothing: an action never triggers itself', async t => {
  const world = await served(t, { change: yaml => yaml.replace('cooldown: 10 days', 'cooldown: 0 days') })
  const id = await world.alarm()
  const alarm = (await world.records.get('alarm', id))!.body
  await world.play(begin + 10 * day)
  assert.equal(await world.live(), '1.1.0')
  // The same trouble of 1.0.0, said again after the promotion.
  const timer = { due: world.now(), handler: 'act.alarm', lane: 'x', payload: { project: 'shop', alarm: 'again' } }
  await world.records.commit({
    at: world.now(),
    actor: 'falconer',
    puts: [
      { kind: 'alarm', id: 'again', body: alarm },
      { kind: 'timer', id: 'again', body: timer },
    ],
  })
  await world.play(begin + 10 * day + hour)
  assert.deepEqual(await refusals(world), ['another version'])
  assert.equal((await world.actions()).length, 2)
})

test('the budget of a span is not exceeded', async t => {
  const world = await served(t, { candidates: [first, { heldOut: 0.1, served: 0.1 }] })
  await alarmDaily(world, 20)
  const retrainings = (await world.actions()).filter(({ kind }) => kind === 'retrain')
  assert.deepEqual(
    retrainings.map(({ startedAt }) => (startedAt - begin) / day),
    [6, 9, 12],
  )
  assert.ok((await refusals(world)).includes('budget'))
})

test('after two returns in a row only a person starts the next training', async t => {
  const world = await served(t, {
    candidates: [first, bad, bad, { heldOut: 0.9, served: 0.9 }],
    change: yaml => yaml.replace('budget: 3 per 30 days', 'budget: 20 per 30 days').replace('10 days, b', '3 days, b'),
  })
  await alarmDaily(world, 20)
  assert.deepEqual(
    (await world.actions()).map(({ state }) => state),
    ['kept', 'returned', 'returned'],
  )
  assert.equal((await refusals(world)).at(-1), 'suspended')
  await world.act.request('shop', 'returned', 'ann')
  await world.play(world.now() + 4 * day)
  assert.equal((await world.newest()).state, 'kept')
  assert.equal(await world.live(), '1.3.0')
})

/** Hours after the alarm at which the action is in each state, when it waits for approval a day. */
const states: readonly (readonly [ActionState, number])[] = [
  ['diagnosing', 0],
  ['gating', 0.5],
  ['refitting', 0.75],
  ['waiting for approval', 3],
  ['rolling out', 26],
  ['verifying', 40],
]

for (const [state, hours] of states) {
  for (const how of ['cancel', 'kill switch'] as const) {
    test(`${how} while ${state}: the action ends, its traffic is taken back, nothing is left to be done`, async t => {
      const world = await served(t, { change: withApproval })
      await world.alarm()
      const to = begin + 6 * day + hours * hour
      if (hours > 0) await world.play(Math.min(to, begin + 7 * day))
      else
        await world.act.handlers['act.alarm']!(
          (await world.records.list('timer', { where: { handler: 'act.alarm' } })).items[0]!,
        )
      if (to > begin + 7 * day) {
        const { id, products } = await world.newest()
        await world.act.decide(id, { verdict: 'approved', digest: products.model!, reason: 'ok', actor: 'ann' })
        await world.play(to)
      }
      const before = await world.newest()
      if (state === 'gating' || state === 'refitting')
        assert.ok(['training', 'gating', 'refitting'].includes(before.state))
      else assert.equal(before.state, state)

      if (how === 'cancel') await world.act.cancel(before.id, 'enough', 'ann')
      else await world.killSwitch(true)
      await world.play(world.now() + hour)
      const ended = await world.newest()
      assert.equal(ended.state, 'cancelled')
      assert.match(ended.outcome!, /enough/)
      assert.ok(ended.steps.every(step => step.state !== 'running'))
      // A version that is live already stays; before that the champion answers everything.
      assert.deepEqual(await world.routes(), [state === 'verifying' ? 'live 1.1.0' : 'live 1.0.0'])
      if (state === 'rolling out') assert.equal(await world.state('1.1.0'), 'returned')
      assert.equal(await world.state('1.0.0'), state === 'verifying' ? 'replaced' : 'live')
      await assert.rejects(world.act.cancel(before.id, 'again', 'ann'), { code: 'conflict' })

      await world.play(world.now() + 2 * day)
      assert.deepEqual((await world.records.list('timer', { where: { handler: 'act.step' } })).items, [])
      assert.deepEqual((await world.records.list('timer', { where: { handler: 'act.halt' } })).items, [])
      assert.deepEqual(await world.routes(), [state === 'verifying' ? 'live 1.1.0' : 'live 1.0.0'])
      if (how === 'kill switch') {
        await assert.rejects(world.act.request('shop', 'returned', 'ann'), { code: 'conflict' })
        await world.alarm()
        await world.play(world.now() + hour)
        assert.equal((await refusals(world)).at(-1), 'kill switch')
      } else {
        assert.equal((await world.act.request('shop', 'returned', 'ann')).body.state, 'training')
      }
    })
  }
}

test('while the kill switch is on nothing is approved, and an action that was stopped stays stopped', async t => {
  const world = await served(t, { change: withApproval })
  await world.alarm()
  await world.play(begin + 7 * day)
  const { id, products } = await world.newest()
  await world.killSwitch(true)
  const answer = { verdict: 'approved', digest: products.model!, reason: 'ok', actor: 'ann' } as const
  await assert.rejects(world.act.decide(id, answer), { code: 'conflict' })
  await world.play(begin + 7 * day + hour)
  await world.killSwitch(false)
  await assert.rejects(world.act.decide(id, answer), { code: 'conflict' })
})

test('a rollback moves traffic at once, ends what is going on, and gives the monitors their limits back', async t => {
  const world = await served(t)
  await world.alarm()
  await world.play(begin + 7 * day)
  assert.equal((await world.newest()).state, 'verifying')
  const endpoint = (await world.records.get('endpoint', 'shop/returned'))!
  const request = { revision: endpoint.revision, reason: 'customers call', actor: 'ann' }
  await assert.rejects(world.act.rollback(at, { ...request, revision: 1 }), { code: 'stale' })
  // The kill switch stops what happens by itself, not a person.
  await world.killSwitch(true)
  const after = await world.act.rollback(at, request)
  assert.deepEqual(
    after.body.routes.map(({ mode, semver }) => `${mode} ${semver}`),
    ['live 1.0.0'],
  )
  assert.equal(await world.state('1.1.0'), 'returned')
  assert.equal(await world.state('1.0.0'), 'live')
  const [, retrain, rollback] = await world.actions()
  assert.deepEqual([retrain!.state, retrain!.outcome], ['cancelled', 'rolled back: customers call'])
  assert.deepEqual([rollback!.kind, rollback!.state], ['rollback', 'returned'])
  const limits = (await world.records.audit({ limit: 10_000 })).filter(({ type }) => type === 'limits.set')
  assert.deepEqual(
    limits.map(({ reason }) => reason),
    ['1.0.0', '1.1.0', '1.0.0'],
  )
  await world.play(begin + 12 * day)
  assert.equal(await world.live(), '1.0.0')
})

test('a rollback while a canary runs ends the canary, and before a first version there is none', async t => {
  const world = await served(t)
  const endpoint = (await world.records.get('endpoint', 'shop/returned'))!
  const request = { reason: 'no', actor: 'ann' }
  await assert.rejects(world.act.rollback(at, { ...request, revision: endpoint.revision }), { code: 'conflict' })
  await world.alarm()
  await world.play(begin + 6 * day + 3 * hour)
  const { revision } = (await world.records.get('endpoint', 'shop/returned'))!
  const after = await world.act.rollback(at, { ...request, revision })
  assert.deepEqual(
    after.body.routes.map(({ mode, semver }) => `${mode} ${semver}`),
    ['live 1.0.0'],
  )
  assert.equal((await world.newest()).state, 'cancelled')
  assert.equal(await world.state('1.1.0'), 'returned')
})

test('who cancels while a job runs does not wait for it: the job ends, and the action is cancelled, not failed', async t => {
  let release = () => {}
  const cancelled = new Promise<void>(resolve => {
    release = resolve
  })
  const world = await start(t, {}, async (name, effect) => {
    if (name === 'cancel') release()
    if (name !== 'train') return effect()
    await cancelled
    throw new FalconerError('job-failed', 'The job was cancelled.')
  })
  const { id } = await world.act.request('shop', 'returned', 'ann')
  const training = world.ticker.advance(begin)
  const ended = await world.act.cancel(id, 'wrong data', 'ann')
  assert.deepEqual([ended.body.state, ended.body.outcome], ['cancelled', 'wrong data'])
  await training
  assert.equal((await world.newest()).state, 'cancelled')
  assert.deepEqual((await world.records.list('timer')).items, [])
  assert.ok((await world.records.audit()).every(({ type }) => type !== 'timer.failed'))
})

test('two people who ask at once start one training', async t => {
  const world = await start(t)
  const asked = await Promise.allSettled(['ann', 'bob'].map(name => world.act.request('shop', 'returned', name)))
  assert.deepEqual(asked.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  assert.equal((await world.actions()).length, 1)
})

test('a training asked for in the instant in which the last one ended is a new action', async t => {
  const world = await start(t)
  const first = await world.act.request('shop', 'returned', 'ann')
  await world.act.cancel(first.id, 'wrong data', 'ann')
  const second = await world.act.request('shop', 'returned', 'ann')
  assert.notEqual(second.id, first.id)
  await world.play(begin + 2 * hour)
  assert.deepEqual(
    (await world.actions()).map(({ state }) => state),
    ['cancelled', 'kept'],
  )
})
