/**
 * How often would a monitor alarm on windows like the stable ones, where nothing changes? Windows are drawn in blocks, so
 * that those that resemble their neighbours stay together: one draw gives limits, another is charted with them, and the
 * whole rule is applied, side and N of M.
 */
import { type ChartInUse, isOut, stepChart } from '../loop/chartInUse.ts'
import type { AlarmRule, MonitorConfig } from '../loop/monitor.ts'
import { raises, runAfter } from '../loop/monitorRun.ts'
import type { Series } from '../loop/referenceSeries.ts'
import type { Side } from '../loop/signals.ts'
import type { Random } from '../numeric/random.ts'
import type { ChartState } from '../statistics/control/controlChart.ts'
import { betaQuantile } from '../statistics/distributions/distributions.ts'

export interface Calibration {
  /** False alarms a window: charts that alarmed over the windows that they ran until then. */
  readonly measuredRate: number
  /** 95 % interval, Clopper and Pearson. */
  readonly measuredLow: number
  readonly measuredHigh: number
  readonly measuredDays: number
}

const blockWindows = 7
const charts = 200
const chartedWindows = 100

/** `stable` are the values of a period in which nothing changed. Empty where there are too few of them. */
export function falseAlarmRate(
  stable: Series,
  rule: {
    readonly side: Side
    readonly alarm: Pick<AlarmRule, 'out' | 'of'>
    /** The chart that these windows would give. */
    readonly refit: (drawn: Series) => ChartInUse | undefined
  },
  random: Random,
): Calibration | Record<string, never> {
  if (stable.values.length < 2 * blockWindows) return {}
  let alarms = 0
  let windows = 0
  for (let chart = 0; chart < charts; chart++) {
    const limits = rule.refit(drawBlocks(stable, stable.values.length, random))
    if (!limits) continue
    const first = firstAlarm(limits, drawBlocks(stable, chartedWindows, random), rule)
    if (first !== undefined) alarms++
    windows += first === undefined ? chartedWindows : first + 1
  }
  if (windows === 0) return {}
  return {
    measuredRate: alarms / windows,
    measuredLow: alarms === 0 ? 0 : betaQuantile(0.025, alarms, windows - alarms + 1),
    measuredHigh: betaQuantile(0.975, alarms + 1, windows - alarms),
    measuredDays: windows,
  }
}

/** Why no automatic action may rest on these limits; undefined where one may. */
export function unarmedReason({ alarm }: MonitorConfig, measured: Partial<Calibration>): string | undefined {
  const { falseAlarms } = alarm
  if (falseAlarms === undefined) return undefined
  const { measuredHigh } = measured
  if (measuredHigh === undefined) {
    return 'how often it alarms on stable windows cannot be measured: there are too few of them to draw from'
  }
  if (measuredHigh <= falseAlarms) return undefined
  const once = (rate: number) => `one in ${Math.max(1, Math.round(1 / rate))} windows`
  return `on resampled stable windows it may alarm as often as ${once(measuredHigh)}; ${once(falseAlarms)} is allowed`
}

function firstAlarm(
  limits: ChartInUse,
  { values, sizes }: Series,
  { side, alarm }: { readonly side: Side; readonly alarm: Pick<AlarmRule, 'out' | 'of'> },
): number | undefined {
  const rule: AlarmRule = { ...alarm, clean: 1, severity: 'warning' }
  let state: ChartState | undefined
  let run: Parameters<typeof runAfter>[0] = { out: 0, in: 0 }
  for (let i = 0; i < values.length; i++) {
    const next = stepChart(limits, state, values[i]!, sizes[i]!)
    state = next.state
    run = runAfter(run, isOut(next.point.signal, side) ? 'out' : 'ok', rule)
    if (raises(run, rule)) return i
  }
  return undefined
}

/** Moving blocks of a week of days, put one after another. */
function drawBlocks({ values, sizes }: Series, length: number, random: Random): Series {
  const drawn = { values: new Float64Array(length), sizes: new Float64Array(length) }
  for (let at = 0; at < length; at += blockWindows) {
    const start = random.below(values.length - blockWindows + 1)
    for (let i = 0; i < blockWindows && at + i < length; i++) {
      drawn.values[at + i] = values[start + i]!
      drawn.sizes[at + i] = sizes[start + i]!
    }
  }
  return drawn
}
