/**
 * Two files compared: what drift says of the columns that both have, and the counts and samples that pictures of them
 * are drawn from.
 */
import type { Tables } from '../../base/ports.ts'
import type { Column } from '../../base/table.ts'
import type { DriftOptions } from '../../statistics/drift/decide.ts'
import { drift, driftOfRows } from '../../statistics/drift/drift.ts'
import type { ColumnDrift, DriftReport } from '../../statistics/drift/report.ts'
import { effectThresholds } from '../../statistics/drift/report.ts'
import { present } from '../../statistics/profiles/sketch.ts'
import { type Change, changeOf } from './change.ts'
import { type CountedColumn, type CountOptions, countColumns } from './countColumns.ts'
import { pairColumns } from './pairColumns.ts'
import { openSide } from './side.ts'

export interface CompareOptions extends CountOptions {
  /** Only these; default: all. An instant is compared only where it is named. */
  readonly columns?: readonly string[]
  readonly drop?: readonly string[]
  readonly drift?: DriftOptions
}

/** A column of both files; `found` where it could be tested. */
export interface ComparedColumn extends CountedColumn {
  readonly found?: ColumnDrift & { readonly what: Change }
}

export interface Comparison {
  /** What was tested: all rows, or counts over the bins of the reference. */
  readonly basis: 'rows' | 'sketches'
  readonly reference: { readonly file: string; readonly rows: number }
  readonly current: { readonly file: string; readonly rows: number }
  readonly report: DriftReport
  /** Effects from which a difference matters. */
  readonly thresholds: typeof effectThresholds
  /** Drifted ones first, in each group the largest change first. */
  readonly columns: readonly ComparedColumn[]
}

export async function compareFiles(
  files: { readonly reference: string; readonly current: string },
  options: CompareOptions,
  tables: Tables,
): Promise<Comparison> {
  const reference = await openSide(files.reference, tables)
  const current = await openSide(files.current, tables)
  const { pairs, schema, skipped } = await pairColumns(reference, current, options)
  const { rows, columns } = await countColumns(reference, current, pairs, options)
  const identifiers = columns.filter(isIdentifier)
  const tested = columns.filter(column => !identifiers.includes(column))
  const thresholds = { ...effectThresholds, ...options.drift?.effects }
  const driftOptions = { ...options.drift, schema }
  const names = new Set(tested.map(({ name }) => name))
  const report = rows
    ? driftOfRows(only(rows.reference, names), only(rows.current, names), driftOptions)
    : drift(
        tested.map(({ bins }) => bins),
        tested.map(column => column.reference),
        tested.map(column => column.current),
        driftOptions,
      )
  const n = rows?.reference.rows ?? columns[0]?.reference.rows ?? 0
  const m = rows?.current.rows ?? columns[0]?.current.rows ?? 0
  const passedOver = identifiers.map(({ name }) => ({
    column: name,
    reason: 'its texts hardly ever repeat: an identifier',
  }))
  return {
    basis: rows ? 'rows' : 'sketches',
    reference: { file: files.reference, rows: n },
    current: { file: files.current, rows: m },
    report: {
      ...report,
      n,
      m,
      skipped: [...report.skipped, ...passedOver, ...skipped],
    },
    thresholds,
    columns: arrange(tested, report, thresholds),
  }
}

/** Nine of ten rows have a text that no other row has: a new file has other texts, and that is no drift. */
function isIdentifier({ bins, reference }: CountedColumn): boolean {
  const rows = present(reference)
  if (bins.kind !== 'text' || rows < 100) return false
  const others = reference.counts.at(-1)!
  const once = reference.counts.reduce((sum, count) => sum + (count === 1 ? 1 : 0), 0)
  return (once + others) / rows > 0.9 && bins.categories.length > 50
}

function only<T extends { readonly rows: number; readonly columns: readonly Column[] }>(from: T, names: Set<string>) {
  return { rows: from.rows, columns: from.columns.filter(({ name }) => names.has(name)) }
}

function arrange(
  columns: readonly CountedColumn[],
  report: DriftReport,
  thresholds: typeof effectThresholds,
): ComparedColumn[] {
  const found = new Map(report.columns.map(column => [column.column, column]))
  const compared = columns.map((column): ComparedColumn => {
    const tested = found.get(column.name)
    return tested ? { ...column, found: { ...tested, what: changeOf(tested.test, tested.effect, column) } } : column
  })
  /** Effects are in three units: each counts in thresholds of its own. */
  const rank = ({ found: tested }: ComparedColumn) =>
    tested ? (tested.drifted ? 1e6 : 0) + tested.effect / thresholds[tested.effectName] : -1
  return compared.sort((a, b) => rank(b) - rank(a))
}
