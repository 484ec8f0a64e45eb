import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { verifyAudit } from '../../src/govern/audit.ts'
import { openRecords } from '../../src/store/records.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { temporaryFolder } from '../contract/temporaryFolder.ts'

const entries = 1200

/** A file with a long log; `tamper` is SQL run on it behind the platform's back. */
async function verdictAfter(t: TestContext, tamper: string) {
  const path = join(temporaryFolder(t), 'records.sqlite')
  const audit = Array.from({ length: entries }, (_, i) => ({
    type: 'version.registered',
    project: 'flights',
    subject: `version ${i + 1}`,
    data: { auc: 0.5 + i / 10_000 },
  }))
  const before = openRecords(path, { now: () => 1 })
  await before.commit({ at: 0, actor: 'falconer', audit })
  await before.close()
  const file = openSqlite(path)
  file.exec(tamper)
  file.close()
  const after = openRecords(path, { now: () => 1 })
  t.after(() => after.close())
  return { ...(await verifyAudit(after)), last: (await after.audit({ descending: true, limit: 1 }))[0]?.hash }
}

test('a log that nobody touched is valid from end to end', async t => {
  const { last, ...verdict } = await verdictAfter(t, '')
  assert.deepEqual(verdict, { valid: true, entries, head: last! })
})

test('an entry that was changed, removed or inserted breaks the chain there', async t => {
  for (const [tamper, brokenAt] of [
    [`UPDATE audit SET entry = replace(entry, 'version 700', 'version 7') WHERE sequence = 700`, 700],
    [`UPDATE audit SET hash = '${'0'.repeat(64)}' WHERE sequence = 1`, 1],
    ['DELETE FROM audit WHERE sequence = 600', 601],
    ['DELETE FROM audit WHERE sequence = 1', 2],
    [`INSERT INTO audit SELECT ${entries + 1}, project, hash, entry FROM audit WHERE sequence = ${entries}`, entries],
  ] as const) {
    const verdict = await verdictAfter(t, tamper)
    assert.equal(verdict.valid, false, tamper)
    assert.equal(verdict.brokenAt, brokenAt, tamper)
  }
})
