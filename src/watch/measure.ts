/** One window of one monitor: what it measures, what the chart says, and the state that the chart carries on. */
import { type Table, table } from '../base/table.ts'
import { type DriftReference, type DriftState, stepDrift } from '../loop/columnDrift.ts'
import { dayStatistics, type Task } from '../loop/dayStatistics.ts'
import type { MonitorConfig } from '../loop/monitor.ts'
import type { Limits, Measurement, Monitor } from '../loop/records.ts'
import { type ChartState, start, step } from '../statistics/control/controlChart.ts'
import { sketchOf } from '../statistics/profiles/sketch.ts'
import { chartOf } from './limits.ts'

/** A closed window, with the monitored version's own answers. */
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
  'value' | 'charted' | 'centre' | 'lower' | 'upper' | 'rows' | 'coverage' | 'status' | 'reason' | 'columns'
> & { readonly state: Monitor['state'] }

/** Fewer rows than this say nothing about a day. */
const leastRows = 30
/** With a smaller share of outcomes, those that came first may be of another kind. */
const leastCoverage = 0.8

export function measure(
  config: MonitorConfig,
  monitor: Pick<Monitor, 'state'>,
  limits: { readonly record: Limits; readonly drift?: DriftReference | undefined } | undefined,
  day: Observed,
): Found {
  const nothing = (reason: string, rows: number): Found => ({
    rows,
    status: 'not enough data',
    reason,
    state: monitor.state,
  })
  if (!limits) return nothing('there are no limits yet', day.rows)
  if (config.kind === 'drift') {
    if (day.rows < leastRows) return nothing(`${day.rows} rows, ${leastRows} are needed`, day.rows)
    if (!limits.drift) return nothing('the limits hold no columns', day.rows)
    return measureDrift(config, monitor.state, limits.drift, day)
  }
  if (config.kind !== 'chart') return nothing('fixed thresholds are not measured yet', day.rows)
  const { labels, outputs, task } = day
  const coverage = { coverage: day.coverage }
  if (labels.length < leastRows) {
    return { ...nothing(`${labels.length} rows with an outcome, ${leastRows} are needed`, labels.length), ...coverage }
  }
  const value = dayStatistics(task, labels, outputs)[config.of as 'auc']
  if (value === undefined) {
    return { ...nothing(`${config.of} is not defined on these outcomes`, labels.length), ...coverage }
  }
  if (day.coverage < leastCoverage) {
    const share = `${Math.round(100 * day.coverage)} %`
    return {
      ...nothing(`outcomes of ${share} of the rows are known: provisional`, labels.length),
      ...coverage,
      value,
    }
  }
  const chart = chartOf(config, limits.record)
  const before = monitor.state.points === undefined ? start(chart) : (monitor.state as unknown as ChartState)
  const { state, point } = step(before, chart, value)
  const out =
    (point.signal === 'above' && config.side !== 'lower') || (point.signal === 'below' && config.side !== 'upper')
  return {
    value,
    charted: point.z,
    centre: point.centre,
    ...(config.side !== 'upper' && { lower: point.lower }),
    ...(config.side !== 'lower' && { upper: point.upper }),
    rows: labels.length,
    ...coverage,
    status: out ? 'out' : 'ok',
    state: { ...state },
  }
}

function measureDrift(
  config: MonitorConfig & { kind: 'drift' },
  state: Monitor['state'],
  reference: DriftReference,
  { features, answers, rows }: Observed,
): Found {
  const columns = config.drift === 'features' ? features : predictionColumn(answers)
  const sketches = reference.distance.columns.flatMap(({ bins }) => {
    const column = columns.columns.find(({ name }) => name === bins.column)
    return column ? [sketchOf(bins, column)] : []
  })
  const present = sketches.map(({ column }) => column)
  const known: DriftReference = {
    distance: {
      ...reference.distance,
      columns: reference.distance.columns.filter(({ bins }) => present.includes(bins.column)),
    },
    locations: reference.locations.filter(({ column }) => present.includes(column)),
  }
  const drift = stepDrift(known, state as DriftState, sketches, { falseAlarms: config.falseAlarms })
  const drifted = drift.columns.filter(column => column.drifted).length
  return {
    value: drifted,
    charted: drifted,
    centre: 0,
    upper: 0.5,
    rows,
    status: drifted > 0 ? 'out' : 'ok',
    columns: drift.columns,
    state: drift.state,
  }
}

function predictionColumn(answers: Float64Array): Table {
  return table([{ name: 'prediction', kind: 'number', values: answers }])
}
