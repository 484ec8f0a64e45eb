/**
 * The rows of one request as bytes: 64-bit floats column after column (outputs, then the shadows' outputs, then the
 * number columns), then the text columns as one JSON array of columns. Which columns there are is told beside it, since
 * most batches share it. Little-endian, as all machines that Node is built for but one.
 */
import { type Column, type Table, take } from '../base/table.ts'

/** Name and kind of each feature column; the text of this is stored once. */
export type Columns = readonly (readonly [name: string, kind: Column['kind']])[]

export interface BatchRows {
  readonly outputs: Float64Array
  readonly shadows: readonly Float64Array[]
  readonly features: Table
}

export function columnsOf(features: Table): Columns {
  return features.columns.map(column => [column.name, column.kind] as const)
}

export function encodeRows(rows: BatchRows): Uint8Array {
  const n = rows.features.rows
  const numbers: Float64Array[] = [rows.outputs, ...rows.shadows]
  const texts: (readonly (string | null)[])[] = []
  for (const column of rows.features.columns) {
    if (column.kind === 'text') texts.push(column.values)
    else numbers.push(column.values)
  }
  const text = texts.length === 0 ? new Uint8Array() : new TextEncoder().encode(JSON.stringify(texts))
  const bytes = new Uint8Array(8 * n * numbers.length + text.length)
  const floats = new Float64Array(bytes.buffer, 0, n * numbers.length)
  numbers.forEach((values, i) => {
    floats.set(values, i * n)
  })
  bytes.set(text, floats.byteLength)
  return bytes
}

export function decodeRows(bytes: Uint8Array, n: number, shadows: number, columns: Columns): BatchRows {
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice()
  const numberColumns = 1 + shadows + columns.filter(([, kind]) => kind !== 'text').length
  const floats = new Float64Array(aligned.buffer, aligned.byteOffset, n * numberColumns)
  const textBytes = aligned.subarray(floats.byteLength)
  const texts: (string | null)[][] = textBytes.length === 0 ? [] : JSON.parse(new TextDecoder().decode(textBytes))
  let number = 0
  let text = 0
  const nextNumbers = () => floats.subarray(n * number, n * ++number)
  return {
    outputs: nextNumbers(),
    shadows: Array.from({ length: shadows }, nextNumbers),
    features: {
      rows: n,
      columns: columns.map(
        ([name, kind]): Column =>
          kind === 'text' ? { name, kind, values: texts[text++]! } : { name, kind, values: nextNumbers() },
      ),
    },
  }
}

/** The rows at these indices. */
export function takeRows(rows: BatchRows, indices: Int32Array): BatchRows {
  const pick = (values: Float64Array) => Float64Array.from(indices, i => values[i]!)
  return { outputs: pick(rows.outputs), shadows: rows.shadows.map(pick), features: take(rows.features, indices) }
}
