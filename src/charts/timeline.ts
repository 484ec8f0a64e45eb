/**
 * What happened, on one time axis: a lane per kind of event, bars for what lasts, shapes for instants, and a thread
 * through the steps that belong together (drift → diagnosis → retrain → gate → promote → verify).
 */
import { formatDate } from './format.ts'
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
} from './frame.ts'
import type { ChartOptions, State } from './options.ts'
import { colour } from './palette.ts'
import { coordinate, element, escapeText, linked } from './svg.ts'
import { stateShape, symbol } from './symbols.ts'
import { textWidth, truncate } from './textWidth.ts'

export interface TimelineEvent {
  readonly lane: string
  readonly at: number
  /** Absent for an instant. */
  readonly until?: number
  /** Beside the mark; empty for none. */
  readonly label: string
  readonly state: State
  /** Events with the same thread are joined in order of time. */
  readonly thread?: string
  readonly note?: string
  readonly href?: string
}

export interface TimelineData {
  /** From top to bottom. */
  readonly lanes: readonly { readonly key: string; readonly name: string }[]
  readonly events: readonly TimelineEvent[]
  readonly from?: number
  readonly to?: number
  /** Where the clock stands. */
  readonly now?: number
}

export interface TimelineOptions extends ChartOptions {
  readonly nowLabel: string
}

const barHeight = 10
const minimumBar = 8

export function timeline(data: TimelineData, options: TimelineOptions): string {
  const span = paddedDomain(
    [...data.events.flatMap(e => [e.at, e.until ?? e.at]), data.from ?? Number.NaN, data.to ?? Number.NaN],
    data.from === undefined ? 0.02 : 0,
    halfDayMs,
  )
  if (span === undefined || data.events.length === 0 || data.lanes.length === 0) return emptyPicture(options)
  const names = Math.max(...data.lanes.map(l => textWidth(l.name, labelSize)))
  const plot: Plot = {
    left: Math.min(options.width * 0.3, names * 1.08 + 14),
    right: options.width - 16,
    top: 20,
    bottom: options.height - 26,
  }
  const x = linear(span, [plot.left, plot.right])
  const laneHeight = (plot.bottom - plot.top) / data.lanes.length
  const rows = new Map(data.lanes.map((lane, i) => [lane.key, plot.top + (i + 0.5) * laneHeight]))
  const events = data.events.filter(e => rows.has(e.lane)).sort((a, b) => a.at - b.at)
  return picture(
    options,
    events.some(e => e.href !== undefined),
    lanes(data, plot, laneHeight),
    timeAxis(x, span, plot, options.locale, options.zone),
    data.now === undefined ? '' : nowLine(x(data.now), data.now, plot, options),
    threads(events, x, rows),
    ...events.map(e => drawEvent(e, x, rows.get(e.lane)!)),
    labels(events, x, rows, plot),
  )
}

function lanes(data: TimelineData, plot: Plot, laneHeight: number): string {
  return data.lanes
    .map((lane, i) => {
      const top = plot.top + i * laneHeight
      return (
        element('line', { x1: 0, x2: plot.right, y1: top, y2: top, stroke: colour('grid') }) +
        label(0, top + laneHeight / 2 + 4, truncate(lane.name, labelSize, plot.left - 10), { fill: colour('muted') })
      )
    })
    .join('')
}

function nowLine(x: number, now: number, plot: Plot, options: TimelineOptions): string {
  const text = `${options.nowLabel} ${formatDate(now, options.locale, options.zone, { day: 'numeric', month: 'short' })}`
  const half = textWidth(text, labelSize) / 2
  return (
    element('line', { x1: x, x2: x, y1: plot.top - 4, y2: plot.bottom, stroke: colour('ink'), 'stroke-width': 1 }) +
    label(Math.min(Math.max(x, half), plot.right + 12 - half), plot.top - 8, text, { anchor: 'middle' })
  )
}

function threads(
  events: readonly TimelineEvent[],
  x: (at: number) => number,
  rows: ReadonlyMap<string, number>,
): string {
  const byThread = new Map<string, TimelineEvent[]>()
  for (const event of events) {
    if (event.thread === undefined) continue
    byThread.set(event.thread, [...(byThread.get(event.thread) ?? []), event])
  }
  return [...byThread.values()]
    .filter(chain => chain.length > 1)
    .map(chain => {
      let d = ''
      for (const [i, event] of chain.entries()) {
        const y = coordinate(rows.get(event.lane)!)
        d += i === 0 ? `M${coordinate(x(event.at))} ${y}` : `L${coordinate(x(event.at))} ${y}`
        // Along a bar as far as the next event: an alarm may outlast what it led to.
        const along = Math.min(event.until ?? event.at, chain[i + 1]?.at ?? event.at)
        if (along > event.at) d += `L${coordinate(x(along))} ${y}`
      }
      return element('path', {
        d,
        fill: 'none',
        stroke: colour('reference'),
        'stroke-width': 1.25,
        'stroke-opacity': '0.7',
        'stroke-linejoin': 'round',
      })
    })
    .join('')
}

function drawEvent(event: TimelineEvent, x: (at: number) => number, y: number): string {
  const title = element('title', {}, escapeText(event.note ?? event.label))
  const fill = colour(event.state)
  const start = x(event.at)
  const width = event.until === undefined ? 0 : x(event.until) - start
  // Too short to be seen as a bar: the shape of its state says more.
  if (width < minimumBar) return linked(event.href, symbol(stateShape[event.state], start, y, 4.5, fill, title))
  const bar = element(
    'rect',
    {
      x: start,
      y: y - barHeight / 2,
      width,
      height: barHeight,
      rx: 2.5,
      fill,
      'fill-opacity': event.state === 'idle' ? '0.5' : undefined,
    },
    title,
  )
  // The shape says the state where the colour cannot be told.
  const sign = width > 18 ? symbol(stateShape[event.state], start + 7, y, 2.6, colour('surface')) : ''
  return linked(event.href, bar, sign)
}

/** A label right of its event where the next event of the lane leaves room. */
function labels(
  events: readonly TimelineEvent[],
  x: (at: number) => number,
  rows: ReadonlyMap<string, number>,
  plot: Plot,
): string {
  const byLane = new Map<string, TimelineEvent[]>()
  for (const event of events) byLane.set(event.lane, [...(byLane.get(event.lane) ?? []), event])
  let text = ''
  for (const lane of byLane.values()) {
    for (const [i, event] of lane.entries()) {
      const end = Math.max(x(event.until ?? event.at), x(event.at) + minimumBar) + 6
      if (event.label === '') continue
      const next = lane[i + 1]
      const room = (next === undefined ? plot.right + 14 : x(next.at) - 8) - end
      const wanted = textWidth(event.label, labelSize) * 1.08
      if (room < Math.min(wanted, 40)) continue
      text += label(end, rows.get(event.lane)! + 4, truncate(event.label, labelSize, room / 1.08))
    }
  }
  return text
}
