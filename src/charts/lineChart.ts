/** Lines over time or over a number, thinned so that a hundred thousand points cost no more than the screen can show. */
import { decimate } from './decimate.ts'
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
  valueAxis,
  valueAxisWidth,
  valueTicks,
} from './frame.ts'
import type { ChartOptions } from './options.ts'
import { colour, type Token } from './palette.ts'
import { brokenLine, lonely } from './path.ts'
import { element } from './svg.ts'
import { textWidth, truncate } from './textWidth.ts'

export interface LineSeries {
  readonly name: string
  /** Instants or numbers, ascending. */
  readonly x: ArrayLike<number>
  /** NaN breaks the line. */
  readonly y: ArrayLike<number>
  readonly token: Token
  /** Tells lines apart without colour. */
  readonly dash?: string
}

export interface LineChartOptions extends ChartOptions {
  readonly axis: 'time' | 'number'
  readonly format?: Intl.NumberFormatOptions
  readonly marks?: readonly EventMark[]
}

export function lineChart(series: readonly LineSeries[], options: LineChartOptions): string {
  const domain = paddedDomain(everyValue(series.map(s => s.y)))
  const range = paddedDomain(everyValue(series.map(s => s.x)), 0, options.axis === 'time' ? halfDayMs : undefined)
  if (domain === undefined || range === undefined) return emptyPicture(options)
  const marks = options.marks ?? []
  const marksTop = eventMarksHeight(marks)
  const names = Math.min(140, Math.max(0, ...series.map(s => textWidth(s.name, labelSize))))
  const plot: Plot = {
    left: valueAxisWidth(domain, options.height - 34 - marksTop, options.locale, options.format),
    right: options.width - Math.max(14, names + 14),
    top: marksTop + 8,
    bottom: options.height - 26,
  }
  const x = linear(range, [plot.left, plot.right])
  const y = linear(domain, [plot.bottom, plot.top])
  return picture(
    options,
    marks.some(m => m.href !== undefined),
    valueAxis(y, domain, plot, options.locale, options.format),
    options.axis === 'time'
      ? timeAxis(x, range, plot, options.locale, options.zone)
      : numberAxis(x, range, plot, options.locale),
    eventMarks(marks, x, plot),
    ...series.map(s => drawSeries(s, x, y, plot)),
    endNames(series, y, plot),
  )
}

function drawSeries(series: LineSeries, x: (v: number) => number, y: (v: number) => number, plot: Plot): string {
  const kept = decimate(series.x, series.y, plot.right - plot.left)
  const places = Array.from(kept, i => {
    const value = series.y[i]!
    return [x(series.x[i]!), Number.isFinite(value) ? y(value) : Number.NaN] as const
  })
  const line = element('path', {
    d: brokenLine(places),
    fill: 'none',
    stroke: colour(series.token),
    'stroke-width': 1.5,
    'stroke-dasharray': series.dash,
    'stroke-linejoin': 'round',
  })
  const dots = lonely(places).map(i =>
    element('circle', { cx: places[i]![0], cy: places[i]![1], r: 2.5, fill: colour(series.token) }),
  )
  return line + dots.join('')
}

/** Each name at the end of its line, moved apart where they would touch. */
function endNames(series: readonly LineSeries[], y: (v: number) => number, plot: Plot): string {
  const ends = series
    .map(s => ({ series: s, y: y(lastFinite(s.y)) }))
    .filter(e => !Number.isNaN(e.y))
    .sort((a, b) => a.y - b.y)
  let last = Number.NEGATIVE_INFINITY
  const places = ends.map(e => {
    last = Math.max(e.y + 4, last + 13)
    return last
  })
  const over = Math.max(0, last - plot.bottom - 4)
  return ends
    .map((e, i) =>
      label(plot.right + 6, places[i]! - over, truncate(e.series.name, labelSize, 140), {
        fill: colour(e.series.token),
      }),
    )
    .join('')
}

function numberAxis(x: (v: number) => number, range: readonly [number, number], plot: Plot, locale: string): string {
  return (
    element('line', { x1: plot.left, x2: plot.right, y1: plot.bottom, y2: plot.bottom, stroke: colour('muted') }) +
    valueTicks(range, (plot.right - plot.left) / 1.5, locale)
      .map(t => label(x(t.value), plot.bottom + 18, t.label, { anchor: 'middle', fill: colour('muted') }))
      .join('')
  )
}

function* everyValue(arrays: readonly ArrayLike<number>[]): Iterable<number> {
  for (const values of arrays) for (let i = 0; i < values.length; i++) yield values[i]!
}

function lastFinite(values: ArrayLike<number>): number {
  for (let i = values.length - 1; i >= 0; i--) if (Number.isFinite(values[i]!)) return values[i]!
  return Number.NaN
}
