/** A chart as a picture: what was judged goes to the panels of charts/. */
import { type ControlChartData, type ControlPoint, controlPanels } from '../../charts/controlChart.ts'
import type { IndexAxis } from '../../charts/indexAxis.ts'
import { limitSteps } from '../../charts/limitSteps.ts'
import type { RuleSignal, RunRule } from '../../statistics/control/runRules.ts'
import type { Charted, Panel } from './make.ts'
import { kindNames, nameOf, reasonOf, verdict } from './words.ts'

export interface PictureSize {
  readonly width: number
  readonly height: number
}

export function picture(chart: Charted, title: string, { width, height }: PictureSize): string {
  const { main, companion, observed } = chart
  const panels =
    main.limits.kind === 'cusum' ? bothSums(chart) : [main, ...(companion ? [companion] : [])].map(p => data(chart, p))
  const several = panels.length > 1
  const axis: { axis?: IndexAxis } =
    observed.times !== undefined
      ? {}
      : { axis: observed.labels ? { kind: 'labels', labels: observed.labels } : { kind: 'index', first: 1 } }
  return controlPanels(
    panels.map(({ name, ...panel }) => (several && name !== undefined ? { ...panel, name } : panel)),
    {
      id: 'chart',
      width,
      height,
      locale: 'en',
      zone: 'UTC',
      title,
      finding: verdict(chart),
      empty: 'There are no points.',
      labels: { centre: 'CL', upper: 'UCL', lower: 'LCL' },
      ...axis,
    },
  )
}

function data(chart: Charted, panel: Panel): ControlChartData {
  return panelData(chart, panel, {
    name: kindNames[panel.kind]!,
    values: panel.points.map(p => p.z),
    limitsOf: p => ({
      centre: p.centre,
      lower: p.lower,
      upper: p.upper,
      ...(p.sigma !== undefined && { sigma: p.sigma }),
    }),
    shows: () => true,
  })
}

/** The sum upwards, and the sum downwards as a negative number, each with its own limit. */
function bothSums(chart: Charted): ControlChartData[] {
  const { main } = chart
  return [
    panelData(chart, main, {
      name: 'CUSUM upwards',
      values: main.points.map(p => p.sums![0]),
      limitsOf: p => ({ centre: 0, upper: p.upper }),
      shows: p => p.sums![0] > p.upper,
    }),
    panelData(chart, main, {
      name: 'CUSUM downwards',
      values: main.points.map(p => -p.sums![1]),
      limitsOf: p => ({ centre: 0, lower: p.lower }),
      shows: p => -p.sums![1] < p.lower,
    }),
  ]
}

type Point = Panel['points'][number]

function panelData(
  chart: Charted,
  { points, signals }: Panel,
  drawn: {
    readonly name: string
    readonly values: readonly number[]
    readonly limitsOf: (p: Point) => { centre: number; lower?: number; upper?: number; sigma?: number }
    /** Whether a signal is one of this panel. */
    readonly shows: (p: Point) => boolean
  },
): ControlChartData {
  const signalOf = new Map(signals.map(signal => [signal.index, signal]))
  const at = (i: number) => chart.observed.times?.[i] ?? i
  return {
    name: drawn.name,
    points: points.map((p, i) => {
      const signal = drawn.shows(p) ? signalOf.get(i) : undefined
      return point(chart, i, at(i), drawn.values[i]!, signal, signalOf.get(i - 1)?.rules ?? [])
    }),
    limits: limitSteps(points.map((p, i) => ({ at: at(i), ...drawn.limitsOf(p) }))),
    marks: [],
    ...phases(chart, at),
  }
}

/** Beside it stand the rules that are new with it; that it is beyond a limit is plain to see. */
function point(
  chart: Charted,
  i: number,
  at: number,
  value: number,
  signal: RuleSignal | undefined,
  before: readonly RunRule[],
): ControlPoint {
  // Of many points only the signals are drawn one by one.
  if (signal === undefined && chart.main.points.length > 1000) return { at, value, out: false }
  const note = `${nameOf(chart, i)}: ${Number(value.toPrecision(5))}${signal ? `, ${reasonOf(signal)}` : ''}`
  if (signal === undefined) return { at, value, out: false, note }
  const fresh = signal.rules.filter(rule => !before.includes(rule))
  const names = fresh.map(({ name }) => name).join('; ')
  return { at, value, out: true, note, ...(names !== '' && { signal: names }) }
}

/** Divider only where some points are new. */
function phases({ observed, main }: Charted, at: (i: number) => number): Pick<ControlChartData, 'phases'> {
  const { phase1 } = observed
  const isFirst = phase1.every((i, k) => i === k)
  if (!isFirst || phase1.length === main.points.length) return {}
  const border = (at(phase1.length - 1) + at(phase1.length)) / 2
  return {
    phases: [
      { from: at(0) - (at(1) - at(0)) / 2, label: 'Phase I: reference' },
      { from: border, label: 'Phase II: judged by it' },
    ],
  }
}
