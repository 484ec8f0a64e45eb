/**
 * A sketch stands for the rows of one column in a window: counts per fixed bin, missing values and moments. Counts of
 * two windows add up exactly, whatever the order, so that replicas, batches and days can be merged. Plain JSON.
 */
import type { Column } from '../../base/table.ts'
import { binIndex, countBins } from './binIndex.ts'
import { type Bins, binCount, type NumberBins, type TextBins } from './bins.ts'
import { type Moments, mergeMoments, momentsOf, noMoments } from './moments.ts'

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
  return sketchBuilder(bins).sketch()
}

/** Sketch of a column. NaN (or null for text) is missing. Throws a TypeError where the kinds do not fit. */
export function sketchOf(bins: Bins, column: Column): Sketch {
  const builder = sketchBuilder(bins)
  builder.add(column)
  return builder.sketch()
}

/** Counts a column batch by batch; what it holds does not grow with the rows. */
export interface SketchBuilder {
  /** Throws a TypeError where the column's kind does not fit the bins. */
  add(batch: Column): void
  /** The sketch of what was added so far. */
  sketch(): Sketch
}

export function sketchBuilder(bins: Bins): SketchBuilder {
  return bins.kind === 'number' ? numberBuilder(bins) : textBuilder(bins)
}

function numberBuilder(bins: NumberBins): SketchBuilder {
  const index = binIndex(bins.edges)
  const counts = new Float64Array(binCount(bins))
  let rows = 0
  let missing = 0
  let moments = noMoments
  return {
    add({ name, kind, values }) {
      if (kind === 'text') throw new TypeError(`sketchOf: column ${name} is text, the bins are for numbers`)
      missing += countBins(index, values, counts)
      moments = mergeMoments(moments, momentsOf(values))
      rows += values.length
    },
    sketch: () => ({
      column: bins.column,
      bins: bins.id,
      rows,
      missing,
      infinite: rows - missing - moments.n,
      counts: Array.from(counts),
      moments,
    }),
  }
}

function textBuilder(bins: TextBins): SketchBuilder {
  const indexOf = new Map(bins.categories.map((category, i) => [category, i]))
  const other = bins.categories.length
  const counts = new Float64Array(binCount(bins))
  let rows = 0
  let missing = 0
  return {
    add({ name, kind, values }) {
      if (kind !== 'text') throw new TypeError(`sketchOf: column ${name} is ${kind}, the bins are for text`)
      for (const value of values) {
        if (value === null) missing++
        else counts[indexOf.get(value) ?? other]!++
      }
      rows += values.length
    },
    sketch: () => ({
      column: bins.column,
      bins: bins.id,
      rows,
      missing,
      infinite: 0,
      counts: Array.from(counts),
      moments: noMoments,
    }),
  }
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
