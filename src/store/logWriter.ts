/**
 * What writes the prediction log: rows of one request as one row of `batches`, every key with its place, every fact
 * about an outcome as a row of its own. Each function is called inside a transaction.
 *
 * A fact says when it became known, and none is ever changed: what was known at an instant can be asked later.
 */
import type { OutcomeReceipt } from '../base/ports.ts'
import { type Columns, decodeRows, encodeRows, takeRows } from './batchCodec.ts'
import type { Sqlite } from './sqlite.ts'

export const logMigrations = [
  `CREATE TABLE texts (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
   CREATE TABLE batches (
     id INTEGER PRIMARY KEY, endpoint INTEGER NOT NULL, at INTEGER NOT NULL, recorded_at INTEGER NOT NULL,
     request TEXT NOT NULL, latency REAL NOT NULL, canary INTEGER NOT NULL, version INTEGER NOT NULL,
     columns INTEGER NOT NULL, shadows INTEGER NOT NULL, rows INTEGER NOT NULL, keys TEXT NOT NULL, data BLOB NOT NULL);
   CREATE INDEX batches_by_time ON batches (endpoint, at, id);
   CREATE TABLE keys (
     endpoint INTEGER NOT NULL, key TEXT NOT NULL, batch INTEGER NOT NULL, row INTEGER NOT NULL,
     PRIMARY KEY (endpoint, key)) WITHOUT ROWID;
   CREATE TABLE outcomes (
     batch INTEGER NOT NULL, row INTEGER NOT NULL, sequence INTEGER NOT NULL, value REAL,
     known_at INTEGER NOT NULL, recorded_at INTEGER NOT NULL, PRIMARY KEY (batch, row, sequence)) WITHOUT ROWID;
   CREATE TABLE pending (
     endpoint INTEGER NOT NULL, key TEXT NOT NULL, sequence INTEGER NOT NULL, value REAL,
     known_at INTEGER NOT NULL, recorded_at INTEGER NOT NULL, PRIMARY KEY (endpoint, key, sequence)) WITHOUT ROWID;
   CREATE TABLE counts (
     endpoint INTEGER PRIMARY KEY, predictions INTEGER NOT NULL, outcomes INTEGER NOT NULL,
     voids INTEGER NOT NULL, unmatched INTEGER NOT NULL);`,
]

/** A batch as it travels to the writer: `columns` and `shadows` are JSON texts, `data` what batchCodec made. */
export interface EncodedBatch {
  readonly endpoint: string
  readonly request: string
  readonly at: number
  readonly recordedAt: number
  readonly latencyMs: number
  readonly canary: boolean
  readonly version: string
  readonly columns: string
  readonly shadows: string
  readonly keys: readonly string[]
  readonly data: Uint8Array
}

/** Outcomes of one endpoint; a value of null is void. */
export interface EncodedOutcomes {
  readonly endpoint: string
  readonly recordedAt: number
  readonly keys: readonly string[]
  readonly values: readonly (number | null)[]
  readonly knownAt: readonly number[]
}

type OutcomeStatus = Exclude<OutcomeReceipt['status'], 'rejected'>

export interface LogWriter {
  /** Keys that were there already, whose first answer stays. */
  append(batches: readonly EncodedBatch[]): string[]
  outcomes(outcomes: EncodedOutcomes): OutcomeStatus[]
  /** Writes the counts: last of all in a transaction. */
  flush(): void
}

/** Value, when it was known, when it was recorded. */
type Fact = [value: number | null, knownAt: number, recordedAt: number]

interface Counts {
  predictions: number
  outcomes: number
  voids: number
  unmatched: number
}

