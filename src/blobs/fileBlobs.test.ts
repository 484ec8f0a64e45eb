import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileBlobs } from './fileBlobs.ts'

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'falconer-blobs-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

test('a blob is stored and its file can be given to a program (README)', async t => {
  const blobs = fileBlobs(folder(t))
  const digest = await blobs.put(new TextEncoder().encode('late,carrier\n1,UA\n'))
  assert.equal(
    spawnSync('wc', ['-l', await blobs.file(digest)])
      .stdout.toString()
      .trim()
      .split(' ')[0],
    '2',
  )
})

test('a blob is a read-only file, and no temporary file is left', async t => {
  const dir = folder(t)
  const blobs = fileBlobs(dir)
  const digest = await blobs.put(Buffer.from('abc'))
  assert.equal(statSync(await blobs.file(digest)).mode & 0o777, 0o444)
  assert.deepEqual(readdirSync(join(dir, 'tmp')), [])
})

test('a blob whose bytes changed on disk is reported as corrupt, and mended by putting the content again', async t => {
  const dir = folder(t)
  const digest = await fileBlobs(dir).put(Buffer.from('abc'))
  const path = await fileBlobs(dir).file(digest)
  chmodSync(path, 0o644)
  writeFileSync(path, 'abd')
  const blobs = fileBlobs(dir)
  await assert.rejects(blobs.get(digest), { code: 'corrupt' })
  await assert.rejects(blobs.file(digest), { code: 'corrupt' })
  assert.equal(await blobs.put(Buffer.from('abc')), digest)
  assert.equal(Buffer.from(await blobs.get(digest)).toString(), 'abc')
})

test('opening sweeps the temporary files of dead processes and leaves those of living ones', t => {
  const dir = folder(t)
  mkdirSync(join(dir, 'tmp'))
  const dead = spawnSync(process.execPath, ['-e', '']).pid
  for (const pid of [dead, process.ppid, process.pid]) writeFileSync(join(dir, 'tmp', `${pid}-1000000`), 'half')
  fileBlobs(dir)
  assert.deepEqual(readdirSync(join(dir, 'tmp')), [`${process.ppid}-1000000`])
})

test('on a full disk the blob is refused, nothing half-written stays, and what was stored is still there', async t => {
  const dir = folder(t)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', dir])
  if (mounted.status !== 0) return t.skip('needs the right to mount a small file system')
  try {
    const blobs = fileBlobs(dir)
    const kept = await blobs.put(Buffer.alloc(300_000, 1))
    writeFileSync(join(dir, 'source'), Buffer.alloc(400_000, 3))
    await assert.rejects(blobs.put(Buffer.alloc(900_000, 2)), { code: 'disk-full' })
    await assert.rejects(blobs.putFile(join(dir, 'source')), { code: 'disk-full' })
    assert.deepEqual(readdirSync(join(dir, 'tmp')), [])
    assert.equal((await blobs.get(kept)).length, 300_000)
    rmSync(join(dir, 'source'))
    assert.equal((await blobs.get(await blobs.put(Buffer.alloc(400_000, 3)))).length, 400_000)
  } finally {
    spawnSync('umount', [dir])
  }
})
