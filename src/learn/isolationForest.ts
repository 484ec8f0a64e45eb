/**
 * Anomalies among single rows: rows that random cuts part from the others after few cuts (Liu, Ting and Zhou, ICDM
 * 2008). Each tree cuts a random sample of rows, a random column at a random place, until a row stands alone or the
 * depth is log2 of the sample; with h(x) the mean depth of a row and c(n) the mean depth of a search tree of n rows
 *   score = 2^(-h(x) / c(sample)),   c(n) = 2 (ln(n - 1) + 0.5772) - 2 (n - 1) / n
 * near 1 for an anomaly, below 0.5 for an ordinary row.
 *
 * - The trees see one half of the reference, the other half is only scored. So the share of flagged rows holds for new
 *   rows of the same law, whatever the law: P(p <= a) <= a (conformal p-values; Bates et al., Annals of Statistics 51
 *   (2023) 149).
 * - A category stands at its rank by frequency, the most frequent at 0, missing text among them, an unseen one behind the
 *   last. Each tree takes one row of its sample, for each text column another, as one with an unseen category: otherwise an
 *   unseen one would look like the rarest.
 * - A missing number is a value: where a node has some, every second cut of the column parts the missing from the others;
 *   where the sample had none, a missing one goes with the fewer rows. Infinities count as missing.
 * - A number beyond the range of the reference is as strange as the end of the range: cuts are made between rows that were
 *   there. Ranges are a matter of checks and of charts.
 */
import { type Column, column, type Table, type TextColumn, take } from '../base/table.ts'
import type { Random } from '../numeric/random.ts'
import { shuffled } from '../numeric/shuffle.ts'
import type { TreeEnsemble } from '../trees/ensemble.ts'
import { meanDepths } from './isolationDepths.ts'
import { deepestOf, growIsolationTrees, meanDepth } from './isolationTrees.ts'

export interface IsolationForest {
  readonly columns: readonly IsolationColumn[]
  /** Rows that each tree was grown on. */
  readonly sampleRows: number
  /** Its raw score is the mean depth. */
  readonly trees: TreeEnsemble
  /** Scores of the reference rows that no tree has seen, ascending. */
  readonly heldOut: Float64Array
  /** At most this share of ordinary rows is flagged. */
  readonly share: number
  /** Scores above it are flagged: those with a p-value of at most the share. */
  readonly threshold: number
}

/** How a raw column becomes float32 numbers. */
export type IsolationColumn =
  | NumberOrigin
  | { readonly kind: 'text'; readonly name: string; readonly ranks: ReadonlyMap<string | null, number> }

interface NumberOrigin {
  readonly kind: 'number'
  readonly name: string
  /** Taken off first, so that instants keep their digits in float32. */
  readonly origin: number
}

/**
 * A forest of the rows of a table. `share` is the wanted share of flagged rows when nothing is wrong; it needs
 * 2 / share reference rows.
 */
export function fitIsolationForest(
  reference: Table,
  { trees = 100, sampleRows = 256, share = 0.01 }: { trees?: number; sampleRows?: number; share?: number },
  random: Random,
): IsolationForest {
  const { rows } = reference
  if (reference.columns.length === 0) throw new RangeError('fitIsolationForest: the table has no columns')
  if (!(share > 0 && share < 1)) throw new RangeError(`fitIsolationForest: share is ${share}, must be in (0, 1)`)
  if (rows < 20) throw new RangeError(`fitIsolationForest: the table has ${rows} rows, needs at least 20`)
  const half = Math.floor(rows / 2)
  if (!((rows - half + 1) * share >= 1)) {
    throw new RangeError(
      `fitIsolationForest: ${rows} rows cannot tell a share of ${share}; give ${2 * (Math.ceil(1 / share) - 1)} rows or a larger share`,
    )
  }
  if (!Number.isInteger(sampleRows) || sampleRows < 2 || sampleRows > 4096) {
    throw new RangeError(`fitIsolationForest: sampleRows is ${sampleRows}, must be an integer in [2, 4096]`)
  }
  if (!Number.isInteger(trees) || trees < 1) {
    throw new RangeError(`fitIsolationForest: trees is ${trees}, must be an integer of at least 1`)
  }
  const order = shuffled(rows, random.fork('halves'))
  const seen = order.subarray(0, half)
  // The held-out rows must be as new to the forest as later ones: a category may be unseen among them.
  const columns = take(reference, seen).columns.map(isolationColumn)
  const values = encodeColumns(columns, reference)
  const size = Math.min(sampleRows, half)
  const parts = columns.map((of, c) => ({
    name: of.name,
    values: Float32Array.from(seen, i => values[c]![i]!),
    ...(of.kind === 'text' && { unseen: of.ranks.size }),
  }))
  const ensemble = growIsolationTrees(parts, { trees, sampleRows: size }, random)
  // More rows than this would only make the share of one fit a little steadier.
  const unseen = order.subarray(half, half + Math.max(20_000, Math.ceil(100 / share)))
  const heldOut = scoresOf(
    ensemble,
    values.map(x => Float32Array.from(unseen, i => x[i]!)),
    unseen.length,
    size,
  ).sort()
  return { columns, sampleRows: size, trees: ensemble, heldOut, share, threshold: thresholdOf(heldOut, share) }
}