/** Make a new one after a transaction was rolled back: it remembers what it wrote. */
export function logWriter(sqlite: Sqlite): LogWriter {
  const textIds = new Map<string, number>()
  const counts = new Map<number, Counts>()
  let lastBatch = sqlite.get<[number]>('SELECT coalesce(max(id), 0) FROM batches')![0]

  function textId(text: string): number {
    let id = textIds.get(text)
    if (id === undefined) {
      sqlite.run('INSERT OR IGNORE INTO texts (text) VALUES (?)', text)
      id = sqlite.get<[number]>('SELECT id FROM texts WHERE text = ?', text)![0]
      textIds.set(text, id)
    }
    return id
  }

  function appendOne(batch: EncodedBatch, repeated: string[]): void {
    const endpoint = textId(batch.endpoint)
    const id = lastBatch + 1
    const kept: number[] = []
    batch.keys.forEach((key, row) => {
      const sql = 'INSERT OR IGNORE INTO keys (endpoint, key, batch, row) VALUES (?, ?, ?, ?)'
      if (sqlite.run(sql, endpoint, key, id, kept.length) === 0) repeated.push(key)
      else kept.push(row)
    })
    if (kept.length === 0) return
    lastBatch = id
    const all = kept.length === batch.keys.length
    const keys = all ? batch.keys : kept.map(row => batch.keys[row]!)
    sqlite.run(
      `INSERT INTO batches (id, endpoint, at, recorded_at, request, latency, canary, version, columns, shadows,
                            rows, keys, data)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      endpoint,
      batch.at,
      batch.recordedAt,
      batch.request,
      batch.latencyMs,
      batch.canary ? 1 : 0,
      textId(batch.version),
      textId(batch.columns),
      textId(batch.shadows),
      kept.length,
      JSON.stringify(keys),
      all ? batch.data : keepRows(batch, Int32Array.from(kept)),
    )
    countsOf(endpoint).predictions += kept.length
    joinPending(endpoint, id, keys)
  }

  /** Facts that came before their prediction become facts about it. */
  function joinPending(endpoint: number, batch: number, keys: readonly string[]): void {
    const count = countsOf(endpoint)
    if (count.unmatched === 0) return
    keys.forEach((key, row) => {
      const sql = `SELECT value, known_at, recorded_at FROM pending WHERE endpoint = ? AND key = ? ORDER BY sequence`
      const facts = sqlite.all<Fact>(sql, endpoint, key)
      const last = facts.at(-1)
      if (!last) return
      facts.forEach((fact, sequence) => {
        addFact(batch, row, sequence, fact)
      })
      sqlite.run('DELETE FROM pending WHERE endpoint = ? AND key = ?', endpoint, key)
      count.unmatched -= 1
      count[last[0] === null ? 'voids' : 'outcomes'] += 1
    })
  }

  function addFact(batch: number, row: number, sequence: number, [value, knownAt, recordedAt]: Fact): void {
    const sql = 'INSERT INTO outcomes (batch, row, sequence, value, known_at, recorded_at) VALUES (?, ?, ?, ?, ?, ?)'
    sqlite.run(sql, batch, row, sequence, value, knownAt, recordedAt)
  }

  function addOutcome(endpoint: number, key: string, fact: Fact): OutcomeStatus {
    const place = sqlite.get<[number, number]>(
      'SELECT batch, row FROM keys WHERE endpoint = ? AND key = ?',
      endpoint,
      key,
    )
    if (!place) return addPending(endpoint, key, fact)
    const sql = 'SELECT value, sequence FROM outcomes WHERE batch = ? AND row = ? ORDER BY sequence DESC LIMIT 1'
    const last = sqlite.get<[number | null, number]>(sql, ...place)
    if (last && last[0] === fact[0]) return 'duplicate'
    addFact(...place, last ? last[1] + 1 : 0, fact)
    const count = countsOf(endpoint)
    if (last) count[last[0] === null ? 'voids' : 'outcomes'] -= 1
    count[fact[0] === null ? 'voids' : 'outcomes'] += 1
    return last ? 'corrected' : 'joined'
  }

  function addPending(endpoint: number, key: string, fact: Fact): OutcomeStatus {
    const sql = 'SELECT value, sequence FROM pending WHERE endpoint = ? AND key = ? ORDER BY sequence DESC LIMIT 1'
    const last = sqlite.get<[number | null, number]>(sql, endpoint, key)
    if (last && last[0] === fact[0]) return 'duplicate'
    const insert =
      'INSERT INTO pending (endpoint, key, sequence, value, known_at, recorded_at) VALUES (?, ?, ?, ?, ?, ?)'
    sqlite.run(insert, endpoint, key, last ? last[1] + 1 : 0, ...fact)
    if (!last) countsOf(endpoint).unmatched += 1
    return last ? 'corrected' : 'pending'
  }

  function countsOf(endpoint: number): Counts {
    let count = counts.get(endpoint)
    if (!count) {
      const sql = 'SELECT predictions, outcomes, voids, unmatched FROM counts WHERE endpoint = ?'
      const [predictions, outcomes, voids, unmatched] = sqlite.get<[number, number, number, number]>(sql, endpoint) ?? [
        0, 0, 0, 0,
      ]
      count = { predictions, outcomes, voids, unmatched }
      counts.set(endpoint, count)
    }
    return count
  }

  return {
    append(batches) {
      const repeated: string[] = []
      for (const batch of batches) appendOne(batch, repeated)
      return repeated
    },
    outcomes({ endpoint, recordedAt, keys, values, knownAt }) {
      const id = textId(endpoint)
      return keys.map((key, i) => addOutcome(id, key, [values[i] ?? null, knownAt[i]!, recordedAt]))
    },
    flush() {
      const sql =
        'INSERT OR REPLACE INTO counts (endpoint, predictions, outcomes, voids, unmatched) VALUES (?, ?, ?, ?, ?)'
      for (const [endpoint, { predictions, outcomes, voids, unmatched }] of counts) {
        sqlite.run(sql, endpoint, predictions, outcomes, voids, unmatched)
      }
      counts.clear()
    },
  }
}

function keepRows(batch: EncodedBatch, kept: Int32Array): Uint8Array {
  const columns = JSON.parse(batch.columns) as Columns
  const shadows = (JSON.parse(batch.shadows) as string[]).length
  return encodeRows(takeRows(decodeRows(batch.data, batch.keys.length, shadows, columns), kept))
}
