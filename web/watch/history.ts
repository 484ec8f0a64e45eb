/** Measurements of a monitor as a control chart takes them. */
import type { ControlChartData, ControlLimits, ControlPoint } from '../../src/charts/controlChart.ts'
import type { EventMark } from '../../src/charts/eventMarks.ts'
import { type Instant, instant, type Measurement } from '../api/wire.ts'

/** The charted statistic where the chart has one of its own (an EWMA's z), else the value. */
export function chartedValue(measurement: Pick<Measurement, 'charted' | 'value'>): number {
  // A missing figure crosses HTTP as null or not at all.
  const value = (measurement.charted ?? measurement.value) as number | null | undefined
  return value ?? Number.NaN
}

export function controlChartData(
  measurements: readonly Measurement[],
  marks: readonly EventMark[],
  note: (measurement: Measurement) => string,
): ControlChartData {
  return {
    points: measurements.map(
      (m): ControlPoint => ({
        at: middle(m),
        value: m.status === 'not enough data' ? Number.NaN : chartedValue(m),
        out: m.status === 'out',
        note: note(m),
      }),
    ),
    limits: limitSteps(measurements),
    marks,
  }
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

function middle(span: { readonly from: Instant; readonly to: Instant }): number {
  return (instant(span.from) + instant(span.to)) / 2
}
