/** What is kept of a closed day for diagnosis: how its columns looked, and hashes by which a repeated row is known. */
import type { Table } from '../base/table.ts'
import { type ColumnProfile, profileColumns } from './columnProfile.ts'

export interface DayContent {
  readonly profile: readonly ColumnProfile[]
  /** 32-bit hashes of the rows' features. */
  readonly hashes: readonly number[]
}

export function contentOfDay(features: Table): DayContent {
  return { profile: profileColumns(features), hashes: [...hashRows(features)] }
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

/** FNV-1a over the cells' text, a separator between cells; equal rows have equal hashes. */
function hashRows(features: Table): Uint32Array {
  const hashes = new Uint32Array(features.rows).fill(0x811c9dc5)
  for (const { values } of features.columns) {
    for (let row = 0; row < features.rows; row++) {
      const text = `${values[row]}\u0000`
      let hash = hashes[row]!
      for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0
      hashes[row] = hash
    }
  }
  return hashes
}
