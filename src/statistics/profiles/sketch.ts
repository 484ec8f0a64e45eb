/**
 * A sketch stands for the rows of one column in a window: counts per fixed bin, missing values and moments. Counts of
 * two windows add up exactly, whatever the order, so that replicas, batches and days can be merged. Plain JSON.
 */
import type { Column } from '../../base/table.ts'
import { type Bins, binCount, binOf, type NumberBins } from './bins.ts'
import { largestFinite, type Moments, mergeMoments, momentsOf, noMoments } from './moments.ts'

export interface Sketch {
  readonly column: string
  /** Id of the bins that `counts` belong to. */
  readonly bins: string
  readonly rows: number
  readonly missing: number
  /** Infinities and numbers beyond 1e70; they are in the bins too, but not in the moments. */
  readonly infinite: number
  readonly counts: readonly number[]
  /** Of the finite numbers; empty for text. */
  readonly moments: Moments
}

export function emptySketch(bins: Bins): Sketch {
  return {
    column: bins.column,
    bins: bins.id,
    rows: 0,
    missing: 0,
    infinite: 0,
    counts: new Array<number>(binCount(bins)).fill(0),
    moments: noMoments,
  }
}

/** Sketch of a column. NaN (or null for text) is missing. Throws a TypeError where the kinds do not fit. */
export function sketchOf(bins: Bins, column: Column): Sketch {
  const counts = new Array<number>(binCount(bins)).fill(0)
  let missing = 0
  if (bins.kind === 'text') {
    if (column.kind !== 'text')
      throw new TypeError(`sketchOf: column ${column.name} is ${column.kind}, the bins are for text`)
    const indexOf = new Map(bins.categories.map((category, i) => [category, i]))
    for (const value of column.values) {
      if (value === null) missing++
      else counts[indexOf.get(value) ?? bins.categories.length]!++
    }
    const rows = column.values.length
    return { column: bins.column, bins: bins.id, rows, missing, infinite: 0, counts, moments: noMoments }
  }
  if (column.kind === 'text') throw new TypeError(`sketchOf: column ${column.name} is text, the bins are for numbers`)
  let infinite = 0
  const { values } = column
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!
    if (Number.isNaN(x)) missing++
    else {
      counts[binOf(bins.edges, x)]!++
      if (!(Math.abs(x) <= largestFinite)) infinite++
    }
  }
  const moments = momentsOf(values)
  return { column: bins.column, bins: bins.id, rows: values.length, missing, infinite, counts, moments }
}

/** The sketch of both windows together. Sketches over different bins are refused. */
export function mergeSketches(a: Sketch, b: Sketch): Sketch {
  if (a.bins !== b.bins) {
    throw new RangeError(
      `mergeSketches: ${a.column} is counted in bins ${a.bins}, ${b.column} in bins ${b.bins}; count both in the bins of one reference`,
    )
  }
  return {
    ...a,
    rows: a.rows + b.rows,
    missing: a.missing + b.missing,
    infinite: a.infinite + b.infinite,
    counts: a.counts.map((count, i) => count + b.counts[i]!),
    moments: mergeMoments(a.moments, b.moments),
  }
}

/** Values that are there: rows without the missing ones. */
export function present(sketch: Sketch): number {
  return sketch.rows - sketch.missing
}

/**
 * The p-quantile to within a bin: linear between the edges, the minimum and maximum at the ends. undefined without finite
 * values.
 */
export function sketchQuantile(bins: NumberBins, sketch: Sketch, p: number): number | undefined {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`sketchQuantile: p is ${p}, must be in [0, 1]`)
  const { min, max } = sketch.moments
  if (min === null || max === null) return undefined
  const target = p * present(sketch)
  let below = 0
  for (let k = 0; k < sketch.counts.length; k++) {
    const count = sketch.counts[k]!
    if (count > 0 && below + count >= target) {
      const from = Math.max(min, bins.edges[k - 1] ?? Number.NEGATIVE_INFINITY)
      const to = Math.min(max, bins.edges[k] ?? Number.POSITIVE_INFINITY)
      return from + Math.max(0, to - from) * ((target - below) / count)
    }
    below += count
  }
  return max
}
