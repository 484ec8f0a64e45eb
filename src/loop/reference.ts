/**
 * The reference of a version: what its monitors compare with. Built from days that the model has not seen, per local
 * day, because days differ more than rows within a day; frozen with the version. Plain JSON.
 */

import { type Table, table, take } from '../base/table.ts'
import { type LocalDay, localDays } from '../base/time.ts'
import { fixBins } from '../statistics/profiles/bins.ts'
import { sketchOf } from '../statistics/profiles/sketch.ts'
import { type DriftReference, fitDrift } from './columnDrift.ts'
import { type ColumnProfile, profileColumns } from './columnProfile.ts'
import { type DayStatistics, dayStatistics, mean, rowLosses, type Task, taskOf } from './dayStatistics.ts'
import type { Estimator } from './estimator.ts'
import { strangeValues } from './strangeValues.ts'
import { type UsualRows, unusualRows, usualRows } from './unusualRows.ts'

interface ReferenceDay {
  readonly date: string
  readonly from: number
  readonly to: number
  readonly rows: number
  readonly statistics: DayStatistics
  readonly profile: readonly ColumnProfile[]
  /** Mean answer; of probabilities also the mean probability of the likelier class. */
  readonly answers?: { readonly mean: number; readonly confidence?: number }
  /** Of probabilities: rows by outcome and by percent of the answer (place k: from k % to below k + 1 %). */
  readonly scores?: { readonly positive: readonly number[]; readonly negative: readonly number[] }
  /** By column: values that the other days do not have. */
  readonly strange?: Readonly<Record<string, number>>
  /** Rows that are unusual by `usual`. */
  readonly unusual?: number
}

/** Mean loss of the rows of a category; the loss is log loss, or squared error for numbers. */
export interface SegmentReference {
  readonly column: string
  readonly value: string
  readonly rows: number
  readonly loss: number
}

export interface Reference {
  readonly task: Task
  readonly timezone: string
  readonly rows: number
  readonly from: number
  readonly to: number
  readonly days: readonly ReferenceDay[]
  readonly features: DriftReference
  readonly prediction: DriftReference
  readonly loss: number
  readonly segments: readonly SegmentReference[]
  /** What rows usually look like; absent where too few of them say so. */
  readonly usual?: UsualRows
  /** What estimates performance before outcomes come; absent where too few rows say so. */
  readonly estimator?: Estimator
  /** Mean contribution of each feature to the raw score, where the model can be explained. */
  readonly contributions?: Readonly<Record<string, number>>
}

/** A day with fewer rows says nothing about days. */
const leastRows = 30
const segmentRows = 100
const segmentsPerColumn = 30

/** Rows in any order; `at` is when each was predicted, labels are all known. */
export function buildReference({
  features,
  at,
  outputs,
  labels,
  timezone,
  contributions,
  estimator,
}: {
  readonly features: Table
  readonly at: Float64Array
  readonly outputs: Float64Array
  readonly labels: Float64Array
  readonly timezone: string
  readonly contributions?: Table | undefined
  readonly estimator?: Estimator | undefined
}): Reference {
  if (at.length === 0) throw new RangeError('buildReference: no rows, wanted days that the model has not seen')
  for (const [name, values] of Object.entries({ outputs, labels })) {
    if (values.length !== at.length) {
      throw new RangeError(`buildReference: ${values.length} ${name} for ${at.length} rows`)
    }
  }
  const task = taskOf(labels, outputs)
  const prediction = table([{ name: 'prediction', kind: 'number', values: outputs }])
  const days = rowsByDay(at, timezone).filter(({ rows }) => rows.length >= leastRows)
  const losses = rowLosses(task === 'binary' ? 'log_loss' : 'squared_error', labels, outputs)
  const tables = days.map(({ rows }) => take(features, rows))
  const usual = usualRows(features)
  const strange = features.columns.map(({ name }, c) => ({
    name,
    counts: strangeValues(tables.map(({ columns }) => columns[c]!)),
  }))
  return {
    task,
    timezone,
    rows: at.length,
    from: at.reduce((a, b) => Math.min(a, b)),
    to: at.reduce((a, b) => Math.max(a, b)),
    days: days.map(({ day, rows }, d) => {
      const labelsOfDay = pick(labels, rows)
      const outputsOfDay = pick(outputs, rows)
      return {
        ...day,
        rows: rows.length,
        statistics: dayStatistics(task, labelsOfDay, outputsOfDay),
        profile: profileColumns(tables[d]!),
        answers: answersOf(task, outputsOfDay),
        ...(task === 'binary' && { scores: scoresOf(labelsOfDay, outputsOfDay) }),
        strange: Object.fromEntries(strange.map(({ name, counts }) => [name, counts[d]!])),
        ...(usual && { unusual: unusualRows(usual, tables[d]!).reduce((sum, far) => sum + far, 0) }),
      }
    }),
    features: driftReference(features, days),
    prediction: driftReference(prediction, days),
    loss: mean(losses),
    segments: segmentLosses(features, losses),
    ...(usual && { usual }),
    ...(estimator && { estimator }),
    ...(contributions && {
      contributions: Object.fromEntries(
        contributions.columns.map(({ name, values }) => [name, mean(values as Float64Array)]),
      ),
    }),
  }
}