/** The anomaly score of every row. */
export function anomalyScores({ columns, trees, sampleRows }: IsolationForest, rows: Table): Float64Array {
  return scoresOf(trees, encodeColumns(columns, rows), rows.rows, sampleRows)
}

/**
 * p-values of scores: the share of held-out rows that are at least as strange, this row counted among them. A row is
 * flagged where p <= share; over many rows they may be adjusted (Benjamini and Hochberg).
 */
export function anomalyPValues({ heldOut }: IsolationForest, scores: Float64Array): Float64Array {
  return scores.map(score => (heldOut.length - firstAtLeast(heldOut, score) + 1) / (heldOut.length + 1))
}

/** What `treeShap` computes: rows x features, row by row. */
export type Shapley = (
  trees: TreeEnsemble,
  columns: readonly Float32Array[],
  rows: number,
) => { readonly base: number; readonly values: Float64Array }

/**
 * Why rows are strange: what each column adds to log2 of the score, rows x columns, row by row. With `base`, that of a row
 * of which nothing is known, they add up to log2 of the score; above 0 makes the row stranger.
 */
export function anomalyContributions(
  { columns, trees, sampleRows }: IsolationForest,
  rows: Table,
  shapley: Shapley,
): { readonly base: number; readonly values: Float64Array } {
  const { base, values } = shapley(trees, encodeColumns(columns, rows), rows.rows)
  const unit = meanDepth(sampleRows)
  return { base: -base / unit, values: values.map(depth => -depth / unit) }
}

function scoresOf(
  trees: TreeEnsemble,
  columns: readonly Float32Array[],
  rows: number,
  sampleRows: number,
): Float64Array {
  const unit = meanDepth(sampleRows)
  return meanDepths(trees, deepestOf(sampleRows), columns, rows).map(depth => 2 ** (-depth / unit))
}

/** p = (1 + k) / (m + 1) with k held-out scores at or above: p <= share is a score above the (k + 1)-th largest. */
function thresholdOf(heldOut: Float64Array, share: number): number {
  const m = heldOut.length
  const k = Math.floor(share * (m + 1) + 1e-9) - 1
  return heldOut[m - 1 - k]!
}

/** How many ascending values are below x. */
function firstAtLeast(ascending: Float64Array, x: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ascending[middle]! < x) low = middle + 1
    else high = middle
  }
  return low
}

function isolationColumn(of: Column): IsolationColumn {
  if (of.kind === 'text') return { kind: 'text', name: of.name, ranks: ranksOf(of) }
  const finite = of.values.filter(x => Number.isFinite(x)).sort()
  return { kind: 'number', name: of.name, origin: finite[finite.length >> 1] ?? 0 }
}

function ranksOf({ values }: TextColumn): Map<string | null, number> {
  const counts = new Map<string | null, number>()
  for (const text of values) counts.set(text, (counts.get(text) ?? 0) + 1)
  const ranked = [...counts].sort((a, b) => b[1] - a[1] || (String(a[0]) < String(b[0]) ? -1 : 1))
  return new Map(ranked.map(([text], rank) => [text, rank]))
}

function encodeColumns(columns: readonly IsolationColumn[], from: Table): Float32Array[] {
  return columns.map(of => {
    const found = column(from, of.name)
    if ((found.kind === 'text') !== (of.kind === 'text')) {
      throw new TypeError(`anomalyScores: column ${of.name} is ${found.kind}, the forest was grown on ${of.kind}`)
    }
    const out = new Float32Array(from.rows)
    if (of.kind === 'text') {
      const texts = found.values as TextColumn['values']
      for (let i = 0; i < out.length; i++) out[i] = of.ranks.get(texts[i]!) ?? of.ranks.size
      return out
    }
    const numbers = found.values as Float64Array
    for (let i = 0; i < out.length; i++) {
      out[i] = numbers[i]! - of.origin
      if (!Number.isFinite(out[i])) out[i] = Number.NaN
    }
    return out
  })
}
