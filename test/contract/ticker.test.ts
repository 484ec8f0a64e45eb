import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { FalconerError } from '../../src/base/errors.ts'
import type { Stored } from '../../src/base/ports.ts'
import { replayClock, type WallClock } from '../../src/engine/clock.ts'
import { createTicker, type TimerHandler } from '../../src/engine/ticker.ts'
import { stamp, type Timer } from '../../src/loop/records.ts'
import { memoryRecords } from '../../src/store/records.ts'

/** Records in memory, and how timers come and go. */
function timers(t: TestContext) {
  const records = memoryRecords({ now: () => 0 })
  t.after(() => records.close())
  const add = (due: number, handler: string, lane = handler, key = '') => {
    const id = `${stamp(due)}/${handler}/${key}`
    const body: Timer = { due, handler, lane, payload: { project: 'flights', key } }
    return records.commit({ at: due, actor: 'test', puts: [{ kind: 'timer', id, body }] })
  }
  const remove = (timer: Stored<Timer>) =>
    records.commit({ at: 0, actor: 'test', removes: [{ kind: 'timer', id: timer.id }] })
  return { records, add, remove }
}

const quiet = { backOffMs: () => 1 }

test('advancing the replay clock runs what is due in order of due and id, each at its own instant', async t => {
  const { records, add, remove } = timers(t)
  const clock = await replayClock(records, 1000)
  const ran: string[] = []
  const handlers: Record<string, TimerHandler> = {
    async close(timer) {
      ran.push(`${timer.body.payload.key} at ${clock.now()}`)
      await remove(timer)
      // What a handler sets up within the span is done in the same advance, in its place.
      if (timer.body.payload.key === 'a') await add(3000, 'close', 'other', 'from a')
    },
  }
  const ticker = createTicker({ records, clock, handlers, onError: assert.fail, ...quiet })
  for (const [due, key] of [
    [5000, 'e'],
    [2000, 'b'],
    [2000, 'a'],
    [4000, 'd'],
    [500, 'overdue'],
  ] as const) {
    await add(due, 'close', 'lane', key)
  }
  assert.deepEqual(await ticker.advance(4000), { now: 4000, ran: 5 })
  assert.deepEqual(ran, ['overdue at 1000', 'a at 2000', 'b at 2000', 'from a at 3000', 'd at 4000'])
  assert.equal((await replayClock(records)).now(), 4000)
  assert.deepEqual(await ticker.advance(4500), { now: 4500, ran: 0 })
  await assert.rejects(ticker.advance(4499), { code: 'conflict' })
  await ticker.stop()
})

test('advances that come at once are done one after another', async t => {
  const { records, add, remove } = timers(t)
  const clock = await replayClock(records)
  let inside = 0
  const handlers = {
    async slow(timer: Stored<Timer>) {
      assert.equal(++inside, 1)
      await pause(5)
      inside--
      await remove(timer)
    },
  }
  const ticker = createTicker({ records, clock, handlers, onError: assert.fail, ...quiet })
  for (let i = 1; i <= 4; i++) await add(i, 'slow')
  const answers = await Promise.all([ticker.advance(2), ticker.advance(4)])
  assert.deepEqual(answers, [
    { now: 2, ran: 2 },
    { now: 4, ran: 2 },
  ])
})

test('a handler that fails is called again; one that fails for good stops the advance, loudly and with its timer kept', async t => {
  const { records, add, remove } = timers(t)
  const clock = await replayClock(records)
  const errors: string[] = []
  let calls = 0
  const handlers: Record<string, TimerHandler> = {
    async flaky(timer) {
      calls += 1
      if (calls < 3) throw new Error('not yet')
      await remove(timer)
    },
    async broken() {
      throw new Error('no such column')
    },
    async forgetful() {},
  }
  const onError = (error: FalconerError) => errors.push(error.message)
  const ticker = createTicker({ records, clock, handlers, onError, attempts: 3, ...quiet })
  await add(1, 'flaky')
  assert.deepEqual(await ticker.advance(1), { now: 1, ran: 1 })
  assert.deepEqual(errors, ['not yet', 'not yet'])

  for (const [due, handler, message] of [
    [2, 'broken', /broken\/ failed 3 times: no such column/],
    [3, 'forgetful', /left its timer where it was/],
    [4, 'unheard of', /No handler is named unheard of/],
  ] as const) {
    await add(due, handler)
    await assert.rejects(ticker.advance(due), message)
    const [timer] = (await records.list('timer')).items
    assert.equal(timer?.body.handler, handler)
    assert.equal((await records.audit()).at(-1)?.type, 'timer.failed')
    assert.equal((await records.get('clock', 'clock'))?.body.now, due - 1)
    await remove(timer)
    await ticker.advance(due)
  }
})

test('on the wall clock lanes run side by side, and the timers of a lane one after another', async t => {
  const { records, add, remove } = timers(t)
  const clock: WallClock = { mode: 'wall', now: Date.now }
  const log: string[] = []
  const handlers = {
    async work(timer: Stored<Timer>) {
      log.push(`begin ${timer.body.payload.key}`)
      await pause(30)
      log.push(`end ${timer.body.payload.key}`)
      await remove(timer)
    },
  }
  const ticker = createTicker({ records, clock, handlers, onError: assert.fail, ...quiet })
  await assert.rejects(ticker.advance(1), { code: 'conflict' })
  const now = Date.now()
  await add(now - 3, 'work', 'x', 'x1')
  await add(now - 2, 'work', 'x', 'x2')
  await add(now - 1, 'work', 'y', 'y1')
  await add(now + 3_600_000, 'work', 'y', 'in an hour')
  ticker.start()
  await add(Date.now() + 60, 'work', 'z', 'z1')
  while (log.length < 8) await pause(5)
  await ticker.stop()
  assert.deepEqual(log.slice(0, 2), ['begin x1', 'begin y1'])
  assert.ok(log.indexOf('end x1') < log.indexOf('begin x2'))
  assert.equal(log.at(-1), 'end z1')
  assert.equal((await records.list('timer')).items.length, 1)
})

test('on the wall clock a failing timer holds up its own lane alone, and a clock that was set back only delays', async t => {
  const { records, add, remove } = timers(t)
  let now = 10_000
  const clock: WallClock = { mode: 'wall', now: () => now }
  const done: string[] = []
  const handlers: Record<string, TimerHandler> = {
    async broken() {
      throw new Error('no such column')
    },
    async work(timer) {
      done.push(String(timer.body.payload.key))
      await remove(timer)
    },
  }
  const ticker = createTicker({ records, clock, handlers, onError: () => undefined, attempts: 2, ...quiet })
  await add(1, 'broken', 'x')
  await add(2, 'work', 'x', 'behind')
  await add(3, 'work', 'y', 'beside')
  await add(11_000, 'work', 'y', 'later')
  ticker.start()
  while ((await records.audit()).length === 0) await pause(5)
  assert.deepEqual(done, ['beside'])
  const [failure] = await records.audit()
  assert.deepEqual([failure?.type, failure?.reason], ['timer.failed', 'no such column'])
  now = 5000
  await pause(20)
  assert.deepEqual(done, ['beside'])
  now = 11_000
  await add(0, 'work', 'z', 'wakes it')
  while (done.length < 3) await pause(5)
  assert.deepEqual(done.toSorted(), ['beside', 'later', 'wakes it'])
  await ticker.stop()
  assert.equal((await records.audit()).length, 1)
})
