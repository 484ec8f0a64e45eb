/**
 * From DuckDB's vectors to columns in memory, exactly or not at all: an integer beyond 2^53 or a decimal of more than 15
 * digits has no exact double and is refused by name, row and value.
 */
import type {
  DuckDBDataChunk,
  DuckDBMaterializedResult,
  DuckDBResult,
  DuckDBValue,
  DuckDBVector,
} from '@duckdb/node-api'
import { FalconerError } from '../base/errors.ts'
import { type Column, type Table, table } from '../base/table.ts'
import { halves, isValid, shortText, smallNumbers, validBits } from './vectors.ts'

type Item = DuckDBValue

/** How values of one DuckDB type become one kind of column. */
type Reading = NumberReading | { readonly kind: 'text'; readonly read: (value: Item) => string }

interface NumberReading {
  readonly kind: 'number' | 'boolean' | 'time'
  readonly read: (value: Item) => number
  /** Layout of the values in memory: plain numbers, or 64-bit integers to be divided. */
  readonly memory?: 'small' | 'wide'
  readonly divisor?: number
}

export async function fetchTable(result: DuckDBMaterializedResult): Promise<Table> {
  return tableOf(result, await result.fetchAllChunks())
}

/** Chunks of a result, one after the other, as one table. */
export function tableOf(result: DuckDBResult, chunks: readonly DuckDBDataChunk[]): Table {
  const rows = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0)
  const names = result.deduplicatedColumnNames()
  const columns = names.map((name, index): Column => {
    const type = result.columnType(index).toString()
    const reading = readingOf(type)
    if (!reading) throw refuseType(name, type)
    const vectors = chunks.map(chunk => [chunk.getColumnVector(index), chunk.rowCount] as const)
    try {
      return reading.kind === 'text'
        ? { name, kind: 'text', values: readTexts(vectors, rows, reading.read, type) }
        : { name, kind: reading.kind, values: readNumbers(vectors, rows, reading) }
    } catch (error) {
      if (error instanceof Inexact) throw refuse(name, error)
      throw error
    }
  })
  return table(columns)
}

/** What a column of this DuckDB type becomes; undefined where it becomes nothing. */
export function kindOf(type: string): Column['kind'] | undefined {
  return readingOf(type)?.kind
}

type Vectors = readonly (readonly [vector: DuckDBVector, rows: number])[]

function readNumbers(vectors: Vectors, rows: number, reading: NumberReading): Float64Array {
  const values = new Float64Array(rows)
  let row = 0
  for (const [vector, count] of vectors) {
    if (!readMemory(vector, count, reading, values, row)) {
      for (let i = 0; i < count; i++) {
        const item = vector.getItem(i)
        values[row + i] = item === null ? Number.NaN : reading.read(item)
      }
    }
    row += count
  }
  return values
}

/** Whether the values could be taken straight from the vector's memory. */
function readMemory(
  vector: DuckDBVector,
  count: number,
  { memory, divisor }: NumberReading,
  values: Float64Array,
  from: number,
): boolean {
  const bits = validBits(vector)
  if (bits === undefined || memory === undefined) return false
  if (memory === 'small') {
    const items = smallNumbers(vector)
    if (!items) return false
    for (let i = 0; i < count; i++) values[from + i] = isValid(bits, i) ? items[i]! : Number.NaN
    return true
  }
  const items = halves(vector)
  if (!items) return false
  for (let i = 0; i < count; i++) {
    if (!isValid(bits, i)) {
      values[from + i] = Number.NaN
      continue
    }
    const value = items.high[2 * i + 1]! * 4294967296 + items.low[2 * i]!
    // Beyond 2^53 the slow way says what is wrong.
    if (!Number.isSafeInteger(value)) return false
    values[from + i] = value / divisor!
  }
  return true
}

function readTexts(vectors: Vectors, rows: number, read: (value: Item) => string, type: string): (string | null)[] {
  const values = new Array<string | null>(rows)
  let row = 0
  for (const [vector, count] of vectors) {
    const short = type === 'VARCHAR' ? shortText(vector) : undefined
    const bits = short && validBits(vector)
    for (let i = 0; i < count; i++, row++) {
      if (short && bits !== undefined) {
        values[row] = isValid(bits, i) ? (short(i) ?? (vector.getItem(i) as string)) : null
      } else {
        const item = vector.getItem(i)
        values[row] = item === null ? null : read(item)
      }
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

function refuseType(column: string, type: string): FalconerError {
  return new FalconerError('bad-data', `Column ${column} has the type ${type}; numbers, times and text can be read.`, {
    fix: `Leave it out, or turn it into text: cast(${column} as varchar).`,
  })
}

/** Types are told apart by their names, so that this file costs nothing until DuckDB is loaded by someone else. */
function readingOf(type: string): Reading | undefined {
  switch (type) {
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
      return { kind: 'number', memory: 'small', read: value => value as number }
    case 'BIGINT':
      return { kind: 'number', memory: 'wide', divisor: 1, read: value => exactInteger(value as bigint) }
    case 'UBIGINT':
    case 'HUGEINT':
    case 'UHUGEINT':
    case 'BIGNUM':
      return { kind: 'number', read: value => exactInteger(value as bigint) }
    case 'TIMESTAMP':
    case 'TIMESTAMP WITH TIME ZONE':
      return {
        kind: 'time',
        memory: 'wide',
        divisor: 1000,
        read: value => fromMicros((value as { micros: bigint }).micros),
      }
    case 'TIMESTAMP_S':
      return { kind: 'time', read: value => exactInteger((value as { seconds: bigint }).seconds * 1000n) }
    case 'TIMESTAMP_MS':
      return { kind: 'time', read: value => exactInteger((value as { millis: bigint }).millis) }
    case 'TIMESTAMP_NS':
      return { kind: 'time', read: value => fromNanos((value as { nanos: bigint }).nanos) }
    case 'DATE':
      return { kind: 'time', read: value => fromDays((value as { days: number }).days) }
  }
  if (type.startsWith('DECIMAL')) {
    return { kind: 'number', read: value => fromDecimal(value as { value: bigint; toString(): string }) }
  }
  if (type === 'BLOB' || type === 'BIT' || type === 'GEOMETRY') return undefined
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
