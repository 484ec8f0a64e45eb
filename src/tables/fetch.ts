/**
 * From DuckDB's vectors to columns in memory, exactly or not at all: an integer beyond 2^53 or a decimal of more than 15
 * digits has no exact double and is refused by name, row and value.
 */
import type { DuckDBMaterializedResult, DuckDBType, DuckDBValue, DuckDBVector } from '@duckdb/node-api'
import { FalconerError } from '../base/errors.ts'
import { type Column, type Table, table } from '../base/table.ts'

type Item = DuckDBValue

/** How values of one DuckDB type become one kind of column. */
type Reading =
  | { readonly kind: 'number' | 'boolean' | 'time'; readonly read: (value: Item) => number }
  | { readonly kind: 'text'; readonly read: (value: Item) => string }

export async function fetchTable(result: DuckDBMaterializedResult): Promise<Table> {
  const chunks = await result.fetchAllChunks()
  const rows = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0)
  const names = result.deduplicatedColumnNames()
  const columns = names.map((name, index): Column => {
    const reading = readingOf(result.columnType(index), name)
    const vectors = chunks.map(chunk => [chunk.getColumnVector(index), chunk.rowCount] as const)
    try {
      return reading.kind === 'text'
        ? { name, kind: 'text', values: readTexts(vectors, rows, reading.read) }
        : { name, kind: reading.kind, values: readNumbers(vectors, rows, reading.read) }
    } catch (error) {
      if (error instanceof Inexact) throw refuse(name, error)
      throw error
    }
  })
  return table(columns)
}

type Vectors = readonly (readonly [vector: DuckDBVector, rows: number])[]

function readNumbers(vectors: Vectors, rows: number, read: (value: Item) => number): Float64Array {
  const values = new Float64Array(rows)
  let row = 0
  for (const [vector, count] of vectors) {
    for (let i = 0; i < count; i++, row++) {
      const item = vector.getItem(i)
      values[row] = item === null ? Number.NaN : read(item)
    }
  }
  return values
}

function readTexts(vectors: Vectors, rows: number, read: (value: Item) => string): (string | null)[] {
  const values = new Array<string | null>(rows)
  let row = 0
  for (const [vector, count] of vectors) {
    for (let i = 0; i < count; i++, row++) {
      const item = vector.getItem(i)
      values[row] = item === null ? null : read(item)
    }
  }
  return values
}

/** A value that a double cannot hold. */
class Inexact extends Error {
  readonly value: string

  constructor(value: string) {
    super(value)
    this.value = value
  }
}

function refuse(column: string, { value }: Inexact): FalconerError {
  return new FalconerError(
    'bad-data',
    `Column ${column} holds ${value}, which a double-precision number cannot hold exactly.`,
    {
      fix: `Read it as text (cast(${column} as varchar)) or as a rounded number (cast(${column} as double)).`,
      findings: [{ at: column, text: `${value} is not exact as a number` }],
    },
  )
}

/** Types are told apart by their names, so that this file costs nothing until DuckDB is loaded by someone else. */
function readingOf(type: DuckDBType, column: string): Reading {
  const name = type.toString()
  switch (name) {
    case 'BOOLEAN':
      return { kind: 'boolean', read: value => (value === true ? 1 : 0) }
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'UTINYINT':
    case 'USMALLINT':
    case 'UINTEGER':
    case 'FLOAT':
    case 'DOUBLE':
      return { kind: 'number', read: value => value as number }
    case 'BIGINT':
    case 'UBIGINT':
    case 'HUGEINT':
    case 'UHUGEINT':
    case 'BIGNUM':
      return { kind: 'number', read: value => exactInteger(value as bigint) }
    case 'TIMESTAMP':
    case 'TIMESTAMP WITH TIME ZONE':
      return { kind: 'time', read: value => fromMicros((value as { micros: bigint }).micros) }
    case 'TIMESTAMP_S':
      return { kind: 'time', read: value => exactInteger((value as { seconds: bigint }).seconds * 1000n) }
    case 'TIMESTAMP_MS':
      return { kind: 'time', read: value => exactInteger((value as { millis: bigint }).millis) }
    case 'TIMESTAMP_NS':
      return { kind: 'time', read: value => fromNanos((value as { nanos: bigint }).nanos) }
    case 'DATE':
      return { kind: 'time', read: value => fromDays((value as { days: number }).days) }
  }
  if (name.startsWith('DECIMAL')) {
    return { kind: 'number', read: value => fromDecimal(value as { value: bigint; toString(): string }) }
  }
  if (name === 'BLOB' || name === 'BIT' || name === 'GEOMETRY') {
    throw new FalconerError('bad-data', `Column ${column} has the type ${name}; numbers, times and text can be read.`, {
      fix: `Leave it out, or turn it into text: cast(${column} as varchar).`,
    })
  }
  // Text as it is; enums, UUIDs, times of day, intervals, lists and structs as DuckDB prints them.
  return { kind: 'text', read: value => (typeof value === 'string' ? value : String(value)) }
}

function exactInteger(value: bigint): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw new Inexact(String(value))
  return number
}

/** Milliseconds with microseconds as the fraction: exact when rounded back, for 285 years around 1970. */
function fromMicros(micros: bigint): number {
  const number = Number(micros)
  if (Number.isSafeInteger(number)) return number / 1000
  // Years 0001 to 9999 in whole milliseconds are exact too; infinity and fractions out there are not.
  if (micros % 1000n === 0n && micros > -62_200_000_000_000_000n && micros < 253_500_000_000_000_000n) {
    return Number(micros / 1000n)
  }
  throw new Inexact(`the instant of ${micros} microseconds`)
}

function fromNanos(nanos: bigint): number {
  if (nanos % 1000n !== 0n) throw new Inexact(`the instant of ${nanos} nanoseconds`)
  return fromMicros(nanos / 1000n)
}

function fromDays(days: number): number {
  if (Math.abs(days) > 100_000_000) throw new Inexact('an infinite date')
  return days * 86_400_000
}

/** A decimal of at most 15 digits is the double nearest to it, and that double prints as it again. */
function fromDecimal(decimal: { value: bigint; toString(): string }): number {
  const unscaled = decimal.value < 0n ? -decimal.value : decimal.value
  const text = decimal.toString()
  if (unscaled < 1_000_000_000_000_000n || (!text.includes('.') && Number.isSafeInteger(Number(text)))) {
    return Number(text)
  }
  throw new Inexact(text)
}
