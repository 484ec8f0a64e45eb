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
  const events = data.events.filter(e => data.lanes.some(l => l.key === e.lane)).sort((a, b) => a.at - b.at)
  const placed = data.lanes.flatMap((lane, i) => {
    const middle = plot.top + (i + 0.5) * laneHeight
    return placeInLane(
      events.filter(e => e.lane === lane.key),
      x,
      middle,
      laneHeight,
    )
  })
  return picture(
    options,
    events.some(e => e.href !== undefined),
    lanes(data, plot, laneHeight),
    timeAxis(x, span, plot, options.locale, options.zone),
    data.now === undefined ? '' : nowLine(x(data.now), data.now, plot, options),
    threads(placed),
    ...placed.map(drawEvent),
    labels(placed, plot),
  )
}

/** An event where it is drawn: its left and right end, its middle line, and how high a bar of it is. */
interface Placed {
  readonly event: TimelineEvent
  readonly start: number
  readonly end: number
  readonly y: number
  readonly height: number
}

const mostRows = 3

/** Bars that overlap go into rows of their own, as far as the lane has room for them. */
function placeInLane(
  events: readonly TimelineEvent[],
  x: (at: number) => number,
  middle: number,
  laneHeight: number,
): Placed[] {
  const ends: number[] = []
  const rowed = events.map(event => {
    const start = x(event.at)
    const end = Math.max(start, x(event.until ?? event.at))
    if (end - start < minimumBar) return { event, start, end, row: 0 }
    let row = ends.findIndex(last => last <= start)
    if (row < 0) row = Math.min(ends.length, mostRows - 1)
    ends[row] = Math.max(ends[row] ?? 0, end)
    return { event, start, end, row }
  })
  const rows = Math.max(1, ends.length)
  const step = Math.min(12, laneHeight / (rows + 0.5))
  return rowed.map(({ row, ...place }) => ({
    ...place,
    y: middle + (row - (rows - 1) / 2) * step,
    height: Math.min(barHeight, step - 2),
  }))
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

function threads(placed: readonly Placed[]): string {
  const byThread = new Map<string, Placed[]>()
  for (const place of placed) {
    const { thread } = place.event
    if (thread !== undefined) byThread.set(thread, [...(byThread.get(thread) ?? []), place])
  }
  return [...byThread.values()]
    .filter(chain => chain.length > 1)
    .map(unordered => {
      const chain = unordered.toSorted((a, b) => a.event.at - b.event.at)
      let d = ''
      for (const [i, { start, end, y }] of chain.entries()) {
        d += `${i === 0 ? 'M' : 'L'}${coordinate(start)} ${coordinate(y)}`
        // Along a bar as far as the next event: an alarm may outlast what it led to.
        const along = Math.min(end, chain[i + 1]?.start ?? start)
        if (along > start) d += `L${coordinate(along)} ${coordinate(y)}`
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

function drawEvent({ event, start, end, y, height }: Placed): string {
  const title = element('title', {}, escapeText(event.note ?? event.label))
  const fill = colour(event.state)
  const width = end - start
  // Too short to be seen as a bar: the shape of its state says more.
  if (width < minimumBar) return linked(event.href, symbol(stateShape[event.state], start, y, 4.5, fill, title))
  const bar = element(
    'rect',
    {
      x: start,
      y: y - height / 2,
      width,
      height,
      rx: 2.5,
      fill,
      'fill-opacity': event.state === 'idle' ? '0.5' : undefined,
    },
    title,
  )
  // The shape says the state where the colour cannot be told.
  const sign = width > 18 ? symbol(stateShape[event.state], start + 7, y, height * 0.26, colour('surface')) : ''
  return linked(event.href, bar, sign)
}

/** A label right of its event where nothing else of the same row stands. */
function labels(placed: readonly Placed[], plot: Plot): string {
  const byRow = new Map<number, Placed[]>()
  for (const place of placed) byRow.set(place.y, [...(byRow.get(place.y) ?? []), place])
  let text = ''
  for (const row of byRow.values()) {
    let last = Number.NEGATIVE_INFINITY
    for (const [i, { event, start, end, y }] of row.entries()) {
      const from = Math.max(end, start + minimumBar) + 6
      const before = last
      last = Math.max(last, end)
      if (event.label === '' || before > from) continue
      const next = row[i + 1]
      const room = (next === undefined ? plot.right + 14 : next.start - 8) - from
      const wanted = textWidth(event.label, labelSize) * 1.08
      if (room < Math.min(wanted, 40)) continue
      text += label(from, y + 4, truncate(event.label, labelSize, room / 1.08))
    }
  }
  return text
}
