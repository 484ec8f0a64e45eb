import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { createKeys } from '../../src/govern/keys.ts'
import { memoryRecords } from '../../src/store/records.ts'

function setUp(t: TestContext) {
  const time = { now: 1_700_000_000_000 }
  const records = memoryRecords({ now: () => time.now })
  t.after(() => records.close())
  const keys = createKeys({ records, clock: { now: () => 5 }, now: () => time.now, randomBytes })
  return { keys, records, time }
}

test('a key is told once and lets its holder be what it was made for (README)', async t => {
  const { keys } = setUp(t)
  const { id, key } = await keys.create({ name: 'dashboard', role: 'reader', projects: ['flights'] }, 'admin-key')
  assert.deepEqual(await keys.verify(key), { id, name: 'dashboard', role: 'reader', projects: ['flights'] })
})

test('neither the records nor the audit log hold the secret', async t => {
  const { keys, records } = setUp(t)
  const { key } = await keys.create({ name: 'a', role: 'client', projects: ['*'] }, 'admin-key')
  const secret = key.split('_').slice(2).join('_')
  assert.equal(secret.length, 43)
  const everything = JSON.stringify([await keys.list(), await records.audit()])
  assert.ok(everything.includes('key.created'))
  assert.ok(!everything.includes(secret))
})

test('a wrong, revoked or expired key is nobody; expiry is in real time', async t => {
  const { keys, time, records } = setUp(t)
  const spec = { name: 'a', role: 'client', projects: ['*'] } as const
  const { id, key } = await keys.create(spec, 'admin-key')
  const other = await keys.create({ ...spec, expiresAt: time.now + 1000 }, 'admin-key')
  for (const wrong of [
    '',
    'fk_',
    key.slice(0, -1),
    `${key}A`,
    key.replace(id, other.id),
    key.replace(id, '0'.repeat(16)),
    key.toUpperCase(),
  ]) {
    assert.equal(await keys.verify(wrong), undefined, wrong)
  }
  assert.ok(await keys.verify(other.key))
  time.now += 1000
  assert.equal(await keys.verify(other.key), undefined)
  await keys.revoke(id, 'admin-key')
  await keys.revoke(id, 'admin-key')
  assert.equal(await keys.verify(key), undefined)
  assert.deepEqual(
    (await records.audit()).map(entry => entry.type),
    ['key.created', 'key.created', 'key.revoked'],
  )
  await assert.rejects(keys.revoke('0'.repeat(16), 'admin-key'), { code: 'not-found' })
})

test('the first start makes an admin key once; it makes another only where no lasting one is left', async t => {
  const { keys, time } = setUp(t)
  const first = await keys.firstKey()
  assert.equal((await keys.verify(first!.key))?.role, 'admin')
  assert.equal(await keys.firstKey(), undefined)
  await keys.create({ name: 'browser', role: 'admin', projects: ['*'], expiresAt: time.now + 1000 }, 'sign-in link')
  await keys.revoke(first!.id, first!.id)
  assert.ok(await keys.firstKey())
})

test('a key without a name, a role or a project, or that has expired already, is refused with all that is wrong', async t => {
  const { keys } = setUp(t)
  const wrong = { name: ' ', role: 'owner' as 'admin', projects: [], expiresAt: 1 }
  await assert.rejects(keys.create(wrong, 'x'), (error: { code: string; findings: readonly unknown[] }) => {
    return error.code === 'bad-input' && error.findings.length === 4
  })
})
