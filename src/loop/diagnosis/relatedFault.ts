/**
 * Faults in how columns go together: each number column is predicted from the others by least squares over the days
 * before. Where since some day a column misses its prediction by many times its usual error, and does not once it is
 * converted back, its unit has changed; where two columns fit once they are exchanged, they have changed places. Seasons
 * move columns together and are no sign.
 */
import type { Table } from '../../base/table.ts'
import { added, completeRows, fullColumns, productsOf, type Regression, regress } from './columnRegression.ts'
import { leastCompared, type RelatedFault } from './evidence.ts'
import { comparedDays, conversions, searchedDays } from './unitChange.ts'
import { average, type Conversion, identity } from './usualDay.ts'

const leastRows = 30
/**
 * In standard deviations of the prediction's error: what is surely off, and what is about as before. A week that is
 * warmer than the one it is predicted from misses by two or three.
 */
const off = 6
const fitting = 4

/** Oldest day first; the first day on which something has changed, and what explains it best. */
export function relatedFault(
  days: readonly { readonly date: string; readonly features: Table }[],
): RelatedFault | undefined {
  const searched = days.slice(-(searchedDays + comparedDays))
  const names = fullColumns(searched.map(({ features }) => features))
  if (names.length < 3) return undefined
  const rows = searched.map(({ features }) => completeRows(features, names))
  const centre = rows.find(day => day.length > 0)?.[0]
  if (!centre) return undefined
  const sums = rows.map(day => productsOf(day, centre))
  for (let at = Math.max(leastCompared, searched.length - searchedDays); at < searched.length; at++) {
    const from = Math.max(0, at - comparedDays)
    const known = added(sums.slice(from, at))
    const fresh = rows.slice(at).flat()
    if (known.rows < 20 * names.length || fresh.length < leastRows) continue
    const { date: since } = searched[at]!
    const columns = names.flatMap((name, target): Related[] => {
      const fit = regress(known, target)
      return fit ? [{ name, target, fit, misfit: misfit(fit, fresh, target, identity) }] : []
    })
    const swap = exchanged(columns, fresh)
    if (swap) return { kind: 'swapped columns', ...swap, since }
    const found = columns
      .filter(column => column.misfit >= off)
      .flatMap(column => {
        const values = rows.slice(from, at).flatMap(day => day.map(row => row[column.target]!))
        return backTo(column, fresh, values) ?? []
      })
      .sort((a, b) => a.misfit - b.misfit)[0]
    if (found) return { kind: 'unit change', column: found.column, conversion: found.conversion, since }
  }
  return undefined
}

interface Related {
  readonly name: string
  readonly target: number
  readonly fit: Regression
  /** Of the fresh rows as they are. */
  readonly misfit: number
}

/** The conversion that brings the fresh values back to their prediction. */
function backTo(
  { name, target, fit, misfit: as }: Related,
  fresh: readonly Float64Array[],
  known: readonly number[],
): { readonly column: string; readonly conversion: string; readonly misfit: number } | undefined {
  for (const conversion of conversions) {
    if (known.some(value => value < conversion.from[0] || value > conversion.from[1])) continue
    const left = misfit(fit, fresh, target, conversion)
    if (left < fitting && left < as / 6) return { column: name, conversion: conversion.name, misfit: left }
  }
  return undefined
}

/** Two columns that are far from their predictions, and both near them when each takes the place of the other. */
function exchanged(
  columns: readonly Related[],
  fresh: readonly Float64Array[],
): { readonly column: string; readonly other: string } | undefined {
  let best: { readonly column: string; readonly other: string; readonly left: number } | undefined
  for (const [i, a] of columns.entries()) {
    for (const b of columns.slice(0, i)) {
      if (a.misfit < off || b.misfit < off) continue
      const rows = fresh.map(row => withExchanged(row, a.target, b.target))
      const left = Math.max(misfit(a.fit, rows, a.target, identity), misfit(b.fit, rows, b.target, identity))
      const as = Math.min(a.misfit, b.misfit)
      const fits = (left < fitting && left < as / 2) || left < as / 4
      if (fits && (!best || left < best.left)) best = { column: b.name, other: a.name, left }
    }
  }
  return best && { column: best.column, other: best.other }
}

function withExchanged(row: Float64Array, a: number, b: number): Float64Array {
  const exchangedRow = row.slice()
  exchangedRow[a] = row[b]!
  exchangedRow[b] = row[a]!
  return exchangedRow
}

/** Root mean square distance of the values, converted back, from their predictions, in standard deviations of its error. */
function misfit(
  { predict, error }: Regression,
  rows: readonly Float64Array[],
  target: number,
  { factor, offset }: Conversion,
): number {
  return Math.sqrt(average(rows.map(row => (((row[target]! - offset) / factor - predict(row)) / error) ** 2)))
}
