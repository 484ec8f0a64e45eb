/** Which segments cost the loss: the change of the mean loss between two sets of rows, split by the values of a column. */
import type { Column } from '../base/table.ts'
import { normalSf } from '../statistics/distributions/distributions.ts'
import { adjustP } from '../statistics/hypothesis/multipleTesting.ts'

export interface SegmentLoss {
  readonly column: string
  /** A category, a range of numbers, `missing`, or `other` for the segments that are too small. */
  readonly value: string
  /** Rows of the window. */
  readonly rows: number
  readonly referenceRows: number
  /** What the segment adds to the change of the mean loss: within + mix. Over a column it adds up to the whole change. */
  readonly contribution: number
  /** Standard error of the contribution: both sets are samples. */
  readonly error: number
  /** Of a contribution as far from 0 when nothing has changed; adjusted for all segments of all columns (Benjamini-Hochberg). */
  readonly p: number
  readonly adjustedP: number
  /** Its share times the change of its loss. */
  readonly within: number
  /** The change of its share times how far its loss lies from the mean. */
  readonly mix: number
  /** Mean loss in the window and in the reference; absent without rows. */
  readonly loss?: number
  readonly referenceLoss?: number
}

export interface SegmentReport {
  /** Mean loss of the window minus that of the reference. */
  readonly change: number
  /** All segments of all columns, the largest contribution first. */
  readonly segments: readonly SegmentLoss[]
}

export interface LossRows {
  /** Columns to split by, the same in both sets. */
  readonly columns: readonly Column[]
  /** Loss of each row. */
  readonly loss: Float64Array
}

/**
 * Splits the change of the mean loss by each column on its own. With p the share of a segment, L its mean loss, bars for
 * the mean of both sets and M the mean loss over both:
 *   p' L' - p L = pbar (L' - L) + (p' - p) Lbar,   and the share counts against M, so that more rows of average loss
 *   count nothing: contribution = pbar (L' - L) + (p' - p) (Lbar - M)
 * That is the mean over the window of 1_segment (loss - M) minus the same mean over the reference, which gives its
 * standard error and, by the normal law, p.
 *
 * A segment that is in one set only is all mix. Number columns are cut at the reference's quartiles; segments with fewer
 * than `leastRows` rows in both sets together are put together as `other`.
 */
export function lossBySegment(
  reference: LossRows,
  window: LossRows,
  { leastRows = 100 }: { leastRows?: number } = {},
): SegmentReport {
  const meanBefore = mean('reference', reference.loss)
  const meanAfter = mean('window', window.loss)
  const middle = (meanBefore + meanAfter) / 2
  const segments: Omit<SegmentLoss, 'adjustedP'>[] = []
  for (const column of reference.columns) {
    const other = window.columns.find(({ name }) => name === column.name)
    if (!other) throw new RangeError(`lossBySegment: the window has no column ${column.name}`)
    const labels = labelling(column)
    const sums = new Map<string, Sums>()
    collect(sums, labels(column), reference.loss, 0)
    collect(sums, labels(other), window.loss, 1)
    for (const [value, of] of pooled(sums, leastRows)) {
      segments.push(segment(column.name, value, of, [reference.loss.length, window.loss.length], middle))
    }
  }
  const adjusted = adjustP(Float64Array.from(segments, ({ p }) => p))
  return {
    change: meanAfter - meanBefore,
    segments: segments
      .map((one, i) => ({ ...one, adjustedP: adjusted[i]! }))
      .sort((a, b) => b.contribution - a.contribution),
  }
}

/** Rows, sum of losses and sum of their squares, reference first. */
interface Sums {
  readonly rows: [number, number]
  readonly loss: [number, number]
  readonly squares: [number, number]
}

function noRows(): Sums {
  return { rows: [0, 0], loss: [0, 0], squares: [0, 0] }
}

