/** What a column looks like: for people who read a dataset version, and for checks that compare two of them. */
import type { Column, Table } from '../../base/table.ts'
import { keepWithin } from '../../numeric/keepWithin.ts'
import { sortAscending } from '../../numeric/sortAscending.ts'
import { momentsOf, sdOf } from './moments.ts'

export interface ColumnProfile {
  readonly column: string
  readonly kind: Column['kind']
  readonly rows: number
  readonly missing: number
  /** Different values, exactly. */
  readonly distinct: number
  /** The most frequent values with their rows, ties in the order of the values. */
  readonly top: readonly { readonly value: string | number; readonly rows: number }[]
  /** Of numbers, absent where there is none. */
  readonly numbers?: NumberProfile
}

export interface NumberProfile {
  readonly infinite: number
  readonly zero: number
  readonly negative: number
  readonly mean: number
  readonly sd: number
  readonly min: number
  readonly max: number
  /** By p: linear between the two nearest values. */
  readonly quantiles: Readonly<Record<QuantileName, number>>
}

export const quantileNames = ['0.01', '0.05', '0.25', '0.5', '0.75', '0.95', '0.99'] as const
export type QuantileName = (typeof quantileNames)[number]

/** Profiles of all columns of a table. */
export function profile(of: Table, { top = 10 }: { top?: number } = {}): ColumnProfile[] {
  return of.columns.map(column => columnProfile(column, { top }))
}

export function columnProfile(column: Column, { top = 10 }: { top?: number } = {}): ColumnProfile {
  const { name, kind } = column
  const rows = column.values.length
  if (column.kind === 'text') {
    const counts = new Map<string, number>()
    let missing = 0
    for (const value of column.values) {
      if (value === null) missing++
      else counts.set(value, (counts.get(value) ?? 0) + 1)
    }
    return { column: name, kind, rows, missing, distinct: counts.size, top: mostFrequent(counts, top) }
  }
  const sorted = sortAscending(keepWithin(column.values))
  const missing = rows - sorted.length
  const counts = runs(sorted)
  const distinct = counts.length
  const numbers = numberProfile(sorted)
  const frequent = mostFrequent(new Map(counts.filter(([value]) => Number.isFinite(value))), top)
  return { column: name, kind, rows, missing, distinct, top: frequent, ...(numbers && { numbers }) }
}

/** The p-quantile of ascending values, linear between the two nearest (Hyndman and Fan's type 7). */
export function sortedQuantile(sorted: Float64Array, p: number): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`sortedQuantile: p is ${p}, must be in [0, 1]`)
  if (sorted.length === 0) throw new RangeError('sortedQuantile: there are no values')
  const at = p * (sorted.length - 1)
  const below = sorted[Math.floor(at)]!
  const above = sorted[Math.ceil(at)]!
  return below + (above - below) * (at - Math.floor(at))
}

function numberProfile(sorted: Float64Array): NumberProfile | undefined {
  const finite = sorted.filter(x => Number.isFinite(x))
  if (finite.length === 0) return undefined
  const moments = momentsOf(finite)
  const quantiles = Object.fromEntries(quantileNames.map(p => [p, sortedQuantile(finite, Number(p))]))
  return {
    infinite: sorted.length - finite.length,
    zero: finite.reduce((count, x) => count + (x === 0 ? 1 : 0), 0),
    negative: finite.reduce((count, x) => count + (x < 0 ? 1 : 0), 0),
    mean: moments.mean,
    sd: sdOf(moments),
    min: finite[0]! + 0,
    max: finite[finite.length - 1]! + 0,
    quantiles: quantiles as Record<QuantileName, number>,
  }
}

function runs(sorted: Float64Array): [number, number][] {
  const counts: [number, number][] = []
  for (let i = 0; i < sorted.length; ) {
    let end = i
    while (end < sorted.length && sorted[end] === sorted[i]) end++
    counts.push([sorted[i]! + 0, end - i])
    i = end
  }
  return counts
}

/** The values with the most rows, ties in the order of the values. */
export function mostFrequent<V extends string | number>(
  counts: Map<V, number>,
  top: number,
): { value: V; rows: number }[] {
  return [...counts]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, top)
    .map(([value, rows]) => ({ value, rows }))
}
