import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FalconerError } from '../../src/base/errors.ts'
import { createServiceCounter } from '../../src/deploy/serviceCounts.ts'
import { memoryRecords } from '../../src/store/records.ts'
import { at, march, testPlatform } from './platform.ts'

const hour = 3_600_000
const quarter = hour / 4

test('requests are counted by quarters of an hour, and a disk that is full for a while loses none', async t => {
  const stored = memoryRecords({ now: Date.now })
  t.after(() => stored.close())
  let full = false
  const records: typeof stored = {
    ...stored,
    commit: commit => (full ? Promise.reject(new FalconerError('disk-full', 'no room')) : stored.commit(commit)),
  }
  let now = 0
  const counter = createServiceCounter({ records, clock: { now: () => now } })
  for (let i = 0; i < 10; i++) counter.observe('shop/returned', 5)
  full = true
  await assert.rejects(counter.between('shop/returned', { from: 0, to: quarter }), { code: 'disk-full' })
  full = false
  counter.observe('shop/returned', 5, 'too-busy')
  now = quarter
  counter.observe('shop/returned', 80)
  counter.observe('shop/other', 80)
  const first = await counter.between('shop/returned', { from: 0, to: quarter })
  assert.deepEqual([first.requests, first.refused], [11, { 'too-busy': 1 }])
  const both = await counter.between('shop/returned', { from: 0, to: 2 * quarter })
  assert.deepEqual([both.requests, Object.values(both.latency).sort()], [12, [1, 11]])
  counter.observe('shop/returned', 80)
  await counter.close()
  // Another process goes on with the same counts.
  const next = createServiceCounter({ records, clock: { now: () => now } })
  next.observe('shop/returned', 80)
  assert.equal((await next.between('shop/returned', { from: quarter, to: 2 * quarter })).requests, 3)
  await next.close()
})

test('an endpoint counts what it answered and what it refused', async t => {
  const platform = testPlatform({}, t)
  const { deploy, clock } = platform
  clock.set(march + 10 * hour)
  await platform.serve(await platform.route('live', '1.0.0', 'columns'))
  await deploy.predict(at, { records: [{ id: 'a', carrier: null, distance: 2 }] }, 'r1')
  await deploy.predict(at, { records: [{ id: 'a', carrier: null, distance: 2 }] }, 'r2')
  await assert.rejects(deploy.predict(at, { records: [{ id: 'b', distance: 'far' }] }, 'r3'), { code: 'bad-input' })
  const counts = await deploy.service(`${at.project}/${at.name}`, { from: march, to: march + 24 * hour })
  assert.deepEqual([counts.requests, counts.refused], [3, { 'bad-input': 1 }])
  assert.equal(
    Object.values(counts.latency).reduce((a, b) => a + b),
    3,
  )
})
