/**
 * A control chart: points in order, by time, number or name, against a centre and control limits that were frozen before.
 * Points that signal are diamonds, with the name of the rule where there is room; limits are steps (each version begins
 * anew, and each point may have its own); points without a value are gaps. Charts that belong together (mean and range,
 * both sums of a CUSUM) are panels on one axis.
 */
import { drawPanel, panelLegend, valueDomain } from './controlPanel.ts'
import { type EventMark, eventMarks, eventMarksHeight } from './eventMarks.ts'
import {
  emptyPicture,
  halfDayMs,
  label,
  labelSize,
  linear,
  type Plot,
  paddedDomain,
  picture,
  timeAxis,
  valueAxisWidth,
} from './frame.ts'
import { type IndexAxis, indexAxis, indexAxisHeight, indexDomain } from './indexAxis.ts'
import type { ChartOptions } from './options.ts'
import { colour } from './palette.ts'
import { element } from './svg.ts'
import { textWidth, truncate } from './textWidth.ts'

export interface ControlPoint {
  readonly at: number
  /** NaN where there is none. */
  readonly value: number
  readonly out: boolean
  /** Name of the rule that fired, written beside the point. */
  readonly signal?: string
  /** Shown on hovering: date, value, rule that fired, rows. */
  readonly note?: string
  readonly href?: string
}

/** Limits in force from one place on the axis to the next. */
export interface ControlLimits {
  readonly from: number
  readonly to: number
  readonly centre: number
  readonly lower?: number
  readonly upper?: number
  /** Standard deviation of what is plotted: draws the zones at 1 and 2 of them. */
  readonly sigma?: number
  readonly warning?: { readonly lower: number; readonly upper: number }
  /** Version of the limits: a change is marked. */
  readonly version: number
}

/** Where a phase begins: the reference that limits came from, then the points judged by them. */
export interface ControlPhase {
  readonly from: number
  readonly label: string
}

export interface ControlChartData {
  /** In order. */
  readonly points: readonly ControlPoint[]
  readonly limits: readonly ControlLimits[]
  readonly marks: readonly EventMark[]
  readonly phases?: readonly ControlPhase[]
  /** What the panel shows, where there are several. */
  readonly name?: string
}

export interface ControlChartOptions extends ChartOptions {
  readonly format?: Intl.NumberFormatOptions
  readonly labels: { readonly centre: string; readonly upper: string; readonly lower: string }
  /** Time by default. */
  readonly axis?: IndexAxis
}

export function controlChart(data: ControlChartData, options: ControlChartOptions): string {
  return controlPanels([data], options)
}

/** Charts below one another on one axis; the first, which is read first, is the tallest. */
export function controlPanels(panels: readonly ControlChartData[], options: ControlChartOptions): string {
  const drawn = panels.flatMap(data => {
    const domain = valueDomain(data)
    return domain === undefined ? [] : [{ data, domain }]
  })
  const span = axisDomain(panels, options)
  if (drawn.length === 0 || span === undefined) return emptyPicture(options)
  const marks = drawn.flatMap(({ data }) => data.marks).filter(m => m.at >= span[0] && m.at <= span[1])
  const phases = (drawn[0]!.data.phases ?? []).filter(p => p.from >= span[0] && p.from <= span[1])
  const top = eventMarksHeight(marks) + (phases.length > 0 ? 16 : 0) + 8
  const bottom = options.height - (options.axis === undefined ? 26 : indexAxisHeight(options.axis))
  const heights = panelHeights(drawn.length, bottom - top)
  const legends = drawn.map(({ data }) => panelLegend(data, options))
  const left = Math.max(
    ...drawn.map(({ domain }, i) => valueAxisWidth(domain, heights[i]!, options.locale, options.format)),
  )
  const words = legends.flat().map(({ text }) => textWidth(text, labelSize) * 1.05 + 12)
  const right = options.width - Math.max(14, ...words)
  const x = linear(span, [left, right])
  const whole: Plot = { left, right, top, bottom }
  let above = top
  const content = drawn.map(({ data, domain }, i) => {
    const named = data.name === undefined ? 0 : panelName
    const plot = { left, right, top: above + named, bottom: above + heights[i]! }
    above += heights[i]! + panelGap
    const y = linear(domain, [plot.bottom, plot.top])
    return (
      (data.name === undefined
        ? ''
        : label(left, plot.top - 5, truncate(data.name, labelSize, right - left), { fill: colour('muted') })) +
      drawPanel(data, domain, x, y, plot, legends[i]!, options)
    )
  })
  const links = drawn.some(({ data }) => data.points.some(p => p.href !== undefined)) || marks.some(m => m.href)
  return picture(
    options,
    links,
    ...content,
    phaseDividers(phases, x, whole),
    options.axis === undefined
      ? timeAxis(x, span, whole, options.locale, options.zone)
      : indexAxis(x, span, whole, options.axis),
    // Above the labels of the phases.
    eventMarks(marks, x, { ...whole, top: phases.length > 0 ? top - 16 : top }),
  )
}

const panelGap = 14
const panelName = 16

function panelHeights(panels: number, pixels: number): number[] {
  const room = pixels - (panels - 1) * panelGap
  const first = panels === 1 ? room : (room * 1.5) / (panels + 0.5)
  return Array.from({ length: panels }, (_, i) => Math.max(20, i === 0 ? first : (room - first) / (panels - 1)))
}

function axisDomain(
  panels: readonly ControlChartData[],
  options: ControlChartOptions,
): readonly [number, number] | undefined {
  const places = function* () {
    for (const { points, limits } of panels) {
      for (const { at } of points) yield at
      if (options.axis === undefined) for (const { from, to } of limits) yield* [from, to]
    }
  }
  return options.axis === undefined ? paddedDomain(places(), 0, halfDayMs) : indexDomain(places())
}

/** A line through all panels where a phase begins, except at the start, with its name to the right of it. */
function phaseDividers(phases: readonly ControlPhase[], x: (at: number) => number, plot: Plot): string {
  return phases
    .map(({ from, label: name }, i) => {
      const at = x(from)
      const next = phases[i + 1]
      const room = (next === undefined ? plot.right : x(next.from)) - at - 8
      const first = at <= plot.left + 1
      return (
        (first
          ? ''
          : element('line', {
              x1: at,
              x2: at,
              y1: plot.top - 16,
              y2: plot.bottom,
              stroke: colour('ink'),
              'stroke-opacity': '0.55',
              'stroke-width': 1,
              'stroke-dasharray': '6 4',
            })) +
        (room > 20 ? label(at + 4, plot.top - 6, truncate(name, labelSize, room), { fill: colour('muted') }) : '')
      )
    })
    .join('')
}
