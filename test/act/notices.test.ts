import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { createNotices, type Notices } from '../../src/act/notices.ts'
import { memoryBlobs } from '../../src/blobs/memoryBlobs.ts'
import { replayClock } from '../../src/engine/clock.ts'
import { createTicker } from '../../src/engine/ticker.ts'
import { createProjects } from '../../src/govern/projects.ts'
import type { Action, Alarm, LoopRecords, Notice } from '../../src/loop/records.ts'
import { createMessenger } from '../../src/notify/messenger.ts'
import { memoryPredictionLog } from '../../src/store/predictionLog.ts'
import { memoryRecords } from '../../src/store/records.ts'
import { createWatch } from '../../src/watch/watch.ts'

const begin = Date.parse('2024-03-05T00:00:00Z')
const minute = 60_000
const hour = 60 * minute

const yaml = (hook: string) => `project: shop
data: {source: visits.csv, id: visit_id, time: began, label: returned}
watch: [{chart: ewma, of: brier}]
notify:
  - {name: team, webhook: "${hook}/team", on: [alarm, action, approval, trouble]}
  - {name: oncall, webhook: "${hook}/oncall", severity: critical, after: 1 hour}
`

/** Records, clock, timers and messages as in the platform; the receiver of the messages is a real server. */
async function world(t: TestContext) {
  const received: { path: string; title: string }[] = []
  const state = { status: 200 }
  const server = createServer(async (request, response) => {
    const { data } = (await json(request)) as { data: { title: string } }
    if (state.status === 200) received.push({ path: request.url!.slice(1), title: data.title })
    response.writeHead(state.status).end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const records: LoopRecords = memoryRecords({ now: Date.now })
  const clock = await replayClock(records, begin)
  const watch = createWatch({ records, log: memoryPredictionLog({ now: Date.now }), blobs: memoryBlobs(), clock })
  const start = () =>
    createNotices({
      records,
      clock,
      messenger: createMessenger({ environment: {}, now: Date.now, timeoutMs: 2000 }),
      onError: error => assert.fail(error.message),
    })
  let notices: Notices = start()
  await notices.start()
  t.after(() => notices.stop())
  const ticker = createTicker({
    records,
    clock,
    handlers: {
      ...watch.handlers,
      'act.notice': timer => notices.handlers['act.notice']!(timer),
      'act.alarm': timer =>
        records
          .commit({ at: clock.now(), actor: 'falconer', removes: [{ kind: 'timer', id: timer.id }] })
          .then(() => {}),
    },
    onError: error => assert.fail(error.message),
  })
  const projects = createProjects({ records, clock, checkQuery: async () => {} })
  const { port } = server.address() as AddressInfo
  await projects.apply('shop', yaml(`http://127.0.0.1:${port}`), '', 'ada')

  return {
    records,
    clock,
    watch,
    received,
    state,
    notices: () => notices,
    /** Messages are prepared beside what happens; then what is due by then is done. */
    async play(to: number) {
      await pause(30)
      await ticker.advance(to)
      await pause(30)
    },
    async restart() {
      await notices.stop()
      notices = start()
      await notices.start()
    },
    stop: () => notices.stop(),
    async alarm(severity: Alarm['severity'] = 'critical') {
      const at = clock.now()
      const id = `shop/shop/${new Date(at).toISOString()}/brier`
      const body: Alarm = {
        project: 'shop',
        endpoint: 'shop',
        monitor: 'brier',
        openedAt: at,
        state: 'open',
        severity,
        semver: '1.0.0',
        headline: 'brier of 1.0.0 is at 0.31',
        first: 'm',
        last: 'm',
        windowsOut: 1,
      }
      await records.commit({
        at,
        actor: 'falconer',
        puts: [{ kind: 'alarm', id, body }],
        audit: [{ type: 'alarm.opened', project: 'shop', subject: id, reason: body.headline }],
      })
      return id
    },
    async all(): Promise<readonly Notice[]> {
      return (await records.list('notice')).items.map(({ body }) => body)
    },
  }
}

test('an alarm is told at once; who is told only of what nobody takes up hears of it after an hour', async t => {
  const w = await world(t)
  await w.play(begin)
  await w.alarm()
  await w.play(begin + minute)
  assert.deepEqual(w.received, [{ path: 'team', title: 'Alarm in shop: brier of 1.0.0 is at 0.31' }])
  await w.play(begin + 2 * hour)
  assert.deepEqual(
    w.received.map(({ path }) => path),
    ['team', 'oncall'],
  )
})

test('an alarm that somebody has acknowledged within the hour is not escalated', async t => {
  const w = await world(t)
  await w.play(begin)
  const id = await w.alarm()
  await w.play(begin + minute)
  await w.watch.acknowledge(id, 'on it', 'bob')
  await w.play(begin + 2 * hour)
  assert.deepEqual(
    (await w.all()).map(({ channel, state }) => [channel, state]),
    [
      ['oncall', 'withdrawn'],
      ['team', 'delivered'],
    ],
  )
})

test('a snoozed alarm keeps silent until its time is over, then it is told again if it is still open', async t => {
  const w = await world(t)
  await w.play(begin)
  const id = await w.alarm()
  await w.play(begin + minute)
  await assert.rejects(w.watch.snooze(id, begin, 'too late', 'bob'), { code: 'bad-input' })
  await w.watch.snooze(id, begin + 5 * hour, 'known maintenance', 'bob')
  await w.play(begin + 4 * hour)
  assert.equal(w.received.length, 1)
  await w.play(begin + 6 * hour)
  const titles = w.received.slice(1).map(({ path, title }) => `${path}: ${title}`)
  assert.ok(titles.includes('team: Still open in shop: brier of 1.0.0 is at 0.31'), titles.join('\n'))
  assert.ok(titles.some(title => title.startsWith('oncall: ')))
})

test('an alarm that is resolved while it is snoozed is not told again', async t => {
  const w = await world(t)
  await w.play(begin)
  const id = await w.alarm()
  await w.play(begin + minute)
  await w.watch.snooze(id, begin + 5 * hour, 'known maintenance', 'bob')
  await w.watch.resolve(id, 'over', 'bob')
  await w.play(begin + 6 * hour)
  assert.deepEqual(
    w.received.map(({ title }) => title),
    ['Alarm in shop: brier of 1.0.0 is at 0.31', 'Resolved in shop: brier of 1.0.0 is at 0.31'],
  )
})

test('a warning does not reach a channel for what is critical', async t => {
  const w = await world(t)
  await w.play(begin)
  await w.alarm('warning')
  await w.play(begin + 2 * hour)
  assert.deepEqual(
    w.received.map(({ path }) => path),
    ['team'],
  )
})

test('a channel that is down is tried again with growing pauses; after a day the failure is everybody’s to see', async t => {
  const w = await world(t)
  await w.play(begin)
  w.state.status = 503
  await w.alarm('warning')
  await w.play(begin + 2 * minute)
  const [waiting] = await w.all()
  assert.equal(waiting!.attempts, 3)
  assert.match(waiting!.lastError!, /answered 503/)
  await w.play(begin + 24 * hour)
  const failed = (await w.records.list('notice', { where: { state: 'failed' } })).items
  assert.ok(failed.length > 0)
  assert.equal(failed[0]!.body.attempts, 8)
  const audit = await w.records.audit()
  assert.ok(audit.some(({ type, reason }) => type === 'notice.failed' && /team has not taken/.test(reason!)))
  w.state.status = 200
  await w.notices().retry(failed[0]!.id, 'bob')
  await w.play(begin + 25 * hour)
  assert.equal((await w.records.get('notice', failed[0]!.id))!.body.state, 'delivered')
  await assert.rejects(w.notices().retry(failed[0]!.id, 'bob'), { code: 'conflict' })
})

test('what happened while the process was dead is told once after its restart', async t => {
  const w = await world(t)
  await w.play(begin)
  await w.stop()
  await w.alarm('warning')
  await w.restart()
  await w.play(begin + minute)
  await w.restart()
  await w.play(begin + 2 * minute)
  assert.equal(w.received.length, 1)
})

test('channels declared today hear nothing of the years before', async t => {
  const w = await world(t)
  await w.play(begin)
  const before = (await w.records.get('cursor', 'shop'))!.body.sequence
  assert.ok(before >= 1)
  assert.deepEqual(await w.all(), [])
})

test('an approval that is waited for and the end of an action are told', async t => {
  const w = await world(t)
  await w.play(begin)
  const id = `shop/shop/${new Date(begin).toISOString()}`
  const action: Action = {
    project: 'shop',
    model: 'shop',
    endpoint: 'shop',
    kind: 'retrain',
    trigger: { kind: 'alarm', by: 'policy' },
    state: 'waiting for approval',
    steps: [],
    startedAt: begin,
    approval: 'promote',
    candidate: '1.1.0',
    products: {},
  }
  const say = (body: Action, type: string, reason: string) =>
    w.records.commit({
      at: begin,
      actor: 'falconer',
      puts: [{ kind: 'action', id, body }],
      audit: [{ type, project: 'shop', subject: id, reason }],
    })
  await say(action, 'action.registered', 'version 1.1.0')
  await w.play(begin + minute)
  await say({ ...action, state: 'kept' }, 'action.kept', '1.1.0 is not worse.')
  await w.play(begin + 2 * minute)
  assert.deepEqual(
    w.received.filter(({ path }) => path === 'team').map(({ title }) => title),
    ['shop 1.1.0 in shop waits for a decision', 'shop 1.1.0 in shop: the retrain was kept'],
  )
})

test('a test message arrives at once; an unknown channel is named with those that there are', async t => {
  const w = await world(t)
  await w.notices().test('shop', 'team', 'ada')
  assert.deepEqual(w.received, [{ path: 'team', title: 'Test from Falconer (shop)' }])
  await assert.rejects(w.notices().test('shop', 'nobody', 'ada'), /no channel nobody; it has team, oncall/)
})
