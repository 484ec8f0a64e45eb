/**
 * Records in one SQLite file, or in memory. A commit is one transaction: expectations, records, their index, the audit
 * chain and the `once` key. Bodies are stored as JSON text; indexed fields have rows of their own.
 */
import { chained, chainStart } from '../base/auditChain.ts'
import { FalconerError } from '../base/errors.ts'
import { canonicalJson } from '../base/json.ts'
import type { AuditEntry, Commit, ListQuery, Page, Stored } from '../base/ports.ts'
import { type Bodies, indexedFields, type LoopRecords } from '../loop/records.ts'
import { migrate, openSqlite, type Sqlite, type Synchronous } from './sqlite.ts'

interface RecordsOptions {
  /** Real time. */
  readonly now: () => number
  readonly synchronous?: Synchronous
}

export function openRecords(path: string, options: RecordsOptions): LoopRecords {
  const sqlite = openSqlite(path, options)
  try {
    migrate(sqlite, path, migrations)
    reindexWhereNeeded(sqlite)
  } catch (thrown) {
    sqlite.close()
    throw thrown
  }
  return recordsOn(sqlite, options.now)
}

/** Gone when it is closed. */
export function memoryRecords(options: { readonly now: () => number }): LoopRecords {
  return openRecords(':memory:', options)
}

const migrations = [
  `CREATE TABLE records (
     kind TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL, body TEXT NOT NULL,
     PRIMARY KEY (kind, id)) WITHOUT ROWID;
   CREATE TABLE fields (
     kind TEXT NOT NULL, field TEXT NOT NULL, value NOT NULL, id TEXT NOT NULL,
     PRIMARY KEY (kind, field, value, id)) WITHOUT ROWID;
   CREATE TABLE once (key TEXT PRIMARY KEY) WITHOUT ROWID;
   CREATE TABLE audit (
     sequence INTEGER PRIMARY KEY, project TEXT NOT NULL, hash TEXT NOT NULL, entry TEXT NOT NULL);
   CREATE INDEX audit_by_project ON audit (project, sequence);
   CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;`,
]

type Kind = keyof Bodies & string
/** Id, revision, body. */
type Row = [string, number, string]
type Listener = (entries: readonly AuditEntry[]) => void

