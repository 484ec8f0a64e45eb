/**
 * One SQLite file as this folder uses it: write-ahead log, durable commits, migrations that run by themselves (forward
 * only, after a copy of the file), statements prepared once, disk trouble told in our words.
 */
import { existsSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { FalconerError } from '../base/errors.ts'

/** FULL: a commit is on the disk when it returns. NORMAL: a power cut may take the last commits, a crash may not. */
export type Synchronous = 'FULL' | 'NORMAL'

/** Rows come as arrays, in the order of the selected columns; `Row` is the tuple that the SQL text selects. */
export interface Sqlite {
  get<Row>(sql: string, ...parameters: SQLInputValue[]): Row | undefined
  all<Row>(sql: string, ...parameters: SQLInputValue[]): Row[]
  /** Number of rows changed. */
  run(sql: string, ...parameters: SQLInputValue[]): number
  exec(sql: string): void
  /** Runs all or nothing. */
  transaction<Result>(work: () => Result): Result
  close(): void
}

export function openSqlite(path: string, options: { synchronous?: Synchronous; readOnly?: boolean } = {}): Sqlite {
  const { synchronous = 'FULL', readOnly = false } = options
  const database = new DatabaseSync(path, { readOnly, timeout: 5000 })
  const statements = new Map<string, StatementSync>()

  function prepare(sql: string): StatementSync {
    let statement = statements.get(sql)
    if (!statement) {
      statement = database.prepare(sql)
      statement.setReturnArrays(true)
      statements.set(sql, statement)
    }
    return statement
  }

  function attempt<Result>(work: () => Result): Result {
    try {
      return work()
    } catch (thrown) {
      throw inOurWords(thrown)
    }
  }

  const sqlite: Sqlite = {
    // node:sqlite types rows as objects; with setReturnArrays they are arrays, whose types only the SQL knows.
    get: <Row>(sql: string, ...parameters: SQLInputValue[]) =>
      attempt(() => prepare(sql).get(...parameters) as unknown as Row | undefined),
    all: <Row>(sql: string, ...parameters: SQLInputValue[]) =>
      attempt(() => prepare(sql).all(...parameters) as unknown as Row[]),
    run: (sql, ...parameters) => attempt(() => Number(prepare(sql).run(...parameters).changes)),
    exec: sql => attempt(() => database.exec(sql)),
    transaction(work) {
      try {
        sqlite.run('BEGIN IMMEDIATE')
        const result = work()
        sqlite.run('COMMIT')
        return result
      } catch (thrown) {
        if (database.isTransaction) database.exec('ROLLBACK')
        throw thrown
      }
    },
    close() {
      statements.clear()
      database.close()
    },
  }
  if (!readOnly) sqlite.exec('PRAGMA journal_mode = WAL')
  sqlite.exec(`PRAGMA synchronous = ${synchronous}; PRAGMA cache_size = -8192; PRAGMA journal_size_limit = 67108864`)
  return sqlite
}

/**
 * Brings the file to the newest of the migrations, each in a transaction with its number. Before the first change an
 * existing file is copied to `<path>.before-<number>`. A file from a newer release is refused.
 */
export function migrate(sqlite: Sqlite, path: string, migrations: readonly string[]): void {
  const [version] = sqlite.get<[number]>('PRAGMA user_version') ?? [0]
  if (version > migrations.length) {
    throw new FalconerError(
      'conflict',
      `${path} was written by a newer Falconer: its format is ${version}, this release knows ${migrations.length}.`,
      { fix: 'Start the newer release, or restore the copy that it made before it changed the file.' },
    )
  }
  if (version > 0 && version < migrations.length) {
    const copy = `${path}.before-${version + 1}`
    if (!existsSync(copy)) sqlite.run('VACUUM INTO ?', copy)
  }
  for (let next = version; next < migrations.length; next++) {
    sqlite.transaction(() => {
      sqlite.exec(migrations[next]!)
      sqlite.exec(`PRAGMA user_version = ${next + 1}`)
    })
  }
}

function inOurWords(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return thrown
  const { errcode } = thrown as Error & { errcode?: number }
  // SQLITE_FULL; SQLITE_IOERR_WRITE and _SHMSIZE are what a full disk gives while the log or its index grows.
  if (errcode === 13 || errcode === 778 || errcode === 4874) {
    return new FalconerError('disk-full', thrown.message, { cause: thrown })
  }
  // SQLITE_CORRUPT and its kinds, SQLITE_NOTADB.
  if (errcode !== undefined && ((errcode & 0xff) === 11 || errcode === 26)) {
    return new FalconerError('corrupt', thrown.message, { cause: thrown })
  }
  return thrown
}
