/** Shares of single values in both files: of texts, and of numbers that take only a few values. */
import type { Column } from '../../base/table.ts'
import { present } from '../../statistics/profiles/sketch.ts'
import type { CountedColumn } from './countColumns.ts'

/** Shares of the values that are there. */
export interface CategoryShare {
  readonly name: string
  readonly reference: number
  readonly current: number
}

export interface CategoryShares {
  /** By name for numbers, the most frequent of the reference first for texts. */
  readonly named: readonly CategoryShare[]
  /** Texts without a bin: `unseen` where the reference has none of them. */
  readonly others?: CategoryShare & { readonly unseen: boolean }
}

/** Numbers with more values than this are drawn as a histogram. */
const mostValues = 12

/** undefined for numbers with too many values to be named. */
export function categoryShares(column: CountedColumn): CategoryShares | undefined {
  const { bins, reference, current } = column
  if (bins.kind === 'number') return valueShares(column)
  const [n, m] = [Math.max(1, present(reference)), Math.max(1, present(current))]
  const shareOf = (name: string, k: number): CategoryShare => ({
    name,
    reference: reference.counts[k]! / n,
    current: current.counts[k]! / m,
  })
  const others = shareOf('', bins.categories.length)
  return {
    named: bins.categories.map(shareOf),
    ...(others.reference + others.current > 0 && { others: { ...others, unseen: bins.complete } }),
  }
}

/** The category whose share has changed most. */
export function mostChanged(shares: readonly CategoryShare[]): CategoryShare | undefined {
  let most: CategoryShare | undefined
  for (const share of shares) if (!most || changeOf(share) > changeOf(most)) most = share
  return most
}

export function changeOf({ reference, current }: CategoryShare): number {
  const change = current - reference
  // Of two that mirror each other the one that has come says more than the one that has gone.
  return change > 0 ? change * (1 + 1e-9) : -change
}

function valueShares({ kind, samples }: CountedColumn): CategoryShares | undefined {
  const reference = countValues(samples.reference)
  const current = reference && countValues(samples.current)
  if (!reference || !current) return undefined
  const values = [...new Set([...reference.counts.keys(), ...current.counts.keys()])].sort((a, b) => a - b)
  if (values.length === 0 || values.length > mostValues) return undefined
  return {
    named: values.map(value => ({
      name: nameOf(value, kind),
      reference: (reference.counts.get(value) ?? 0) / Math.max(1, reference.rows),
      current: (current.counts.get(value) ?? 0) / Math.max(1, current.rows),
    })),
  }
}

function nameOf(value: number, kind: Column['kind']): string {
  return kind === 'boolean' ? (value === 0 ? 'false' : 'true') : String(value)
}

function countValues(values: Float64Array): { counts: Map<number, number>; rows: number } | undefined {
  const counts = new Map<number, number>()
  let rows = 0
  for (const value of values) {
    if (Number.isNaN(value)) continue
    rows++
    counts.set(value, (counts.get(value) ?? 0) + 1)
    if (counts.size > mostValues) return undefined
  }
  return { counts, rows }
}
