/** Measurements of a monitor as a control chart takes them. */
import type { ControlChartData, ControlLimits, ControlPhase, ControlPoint } from '../../src/charts/controlChart.ts'
import type { EventMark } from '../../src/charts/eventMarks.ts'
import type { MonitorConfig } from '../../src/loop/monitor.ts'
import { type Instant, instant, type Limits, type Measurement } from '../api/wire.ts'

/** A monitor with what it measured, as stored or as played over the past. */
export interface Watched {
  readonly monitor: { readonly name: string; readonly config: MonitorConfig }
  readonly limits: readonly Limits[]
  readonly measurements: readonly Measurement[]
}

/** The charted statistic where the chart has one of its own (an EWMA's z), else the value. */
export function chartedValue(measurement: Pick<Measurement, 'charted' | 'value'>): number {
  // A missing figure crosses HTTP as null or not at all.
  const value = (measurement.charted ?? measurement.value) as number | null | undefined
  return value ?? Number.NaN
}

export function controlChartData(
  { monitor, limits, measurements }: Watched,
  marks: readonly EventMark[],
  note: (measurement: Measurement) => string,
  phase: (limits: number) => string,
): ControlChartData {
  const widths = new Map(limits.map(({ version, width }) => [version, width]))
  const steps = limitSteps(measurements)
  return {
    points: measurements.map(
      (m): ControlPoint => ({
        at: middle(m),
        // What was measured before there were limits is shown, though nothing judges it.
        value: m.status === 'not enough data' && m.limits > 0 ? Number.NaN : chartedValue(m),
        out: m.status === 'out',
        note: note(m),
      }),
    ),
    limits: hasZones(monitor.config)
      ? steps.map(step => ({ ...step, ...sigmaOf(step, widths.get(step.version)) }))
      : steps,
    phases: phasesOf(steps, phase),
    marks,
  }
}

/** A CUSUM has one limit on its sum, a fixed bound has no spread, and drifted columns are counted. */
function hasZones(config: MonitorConfig): boolean {
  return config.kind === 'chart' && config.chart !== 'cusum' && config.by === undefined
}

/** Limits lie so many standard deviations of what is plotted from the centre. */
function sigmaOf({ centre, lower, upper }: ControlLimits, width: number | undefined): { readonly sigma?: number } {
  const half = upper === undefined ? (lower === undefined ? 0 : centre - lower) : upper - centre
  return width !== undefined && width > 0 && half > 0 ? { sigma: half / width } : {}
}

/** Where each version of the limits begins. */
function phasesOf(steps: readonly ControlLimits[], label: (limits: number) => string): ControlPhase[] {
  return steps
    .filter(({ version }, i) => version > 0 && version !== steps[i - 1]?.version)
    .map(({ from, version }) => ({ from, label: label(version) }))
}

/** Limits as measured against, joined where they stay the same. */
function limitSteps(measurements: readonly Measurement[]): ControlLimits[] {
  const steps: { from: number; to: number; centre: number; lower?: number; upper?: number; version: number }[] = []
  for (const m of measurements) {
    if (m.centre === undefined || m.centre === null) continue
    const last = steps.at(-1)
    const from = instant(m.from)
    const to = instant(m.to)
    const lower = m.lower ?? undefined
    const upper = m.upper ?? undefined
    const same =
      last !== undefined &&
      last.version === m.limits &&
      last.to === from &&
      last.centre === m.centre &&
      last.lower === lower &&
      last.upper === upper
    if (same) last.to = to
    else {
      steps.push({
        from,
        to,
        centre: m.centre,
        version: m.limits,
        ...(lower !== undefined && { lower }),
        ...(upper !== undefined && { upper }),
      })
    }
  }
  return steps
}

export function middle(span: { readonly from: Instant; readonly to: Instant }): number {
  return (instant(span.from) + instant(span.to)) / 2
}
