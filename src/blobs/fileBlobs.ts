/**
 * Blobs as read-only files named by their digest: `ab/abcd…`. Written under a temporary name, synced, renamed, and the
 * folder synced: after a crash or on a full disk a blob is there as a whole or not at all. Several processes may share
 * the folder.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { type FileHandle, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { asFalconerError, FalconerError } from '../base/errors.ts'
import { isDigest, sha256 } from '../base/hash.ts'
import type { Blobs, Digest } from '../base/ports.ts'

export function fileBlobs(dir: string): Blobs {
  const temporaryDir = join(dir, 'tmp')
  mkdirSync(temporaryDir, { recursive: true })
  sweep(temporaryDir)
  /** What this process wrote or read through once: `file` need not do it again. */
  const verified = new Set<Digest>()
  const pathOf = (digest: Digest) => join(dir, digest.slice(0, 2), digest)

  async function store(write: (to: FileHandle) => Promise<Digest>): Promise<Digest> {
    const temporary = join(temporaryDir, temporaryName())
    try {
      const handle = await open(temporary, 'wx')
      let digest: Digest
      try {
        digest = await write(handle)
        await handle.sync()
        await handle.chmod(0o444)
      } finally {
        await handle.close()
      }
      const path = pathOf(digest)
      if (await mkdir(dirname(path), { recursive: true })) await syncDirectory(dir)
      await rename(temporary, path)
      await syncDirectory(dirname(path))
      verified.add(digest)
      return digest
    } catch (thrown) {
      await rm(temporary, { force: true })
      throw asFalconerError(thrown)
    } finally {
      inUse.delete(basename(temporary))
    }
  }

  async function isWhole(digest: Digest): Promise<boolean> {
    return verified.has(digest) || (await digestOfFile(pathOf(digest))) === digest
  }

  return {
    async put(bytes) {
      const digest = sha256(bytes)
      if (await isWhole(digest)) return digest
      return store(async to => {
        await to.writeFile(bytes)
        return digest
      })
    },

    async putFile(path) {
      const digest = await digestOfFile(path)
      if (digest === undefined) throw new FalconerError('not-found', `There is no file ${path}.`)
      if (await isWhole(digest)) return digest
      // Hashed again while it is copied: the file may have changed in between.
      return store(to => copy(path, to))
    },

    async get(digest) {
      const bytes = isDigest(digest) ? await readFile(pathOf(digest)).catch(absent) : undefined
      if (bytes === undefined) throw notFound(digest)
      if (sha256(bytes) !== digest) throw corrupt(digest, pathOf(digest))
      return bytes
    },

    async has(digest) {
      return isDigest(digest) && statSync(pathOf(digest), { throwIfNoEntry: false }) !== undefined
    },

    async file(digest) {
      const path = pathOf(digest)
      if (!verified.has(digest)) {
        const found = isDigest(digest) ? await digestOfFile(path) : undefined
        if (found === undefined) throw notFound(digest)
        if (found !== digest) throw corrupt(digest, path)
        verified.add(digest)
      }
      return path
    },
  }
}

/** Temporary files that this process is writing at the moment, by name. */
const inUse = new Set<string>()
let written = 0

function temporaryName(): string {
  written += 1
  const name = `${process.pid}-${written}`
  inUse.add(name)
  return name
}

/** Removes what dead processes left behind, also one that had the number which this process has now. */
function sweep(temporaryDir: string): void {
  for (const name of readdirSync(temporaryDir)) {
    const pid = Number.parseInt(name, 10)
    const alive = pid === process.pid ? inUse.has(name) : isAlive(pid)
    if (!alive) rmSync(join(temporaryDir, name), { force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const chunkBytes = 1 << 20

/** Digest of the file's content; undefined where there is no such file. */
async function digestOfFile(path: string): Promise<Digest | undefined> {
  const handle = await open(path, 'r').catch(absent)
  if (!handle) return undefined
  try {
    const hash = createHash('sha256')
    const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, (await handle.stat()).size + 1))
    for (;;) {
      const { bytesRead } = await handle.read(chunk, 0, chunk.length)
      if (bytesRead === 0) return hash.digest('hex')
      hash.update(chunk.subarray(0, bytesRead))
    }
  } finally {
    await handle.close()
  }
}

/** Copies the file into `to` and returns the digest of what was written. */
async function copy(path: string, to: FileHandle): Promise<Digest> {
  const from = await open(path, 'r')
  try {
    const hash = createHash('sha256')
    const chunk = Buffer.allocUnsafe(chunkBytes)
    for (;;) {
      const { bytesRead } = await from.read(chunk, 0, chunk.length)
      if (bytesRead === 0) return hash.digest('hex')
      hash.update(chunk.subarray(0, bytesRead))
      await to.writeFile(chunk.subarray(0, bytesRead))
    }
  } finally {
    await from.close()
  }
}

async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function absent(thrown: NodeJS.ErrnoException): undefined {
  if (thrown.code === 'ENOENT') return undefined
  throw thrown
}

function notFound(digest: Digest): FalconerError {
  return new FalconerError('not-found', `There is no blob ${digest}.`)
}

function corrupt(digest: Digest, path: string): FalconerError {
  return new FalconerError('corrupt', `The content of ${path} does not match its digest ${digest}.`)
}
