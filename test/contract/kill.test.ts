import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { fileBlobs } from '../../src/blobs/fileBlobs.ts'
import { verifyAudit } from '../../src/govern/audit.ts'
import { openRecords } from '../../src/store/records.ts'
import { temporaryFolder } from './temporaryFolder.ts'

/**
 * Runs the program, which prints a line for everything it was told is stored, and kills it after so many lines; again
 * for each number. Answers all whole lines.
 */
async function killAfter(t: TestContext, program: string, argument: string, lines: readonly number[]) {
  const acknowledged: string[] = []
  for (const [run, count] of lines.entries()) {
    const args = ['--input-type=module', '-e', program, argument, String(run)]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    t.after(() => child.kill('SIGKILL'))
    const exit = once(child, 'exit')
    let seen = 0
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.endsWith('.')) acknowledged.push(line.slice(0, -1))
      seen += 1
      if (seen === count) child.kill('SIGKILL')
    }
    await exit
  }
  return acknowledged
}

const moduleAt = (path: string) => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href)

test('records: after kills in the middle of commits, each is there with its audit entry or not at all', async t => {
  const path = join(temporaryFolder(t), 'records.sqlite')
  const program = `
    import { writeSync } from 'node:fs'
    const { openRecords } = await import(${moduleAt('store/records.ts')})
    const records = openRecords(process.argv[1], { now: Date.now })
    for (let n = 0; ; n++) {
      const id = process.argv[2] + '/' + n
      const timer = { due: n, handler: 'h', lane: 'l', payload: { text: 'x'.repeat(2000) } }
      await records.commit({
        at: n, actor: 'falconer', once: id,
        puts: [{ kind: 'timer', id: id + '/a', body: timer }, { kind: 'timer', id: id + '/b', body: timer }],
        audit: [{ type: 'pair.written', project: 'p', subject: id }],
      })
      writeSync(1, id + '.\\n')
    }`
  const acknowledged = await killAfter(t, program, path, [1, 20, 50, 80, 130])
  assert.ok(acknowledged.length >= 281)

  const records = openRecords(path, { now: Date.now })
  t.after(() => records.close())
  const subjects = (await records.audit({ limit: 10_000 })).map(entry => entry.subject)
  assert.equal((await verifyAudit(records)).valid, true)
  for (const id of acknowledged) assert.ok(subjects.includes(id), `${id} was acknowledged and is lost`)
  const timers = (await records.list('timer', { limit: 10_000 })).items.map(item => item.id)
  assert.deepEqual(timers.toSorted(), subjects.flatMap(id => [`${id}/a`, `${id}/b`]).toSorted())
})

test('blobs: after kills in the middle of writing, each is whole or absent, and nothing temporary stays', async t => {
  const dir = temporaryFolder(t)
  const program = `
    import { writeSync } from 'node:fs'
    const { fileBlobs } = await import(${moduleAt('blobs/fileBlobs.ts')})
    const blobs = fileBlobs(process.argv[1])
    await Promise.all([0, 1, 2, 3].map(async client => {
      for (let n = 0; ; n++) {
        const digest = await blobs.put(Buffer.alloc(300_000, process.argv[2] + '/' + client + '/' + n + ' '))
        writeSync(1, digest + '.\\n')
      }
    }))`
  const acknowledged = await killAfter(t, program, dir, [1, 10, 25, 40])
  assert.ok(acknowledged.length >= 76)

  const blobs = fileBlobs(dir)
  for (const digest of acknowledged) assert.equal((await blobs.get(digest)).length, 300_000)
  assert.deepEqual(readdirSync(join(dir, 'tmp')), [])
  for (const folder of readdirSync(dir)) {
    if (folder !== 'tmp') for (const digest of readdirSync(join(dir, folder))) await blobs.get(digest)
  }
})
