/** Realised figures per span of days: of what was answered, and of each version by its logged answers. */

import type { PredictionLog, PredictionWindow } from '../base/ports.ts'
import { dayStart, localDays } from '../base/time.ts'
import { logLosses, squaredErrors, weightedMean } from '../statistics/metrics/binaryMetrics.ts'
import { rocAuc } from '../statistics/metrics/ranking.ts'

export type Period = 'month' | 'week' | 'day'

/** Null where a figure is not defined (no rows, one class only). */
type Figures =
  | { readonly n: number; readonly auc: number | null; readonly brier: number | null; readonly logLoss: number | null }
  | { readonly n: number; readonly rmse: number | null; readonly mae: number | null }

export interface PeriodFigures {
  readonly from: number
  readonly to: number
  readonly predictions: number
  /** Predictions with an outcome: what the figures are computed from. */
  readonly n: number
  readonly voids: number
  /** Share of the predictions whose outcome is known or void. */
  readonly coverage: number
  /** Each row with the version that answered it. */
  readonly answered: Figures
  /** Each version on the rows that it answered or shadowed. */
  readonly versions: Readonly<Record<string, Figures>>
}

export interface Span {
  readonly from: number
  readonly to: number
}

/** The local months, weeks (from Monday) or days that the span touches, cut to it. */
export function periods({ from, to }: Span, by: Period, zone: string): Span[] {
  const spans: { name: string; from: number; to: number }[] = []
  for (const day of localDays(from, to, zone)) {
    const name = periodName(day.date, by)
    const last = spans.at(-1)
    if (last?.name === name) last.to = day.to
    else spans.push({ name, from: day.from, to: day.to })
  }
  return spans.map(span => ({ from: Math.max(span.from, from), to: Math.min(span.to, to) }))
}

/** Figures of the periods that have predictions, oldest first. */
export async function performanceOf(
  log: PredictionLog,
  endpoint: string,
  { from, to, by, zone, task }: Span & { by: Period; zone: string; task: 'binary' | 'regression' },
): Promise<PeriodFigures[]> {
  const figures: PeriodFigures[] = []
  for (const span of periods({ from, to }, by, zone)) {
    const window = await log.window(endpoint, span.from, span.to)
    if (window.rows > 0) figures.push(windowFigures(window, span, task))
  }
  return figures
}

export function windowFigures(
  window: PredictionWindow,
  { from, to }: Span,
  task: 'binary' | 'regression',
): PeriodFigures {
  const { outcomes, outputs, voids } = window
  let known = 0
  let void_ = 0
  for (let row = 0; row < window.rows; row++) {
    if (voids[row]) void_++
    else if (!Number.isNaN(outcomes[row]!)) known++
  }
  const versions = [...new Set([...window.version, ...window.shadows.keys()])].sort()
  return {
    from,
    to,
    predictions: window.rows,
    n: known,
    voids: void_,
    coverage: (known + void_) / window.rows,
    answered: figuresOf(outcomes, outputs, task),
    versions: Object.fromEntries(
      versions.map(version => [version, figuresOf(outcomes, outputsOf(window, version), task)]),
    ),
  }
}

/** What this version said of each row, as answer or as shadow; NaN where it was not asked. */
export function outputsOf(window: PredictionWindow, version: string): Float64Array {
  const shadow = window.shadows.get(version)
  return Float64Array.from(window.outputs, (output, row) =>
    window.version[row] === version ? output : (shadow?.[row] ?? Number.NaN),
  )
}

/** Rows without an outcome or without an output are left out. */
function figuresOf(outcomes: Float64Array, outputs: Float64Array, task: 'binary' | 'regression'): Figures {
  const both = (row: number) => !Number.isNaN(outcomes[row]!) && !Number.isNaN(outputs[row]!)
  const truth = outcomes.filter((_, row) => both(row))
  const given = outputs.filter((_, row) => both(row))
  const n = truth.length
  const errors = squaredErrors(truth, given)
  const mean = (values: Float64Array) => weightedMean(values).value ?? null
  if (task === 'binary') {
    return { n, auc: rocAuc(truth, given).value ?? null, brier: mean(errors), logLoss: mean(logLosses(truth, given)) }
  }
  const squared = mean(errors)
  return {
    n,
    rmse: squared === null ? null : Math.sqrt(squared),
    mae: mean(truth.map((y, i) => Math.abs(y - given[i]!))),
  }
}

function periodName(date: string, by: Period): string {
  if (by === 'day') return date
  if (by === 'month') return date.slice(0, 7)
  const noon = Date.parse(`${date}T12:00:00Z`)
  const sinceMonday = (new Date(noon).getUTCDay() + 6) % 7
  return new Date(dayStart(noon, 'UTC') - sinceMonday * 86_400_000).toISOString().slice(0, 10)
}
