/** Blobs in memory, for tests and one-off commands. `file` needs a folder to write to. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FalconerError } from '../base/errors.ts'
import { sha256 } from '../base/hash.ts'
import type { Blobs, Digest } from '../base/ports.ts'

export function memoryBlobs(dir?: string): Blobs {
  const contents = new Map<Digest, Uint8Array>()
  const files = new Map<Digest, Promise<string>>()

  function put(bytes: Uint8Array): Digest {
    const digest = sha256(bytes)
    if (!contents.has(digest)) contents.set(digest, bytes.slice())
    return digest
  }

  function get(digest: Digest): Uint8Array {
    const bytes = contents.get(digest)
    if (!bytes) throw new FalconerError('not-found', `There is no blob ${digest}.`)
    return bytes
  }

  async function write(to: string, digest: Digest): Promise<string> {
    const path = join(to, digest)
    await writeFile(path, get(digest), { mode: 0o444 })
    return path
  }

  return {
    put: async bytes => put(bytes),
    async putFile(path) {
      const bytes = await readFile(path).catch((thrown: NodeJS.ErrnoException) => {
        if (thrown.code === 'ENOENT') throw new FalconerError('not-found', `There is no file ${path}.`)
        throw thrown
      })
      return put(bytes)
    },
    get: async digest => get(digest).slice(),
    has: async digest => contents.has(digest),
    async file(digest) {
      if (dir === undefined) throw new TypeError('memoryBlobs: file() needs the folder argument of memoryBlobs(dir)')
      get(digest)
      let path = files.get(digest)
      if (!path) {
        path = write(dir, digest)
        files.set(digest, path)
      }
      return path
    },
  }
}
