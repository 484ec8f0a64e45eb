/**
 * One process per data directory. The lock itself is the operating system's, taken through an SQLite file: it ends with
 * its owner however that ends, so a stale lock, or another process under the old number, cannot keep anybody out. Who
 * owns it stands beside it, for the message.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { FalconerError } from '../base/errors.ts'

export interface DirectoryLock {
  release(): void
}

/** Held here until released: a database that nobody refers to is closed by the garbage collector, and its lock with it. */
const held = new Set<DatabaseSync>()

/** Errors: `locked`, naming the process that has it. */
export function lockDataDirectory(dir: string): DirectoryLock {
  mkdirSync(dir, { recursive: true })
  const ownerFile = join(dir, 'lock.json')
  const database = new DatabaseSync(join(dir, 'lock'), { timeout: 0 })
  try {
    database.exec('BEGIN EXCLUSIVE')
  } catch (thrown) {
    database.close()
    if ((thrown as { errcode?: number }).errcode !== 5) throw thrown
    throw new FalconerError('locked', `${describeOwner(ownerFile)} uses the data directory ${dir}.`, { cause: thrown })
  }
  const startedAt = new Date(Date.now() - performance.now()).toISOString()
  writeFileSync(ownerFile, `${JSON.stringify({ pid: process.pid, startedAt })}\n`)
  held.add(database)
  return {
    release() {
      if (held.delete(database)) database.close()
    },
  }
}

function describeOwner(ownerFile: string): string {
  try {
    const { pid, startedAt } = JSON.parse(readFileSync(ownerFile, 'utf8'))
    return `Process ${pid}, started at ${startedAt},`
  } catch {
    return 'Another process'
  }
}
