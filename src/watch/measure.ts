/** One window of one monitor: what it measures, what the chart says, and the state that the chart carries on. */
import type { Table } from '../base/table.ts'
import { reliabilityOf } from '../estimate/validity.ts'
import { type ChartInUse, isOut, stepChart } from '../loop/chartInUse.ts'
import { type DriftState, driftOfColumns, stepDrift } from '../loop/columnDrift.ts'
import type { Task } from '../loop/dayStatistics.ts'
import {
  type ChartMonitor,
  type DriftMonitor,
  type MonitorConfig,
  needsOutcomes,
  type ThresholdMonitor,
} from '../loop/monitor.ts'
import type { MeasuredPart, Measurement, Monitor } from '../loop/records.ts'
import { leastRows } from '../loop/signalValues.ts'
import type { ChartState } from '../statistics/control/controlChart.ts'
import { chartOf } from './chartLimits.ts'
import type { Seen, SeenRows } from './observe.ts'
import type { LimitsInUse } from './shelf.ts'

/** A closed day, with the live version's own answers: what is kept of it whatever is monitored. */
export interface Observed {
  readonly task: Task
  readonly rows: number
  readonly coverage: number
  readonly features: Table
  /** All answers of the version, NaN where it was not asked. */
  readonly answers: Float64Array
  /** Labels and answers where both are known. */
  readonly labels: Float64Array
  readonly outputs: Float64Array
}

export type Found = Pick<
  Measurement,
  | 'value'
  | 'charted'
  | 'centre'
  | 'lower'
  | 'upper'
  | 'rows'
  | 'coverage'
  | 'status'
  | 'reason'
  | 'columns'
  | 'skipped'
  | 'parts'
  | 'provisional'
  | 'interval'
> & { readonly state: Monitor['state'] }

/** Windows that limits come from where the reference of the version does not say what is usual: fewer where they are long. */
export function learnedWindows({ window }: MonitorConfig): number {
  return window.kind === 'time' && window.everyMs > 86_400_000 ? 10 : 25
}

/** How many windows have gone into limits to come, as kept in the state of a monitor that has none. */
export function learnedSoFar(state: Monitor['state']): number {
  return typeof state.learned === 'number' ? state.learned : 0
}

export function measure(
  config: MonitorConfig,
  state: Monitor['state'],
  limits: LimitsInUse | undefined,
  seen: Seen,
  past?: Monitor['past'],
): Found {
  const doubt = doubtOf(seen, past)
  if (doubt) return { ...doubt, state }
  const coverage = needsOutcomes(config) ? { coverage: seen.coverage } : {}
  if (needsOutcomes(config) && seen.coverage < config.coverage) {
    const { rows, value } = seen.signal ?? { rows: seen.rows }
    return {
      rows,
      ...coverage,
      ...(value !== undefined && { value }),
      status: 'not enough data',
      reason: `outcomes of ${Math.round(100 * seen.coverage)} % of the rows are known: provisional`,
      provisional: true,
      state,
    }
  }
  const interval = seen.signal?.value === undefined ? undefined : seen.signal.interval
  return { ...judged(config, state, limits, seen), ...coverage, ...(interval && { interval }) }
}

function judged(config: MonitorConfig, state: Monitor['state'], limits: LimitsInUse | undefined, seen: Seen): Found {
  if (config.kind === 'threshold') return { ...measureThreshold(config, seen), state }
  if (config.by !== undefined) return measureParts(config, state, limits, seen)
  return measureRows(config, state, limits, seen)
}

/** An estimate that is not to be relied on is shown and not judged. */
function doubtOf({ signal }: Seen, past: Monitor['past']): Omit<Found, 'state'> | undefined {
  if (signal?.value === undefined) return undefined
  const { value, rows, interval } = signal
  const missed = interval && reliabilityOf({ outsideSupport: 0, past }).reasons[0]
  const doubt = signal.doubt ?? (missed && `the estimate is not reliable: ${missed}`)
  return doubt === undefined
    ? undefined
    : { rows, value, ...(interval && { interval }), status: 'not enough data', reason: doubt }
}

function measureThreshold({ above, below }: ThresholdMonitor, seen: Seen): Omit<Found, 'state'> {
  const bounds = { ...(below !== undefined && { lower: below }), ...(above !== undefined && { upper: above }) }
  const judge = ({ signal, rows }: SeenRows): Omit<MeasuredPart, 'part'> => {
    if (signal?.value === undefined) return nothing(signal?.reason ?? 'nothing was seen', signal?.rows ?? rows)
    const { value } = signal
    const out = (above !== undefined && value > above) || (below !== undefined && value < below)
    return { value, charted: value, ...bounds, rows: signal.rows, status: out ? 'out' : 'ok' }
  }
  const whole = judge(seen)
  return seen.parts
    ? ofParts(
        whole,
        [...seen.parts].map(([part, rows]) => ({ part, ...judge(rows) })),
      )
    : whole
}

