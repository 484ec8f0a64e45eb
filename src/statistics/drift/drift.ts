/**
 * The default drift decision: a window against a reference, column by column, from sketches (the cost depends on the bins,
 * not on the rows) or from rows. A column has drifted where its tests find a difference, with all columns within one error
 * budget, and the difference is large enough to matter; either alone is only shown.
 *
 * The p-values take rows as independent draws. Rows of one day are not: use driftOverDays.ts for daily windows. Columns
 * are judged one by one: a change of their dependence alone is not seen.
 */
import type { Column, Table } from '../../base/table.ts'
import { keepWithin } from '../../numeric/keepWithin.ts'
import { kolmogorovSmirnovPooled } from '../hypothesis/kolmogorovSmirnov.ts'
import { type Pooled, pool } from '../hypothesis/pooled.ts'
import type { Bins } from '../profiles/bins.ts'
import { present, type Sketch } from '../profiles/sketch.ts'
import { binnedKolmogorovSf } from './binnedKolmogorov.ts'
import { categoryPart, hasRare } from './categories.ts'
import { type DriftOptions, decide, type TestedColumn, type WeightedPart } from './decide.ts'
import { largestGap, orderedPart } from './ordered.ts'
import type { DriftPart, DriftReport, SkippedColumn } from './report.ts'
import { comparableColumns } from './schema.ts'
import { missingPart, outsidePart, unseenPart } from './shares.ts'

/**
 * Shares of a column's error budget, relative to that of its values; parts that cannot be tested leave theirs to the others.
 * Values far outside the range have tiny p-values, a few unseen rows have not.
 */
const budget = { values: 1, missing: 0.12, outside: 0.03, unseen: 0.4 } as const

/** All columns of a window against the reference, in the order of `bins`. */
export function drift(
  bins: readonly Bins[],
  reference: readonly Sketch[],
  window: readonly Sketch[],
  options: DriftOptions = {},
): DriftReport {
  const columns = bins.map((columnBins, i): ColumnCounts => {
    const a = sketchFor(columnBins, reference[i])
    const b = sketchFor(columnBins, window[i])
    return { column: columnBins.column, ...sketchedCounts(columnBins, a, b) }
  })
  const n = Math.max(0, ...columns.map(column => column.n))
  const m = Math.max(0, ...columns.map(column => column.m))
  return decide({ ...examine(columns, options), schema: options.schema ?? [], n, m }, options)
}

/** The same from rows: every distinct value is a bin of its own. Columns are matched by name. */
export function driftOfRows(reference: Table, window: Table, options: DriftOptions = {}): DriftReport {
  const { pairs, schema, skipped } = comparableColumns(reference.columns, window.columns)
  const examined = examine(
    pairs.map(([a, b]) => ({ column: a.name, ...rowCounts(a, b) })),
    options,
  )
  return decide(
    {
      tested: examined.tested,
      skipped: [...skipped, ...examined.skipped],
      schema: [...schema, ...(options.schema ?? [])],
      n: reference.rows,
      m: window.rows,
    },
    options,
  )
}

/** What is known of one column on both sides; what is under `values` is looked at only where there are enough rows. */
interface ColumnCounts {
  readonly column: string
  readonly n: number
  readonly m: number
  readonly missingA: number
  readonly missingB: number
  readonly values: () => ValueParts
}

interface ValueParts {
  readonly values?: DriftPart | undefined
  readonly outside?: DriftPart
  readonly unseen?: DriftPart
}

function examine(
  columns: readonly ColumnCounts[],
  { leastRows = 30 }: DriftOptions,
): { tested: TestedColumn[]; skipped: SkippedColumn[] } {
  const tested: TestedColumn[] = []
  const skipped: SkippedColumn[] = []
  for (const { column, n, m, missingA, missingB, values } of columns) {
    if (n < leastRows || m < leastRows) {
      const [rows, side] = n < leastRows ? [n, 'reference'] : [m, 'window']
      skipped.push({ column, reason: `not enough data: n = ${rows} in the ${side}, needs ${leastRows}` })
      continue
    }
    const parts: WeightedPart[] = []
    const add = (weight: number, part: DriftPart | undefined) => {
      if (part) parts.push({ ...part, weight })
    }
    if (missingA + missingB > 0) add(budget.missing, missingPart(missingA, n, missingB, m))
    const enough = n - missingA >= leastRows && m - missingB >= leastRows
    const found = enough ? values() : {}
    add(budget.values, found.values)
    add(budget.outside, found.outside)
    add(budget.unseen, found.unseen)
    if (parts.length > 0) tested.push({ column, n, m, parts })
    else skipped.push({ column, reason: 'nothing to compare: one value in both' })
  }
  return { tested, skipped }
}

