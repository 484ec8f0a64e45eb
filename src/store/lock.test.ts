import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { lockDataDirectory } from './lock.ts'

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'falconer-lock-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

test('a second process on the data directory is refused with the number of the first', async t => {
  const dir = folder(t)
  const program = `
    const { lockDataDirectory } = await import(${JSON.stringify(new URL('./lock.ts', import.meta.url).href)})
    lockDataDirectory(${JSON.stringify(dir)})
    console.log('locked')
    setInterval(() => {}, 1000)`
  const owner = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => owner.kill('SIGKILL'))
  await once(owner.stdout, 'data')
  assert.throws(
    () => lockDataDirectory(dir),
    (error: Error & { code: string }) =>
      error.code === 'locked' && error.message.includes(`Process ${owner.pid}, started at 20`),
  )

  owner.kill('SIGKILL')
  await once(owner, 'exit')
  lockDataDirectory(dir).release()
})

test('what a dead owner left behind keeps nobody out, even if another process has its number now', t => {
  const dir = folder(t)
  lockDataDirectory(dir).release()
  writeFileSync(join(dir, 'lock.json'), JSON.stringify({ pid: process.ppid, startedAt: '2013-01-01T00:00:00.000Z' }))
  const lock = lockDataDirectory(dir)
  assert.throws(() => lockDataDirectory(dir), { code: 'locked' })
  lock.release()
  lockDataDirectory(dir).release()
})