function answersOf(task: Task, outputs: Float64Array): { readonly mean: number; readonly confidence?: number } {
  if (task === 'regression') return { mean: mean(outputs) }
  return { mean: mean(outputs), confidence: mean(outputs.map(p => Math.max(p, 1 - p))) }
}

function scoresOf(labels: Float64Array, outputs: Float64Array) {
  const positive = new Array<number>(101).fill(0)
  const negative = new Array<number>(101).fill(0)
  for (let i = 0; i < labels.length; i++) {
    const counts = labels[i] === 1 ? positive : negative
    counts[percentOf(outputs[i]!)]!++
  }
  return { positive, negative }
}

/** Whole percent of a probability: k / 100 itself belongs to k, whatever its last bits are. */
export function percentOf(p: number): number {
  return Math.floor(100 * p + 1e-9)
}

export interface RowsOfDay {
  readonly day: LocalDay
  readonly rows: Int32Array
}

/** The rows of each local day that has any, days in order, rows in the order given. */
export function rowsByDay(at: ArrayLike<number>, timezone: string): RowsOfDay[] {
  const byStart = new Map<number, { day: LocalDay; rows: number[] }>()
  let last: { day: LocalDay; rows: number[] } | undefined
  for (let row = 0; row < at.length; row++) {
    const instant = at[row]!
    if (!last || instant < last.day.from || instant >= last.day.to) {
      const day: LocalDay = localDays(instant, instant + 1, timezone)[0]!
      last = byStart.get(day.from) ?? { day, rows: [] }
      byStart.set(day.from, last)
    }
    last.rows.push(row)
  }
  return [...byStart.values()]
    .sort((a, b) => a.day.from - b.day.from)
    .map(({ day, rows }) => ({ day, rows: Int32Array.from(rows) }))
}

export function pick(values: ArrayLike<number>, rows: Int32Array): Float64Array {
  return Float64Array.from(rows, row => values[row]!)
}

/** Mean loss per category of every text column; categories with few rows are left out. */
export function segmentLosses(features: Table, losses: Float64Array): SegmentReference[] {
  const found: SegmentReference[] = []
  for (const column of features.columns) {
    if (column.kind !== 'text') continue
    const sums = new Map<string, { rows: number; loss: number }>()
    for (const [row, value] of column.values.entries()) {
      const name = value ?? 'missing'
      const sum = sums.get(name) ?? { rows: 0, loss: 0 }
      sum.rows += 1
      sum.loss += losses[row]!
      sums.set(name, sum)
    }
    const large = [...sums].filter(([, { rows }]) => rows >= segmentRows).sort((a, b) => b[1].rows - a[1].rows)
    for (const [value, { rows, loss }] of large.slice(0, segmentsPerColumn)) {
      found.push({ column: column.name, value, rows, loss: loss / rows })
    }
  }
  return found
}

function driftReference(columns: Table, days: readonly RowsOfDay[]): DriftReference {
  // Days are compared over 20 groups of bins, and a sketch of each is stored: fewer bins than the default will do.
  const bins = columns.columns.map(column => fixBins(column, { bins: 128, categories: 256 }))
  return fitDrift(
    bins,
    days.map(({ rows }) => take(columns, rows).columns.map((column, c) => sketchOf(bins[c]!, column))),
  )
}
