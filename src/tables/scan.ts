/** Files batch by batch: what DuckDB streams becomes tables of some thousand rows, and nothing is kept. */
import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api'
import type { FileFormat, ScanOptions, TableFile } from '../base/ports.ts'
import { quoted } from '../base/sqlText.ts'
import { type Table, texts } from '../base/table.ts'
import { csvSource } from './csv.ts'
import { explainFailure } from './failures.ts'
import { fetchTable, kindOf, tableOf } from './fetch.ts'
import { jsonLinesSource } from './jsonLines.ts'
import { parquetSource } from './parquet.ts'
import type { Execute, FileSource } from './reading.ts'

/** `connect` opens a connection of its own: two streams of one connection end each other. */
export async function scanFile(
  execute: Execute,
  connect: () => Promise<DuckDBConnection>,
  path: string,
  format: FileFormat,
): Promise<TableFile> {
  const source = await sources[format](execute, path)
  const described = await fetchTable(
    await execute(`select column_name, column_type from (describe select * from ${source.sql})`),
  )
  const types = texts(described, 'column_type')
  const fields = texts(described, 'column_name').map((name, i) => ({ name: name!, type: types[i]! }))
  return {
    columns: fields.map(({ name, type }) => ({ name, type, kind: kindOf(type) })),
    ...(source.rows !== undefined && { rows: source.rows }),
    batches: ({ columns, batchRows = 16_384 }: ScanOptions = {}) => {
      const wanted = fields.filter(({ name, type }) => columns?.includes(name) ?? kindOf(type) !== undefined)
      if (wanted.length === 0) throw new RangeError(`batches: ${path} has none of the columns ${columns?.join(', ')}`)
      return stream(connect, `select ${wanted.map(rounded).join(', ')} from ${source.sql}`, batchRows)
    },
  }
}

const sources: Readonly<Record<FileFormat, (execute: Execute, path: string) => Promise<FileSource>>> = {
  csv: csvSource,
  jsonl: jsonLinesSource,
  parquet: parquetSource,
}

async function* stream(
  connect: () => Promise<DuckDBConnection>,
  sql: string,
  batchRows: number,
): AsyncGenerator<Table> {
  const connection = await connect()
  try {
    const result = await connection.stream(sql)
    let chunks: DuckDBDataChunk[] = []
    let rows = 0
    for (;;) {
      const chunk = await result.fetchChunk()
      const ended = chunk === null || chunk.rowCount === 0
      if (!ended) {
        chunks.push(chunk)
        rows += chunk.rowCount
      }
      if (rows > 0 && (ended || rows >= batchRows)) {
        yield tableOf(result, chunks)
        chunks = []
        rows = 0
      }
      if (ended) return
    }
  } catch (error) {
    throw explainFailure(error)
  } finally {
    connection.closeSync()
  }
}

/** Statistics ask for no more than a double: integers beyond 2^53, long decimals and nanoseconds are rounded. */
function rounded({ name, type }: { readonly name: string; readonly type: string }): string {
  const column = quoted(name)
  if (/^(U?BIGINT|U?HUGEINT|BIGNUM|DECIMAL)/.test(type)) return `${column}::double as ${column}`
  if (type === 'TIMESTAMP_NS') return `${column}::timestamp as ${column}`
  return column
}
