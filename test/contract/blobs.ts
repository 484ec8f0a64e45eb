/** What every implementation of Blobs promises. */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Blobs } from '../../src/base/ports.ts'
import { temporaryFolder } from './temporaryFolder.ts'

/** `open` gets an empty folder for the implementation's use. */
export function blobsContract(name: string, open: (dir: string) => Blobs): void {
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  const bytes = (text: string) => new TextEncoder().encode(text)

  test(`${name}: what was put is read back under its SHA-256, once or many times`, async t => {
    const blobs = open(temporaryFolder(t))
    assert.equal(await blobs.has(abc), false)
    assert.equal(await blobs.put(bytes('abc')), abc)
    assert.equal(await blobs.put(bytes('abc')), abc)
    assert.equal(await blobs.has(abc), true)
    assert.deepEqual(new Uint8Array(await blobs.get(abc)), bytes('abc'))
  })

  test(`${name}: the empty content is content too`, async t => {
    const blobs = open(temporaryFolder(t))
    const digest = await blobs.put(new Uint8Array())
    assert.equal(digest, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    assert.equal((await blobs.get(digest)).length, 0)
    assert.equal((await readFile(await blobs.file(digest))).length, 0)
  })

  test(`${name}: a file is stored by its content and handed out as a file`, async t => {
    const dir = temporaryFolder(t)
    const blobs = open(temporaryFolder(t))
    const content = Buffer.alloc(3_000_001, 'falconer ')
    await writeFile(join(dir, 'source'), content)
    const digest = await blobs.putFile(join(dir, 'source'))
    assert.equal(await blobs.put(content), digest)
    assert.deepEqual(await readFile(await blobs.file(digest)), content)
    assert.equal(await blobs.file(digest), await blobs.file(digest))
    await assert.rejects(blobs.putFile(join(dir, 'absent')), { code: 'not-found' })
  })

  test(`${name}: changing bytes after the call or after reading does not change the blob`, async t => {
    const blobs = open(temporaryFolder(t))
    const given = bytes('abc')
    await blobs.put(given)
    given[0] = 0
    const read = await blobs.get(abc)
    read[0] = 0
    assert.deepEqual(new Uint8Array(await blobs.get(abc)), bytes('abc'))
  })

  test(`${name}: a digest that nobody stored, or that is no digest, is not found`, async t => {
    const blobs = open(temporaryFolder(t))
    for (const digest of ['0'.repeat(64), '../../etc/passwd', '']) {
      assert.equal(await blobs.has(digest), false)
      await assert.rejects(blobs.get(digest), { code: 'not-found' })
      await assert.rejects(blobs.file(digest), { code: 'not-found' })
    }
  })

  test(`${name}: the same content put from many callers at once is stored once`, async t => {
    const blobs = open(temporaryFolder(t))
    const digests = await Promise.all(Array.from({ length: 20 }, () => blobs.put(bytes('abc'))))
    assert.deepEqual(new Set(digests), new Set([abc]))
    assert.deepEqual(new Uint8Array(await blobs.get(abc)), bytes('abc'))
  })
}
