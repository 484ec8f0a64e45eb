/**
 * The Tables port on DuckDB: a database in memory that lives as long as this object. Statements run one after another;
 * their plans are kept by text. DuckDB itself (68 MB) is loaded with the first database, not with this file.
 */
import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api'
import type { Parameter, Tables } from '../base/ports.ts'
import { literal, quoted } from '../base/sqlText.ts'
import type { Column, Table } from '../base/table.ts'
import { readCsv } from './csv.ts'
import { explainFailure } from './failures.ts'
import { fetchTable } from './fetch.ts'
import { readJsonLines } from './jsonLines.ts'
import { readParquet } from './parquet.ts'
import { scanFile } from './scan.ts'

export interface DuckTablesOptions {
  /** Default: DuckDB's, one per core. */
  readonly threads?: number
  /** Such as `4GB`; default: DuckDB's, 80 % of what the machine has. */
  readonly memoryLimit?: string
  /** Where to spill what does not fit in memory; default: nowhere, a query that needs more fails. */
  readonly directory?: string
  /** Largest table that `read` accepts, default 200 million rows. */
  readonly maxRows?: number
  /** Largest size of a Parquet file after decompression, default 16 GiB. */
  readonly maxBytes?: number
}

/** Statements whose plans are kept. */
const keptPlans = 32

export async function duckTables(options: DuckTablesOptions = {}): Promise<Tables> {
  const duckdb = await import('@duckdb/node-api')
  const instance = await duckdb.DuckDBInstance.create(':memory:', {
    // Nothing is ever downloaded, and nothing is written beside the program.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    temp_directory: options.directory ?? '',
    ...(options.threads === undefined ? {} : { threads: String(options.threads) }),
    ...(options.memoryLimit === undefined ? {} : { memory_limit: options.memoryLimit }),
  })
  const connection = await connect()
  const limits = { maxRows: options.maxRows ?? 200_000_000, maxBytes: options.maxBytes ?? 16 * 2 ** 30 }
  const plans = new Map<string, DuckDBPreparedStatement>()
  const inTurn = turns()

  async function connect(): Promise<DuckDBConnection> {
    const opened = await instance.connect()
    // Instants are UTC wherever the machine stands.
    await opened.run("set TimeZone = 'UTC'")
    return opened
  }

  async function plan(sql: string): Promise<DuckDBPreparedStatement> {
    const known = plans.get(sql)
    if (known) {
      plans.delete(sql)
      plans.set(sql, known)
      return known
    }
    const made = await connection.prepare(sql)
    plans.set(sql, made)
    if (plans.size > keptPlans) {
      const [oldest, statement] = plans.entries().next().value!
      plans.delete(oldest)
      statement.destroySync()
    }
    return made
  }

  async function execute(sql: string, parameters: Readonly<Record<string, Parameter>> = {}) {
    try {
      const statement = await plan(sql)
      for (const [name, value] of Object.entries(parameters)) bind(statement, statement.parameterIndex(name), value)
      return await statement.run()
    } catch (error) {
      throw explainFailure(error)
    }
  }

  function bind(statement: DuckDBPreparedStatement, index: number, value: Parameter): void {
    if (value === null) statement.bindNull(index)
    else if (typeof value === 'string') statement.bindVarchar(index, value)
    else if (typeof value === 'number') statement.bindDouble(index, value)
    else if (typeof value === 'boolean') statement.bindBoolean(index, value)
    else if (value instanceof Float64Array) statement.bindList(index, Array.from(value), duckdb.LIST(duckdb.DOUBLE))
    else statement.bindList(index, value, duckdb.LIST(duckdb.VARCHAR))
  }

  async function query(sql: string, parameters?: Readonly<Record<string, Parameter>>): Promise<Table> {
    return fetchTable(await execute(sql, parameters))
  }

  /** For statements over files: their plans hold what the file was when they were made, and cannot run a second time. */
  async function executeOnce(sql: string) {
    try {
      return await connection.run(sql)
    } catch (error) {
      throw explainFailure(error)
    }
  }

  return {
    query: (sql, parameters) => inTurn(() => query(sql, parameters)),
    load: (name, table) =>
      inTurn(async () => {
        const fields = table.columns.map(column => `${quoted(column.name)} ${sqlType(column.kind)}`)
        await execute(`create or replace table ${quoted(name)} (${fields.join(', ')})`)
        await append(duckdb, connection, name, table)
      }),
    read: (name, path, format) =>
      inTurn(async () => {
        if (format === 'csv') await readCsv(executeOnce, name, path, limits)
        else if (format === 'jsonl') await readJsonLines(executeOnce, name, path, limits)
        else await readParquet(executeOnce, name, path, limits)
      }),
    scan: (path, format) => inTurn(() => scanFile(executeOnce, connect, path, format)),
    write: (sql, path) =>
      inTurn(async () => {
        const result = await executeOnce(`copy (${sql}) to ${literal(path)} (format parquet, compression zstd)`)
        return { rows: result.rowsChanged }
      }),
    close: () =>
      inTurn(async () => {
        for (const statement of plans.values()) statement.destroySync()
        plans.clear()
        connection.closeSync()
        instance.closeSync()
      }),
  }
}

/** Runs one piece of work after the other: a prepared statement has one set of bound values. */
function turns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return work => {
    const mine = last.then(work, work)
    last = mine
    return mine
  }
}

function sqlType(kind: Column['kind']): string {
  switch (kind) {
    case 'number':
      return 'double'
    case 'boolean':
      return 'boolean'
    case 'time':
      return 'timestamp'
    case 'text':
      return 'varchar'
  }
}

/** Rows per chunk that DuckDB takes at once. */
const chunkRows = 2048

async function append(
  duckdb: typeof import('@duckdb/node-api'),
  connection: DuckDBConnection,
  name: string,
  table: Table,
): Promise<void> {
  const types = table.columns.map(({ kind }) =>
    kind === 'number'
      ? duckdb.DOUBLE
      : kind === 'boolean'
        ? duckdb.BOOLEAN
        : kind === 'time'
          ? duckdb.TIMESTAMP
          : duckdb.VARCHAR,
  )
  const appender = await connection.createAppender(name)
  try {
    for (let from = 0; from < table.rows; from += chunkRows) {
      const rows = Math.min(chunkRows, table.rows - from)
      const chunk = duckdb.DuckDBDataChunk.create(types, rows)
      table.columns.forEach((column, index) => {
        chunk.setColumnValues(index, values(column, from, from + rows))
      })
      appender.appendDataChunk(chunk)
    }
  } finally {
    appender.closeSync()
  }

  function values(column: Column, from: number, to: number) {
    if (column.kind === 'text') return column.values.slice(from, to)
    const part = Array.from(column.values.subarray(from, to))
    switch (column.kind) {
      case 'number':
        return part.map(value => (Number.isNaN(value) ? null : value))
      case 'boolean':
        return part.map(value => (Number.isNaN(value) ? null : value !== 0))
      case 'time':
        return part.map(value =>
          Number.isNaN(value) ? null : new duckdb.DuckDBTimestampValue(BigInt(Math.round(value * 1000))),
        )
    }
  }
}
