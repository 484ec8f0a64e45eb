/**
 * How often would a chart alarm on days like the reference's, where nothing changes? Days are drawn from the reference in
 * blocks, so that days that resemble their neighbours stay together: one draw gives limits, another is charted with them.
 */
import type { Random } from '../numeric/random.ts'
import { applyChart } from '../statistics/control/controlChart.ts'
import { fitEwma } from '../statistics/control/phaseOne.ts'
import { betaQuantile } from '../statistics/distributions/distributions.ts'

export interface Calibration {
  /** False alarms a day: charts that alarmed over the days that they ran until then. */
  readonly measuredRate: number
  /** 95 % interval, Clopper and Pearson. */
  readonly measuredLow: number
  readonly measuredHigh: number
  readonly measuredDays: number
}

const blockDays = 7
const charts = 200
const chartedDays = 100

/** `stable` are the daily values of a period in which nothing changed. Empty where there are too few of them. */
export function falseAlarmRate(
  stable: Float64Array,
  { arl0, lambda, side }: { readonly arl0: number; readonly lambda: number; readonly side: 'both' | 'upper' | 'lower' },
  random: Random,
): Calibration | Record<string, never> {
  if (stable.length < 2 * blockDays) return {}
  let alarms = 0
  let days = 0
  for (let chart = 0; chart < charts; chart++) {
    const { limits } = fitEwma(drawBlocks(stable, stable.length, random), { lambda, arl0 })
    if (!limits) continue
    const points = applyChart(limits, drawBlocks(stable, chartedDays, random))
    const first = points.findIndex(
      ({ signal }) => (signal === 'above' && side !== 'lower') || (signal === 'below' && side !== 'upper'),
    )
    if (first >= 0) alarms++
    days += first >= 0 ? first + 1 : chartedDays
  }
  return {
    measuredRate: alarms / days,
    measuredLow: alarms === 0 ? 0 : betaQuantile(0.025, alarms, days - alarms + 1),
    measuredHigh: betaQuantile(0.975, alarms + 1, days - alarms),
    measuredDays: days,
  }
}

/** Moving blocks of a week, put one after another. */
function drawBlocks(values: Float64Array, length: number, random: Random): Float64Array {
  const drawn = new Float64Array(length)
  for (let at = 0; at < length; at += blockDays) {
    const start = random.below(values.length - blockDays + 1)
    for (let i = 0; i < blockDays && at + i < length; i++) drawn[at + i] = values[start + i]!
  }
  return drawn
}
