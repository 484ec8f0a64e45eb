/**
 * What one day of a column looks like, in numbers that two days can be compared by whatever bins a reference used:
 * diagnosis asks whether a feed stopped, froze or changed its unit, and for that the values themselves count.
 */
import type { Column, Table } from '../base/table.ts'

/** The quantiles that are kept, as shares. */
const profiledShares = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95] as const

export interface ColumnProfile {
  readonly column: string
  readonly kind: 'number' | 'text'
  readonly rows: number
  readonly missing: number
  /** Different values that are there. */
  readonly distinct: number
  /** Share of the most frequent value among those that are there. */
  readonly topShare: number
  /** Of a number column with values: its quantiles at `profiledShares`. */
  readonly quantiles?: readonly number[]
  /** Of a text column: its most frequent values, at most 100. */
  readonly values?: Readonly<Record<string, number>>
}

export function profileColumns(features: Table): ColumnProfile[] {
  return features.columns.map(profile)
}

function profile(column: Column): ColumnProfile {
  const rows = column.values.length
  const counts = new Map<number | string, number>()
  let missing = 0
  for (const value of column.values) {
    if (value === null || Number.isNaN(value)) missing++
    else counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  const present = rows - missing
  let top = 0
  for (const count of counts.values()) top = Math.max(top, count)
  const common = {
    column: column.name,
    rows,
    missing,
    distinct: counts.size,
    topShare: present === 0 ? 0 : top / present,
  }
  if (column.kind === 'text') {
    const frequent = [...(counts as Map<string, number>)].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    return { ...common, kind: 'text', values: Object.fromEntries(frequent.slice(0, 100)) }
  }
  const sorted = column.values.filter(x => !Number.isNaN(x)).sort()
  return { ...common, kind: 'number', ...(present > 0 && { quantiles: profiledShares.map(p => quantile(sorted, p)) }) }
}

/** Linear between order statistics (Hyndman and Fan 1996, type 7). */
function quantile(sorted: Float64Array, p: number): number {
  const place = p * (sorted.length - 1)
  const low = Math.floor(place)
  const here = sorted[low]!
  const next = sorted[Math.min(low + 1, sorted.length - 1)]!
  return here + (place - low) * (next - here)
}
