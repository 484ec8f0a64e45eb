/**
 * The frequent values of a column with any number of different ones, in constant memory: the counters of Misra and
 * Gries (1982). Up to 2 capacity values are counted exactly; when there are more, the (capacity + 1)-th largest count is
 * taken off all counters and those at 0 are dropped. What was taken off is the error: a value was there at least
 * `count` and at most `count + error` times, and the error is at most n / (capacity + 1). Merging adds counters and errors
 * and cuts again, with the same bound (Agarwal et al., Mergeable Summaries, PODS 2012).
 */

/** Plain JSON. */
export interface FrequentItems {
  readonly capacity: number
  /** Values that were counted, missing ones not among them. */
  readonly n: number
  /** 0 as long as every count is exact. */
  readonly error: number
  /** Value and count, the largest count first, ties in the order of the values. */
  readonly counts: readonly (readonly [value: string, count: number])[]
}

export interface FrequentItem {
  readonly value: string
  /** Bounds of its rows. */
  readonly least: number
  readonly most: number
}

export function noItems(capacity = 1000): FrequentItems {
  if (!Number.isInteger(capacity) || capacity < 1) {
    throw new RangeError(`noItems: capacity is ${capacity}, must be an integer of at least 1`)
  }
  return { capacity, n: 0, error: 0, counts: [] }
}

/** The counters with these values too; null is missing and passed over. */
export function countItems(items: FrequentItems, values: readonly (string | null)[]): FrequentItems {
  const counts = new Map(items.counts)
  let { n, error } = items
  for (const value of values) {
    if (value === null) continue
    n++
    counts.set(value, (counts.get(value) ?? 0) + 1)
    if (counts.size > 2 * items.capacity) error += cut(counts, items.capacity)
  }
  return { capacity: items.capacity, n, error, counts: ranked(counts) }
}

export function mergeItems(a: FrequentItems, b: FrequentItems): FrequentItems {
  if (a.capacity !== b.capacity) {
    throw new RangeError(`mergeItems: capacity is ${a.capacity} and ${b.capacity}; count both with the same capacity`)
  }
  const counts = new Map(a.counts)
  for (const [value, count] of b.counts) counts.set(value, (counts.get(value) ?? 0) + count)
  let error = a.error + b.error
  if (counts.size > 2 * a.capacity) error += cut(counts, a.capacity)
  return { capacity: a.capacity, n: a.n + b.n, error, counts: ranked(counts) }
}

/**
 * The values that may make up at least this share of the rows, the most frequent first: none of those is left out, and
 * one is surely frequent where its `least` is above the share.
 */
export function itemsAbove({ n, error, counts }: FrequentItems, share: number): FrequentItem[] {
  if (!(share > error / Math.max(1, n) && share <= 1)) {
    throw new RangeError(
      `itemsAbove: the share is ${share}, must be above ${error / Math.max(1, n)} (the error of the counts) and at most 1`,
    )
  }
  return counts
    .filter(([, count]) => count + error >= share * n)
    .map(([value, count]) => ({ value, least: count, most: count + error }))
}

/** Takes the (capacity + 1)-th largest count off all; returns it. */
function cut(counts: Map<string, number>, capacity: number): number {
  const off = [...counts.values()].sort((a, b) => b - a)[capacity]!
  for (const [value, count] of counts) {
    if (count > off) counts.set(value, count - off)
    else counts.delete(value)
  }
  return off
}

function ranked(counts: Map<string, number>): [string, number][] {
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
}
