import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createApprovals, verdictOf } from '../../src/govern/approvals.ts'
import { memoryRecords } from '../../src/store/records.ts'

function setUp(t: TestContext) {
  const records = memoryRecords({ now: () => 0 })
  t.after(() => records.close())
  return { records, approvals: createApprovals({ records, clock: { now: () => 5 } }) }
}

const candidate = 'a'.repeat(64)
const decision = {
  project: 'flights',
  subject: 'flights/late-arrival/2013-03-01T05:00:00.000Z',
  digest: candidate,
  candidate,
  decision: 'approved',
  by: 'key-7',
  reason: 'better on all segments',
} as const

test('a decision is recorded once, with the digest it is about', async t => {
  const { records, approvals } = setUp(t)
  await approvals.decide(decision)
  await approvals.decide(decision)
  const [entry, ...more] = await records.audit()
  assert.deepEqual(more, [])
  assert.deepEqual([entry?.type, entry?.actor, entry?.data], ['candidate.approved', 'key-7', { digest: candidate }])
  assert.equal(verdictOf(await approvals.of('flights', candidate)), 'approved')
})

test('a decision on another candidate than the one at hand is refused, and none carries over', async t => {
  const { approvals } = setUp(t)
  await approvals.decide(decision)
  const next = 'b'.repeat(64)
  await assert.rejects(approvals.decide({ ...decision, candidate: next }), { code: 'stale' })
  assert.equal(verdictOf(await approvals.of('flights', next)), 'open')
})

test('one rejection decides, whoever approved; nobody takes a decision back', async t => {
  const { approvals } = setUp(t)
  await approvals.decide(decision)
  await approvals.decide({ ...decision, by: 'key-8', decision: 'rejected', reason: 'not before the holidays' })
  assert.equal(verdictOf(await approvals.of('flights', candidate)), 'rejected')
  await assert.rejects(approvals.decide({ ...decision, by: 'key-8' }), { code: 'conflict' })
})
