/**
 * Drift of a window against a reference, column by column, from their sketches alone: the cost depends on the bins, not
 * on the rows. A column has drifted where a test finds a difference (adjusted for the number of columns) and the
 * difference is large enough to matter; either alone is only shown.
 *
 * The p-values take rows as independent draws. Rows of one day are not: use driftOverDays.ts for daily windows.
 */

import { chiSquareTest, poolRare, twoProportions } from '../hypothesis/contingency.ts'
import { jensenShannonDivergence } from '../hypothesis/distances.ts'
import { kolmogorovSf } from '../hypothesis/kolmogorov.ts'
import { adjustP } from '../hypothesis/multipleTesting.ts'
import type { Bins } from '../profiles/bins.ts'
import { present, type Sketch } from '../profiles/sketch.ts'

export interface ColumnDrift {
  readonly column: string
  readonly statistic: number
  readonly effect: number
  readonly p: number
  readonly pAdjusted: number
  readonly drifted: boolean
  /** The test that speaks loudest: of the values, of missing ones, or of values outside the reference. */
  readonly method: DriftMethod
  /** Rows of the reference and of the window. */
  readonly n: number
  readonly m: number
}

export type DriftMethod =
  | 'Kolmogorov-Smirnov on bins'
  | 'chi-square of categories'
  | 'share missing'
  | 'share outside the reference'
  | 'JS distance over days'

export interface DriftReport {
  readonly columns: readonly ColumnDrift[]
  /** Columns that could not be tested, with the reason. */
  readonly skipped: readonly { readonly column: string; readonly reason: string }[]
}

/** Effects from which a difference matters, in the unit of each test. */
export const effectThresholds: Readonly<Record<DriftMethod, number>> = {
  'Kolmogorov-Smirnov on bins': 0.1,
  'chi-square of categories': 0.1,
  'share missing': 0.05,
  'share outside the reference': 0.02,
  'JS distance over days': 0.1,
}

interface Part {
  readonly method: DriftMethod
  readonly statistic: number
  readonly effect: number
  readonly p: number
}

/** All columns of a window against the reference, in the order of `bins`; p adjusted over columns (Benjamini-Hochberg). */
export function drift(
  bins: readonly Bins[],
  reference: readonly Sketch[],
  window: readonly Sketch[],
  { alpha = 0.001, leastRows = 30 }: { alpha?: number; leastRows?: number } = {},
): DriftReport {
  const skipped: { column: string; reason: string }[] = []
  const tested: { column: string; n: number; m: number; part: Part; p: number }[] = []
  for (const [i, columnBins] of bins.entries()) {
    const a = sketchFor(columnBins, reference[i])
    const b = sketchFor(columnBins, window[i])
    if (a.rows < leastRows || b.rows < leastRows) {
      const reason = `${a.rows} and ${b.rows} rows, ${leastRows} are needed on each side`
      skipped.push({ column: columnBins.column, reason })
      continue
    }
    const parts = columnParts(columnBins, a, b)
    if (parts.length === 0) {
      skipped.push({ column: columnBins.column, reason: 'nothing to compare: one value in both' })
      continue
    }
    // Several tests of one column count as several chances (Bonferroni); the loudest speaks for the column.
    const part = parts.reduce((best, next) => (loudness(next) > loudness(best) ? next : best))
    tested.push({ column: columnBins.column, n: a.rows, m: b.rows, part, p: Math.min(1, parts.length * part.p) })
  }
  const adjusted = adjustP(Float64Array.from(tested, ({ p }) => p))
  return {
    columns: tested.map(({ column, n, m, part, p }, i) => {
      const { method, statistic, effect } = part
      const pAdjusted = adjusted[i]!
      const drifted = pAdjusted < alpha && effect >= effectThresholds[method]
      return { column, statistic, effect, p, pAdjusted, drifted, method, n, m }
    }),
    skipped,
  }
}

/** Parts with an effect that matters come before those without; within them the smaller p. */
function loudness({ effect, method, p }: Part): number {
  return (effect >= effectThresholds[method] ? 2 : 0) - p
}