function segment(
  column: string,
  value: string,
  { rows, loss: sums, squares }: Sums,
  totals: readonly [number, number],
  middle: number,
): Omit<SegmentLoss, 'adjustedP'> {
  const before = rows[0] > 0 ? sums[0] / rows[0] : undefined
  const after = rows[1] > 0 ? sums[1] / rows[1] : undefined
  const share = rows[0] / totals[0]
  const shareAfter = rows[1] / totals[1]
  const from = before ?? after!
  const to = after ?? before!
  const within = ((share + shareAfter) / 2) * (to - from)
  const mix = (shareAfter - share) * ((from + to) / 2 - middle)
  // Moments of 1_segment (loss - M) over all rows of a set. Under the null both sets have one variance, which is pooled:
  // the few rows of a small window would often give one that is far too small.
  const moments = [0, 1].map(set => ({
    n: totals[set]!,
    mean: (sums[set]! - rows[set]! * middle) / totals[set]!,
    square: (squares[set]! - 2 * middle * sums[set]! + rows[set]! * middle ** 2) / totals[set]!,
  }))
  const error = Math.sqrt(moments.reduce((sum, { n, mean, square }) => sum + Math.max(0, square - mean ** 2) / n, 0))
  const all = totals[0] + totals[1]
  const pooledMean = moments.reduce((sum, { n, mean }) => sum + (n / all) * mean, 0)
  const pooledSquare = moments.reduce((sum, { n, square }) => sum + (n / all) * square, 0)
  const pooledVariance = Math.max(0, pooledSquare - pooledMean ** 2)
  const nullError = Math.sqrt(pooledVariance / totals[0] + pooledVariance / totals[1])
  return {
    column,
    value,
    rows: rows[1],
    referenceRows: rows[0],
    contribution: within + mix,
    error,
    p: nullError > 0 ? Math.min(1, 2 * normalSf(Math.abs(within + mix) / nullError)) : 1,
    within,
    mix,
    ...(after !== undefined && { loss: after }),
    ...(before !== undefined && { referenceLoss: before }),
  }
}

function collect(sums: Map<string, Sums>, labels: readonly string[], loss: Float64Array, set: 0 | 1): void {
  if (labels.length !== loss.length) {
    throw new RangeError(`lossBySegment: ${loss.length} losses for ${labels.length} rows`)
  }
  for (const [row, label] of labels.entries()) {
    let found = sums.get(label)
    if (!found) {
      found = noRows()
      sums.set(label, found)
    }
    found.rows[set]++
    found.loss[set] += loss[row]!
    found.squares[set] += loss[row]! ** 2
  }
}

function pooled(sums: Map<string, Sums>, leastRows: number): Map<string, Sums> {
  const kept = new Map<string, Sums>()
  const other = noRows()
  for (const [value, of] of sums) {
    if (of.rows[0] + of.rows[1] >= leastRows) kept.set(value, of)
    else add(of, other)
  }
  if (other.rows[0] + other.rows[1] > 0) {
    // A category may itself be called `other`.
    const same = kept.get('other')
    if (same) add(same, other)
    kept.set('other', other)
  }
  return kept
}

function add(from: Sums, to: Sums): void {
  for (const part of ['rows', 'loss', 'squares'] as const) {
    for (const set of [0, 1] as const) to[part][set] += from[part][set]
  }
}

/** How a column's rows are called: texts by themselves, numbers by the quartile of the reference that they fall into. */
function labelling(reference: Column): (column: Column) => string[] {
  if (reference.kind === 'text') {
    return column => {
      if (column.kind !== 'text')
        throw new TypeError(`lossBySegment: column ${column.name} is text only in the reference`)
      return column.values.map(value => value ?? 'missing')
    }
  }
  const sorted = reference.values.filter(x => Number.isFinite(x)).sort()
  const cuts = [...new Set([0.25, 0.5, 0.75].map(p => sorted[Math.floor(p * sorted.length)]!))].filter(
    cut => cut !== undefined && cut > sorted[0]!,
  )
  const names = [...cuts, undefined].map((cut, i) => {
    const from = cuts[i - 1]
    if (from === undefined) return cut === undefined ? 'all' : `below ${short(cut)}`
    return cut === undefined ? `${short(from)} or more` : `${short(from)} to below ${short(cut)}`
  })
  return column => {
    if (column.kind === 'text') throw new TypeError(`lossBySegment: column ${column.name} is text only in the window`)
    return Array.from(column.values, x => {
      if (Number.isNaN(x)) return 'missing'
      let k = 0
      while (k < cuts.length && x >= cuts[k]!) k++
      return names[k]!
    })
  }
}

function short(x: number): string {
  return String(Number(x.toPrecision(4)))
}

function mean(name: string, values: Float64Array): number {
  if (values.length === 0) throw new RangeError(`lossBySegment: the ${name} has no rows`)
  let sum = 0
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i]))
      throw new RangeError(`lossBySegment: loss of row ${i} of the ${name} is ${values[i]}`)
    sum += values[i]!
  }
  return sum / values.length
}