function sketchedCounts(bins: Bins, a: Sketch, b: Sketch): Omit<ColumnCounts, 'column'> {
  const n = present(a)
  const m = present(b)
  const values = (): ValueParts => {
    const x = new Float64Array(a.counts)
    const y = new Float64Array(b.counts)
    const last = y.length - 1
    if (distinct(x, y) < 2) return {}
    if (bins.kind === 'text') {
      // Where the reference has others itself, its list is not all it has, or was made from other rows.
      return textParts(x, y, bins.complete && x[last] === 0)
    }
    if (bins.edges.length === 0) return {}
    return { values: numberPart(x, y), outside: outsidePart(x[0]! + x[last]!, n, y[0]! + y[last]!, m) }
  }
  return { n: a.rows, m: b.rows, missingA: a.missing, missingB: b.missing, values }
}

function rowCounts(a: Column, b: Column): Omit<ColumnCounts, 'column'> {
  const rows = { n: a.values.length, m: b.values.length }
  if (a.kind === 'text' && b.kind === 'text') {
    const counts = textCounts(a.values, b.values)
    const values = (): ValueParts => (distinct(counts.a, counts.b) < 2 ? {} : textParts(counts.a, counts.b, true))
    return { ...rows, missingA: counts.missingA, missingB: counts.missingB, values }
  }
  // A column of texts stands here only where one side has not a single value: rows are then missing or not, no more.
  const x = presentNumbers(a)
  const y = presentNumbers(b)
  const values = (): ValueParts => {
    const pooled = pool([x, y], 'driftOfRows')
    if (pooled.values.length < 2) return {}
    return { values: numberPart(pooled.counts[0]!, pooled.counts[1]!, pooled), outside: rowsOutside(pooled) }
  }
  return { ...rows, missingA: missingIn(a, x), missingB: missingIn(b, y), values }
}

/** What the reference has not got is tested only where some categories are rare: otherwise chance leaves none out. */
function textParts(a: ArrayLike<number>, b: ArrayLike<number>, complete: boolean): ValueParts {
  const values = categoryPart(a, b, { complete })
  return complete && hasRare(a, b) ? { values, unseen: unseenPart(a, b) } : { values }
}

/** Two values: shares. From three on their order counts. */
function numberPart(a: ArrayLike<number>, b: ArrayLike<number>, rows?: Pooled): DriftPart | undefined {
  if (distinct(a, b) > 2) return orderedPart(a, b, kolmogorov(a, b, rows))
  const used = Array.from(a, (_, k) => k).filter(k => a[k]! + b[k]! > 0)
  return categoryPart([...used.map(k => a[k]!), 0], [...used.map(k => b[k]!), 0], { complete: true })
}

/** Cells with rows of either side, counted up to 3. */
function distinct(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let used = 0
  for (let k = 0; k < a.length && used < 3; k++) if (a[k]! + b[k]! > 0) used++
  return used
}

/** Exact from rows, ties included, up to a million pairs of rows; beyond, the law on cells is as good and costs nothing. */
function kolmogorov(a: ArrayLike<number>, b: ArrayLike<number>, rows?: Pooled): { statistic: number; p: number } {
  if (rows && rows.sizes[0]! * rows.sizes[1]! <= 1e6) return kolmogorovSmirnovPooled(rows, 'exactTies').result!
  const statistic = largestGap(a, b)
  return { statistic, p: binnedKolmogorovSf(a, b, statistic) }
}

/** Window values below the least or above the largest of the reference. */
function rowsOutside({ counts, sizes }: Pooled): DriftPart {
  const [a, b] = counts as [Uint32Array, Uint32Array]
  let outside = 0
  for (let k = 0; k < a.length && a[k] === 0; k++) outside += b[k]!
  for (let k = a.length - 1; k >= 0 && a[k] === 0; k--) outside += b[k]!
  return outsidePart(0, sizes[0]!, outside, sizes[1]!)
}

/** Counts per text of a, in order of appearance, and a last entry for all that is in b only. */
function textCounts(a: readonly (string | null)[], b: readonly (string | null)[]) {
  const index = new Map<string, number>()
  const countsA: number[] = []
  let missingA = 0
  let missingB = 0
  for (const value of a) {
    if (value === null) missingA++
    else {
      const at = index.get(value)
      if (at === undefined) {
        index.set(value, countsA.length)
        countsA.push(1)
      } else countsA[at]!++
    }
  }
  const countsB = new Array<number>(countsA.length + 1).fill(0)
  for (const value of b) {
    if (value === null) missingB++
    else countsB[index.get(value) ?? countsA.length]!++
  }
  countsA.push(0)
  return { a: countsA, b: countsB, missingA, missingB }
}

function presentNumbers(column: Column): Float64Array {
  return column.kind === 'text' ? new Float64Array(0) : keepWithin(column.values)
}

function missingIn(column: Column, numbers: Float64Array): number {
  if (column.kind !== 'text') return column.values.length - numbers.length
  return column.values.reduce((count, value) => count + Number(value === null), 0)
}

function sketchFor(bins: Bins, sketch: Sketch | undefined): Sketch {
  if (sketch && sketch.bins === bins.id) return sketch
  const given = sketch ? `the sketch of ${sketch.column} over bins ${sketch.bins}` : 'no sketch'
  throw new RangeError(
    `drift: column ${bins.column} has bins ${bins.id}, given is ${given}; build it from the reference's bins`,
  )
}
