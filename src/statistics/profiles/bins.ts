/**
 * Fixed bins of a column, taken from the reference alone: whatever comes later is counted in them, so that counts of
 * windows add up exactly and an outlier cannot move an edge.
 */
import { sha256Json } from '../../base/hash.ts'
import type { Column } from '../../base/table.ts'
import { keepWithin } from '../../numeric/keepWithin.ts'
import { sortAscending } from '../../numeric/sortAscending.ts'
import { largestFinite } from './moments.ts'

/**
 * Bin 0 is below edges[0], bin k is [edges[k-1], edges[k]), the last bin is from the last edge on: with edges from the
 * least to just above the largest reference value, the outer two are values outside the reference's range.
 */
export interface NumberBins {
  readonly kind: 'number'
  readonly column: string
  readonly edges: readonly number[]
  /** Name of exactly these bins: sketches over other bins are refused by it. */
  readonly id: string
}

/** One bin per category and a last one for every other text. */
export interface TextBins {
  readonly kind: 'text'
  readonly column: string
  readonly categories: readonly string[]
  /** Whether the reference has no other category: then the last bin holds unseen ones only. */
  readonly complete: boolean
  readonly id: string
}

export type Bins = NumberBins | TextBins

/** The most bins or categories that a column gets, the outer ones not counted. */
export interface BinLimits {
  /** Default 1,024: a distribution function known at its edges is known to within 1/1,024. */
  readonly bins?: number
  /** Default 1,000. */
  readonly categories?: number
}

/**
 * Bins from the values of a reference column. A number column with at most `bins` different values gets a bin for each;
 * otherwise the edges are quantiles, and a value that fills more than a bin gets one of its own. A text column gets a
 * bin for each of its `categories` most frequent texts. Missing values have no bin: they are counted apart.
 */
export function fixBins(column: Column, { bins = 1024, categories = 1000 }: BinLimits = {}): Bins {
  if (column.kind === 'text') {
    const counts = new Map<string, number>()
    for (const value of column.values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1)
    return textBins(column.name, counts, { categories })
  }
  const edges = numberEdges(sortAscending(keepWithin(column.values, largestFinite)), bins)
  return withId({ kind: 'number', column: column.name, edges })
}

/** Bins of the most frequent texts; `all` says whether `counts` has every text that the reference has. */
export function textBins(
  column: string,
  counts: ReadonlyMap<string, number>,
  { categories = 1000, all = true }: BinLimits & { readonly all?: boolean } = {},
): TextBins {
  const ranked = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([value]) => value)
  const complete = all && ranked.length <= categories
  return withId({ kind: 'text', column, categories: ranked.slice(0, categories), complete })
}

/** Bin of a finite or infinite number: how many edges are at or below it. */
export function binOf(edges: readonly number[], x: number): number {
  let low = 0
  let high = edges.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (edges[middle]! <= x) low = middle + 1
    else high = middle
  }
  return low
}

export function binCount(bins: Bins): number {
  return 1 + (bins.kind === 'number' ? bins.edges.length : bins.categories.length)
}

/** The next double above a finite x. */
export function nextAbove(x: number): number {
  if (x === 0) return Number.MIN_VALUE
  const bits = new BigInt64Array(1)
  const value = new Float64Array(bits.buffer)
  value[0] = x
  bits[0]! += x > 0 ? 1n : -1n
  return value[0]!
}

function numberEdges(sorted: Float64Array, bins: number): number[] {
  if (sorted.length === 0) return []
  const distinct = distinctUpTo(sorted, bins)
  const last = nextAbove(sorted[sorted.length - 1]!)
  if (distinct) return [...distinct, last]
  const edges = new Set<number>()
  let previous = Number.NaN
  for (let k = 0; k < bins; k++) {
    const quantile = sorted[Math.floor((k * sorted.length) / bins)]!
    // The same quantile twice: the value fills a bin alone.
    if (quantile === previous) edges.add(nextAbove(quantile))
    edges.add(quantile)
    previous = quantile
  }
  edges.add(last)
  return [...edges].sort((a, b) => a - b)
}

function distinctUpTo(sorted: Float64Array, limit: number): number[] | undefined {
  const distinct: number[] = []
  for (let i = 0; i < sorted.length; i++) {
    if (i > 0 && sorted[i] === sorted[i - 1]) continue
    if (distinct.length === limit) return undefined
    distinct.push(sorted[i]! + 0)
  }
  return distinct
}

function withId<B extends object>(bins: B): B & { id: string } {
  return { ...bins, id: sha256Json(bins).slice(0, 16) }
}
