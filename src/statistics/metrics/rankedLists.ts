/**
 * How well scores order the items of a query (a search, a user, a day), most relevant first. Items of equal score have no
 * order: every metric is its mean over all orders of the ties, computed without drawing them (McSherry and Najork 2008).
 */
import { argsort } from '../../numeric/argsort.ts'
import { type Measured, measured, undefinedBecause } from '../measured.ts'
import { type Bounds, criticalValue, meanBounds } from './bounds.ts'

export const rankedListMetricNames = ['ndcg', 'map', 'mrr', 'precision', 'recall'] as const
export type RankedListMetricName = (typeof rankedListMetricNames)[number]

export interface RankedLists {
  /** Relevance of each item, at least 0; an item with more than 0 is relevant. */
  readonly relevance: Float64Array
  readonly score: Float64Array
  /** Number of the query of each item. */
  readonly query: ArrayLike<number>
}

export interface RankedListMetrics {
  /** Queries with a relevant item: the others have no right order and are left out. */
  readonly queries: number
  readonly withoutRelevant: number
  readonly metrics: { readonly [name in RankedListMetricName]: Measured }
  readonly intervals: { readonly [name in RankedListMetricName]: Bounds }
}

/**
 * Means over queries, with an interval by queries, for the first k places:
 * - `ndcg`: sum of gain / log2(place + 1), divided by that of the best order. The gain is the relevance, or 2^relevance - 1
 *   with `gain: 'exponential'`.
 * - `map`: mean over the relevant items of the share of relevant items down to their place (0 beyond place k), divided by
 *   the smaller of k and their number.
 * - `mrr`: 1 / place of the first relevant item, 0 beyond place k.
 * - `precision`, `recall`: relevant items in the first k places, divided by k and by their number.
 */
export function rankedListMetrics(
  { relevance, score, query }: RankedLists,
  {
    k = Number.POSITIVE_INFINITY,
    gain = 'linear',
    confidence = 0.95,
  }: { k?: number; gain?: 'linear' | 'exponential'; confidence?: number } = {},
): RankedListMetrics {
  if (!(k >= 1)) throw new RangeError(`rankedListMetrics: k is ${k}, must be at least 1`)
  const found = Object.fromEntries(rankedListMetricNames.map(name => [name, [] as number[]])) as Record<
    RankedListMetricName,
    number[]
  >
  const gains = gain === 'linear' ? relevance : relevance.map(r => 2 ** r - 1)
  let withoutRelevant = 0
  for (const items of itemsByQuery(relevance, score, query)) {
    const groups = tieGroups(items, relevance, gains, score)
    const relevant = groups.reduce((sum, group) => sum + group.relevant, 0)
    if (relevant === 0) {
      withoutRelevant++
      continue
    }
    const cut = Math.min(k, items.length)
    found.ndcg.push(discounted(groups, cut) / bestDiscounted(items, gains, cut))
    found.map.push(precisionSum(groups, cut) / Math.min(relevant, cut))
    found.mrr.push(reciprocalPlace(groups, cut))
    const hits = hitsWithin(groups, cut)
    found.precision.push(hits / (Number.isFinite(k) ? k : items.length))
    found.recall.push(hits / relevant)
  }
  const of = <T>(compute: (values: Float64Array) => T) =>
    Object.fromEntries(rankedListMetricNames.map(name => [name, compute(Float64Array.from(found[name]))])) as {
      readonly [name in RankedListMetricName]: T
    }
  return {
    queries: found.ndcg.length,
    withoutRelevant,
    metrics: of(values =>
      values.length > 0 ? measured(mean(values)) : undefinedBecause('no query has a relevant item'),
    ),
    intervals: of(values => meanOfQueries(values, confidence)),
  }
}

/** Items of one score: they share the places after `before`. */
interface TieGroup {
  readonly before: number
  readonly size: number
  readonly relevant: number
  readonly gain: number
  /** Relevant items of higher score. */
  readonly relevantBefore: number
}

