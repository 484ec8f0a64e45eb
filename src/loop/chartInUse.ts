/** The charts that monitors use, as frozen with their limits, and their steps from window to window. */
import { bandOf, type ChartState, start, step } from '../statistics/control/controlChart.ts'
import type { CusumLimits, EwmaLimits, IndividualsLimits, ProportionLimits } from '../statistics/control/limits.ts'
import { type RareShareLimits, rareCounts } from './rareShare.ts'
import type { Side } from './signals.ts'

export type ChartInUse = IndividualsLimits | EwmaLimits | CusumLimits | ProportionLimits | RareShareLimits

export interface WindowPoint {
  readonly charted: number
  readonly centre: number
  readonly lower: number
  readonly upper: number
  readonly signal: 'above' | 'below' | null
}

/** Judges the next window; `rows` is what a share is of. Without a state the chart begins. */
export function stepChart(
  chart: ChartInUse,
  state: ChartState | undefined,
  value: number,
  rows: number,
): { readonly state: ChartState; readonly point: WindowPoint } {
  if (chart.kind === 'rare share') {
    const points = (state?.points ?? 0) + 1
    const { low, high } = rareCounts(chart, rows)
    const count = Math.round(value * rows)
    const signal = count >= high ? 'above' : count <= low ? 'below' : null
    const centre = (chart.events + 0.5) / (chart.rows + 1)
    return {
      state: { points, z: value },
      point: { charted: value, centre, lower: Math.max(0, (low + 1) / rows), upper: (high - 1) / rows, signal },
    }
  }
  // Windows are single points: only a p chart asks how many rows a point stands for.
  const next = step(state ?? start(chart), chart, value, chart.kind === 'p' ? rows : undefined)
  const { z, centre, lower, upper, signal } = next.point
  return { state: next.state, point: { charted: z, centre, lower, upper, signal } }
}

/** Centre and limits that the chart settles at, for the record of the limits; `rows` of a usual window. */
export function settledBand(chart: ChartInUse, rows: number): { centre: number; lower: number; upper: number } {
  if (chart.kind !== 'rare share') return bandOf(chart, chart.kind === 'p' ? rows : undefined)
  const { low, high } = rareCounts(chart, rows)
  return { centre: (chart.events + 0.5) / (chart.rows + 1), lower: (low + 1) / rows, upper: (high - 1) / rows }
}

/** Whether a signal is trouble: on the other side lies an improvement. */
export function isOut(signal: WindowPoint['signal'], side: Side): boolean {
  return (signal === 'above' && side !== 'lower') || (signal === 'below' && side !== 'upper')
}
