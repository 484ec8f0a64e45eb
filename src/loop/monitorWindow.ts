/**
 * Where windows begin and end, in the project's zone. Days begin at local midnight, weeks on Monday; parts of a day that
 * are longer than an hour begin when the clock on the wall says so, so that the one in which the clocks change is an hour
 * longer or shorter, and shorter ones are counted from local midnight. Windows follow one another without gap or overlap.
 */
import { dayStart, formatDuration, localDate, nextDay, parseDuration, wallTime } from '../base/time.ts'
import type { MonitorWindow } from './monitor.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const longest = 366 * day
const mostRows = 10_000_000
/** With fewer rows nothing can be said of a window. */
const leastRows = 30

export interface Span {
  readonly from: number
  readonly to: number
}

/** Why there can be no such windows; undefined where there can. */
export function windowProblem(window: MonitorWindow): string | undefined {
  if (window.kind === 'rows') {
    const { rows } = window
    if (Number.isInteger(rows) && rows >= leastRows && rows <= mostRows) return undefined
    return `windows of ${rows} rows, wanted from ${leastRows} to ${mostRows} rows`
  }
  const { everyMs } = window
  if (everyMs >= day) {
    if (everyMs % day === 0 && everyMs <= longest) return undefined
    return `windows of ${formatDuration(everyMs)}, wanted whole days, at most ${longest / day}`
  }
  if (everyMs >= minute && day % everyMs === 0 && (everyMs < hour ? hour % everyMs === 0 : everyMs % hour === 0)) {
    return undefined
  }
  const wanted = 'wanted a part of an hour or of a day without rest, such as 15 minutes, 1 hour or 6 hours'
  return `windows of ${formatDuration(everyMs)}, ${wanted}`
}

/** The window that an instant lies in. */
export function windowAt(at: number, everyMs: number, zone: string): Span {
  if (everyMs === day) return { from: dayStart(at, zone), to: nextDay(at, zone) }
  return everyMs > day ? daysAt(at, everyMs / day, zone) : partOfDayAt(at, everyMs, zone)
}

/** All windows that begin in from <= at < to, in order. */
export function windowsBetween(from: number, to: number, everyMs: number, zone: string): Span[] {
  const spans: Span[] = []
  let window = windowAt(from, everyMs, zone)
  if (window.from < from) window = windowAt(window.to, everyMs, zone)
  for (; window.from < to; window = windowAt(window.to, everyMs, zone)) spans.push(window)
  return spans
}

/** Groups of so many dates: of seven they begin on a Monday, others are counted from 1970-01-01. */
function daysAt(at: number, days: number, zone: string): Span {
  const anchor = days % 7 === 0 ? -3 : 0
  const group = (instant: number) => Math.floor((dateNumber(instant, zone) - anchor) / days)
  const mine = group(at)
  let from = dayStart(at, zone)
  while (group(from - 1) === mine) from = dayStart(from - 1, zone)
  let to = nextDay(at, zone)
  while (group(to) === mine) to = nextDay(to, zone)
  return { from, to }
}

function dateNumber(at: number, zone: string): number {
  return Date.parse(`${localDate(at, zone)}T00:00:00Z`) / day
}

function partOfDayAt(at: number, everyMs: number, zone: string): Span {
  const begin = dayStart(at, zone)
  const end = nextDay(at, zone)
  if (everyMs <= hour || end - begin === day) {
    const from = begin + Math.floor((at - begin) / everyMs) * everyMs
    return { from, to: Math.min(end, from + everyMs) }
  }
  // On a day on which the clocks change: from full hour to full hour, as the wall shows them.
  const part = (instant: number) => Math.floor(wallTime(instant, zone) / everyMs)
  const step = 30 * minute
  const mine = part(at)
  let from = begin + Math.floor((at - begin) / step) * step
  while (from > begin && part(from - step) === mine) from -= step
  let to = begin + (Math.floor((at - begin) / step) + 1) * step
  while (to < end && part(to) === mine) to += step
  return { from, to: Math.min(to, end) }
}

/** What `windowText` wrote. */
export function parseWindow(text: string): MonitorWindow {
  const rows = /^(\d+) rows$/.exec(text)
  return rows ? { kind: 'rows', rows: Number(rows[1]) } : { kind: 'time', everyMs: parseDuration(text) }
}