function columnParts(bins: Bins, a: Sketch, b: Sketch): Part[] {
  const parts: Part[] = []
  if (a.missing + b.missing > 0) {
    parts.push(sharePart('share missing', a.missing, a.rows, b.missing, b.rows))
  }
  const n = present(a)
  const m = present(b)
  if (n === 0 || m === 0) return parts
  const outside = b.counts.at(-1)! + (bins.kind === 'number' ? b.counts[0]! : 0)
  const closed = bins.kind === 'number' ? bins.edges.length > 0 : bins.complete
  if (closed && outside > 0) {
    parts.push(sharePart('share outside the reference', outsideByChance(bins, a), n, outside, m))
  }
  const values = bins.kind === 'number' && bins.edges.length > 6 ? numberPart(a, b, n, m) : categoryPart(a, b, n, m)
  if (values) parts.push(values)
  return parts
}

/**
 * Reference rows that would be outside a reference without themselves: the minimum and the maximum, or the categories
 * with a single row. Their share is what a new row may be expected to do (Good 1953); zero would be no fair comparison.
 */
function outsideByChance(bins: Bins, reference: Sketch): number {
  if (bins.kind === 'number') return Math.min(2, present(reference))
  return reference.counts.reduce((singles, count) => singles + (count === 1 ? 1 : 0), 0)
}

function sharePart(method: DriftMethod, hitsA: number, n: number, hitsB: number, m: number): Part {
  const { statistic, p } = twoProportions(hitsA, n, hitsB, m).result!
  return { method, statistic, effect: Math.abs(hitsB / m - hitsA / n), p }
}

/**
 * D = largest difference of the distribution functions at the edges, at most 1/bins below the true one. Effect: the mean
 * difference of the distribution functions over the reference's ranks, times sqrt(12), which is the Wasserstein distance
 * in standard deviations once values are replaced by reference ranks: a shift of a normal column by d sd gives about d.
 * Ranks instead of values, because one broken reading of 10^9 would decide a distance in values.
 */
function numberPart(a: Sketch, b: Sketch, n: number, m: number): Part {
  let cumulativeA = 0
  let cumulativeB = 0
  let largest = 0
  let area = 0
  let before = 0
  for (let k = 0; k < a.counts.length; k++) {
    const share = a.counts[k]! / n
    cumulativeA += share
    cumulativeB += b.counts[k]! / m
    const gap = Math.abs(cumulativeA - cumulativeB)
    largest = Math.max(largest, gap)
    area += (share * (before + gap)) / 2
    before = gap
  }
  const p = kolmogorovSf(Math.max(1, Math.round((n * m) / (n + m))), largest)
  return { method: 'Kolmogorov-Smirnov on bins', statistic: largest, effect: Math.sqrt(12) * area, p }
}

/** Chi-square with rare categories pooled; effect: JS distance beyond what sampling alone gives. */
function categoryPart(a: Sketch, b: Sketch, n: number, m: number): Part | undefined {
  const pooled = poolRare(Float64Array.from(a.counts), Float64Array.from(b.counts))
  const test = chiSquareTest(pooled.a, pooled.b)
  if (!test.result) return undefined
  return {
    method: 'chi-square of categories',
    statistic: test.result.statistic,
    effect: Math.sqrt(excessDivergence(a.counts, b.counts, n, m)),
    p: test.result.p,
  }
}

/** JSD in bits minus its mean without drift, (1/n + 1/m)(B - 1) / (8 ln 2) for B categories, at least 0. */
function excessDivergence(a: readonly number[], b: readonly number[], n: number, m: number): number {
  let categories = 0
  for (let k = 0; k < a.length; k++) if (a[k]! + b[k]! > 0) categories++
  const chance = ((1 / n + 1 / m) * (categories - 1)) / (8 * Math.LN2)
  return Math.max(0, jensenShannonDivergence(a, b) - chance)
}

function sketchFor(bins: Bins, sketch: Sketch | undefined): Sketch {
  if (sketch && sketch.bins === bins.id) return sketch
  const given = sketch ? `the sketch of ${sketch.column} over bins ${sketch.bins}` : 'no sketch'
  throw new RangeError(
    `drift: column ${bins.column} has bins ${bins.id}, given is ${given}; build it from the reference's bins`,
  )
}
