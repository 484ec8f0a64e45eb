import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { memoryRecords, openRecords } from './records.ts'
import { openSqlite } from './sqlite.ts'

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'falconer-records-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

const timer = (lane: string) => ({ due: 0, handler: 'close window', lane, payload: {} })

test('a change, its record and its audit entry are one commit (README)', async () => {
  const records = memoryRecords({ now: () => 1_700_000_000_000 })
  await records.commit({
    at: 0,
    actor: 'falconer',
    once: 'start/flights',
    puts: [{ kind: 'clock', id: 'clock', body: { now: 0 }, expect: 'absent' }],
    audit: [{ type: 'clock.started', project: 'flights', subject: 'clock' }],
  })
  assert.equal((await records.get('clock', 'clock'))?.revision, 1)
  assert.equal((await records.audit())[0]?.type, 'clock.started')
  await records.close()
})

test('records are there after the file was closed and opened again, and the chain goes on', async t => {
  const path = join(folder(t), 'records.sqlite')
  for (let run = 1; run <= 2; run++) {
    const records = openRecords(path, { now: () => 0 })
    const audit = [{ type: 'run.started', project: 'flights', subject: String(run) }]
    await records.commit({ at: run, actor: 'falconer', audit, puts: [{ kind: 'clock', id: 'c', body: { now: run } }] })
    await records.close()
  }
  const records = openRecords(path, { now: () => 0 })
  assert.deepEqual(await records.get('clock', 'c'), { id: 'c', revision: 2, body: { now: 2 } })
  const [one, two] = await records.audit()
  assert.equal(two!.previous, one!.hash)
  await records.close()
})

test('a file whose index was written for other fields gets the index of this release', async t => {
  const path = join(folder(t), 'records.sqlite')
  const before = openRecords(path, { now: () => 0 })
  await before.commit({ at: 0, actor: 'x', puts: [{ kind: 'timer', id: '1', body: timer('a') }] })
  await before.close()
  const file = openSqlite(path)
  file.exec("DELETE FROM fields; UPDATE settings SET value = '{}' WHERE name = 'indexed'")
  file.close()
  const after = openRecords(path, { now: () => 0 })
  assert.equal((await after.list('timer', { where: { lane: 'a' } })).items.length, 1)
  await after.close()
})

test('on a full disk a commit is refused as a whole, and what was committed can still be read', async t => {
  const dir = folder(t)
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', dir]).status !== 0) {
    return t.skip('needs the right to mount a small file system')
  }
  try {
    const records = openRecords(join(dir, 'records.sqlite'), { now: () => 0 })
    const fill = async () => {
      for (let i = 0; i < 200; i++) {
        const body = { ...timer('a'), payload: { text: 'x'.repeat(10_000) } }
        await records.commit({ at: 0, actor: 'x', puts: [{ kind: 'timer', id: String(i).padStart(3, '0'), body }] })
      }
    }
    await assert.rejects(fill(), { code: 'disk-full' })
    const kept = (await records.list('timer')).items
    assert.ok(kept.length > 10)
    assert.ok(kept.every(({ body }) => String(body.payload.text).length === 10_000))
    await records.close()
  } finally {
    spawnSync('umount', [dir])
  }
})