function tieGroups(items: Int32Array, relevance: Float64Array, gains: Float64Array, score: Float64Array): TieGroup[] {
  const order = argsort(Float64Array.from(items, item => -score[item]!))
  const groups: TieGroup[] = []
  let relevantBefore = 0
  for (let start = 0; start < order.length; ) {
    const tied = score[items[order[start]!]!]!
    let end = start
    let relevant = 0
    let gain = 0
    for (; end < order.length && score[items[order[end]!]!]! === tied; end++) {
      const item = items[order[end]!]!
      if (relevance[item]! > 0) relevant++
      gain += gains[item]!
    }
    groups.push({ before: start, size: end - start, relevant, gain, relevantBefore })
    relevantBefore += relevant
    start = end
  }
  return groups
}

function discounted(groups: readonly TieGroup[], cut: number): number {
  let sum = 0
  for (const { before, size, gain } of groups) {
    for (let i = 0; i < size && before + i < cut; i++) sum += gain / size / Math.log2(before + i + 2)
  }
  return sum
}

function bestDiscounted(items: Int32Array, gains: Float64Array, cut: number): number {
  const best = Float64Array.from(items, item => gains[item]!).sort()
  let sum = 0
  for (let i = 0; i < cut; i++) sum += best[best.length - 1 - i]! / Math.log2(i + 2)
  return sum
}

/** At place i of its group a relevant item stands with chance r / m; (i - 1)(r - 1) / (m - 1) others stand before it. */
function precisionSum(groups: readonly TieGroup[], cut: number): number {
  let sum = 0
  for (const { before, size, relevant, relevantBefore } of groups) {
    if (relevant === 0) continue
    for (let i = 0; i < size && before + i < cut; i++) {
      const ahead = size > 1 ? (i * (relevant - 1)) / (size - 1) : 0
      sum += ((relevant / size) * (relevantBefore + ahead + 1)) / (before + i + 1)
    }
  }
  return sum
}

/** The first relevant item stands at place j of its group with chance C(m - j, r - 1) / C(m, r). */
function reciprocalPlace(groups: readonly TieGroup[], cut: number): number {
  const group = groups.find(({ relevant }) => relevant > 0)
  if (!group) return 0
  const { before, size, relevant } = group
  let sum = 0
  let none = 1
  for (let i = 0; i < size && before + i < cut && none > 0; i++) {
    const here = Math.min(1, relevant / (size - i))
    sum += (none * here) / (before + i + 1)
    none *= 1 - here
  }
  return sum
}

function hitsWithin(groups: readonly TieGroup[], cut: number): number {
  let sum = 0
  for (const { before, size, relevant } of groups) {
    sum += (relevant * Math.max(0, Math.min(size, cut - before))) / size
  }
  return sum
}

function itemsByQuery(relevance: Float64Array, score: Float64Array, query: ArrayLike<number>): Int32Array[] {
  const name = 'rankedListMetrics'
  if (score.length !== relevance.length || query.length !== relevance.length) {
    throw new RangeError(`${name}: ${relevance.length} items with ${score.length} scores and ${query.length} queries`)
  }
  const groups = new Map<number, number[]>()
  for (let i = 0; i < relevance.length; i++) {
    if (!(relevance[i]! >= 0 && relevance[i]! < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`${name}: relevance of item ${i} is ${relevance[i]}, must be finite and at least 0`)
    }
    if (Number.isNaN(score[i])) throw new RangeError(`${name}: score of item ${i} is NaN`)
    const items = groups.get(query[i]!)
    if (items) items.push(i)
    else groups.set(query[i]!, [i])
  }
  return Array.from(groups.values(), items => Int32Array.from(items))
}

/** Queries are the units that vary: t corrected for skewness, within [0, 1]. */
function meanOfQueries(values: Float64Array, confidence: number): Bounds {
  const n = values.length
  if (n < 2) return { reason: `${n} queries with a relevant item, 2 are needed` }
  const centre = mean(values)
  let square = 0
  let cube = 0
  for (const value of values) {
    square += (value - centre) ** 2
    cube += (value - centre) ** 3
  }
  if (!(square > 0)) return { reason: 'the metric is the same in every query' }
  const standardError = Math.sqrt(square / (n - 1) / n)
  const bounds = meanBounds(centre, standardError, cube / square ** 1.5, criticalValue(confidence, n - 1))
  return { ...bounds, lower: Math.max(0, bounds.lower), upper: Math.min(1, bounds.upper) }
}

function mean(values: Float64Array): number {
  let sum = 0
  for (const value of values) sum += value
  return sum / values.length
}
