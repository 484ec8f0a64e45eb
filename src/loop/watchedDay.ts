/**
 * What is kept of a closed day for diagnosis: how its columns looked, hashes by which a repeated row is known, at which
 * hours its rows came, and which values its columns had.
 */
import type { NumberColumn, Table } from '../base/table.ts'
import { wallTime } from '../base/time.ts'
import { hashNumber } from '../numeric/hash32.ts'
import { type ColumnProfile, profileColumns } from './columnProfile.ts'

export interface DayContent {
  readonly profile: readonly ColumnProfile[]
  /** 32-bit hashes of the rows' features. */
  readonly hashes: readonly number[]
  /** Rows by the hour of the local clock at which they were predicted; absent in days closed by earlier releases. */
  readonly hours?: readonly number[]
  /** Of number columns; absent in days closed by earlier releases. */
  readonly values?: Readonly<Record<string, ValuesSeen>>
}

/** Which values a number column had: all with their rows where they are few, else a sample by which two days compare. */
export type ValuesSeen =
  | { readonly counts: Readonly<Record<string, number>> }
  /** The `sampleSize` smallest hashes of its different values (Broder 1997), ascending. */
  | { readonly smallest: readonly number[] }

const fewValues = 32
const sampleSize = 64

export function contentOfDay(features: Table, at?: Float64Array, timezone = 'UTC'): DayContent {
  return {
    profile: profileColumns(features),
    hashes: [...hashRows(features)],
    ...(at && { hours: hoursOf(at, timezone) }),
    values: Object.fromEntries(
      features.columns.filter(column => column.kind !== 'text').map(column => [column.name, valuesSeen(column)]),
    ),
  }
}

/** Share of the day's rows that are equal to an earlier row of this day or to one of the day before. */
export function repeatedShare(hashes: readonly number[], before: readonly number[]): number {
  const seen = new Set(before)
  let repeated = 0
  for (const hash of hashes) {
    if (seen.has(hash)) repeated++
    seen.add(hash)
  }
  return hashes.length === 0 ? 0 : repeated / hashes.length
}

/**
 * Jaccard index of the sets of values of two days, estimated from their samples: of the smallest hashes of both together,
 * the share that both have. Its standard error is below 0.07.
 */
export function valuesInCommon(a: readonly number[], b: readonly number[]): number {
  const union = [...new Set([...a, ...b])].sort((x, y) => x - y).slice(0, Math.max(a.length, b.length))
  const [inA, inB] = [new Set(a), new Set(b)]
  return union.length === 0 ? 0 : union.filter(hash => inA.has(hash) && inB.has(hash)).length / union.length
}

function valuesSeen({ values }: NumberColumn): ValuesSeen {
  const counts = new Map<number, number>()
  for (const value of values) if (!Number.isNaN(value)) counts.set(value, (counts.get(value) ?? 0) + 1)
  if (counts.size <= fewValues) {
    return { counts: Object.fromEntries([...counts].sort(([a], [b]) => a - b).map(([value, n]) => [String(value), n])) }
  }
  const hashes = Uint32Array.from(counts.keys(), value => hashNumber(value))
  return { smallest: [...hashes.sort().subarray(0, sampleSize)] }
}

function hoursOf(at: Float64Array, timezone: string): number[] {
  const hours = new Array<number>(24).fill(0)
  for (const instant of at) hours[Math.floor(wallTime(instant, timezone) / 3_600_000) % 24]!++
  return hours
}

/** FNV-1a over the cells' text, a separator between cells; equal rows have equal hashes. */
function hashRows(features: Table): Uint32Array {
  const hashes = new Uint32Array(features.rows).fill(0x811c9dc5)
  for (const { values } of features.columns) {
    for (let row = 0; row < features.rows; row++) hashes[row] = hashText(hashes[row]!, `${values[row]}\u0000`)
  }
  return hashes
}

/** FNV-1a (Fowler, Noll and Vo) of UTF-16 units, going on from `hash`. */
function hashText(hash: number, text: string): number {
  let next = hash
  for (let i = 0; i < text.length; i++) next = Math.imul(next ^ text.charCodeAt(i), 0x01000193) >>> 0
  return next
}
