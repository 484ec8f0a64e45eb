/**
 * Durations as people write them, and days as a place counts them. Instants are milliseconds since 1970 UTC.
 * A local day begins at the first instant that carries its date; so the days of a zone follow one another without gap
 * or overlap, also where midnight is skipped or comes twice, and a date that a zone left out has no day.
 */

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** A month is 30 and a year 365 days: these are lengths of time, not steps in a calendar. */
const units: readonly { readonly names: readonly string[]; readonly ms: number }[] = [
  { names: ['year', 'years'], ms: 365 * day },
  { names: ['month', 'months'], ms: 30 * day },
  { names: ['week', 'weeks', 'w'], ms: 7 * day },
  { names: ['day', 'days', 'd'], ms: day },
  { names: ['hour', 'hours', 'h'], ms: hour },
  { names: ['minute', 'minutes', 'min'], ms: minute },
  { names: ['second', 'seconds', 's'], ms: second },
  { names: ['millisecond', 'milliseconds', 'ms'], ms: 1 },
]

/** Milliseconds of `14 days`, `1 hour`, `1.5 h`, `1 hour 30 minutes`, `day` (one). Throws a RangeError otherwise. */
export function parseDuration(text: string): number {
  let total = 0
  let rest = text.trim()
  if (rest === '') throw new RangeError('parseDuration: the text is empty, wanted a duration such as 14 days')
  while (rest !== '') {
    const match = /^(\d+(?:\.\d+)?)?\s*([a-z]+)\s*/i.exec(rest)
    const unit = match && units.find(candidate => candidate.names.includes(match[2]!.toLowerCase()))
    if (!match || !unit) {
      throw new RangeError(
        `parseDuration: ${JSON.stringify(text)} is no duration; write a number and a unit ` +
          '(milliseconds, seconds, minutes, hours, days, weeks, months, years), such as 14 days',
      )
    }
    total += Math.round(Number(match[1] ?? 1) * unit.ms)
    rest = rest.slice(match[0].length)
  }
  return total
}

/** Text that parseDuration reads back as the same number: `14 days`, `1 hour 30 minutes`. */
export function formatDuration(ms: number): string {
  if (!Number.isSafeInteger(ms) || ms < 0) {
    throw new RangeError(`formatDuration: ${ms} must be a whole number of milliseconds, not negative`)
  }
  const parts: string[] = []
  let rest = ms
  for (const unit of units.slice(3)) {
    const count = Math.floor(rest / unit.ms)
    rest -= count * unit.ms
    if (count > 0) parts.push(`${count} ${unit.names[count === 1 ? 0 : 1]}`)
  }
  return parts.length === 0 ? '0 seconds' : parts.join(' ')
}

/** Whether this is the name of a time zone that can be used here. */
export function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone })
    return true
  } catch {
    return false
  }
}

/** First instant of the local day that `at` belongs to. */
export function dayStart(at: number, zone: string): number {
  return dayOf(at, zone).from
}

/** First instant of the next local day. */
export function nextDay(at: number, zone: string): number {
  return dayOf(at, zone).to
}

/** Date of the local day that `at` belongs to, as `2013-03-01`. */
export function localDate(at: number, zone: string): string {
  return new Date(dayOf(at, zone).date * day).toISOString().slice(0, 10)
}

/** What a clock on the wall shows, in milliseconds since midnight. */
export function wallTime(at: number, zone: string): number {
  const local = at + offset(at, zone)
  return local - Math.floor(local / day) * day
}

export interface LocalDay {
  /** `2013-03-01`. */
  readonly date: string
  readonly from: number
  readonly to: number
}

/** The local days that have at least one instant in from <= at < to, in order. */
export function localDays(from: number, to: number, zone: string): LocalDay[] {
  const days: LocalDay[] = []
  for (let at = from; at < to; at = nextDay(at, zone)) {
    days.push({ date: localDate(at, zone), from: dayStart(at, zone), to: nextDay(at, zone) })
  }
  return days
}

/** A local day; `date` counts days of the calendar since 1970-01-01. */
interface Day {
  readonly date: number
  readonly from: number
  readonly to: number
}

/** Known days by zone and by the UTC days that they touch: an answer never changes, and asking Intl is slow. */
const knownDays = new Map<string, Map<number, Day[]>>()

function dayOf(at: number, zone: string): Day {
  if (!Number.isFinite(at)) throw new RangeError(`dayStart: the instant is ${at}, must be milliseconds since 1970 UTC`)
  let byUtcDay = knownDays.get(zone)
  if (!byUtcDay) {
    byUtcDay = new Map()
    knownDays.set(zone, byUtcDay)
  }
  const utcDay = Math.floor(at / day)
  const known = byUtcDay.get(utcDay) ?? []
  for (const candidate of known) if (candidate.from <= at && at < candidate.to) return candidate
  const found = findDay(at, zone)
  byUtcDay.set(utcDay, [...known, found])
  return found
}

function findDay(at: number, zone: string): Day {
  let date = Math.floor((at + offset(at, zone)) / day)
  while (startOfDate(date, zone) > at) date--
  while (startOfDate(date + 1, zone) <= at) date++
  return { date, from: startOfDate(date, zone), to: startOfDate(date + 1, zone) }
}

/**
 * First instant whose local date is this one or later. Around one change of the zone's offset, at T from a to b: midnight
 * is at `utc - a` if that is before T, else at `utc - b` if that is not, else it is skipped and the day begins at T.
 */
function startOfDate(date: number, zone: string): number {
  const utc = date * day
  let low = utc - 30 * hour
  let high = utc + 30 * hour
  const before = offset(low, zone)
  const after = offset(high, zone)
  if (before === after) return utc - before
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offset(middle, zone) === before) low = middle
    else high = middle
  }
  if (utc - before < high) return utc - before
  return Math.max(utc - after, high)
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** Local time minus UTC. */
function offset(at: number, zone: string): number {
  if (zone === 'UTC') return 0
  let format = formats.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    formats.set(zone, format)
  }
  const part: Record<string, number> = {}
  for (const { type, value } of format.formatToParts(at)) part[type] = Number(value)
  const local = Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!, part.minute!, part.second!)
  return local - Math.floor(at / second) * second
}
