/**
 * A control chart: points in time against a centre and control limits that were frozen before. Points out of limits are
 * diamonds with a ring, limits are steps (each version begins anew), windows without a value are gaps.
 */
import { type EventMark, eventMarks, eventMarksHeight } from './eventMarks.ts'
import { formatNumber } from './format.ts'
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
  valueAxis,
  valueAxisWidth,
} from './frame.ts'
import type { ChartOptions } from './options.ts'
import { colour } from './palette.ts'
import { brokenLine } from './path.ts'
import { coordinate, element, escapeText, linked } from './svg.ts'
import { symbol } from './symbols.ts'
import { textWidth } from './textWidth.ts'

export interface ControlPoint {
  readonly at: number
  /** NaN where there is none. */
  readonly value: number
  readonly out: boolean
  /** Shown on hovering: date, value, rule that fired, rows. */
  readonly note?: string
  readonly href?: string
}

/** Limits in force from one instant to the next. */
export interface ControlLimits {
  readonly from: number
  readonly to: number
  readonly centre: number
  readonly lower?: number
  readonly upper?: number
  /** Version of the limits: a change is marked. */
  readonly version: number
}

export interface ControlChartData {
  /** In order of time. */
  readonly points: readonly ControlPoint[]
  readonly limits: readonly ControlLimits[]
  readonly marks: readonly EventMark[]
}

export interface ControlChartOptions extends ChartOptions {
  readonly format?: Intl.NumberFormatOptions
  readonly labels: { readonly centre: string; readonly upper: string; readonly lower: string }
}

export function controlChart(data: ControlChartData, options: ControlChartOptions): string {
  const domain = valueDomain(data)
  const span = paddedDomain([...data.points.map(p => p.at), ...data.limits.flatMap(l => [l.from, l.to])], 0, halfDayMs)
  if (domain === undefined || span === undefined) return emptyPicture(options)
  const newest = data.limits.at(-1)
  const legend = newest === undefined ? [] : limitLegend(newest, options)
  const marksTop = eventMarksHeight(data.marks)
  const pixels = options.height - marksTop - 34
  const plot: Plot = {
    left: valueAxisWidth(domain, pixels, options.locale, options.format),
    right: options.width - Math.max(14, ...legend.map(l => textWidth(l.text, labelSize) * 1.05 + 12)),
    top: marksTop + 8,
    bottom: options.height - 26,
  }
  const x = linear(span, [plot.left, plot.right])
  const y = linear(domain, [plot.bottom, plot.top])
  const linkedPoints = data.points.some(p => p.href !== undefined) || data.marks.some(m => m.href !== undefined)
  return picture(
    options,
    linkedPoints,
    limitBands(data.limits, x, y, plot),
    valueAxis(y, domain, plot, options.locale, options.format),
    limitLines(data.limits, x, y),
    timeAxis(x, span, plot, options.locale, options.zone),
    eventMarks(
      data.marks.filter(m => m.at >= span[0] && m.at <= span[1]),
      x,
      plot,
    ),
    valueLine(data.points, x, y),
    points(data.points, x, y, plot),
    legendLabels(legend, y, plot),
  )
}

function valueDomain({ points, limits }: ControlChartData): [number, number] | undefined {
  const values = points.filter(p => Number.isFinite(p.value)).map(p => p.value)
  if (values.length === 0) return undefined
  for (const l of limits) values.push(l.centre, l.lower ?? Number.NaN, l.upper ?? Number.NaN)
  return paddedDomain(values)
}

type Scale = (value: number) => number

function limitBands(limits: readonly ControlLimits[], x: Scale, y: Scale, plot: Plot): string {
  return limits
    .map(l => {
      const top = l.upper === undefined ? plot.top : y(l.upper)
      const bottom = l.lower === undefined ? plot.bottom : y(l.lower)
      return element('rect', {
        x: x(l.from),
        y: top,
        width: Math.max(0, x(l.to) - x(l.from)),
        height: Math.max(0, bottom - top),
        fill: colour('band'),
      })
    })
    .join('')
}

function limitLines(limits: readonly ControlLimits[], x: Scale, y: Scale): string {
  const path = (of: (l: ControlLimits) => number | undefined, look: Record<string, string | number>) => {
    const d = limits
      .map((l, i) => {
        const value = of(l)
        if (value === undefined) return ''
        const before = limits[i - 1]
        // Within one version the limits are one staircase; a new version starts a new line.
        const joined =
          before !== undefined && before.version === l.version && before.to === l.from && of(before) !== undefined
        return `${joined ? 'L' : 'M'}${coordinate(x(l.from))} ${coordinate(y(value))}L${coordinate(x(l.to))} ${coordinate(y(value))}`
      })
      .join('')
    return d === '' ? '' : element('path', { d, fill: 'none', ...look })
  }
  return (
    path(l => l.centre, { stroke: colour('ok'), 'stroke-width': 1, 'stroke-opacity': '0.8' }) +
    path(l => l.upper, { stroke: colour('ok'), 'stroke-width': 1.25, 'stroke-dasharray': '5 3' }) +
    path(l => l.lower, { stroke: colour('ok'), 'stroke-width': 1.25, 'stroke-dasharray': '5 3' })
  )
}

function valueLine(points: readonly ControlPoint[], x: Scale, y: Scale): string {
  const d = brokenLine(points.map(p => [x(p.at), Number.isFinite(p.value) ? y(p.value) : Number.NaN] as const))
  return element('path', {
    d,
    fill: 'none',
    stroke: colour('series'),
    'stroke-width': 1.5,
    'stroke-linejoin': 'round',
  })
}

function points(points: readonly ControlPoint[], x: Scale, y: Scale, plot: Plot): string {
  // Dots nearer than about three radii hide the line: then only the signals are drawn.
  const dense = points.length * 5 > plot.right - plot.left
  return points
    .map(p => {
      if (!Number.isFinite(p.value) || (dense && !p.out)) return ''
      const title = p.note === undefined ? '' : element('title', {}, escapeText(p.note))
      const place = [x(p.at), y(p.value)] as const
      return linked(
        p.href,
        p.out
          ? symbol('diamond', ...place, dense ? 3 : 4, colour('broken'), title)
          : symbol('circle', ...place, 2.25, colour('series'), title),
      )
    })
    .join('')
}

interface LegendLine {
  readonly value: number
  readonly text: string
}

function limitLegend(limits: ControlLimits, options: ControlChartOptions): LegendLine[] {
  const number = (value: number) =>
    formatNumber(value, options.locale, { maximumSignificantDigits: 3, ...options.format })
  const { centre, upper, lower } = options.labels
  return [
    ...(limits.upper === undefined ? [] : [{ value: limits.upper, text: `${upper} ${number(limits.upper)}` }]),
    { value: limits.centre, text: `${centre} ${number(limits.centre)}` },
    ...(limits.lower === undefined ? [] : [{ value: limits.lower, text: `${lower} ${number(limits.lower)}` }]),
  ]
}

function legendLabels(legend: readonly LegendLine[], y: Scale, plot: Plot): string {
  let last = Number.NEGATIVE_INFINITY
  return legend
    .map(({ value, text }) => {
      const at = Math.max(y(value) + 4, last + 13)
      last = at
      return label(plot.right + 8, Math.min(at, plot.bottom + 10), text, { fill: colour('ok') })
    })
    .join('')
}