function recordsOn(sqlite: Sqlite, now: () => number): LoopRecords {
  const listeners = new Set<Listener>()

  return {
    async get<K extends Kind>(kind: K, id: string) {
      const row = sqlite.get<Row>('SELECT id, revision, body FROM records WHERE kind = ? AND id = ?', kind, id)
      return row && stored<Bodies[K]>(row)
    },

    async list<K extends Kind>(kind: K, query: ListQuery = {}): Promise<Page<Stored<Bodies[K]>>> {
      const limit = limitOf(query.limit)
      const { sql, parameters } = listStatement(kind, query)
      const rows = sqlite.all<Row>(sql, ...parameters, limit + 1)
      const items = rows.slice(0, limit).map(row => stored<Bodies[K]>(row))
      return rows.length > limit ? { items, next: items[limit - 1]!.id } : { items }
    },

    async commit(commit) {
      const entries = sqlite.transaction(() => apply(sqlite, commit, now()))
      if (!entries) return { applied: false }
      for (const listener of listeners) tell(listener, entries)
      return { applied: true }
    },

    async audit({ project, after, limit, descending = false } = {}) {
      const conditions: string[] = []
      const parameters: (string | number)[] = []
      if (project !== undefined) {
        conditions.push('project = ?')
        parameters.push(project)
      }
      if (after !== undefined) {
        conditions.push(descending ? 'sequence < ?' : 'sequence > ?')
        parameters.push(after)
      }
      const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`
      const order = descending ? 'DESC' : 'ASC'
      const sql = `SELECT entry, hash FROM audit ${where} ORDER BY sequence ${order} LIMIT ?`
      const rows = sqlite.all<[string, string]>(sql, ...parameters, limitOf(limit))
      return rows.map(([entry, hash]) => ({ ...JSON.parse(entry), hash }))
    },

    follow(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    async close() {
      listeners.clear()
      sqlite.close()
    },
  }
}

/** The audit entries of the commit; undefined where its `once` key was used before. */
function apply(sqlite: Sqlite, commit: Commit<Bodies>, recordedAt: number): readonly AuditEntry[] | undefined {
  if (commit.once !== undefined && sqlite.run('INSERT OR IGNORE INTO once (key) VALUES (?)', commit.once) === 0) {
    return undefined
  }
  for (const { kind, id, body, expect } of commit.puts ?? []) {
    const before = sqlite.get<Row>('SELECT id, revision, body FROM records WHERE kind = ? AND id = ?', kind, id)
    const revision = before?.[1] ?? 0
    if (expect !== undefined) checkExpectation(kind, id, expect, revision)
    const text = canonicalJson(body)
    const sql = 'INSERT OR REPLACE INTO records (kind, id, revision, body) VALUES (?, ?, ?, ?)'
    sqlite.run(sql, kind, id, revision + 1, text)
    reindex(sqlite, kind, id, before?.[2], text)
  }
  for (const { kind, id } of commit.removes ?? []) {
    const before = sqlite.get<Row>('SELECT id, revision, body FROM records WHERE kind = ? AND id = ?', kind, id)
    sqlite.run('DELETE FROM records WHERE kind = ? AND id = ?', kind, id)
    reindex(sqlite, kind, id, before?.[2], undefined)
  }
  return appendAudit(sqlite, commit, recordedAt)
}

function checkExpectation(kind: string, id: string, expect: 'absent' | number, revision: number): void {
  if (expect === 'absent' ? revision === 0 : revision === expect) return
  const found = revision === 0 ? 'does not exist' : `is at revision ${revision}`
  const wanted = expect === 'absent' ? 'not to exist' : `to be at revision ${expect}`
  throw new FalconerError('stale', `The ${kind} ${id} ${found}; it was expected ${wanted}.`)
}

function appendAudit(sqlite: Sqlite, commit: Commit<Bodies>, recordedAt: number): readonly AuditEntry[] {
  const { at, actor, audit = [] } = commit
  if (audit.length === 0) return []
  const last = sqlite.get<[number, string]>('SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1')
  let [sequence, previous] = last ?? [0, chainStart]
  return audit.map(note => {
    sequence += 1
    const { hash, ...rest } = chained({ ...note, sequence, at, recordedAt, actor, previous })
    const text = canonicalJson(rest)
    const sql = 'INSERT INTO audit (sequence, project, hash, entry) VALUES (?, ?, ?, ?)'
    sqlite.run(sql, sequence, note.project, hash, text)
    previous = hash
    return { ...JSON.parse(text), hash }
  })
}

function fieldsOf(kind: string): readonly string[] {
  return (indexedFields as Readonly<Record<string, readonly string[]>>)[kind] ?? []
}

function reindex(
  sqlite: Sqlite,
  kind: string,
  id: string,
  before: string | undefined,
  after: string | undefined,
): void {
  const fields = fieldsOf(kind)
  if (fields.length === 0) return
  const from = before === undefined ? {} : JSON.parse(before)
  const to = after === undefined ? {} : JSON.parse(after)
  for (const field of fields) {
    if (from[field] === to[field]) continue
    if (isIndexable(from[field])) {
      const sql = 'DELETE FROM fields WHERE kind = ? AND field = ? AND value = ? AND id = ?'
      sqlite.run(sql, kind, field, from[field], id)
    }
    if (isIndexable(to[field])) {
      const sql = 'INSERT INTO fields (kind, field, value, id) VALUES (?, ?, ?, ?)'
      sqlite.run(sql, kind, field, to[field], id)
    }
  }
}

function isIndexable(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}

/** Writes the index anew where this release indexes other fields than the one that wrote the file. */
function reindexWhereNeeded(sqlite: Sqlite): void {
  const wanted = canonicalJson(indexedFields)
  const found = sqlite.get<[string]>("SELECT value FROM settings WHERE name = 'indexed'")
  if (found?.[0] === wanted) return
  sqlite.transaction(() => {
    sqlite.exec('DELETE FROM fields')
    for (const kind of Object.keys(indexedFields)) {
      for (const [id, body] of sqlite.all<[string, string]>('SELECT id, body FROM records WHERE kind = ?', kind)) {
        reindex(sqlite, kind, id, undefined, body)
      }
    }
    sqlite.run("INSERT OR REPLACE INTO settings (name, value) VALUES ('indexed', ?)", wanted)
  })
}

function listStatement(kind: string, query: ListQuery): { sql: string; parameters: (string | number)[] } {
  const { where = {}, prefix = '', order = 'ascending', after } = query
  // CROSS JOIN keeps the order of the tables: the index rows lead, already in the order of their ids.
  const tables: string[] = []
  const conditions: string[] = []
  const parameters: (string | number)[] = []
  for (const [field, value] of Object.entries(where)) {
    if (!fieldsOf(kind).includes(field)) {
      const there = fieldsOf(kind).join(', ') || 'none'
      throw new RangeError(`list: ${kind} has no index on ${field}; indexed fields: ${there}`)
    }
    const f = `f${tables.length}`
    tables.push(`fields ${f}`)
    conditions.push(`${f}.kind = ? AND ${f}.field = ? AND ${f}.value = ?${f === 'f0' ? '' : ` AND ${f}.id = f0.id`}`)
    parameters.push(kind, field, value)
  }
  const id = tables.length === 0 ? 'r.id' : 'f0.id'
  conditions.push(tables.length === 0 ? 'r.kind = ?' : 'r.kind = ? AND r.id = f0.id')
  parameters.push(kind)
  if (prefix !== '') {
    // The last code point: every id that goes on after the prefix is below it.
    conditions.push(`${id} >= ? AND ${id} < ?`)
    parameters.push(prefix, `${prefix}\u{10ffff}`)
  }
  if (after !== undefined) {
    conditions.push(order === 'ascending' ? `${id} > ?` : `${id} < ?`)
    parameters.push(after)
  }
  const sql =
    `SELECT r.id, r.revision, r.body FROM ${[...tables, 'records r'].join(' CROSS JOIN ')} ` +
    `WHERE ${conditions.join(' AND ')} ORDER BY ${id} ${order === 'ascending' ? 'ASC' : 'DESC'} LIMIT ?`
  return { sql, parameters }
}

function limitOf(limit = 1000): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) {
    throw new RangeError(`list: the limit is ${limit}, must be a whole number from 1 to 10,000`)
  }
  return limit
}

function stored<Body>([id, revision, body]: Row): Stored<Body> {
  return { id, revision, body: JSON.parse(body) as Body }
}

/** A commit that was made stays made, whatever a listener does: its error surfaces on its own. */
function tell(listener: Listener, entries: readonly AuditEntry[]): void {
  try {
    listener(entries)
  } catch (thrown) {
    queueMicrotask(() => {
      throw thrown
    })
  }
}
