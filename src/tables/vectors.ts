/**
 * The memory behind DuckDB's vectors. `getItem` makes a big integer per validity bit and per instant, which is ten times
 * the cost of the value; the classes keep typed arrays, and these are read where they are found (the package's version is
 * pinned). Where they are not, the caller goes through `getItem`.
 */
import type { DuckDBVector } from '@duckdb/node-api'

type Numbers =
  | Float64Array
  | Float32Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint32Array
  | Uint16Array
  | Uint8Array

interface Memory {
  readonly items?: unknown
  readonly dataView?: unknown
  readonly validity?: { readonly data?: unknown; readonly offset?: unknown }
}

/** One bit per row, 1 where there is a value; null where all rows have one. */
export type ValidBits = Uint32Array | null

export function isValid(bits: ValidBits, row: number): boolean {
  return bits === null || ((bits[row >>> 5]! >>> (row & 31)) & 1) === 1
}

/** undefined where the memory is not laid out as expected. */
export function validBits(vector: DuckDBVector): ValidBits | undefined {
  const { validity } = vector as unknown as Memory
  if (validity?.offset !== 0) return undefined
  if (validity.data === null) return null
  if (!(validity.data instanceof BigUint64Array)) return undefined
  return new Uint32Array(validity.data.buffer, validity.data.byteOffset, 2 * validity.data.length)
}

export function smallNumbers(vector: DuckDBVector): Numbers | undefined {
  const { items } = vector as unknown as Memory
  return ArrayBuffer.isView(items) && !(items instanceof BigInt64Array) && !(items instanceof BigUint64Array)
    ? (items as Numbers)
    : undefined
}

/** 64-bit integers as pairs of low and high halves. */
export function halves(vector: DuckDBVector): { readonly low: Uint32Array; readonly high: Int32Array } | undefined {
  const { items } = vector as unknown as Memory
  if (!(items instanceof BigInt64Array) || !littleEndian) return undefined
  return {
    low: new Uint32Array(items.buffer, items.byteOffset, 2 * items.length),
    high: new Int32Array(items.buffer, items.byteOffset, 2 * items.length),
  }
}

const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1

/** Text of up to 12 bytes stands in the vector itself, after its length; undefined where it is longer or not ASCII. */
export function shortText(vector: DuckDBVector): ((row: number) => string | undefined) | undefined {
  const { dataView } = vector as unknown as Memory
  if (!(dataView instanceof DataView)) return undefined
  const bytes = new Uint8Array(dataView.buffer, dataView.byteOffset, dataView.byteLength)
  return row => {
    const at = 16 * row
    const length = dataView.getUint32(at, true)
    if (length > 12) return undefined
    let text = ''
    for (let i = at + 4; i < at + 4 + length; i++) {
      const byte = bytes[i]!
      if (byte > 0x7f) return undefined
      text += String.fromCharCode(byte)
    }
    return text
  }
}