/** One chart for each category; the window is out where one of them is, ok where one of them could be judged. */
function measureParts(
  config: ChartMonitor | DriftMonitor,
  state: Monitor['state'],
  limits: LimitsInUse | undefined,
  seen: Seen,
): Found {
  const states = (state.parts ?? {}) as Readonly<Record<string, Monitor['state']>>
  const next: Record<string, Monitor['state']> = { ...states }
  const parts: MeasuredPart[] = []
  for (const [part, rows] of seen.parts ?? []) {
    const own = limits?.parts?.[part]
    const inUse: LimitsInUse | undefined = limits && own && { record: limits.record, ...own }
    const { state: after, ...found } = measureRows(config, states[part] ?? {}, inUse, rows)
    const missing =
      limits && !own ? { status: 'not enough data' as const, reason: 'too few rows when limits were set' } : {}
    parts.push({ part, ...found, ...missing })
    if (inUse) next[part] = after
  }
  const whole = seen.signal ?? { rows: seen.rows, value: undefined }
  const counted = parts.some(({ value }) => value !== undefined) || config.kind === 'drift'
  const learned = limits || !counted ? {} : { learned: learnedSoFar(state) + 1 }
  const shown = { rows: whole.rows, ...(whole.value !== undefined && { value: whole.value }) }
  if (!limits) {
    const reason = learningText(config, state)
    return { ...shown, status: 'not enough data', reason, parts, state: { ...state, ...learned } }
  }
  const found = ofParts({ ...shown, status: 'not enough data' }, parts)
  return { ...found, state: { ...state, parts: next } }
}

function ofParts(whole: Omit<MeasuredPart, 'part'>, parts: readonly MeasuredPart[]): Omit<Found, 'state'> {
  const judged = parts.filter(({ status }) => status !== 'not enough data')
  const { reason, status: _, ...shown } = whole
  if (judged.length === 0)
    return { ...shown, status: 'not enough data', reason: reason ?? 'no part has enough rows', parts }
  const out = judged.filter(({ status }) => status === 'out').length
  return { ...shown, charted: out, status: out > 0 ? 'out' : 'ok', parts }
}

function measureRows(
  config: ChartMonitor | DriftMonitor,
  state: Monitor['state'],
  limits: LimitsInUse | undefined,
  seen: SeenRows,
): Omit<MeasuredPart, 'part'> & Pick<Found, 'skipped' | 'state'> {
  if (config.kind === 'drift') return measureDrift(config, state, limits, seen)
  const { signal } = seen
  if (!signal || signal.value === undefined) {
    return { ...nothing(signal?.reason ?? 'nothing was seen', signal?.rows ?? seen.rows), state }
  }
  const { value, rows } = signal
  if (!limits) {
    const reason = learningText(config, state)
    return { value, rows, status: 'not enough data', reason, state: { ...state, learned: learnedSoFar(state) + 1 } }
  }
  const chart: ChartInUse = limits.chart ?? chartOf(config, limits.record)
  const before = state.points === undefined ? undefined : (state as unknown as ChartState)
  const next = stepChart(chart, before, value, rows)
  const { charted, centre, lower, upper, signal: said } = next.point
  return {
    value,
    charted,
    centre,
    ...(config.side !== 'upper' && { lower }),
    ...(config.side !== 'lower' && { upper }),
    rows,
    status: isOut(said, config.side) ? 'out' : 'ok',
    state: { ...next.state },
  }
}

function measureDrift(
  config: DriftMonitor,
  state: Monitor['state'],
  limits: LimitsInUse | undefined,
  { rows, sketches = [], skipped = [] }: SeenRows,
): Omit<MeasuredPart, 'part'> & Pick<Found, 'skipped' | 'state'> {
  const said = skipped.length > 0 ? { skipped } : {}
  if (rows < leastRows) return { ...nothing(`${rows} rows, ${leastRows} are needed`, rows), state }
  if (!limits) {
    const learned = { ...state, learned: learnedSoFar(state) + 1 }
    return { ...nothing(learningText(config, state), rows), ...said, state: learned }
  }
  if (!limits.drift) return { ...nothing('the limits hold no columns', rows), state }
  const present = new Map(sketches.map(({ column, bins }) => [column, bins]))
  const usable = (column: string, bins: string) => present.get(column) === bins
  const foreign = limits.drift.distance.columns.filter(
    ({ bins }) => present.has(bins.column) && !usable(bins.column, bins.id),
  )
  if (foreign.length > 0) {
    const names = foreign.map(({ bins }) => bins.column).join(', ')
    return { ...nothing(`the limits are for another reference: its bins of ${names} are not these`, rows), state }
  }
  const known = driftOfColumns(limits.drift, column => present.has(column))
  if (known.distance.columns.length === 0) {
    return { ...nothing('no column of the limits is there', rows), ...said, state }
  }
  const falseAlarms = limits.falseAlarms ?? config.falseAlarms
  const drift = stepDrift(known, state as DriftState, sketches, { falseAlarms })
  const drifted = drift.columns.filter(column => column.drifted).length
  return {
    value: drifted,
    charted: drifted,
    centre: 0,
    upper: 0.5,
    rows,
    status: drifted > 0 ? 'out' : 'ok',
    columns: drift.columns,
    ...said,
    state: drift.state,
  }
}

function learningText(config: MonitorConfig, state: Monitor['state']): string {
  return `limits come from ${learnedWindows(config)} windows; this is number ${learnedSoFar(state) + 1}`
}

function nothing(reason: string, rows: number): Omit<MeasuredPart, 'part'> {
  return { rows, status: 'not enough data', reason }
}
