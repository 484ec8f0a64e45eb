/**
 * Ticks of a time axis at round local times: midnights, Mondays and firsts of a month of the given zone, across the
 * hours that daylight saving drops or repeats.
 */

type Unit = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year'

interface TickStep {
  readonly unit: Unit
  readonly every: number
  readonly lengthMs: number
}

export interface TimeTick {
  readonly at: number
  readonly label: string
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

const steps: readonly TickStep[] = [
  ...[1, 5, 15, 30].map(every => ({ unit: 'minute' as const, every, lengthMs: every * minuteMs })),
  ...[1, 3, 6, 12].map(every => ({ unit: 'hour' as const, every, lengthMs: every * hourMs })),
  ...[1, 2].map(every => ({ unit: 'day' as const, every, lengthMs: every * dayMs })),
  ...[1, 2].map(every => ({ unit: 'week' as const, every, lengthMs: 7 * every * dayMs })),
  ...[1, 2, 3, 6].map(every => ({ unit: 'month' as const, every, lengthMs: 30.44 * every * dayMs })),
  ...[1, 2, 5, 10, 20, 50, 100].map(every => ({ unit: 'year' as const, every, lengthMs: 365.25 * every * dayMs })),
]

/** At most `most` ticks in [from, to], as finely as that allows. */
export function timeTicks(from: number, to: number, most: number, locale: string, zone: string): TimeTick[] {
  if (!(to > from)) return []
  const step = steps.find(s => (to - from) / s.lengthMs <= most) ?? steps.at(-1)!
  const label = labeller(step.unit, locale, zone)
  const ticks: TimeTick[] = []
  let local = floorLocal(localOf(from, zone), step)
  for (let i = 0; i < 2 * most + 4; i++) {
    const at = instantOf(local, zone)
    if (at > to) break
    // A local time that daylight saving drops maps onto the hour after it: no tick twice.
    if (at >= from && at !== ticks.at(-1)?.at) ticks.push({ at, label: label(at, ticks.length === 0) })
    local = nextLocal(local, step)
  }
  return ticks
}

/** First instants of the local months that begin in [from, to), and `from` itself. */
export function monthStarts(from: number, to: number, zone: string): number[] {
  const month = steps.find(s => s.unit === 'month' && s.every === 1)!
  const starts = [from]
  for (let local = nextLocal(floorLocal(localOf(from, zone), month), month); ; local = nextLocal(local, month)) {
    const at = instantOf(local, zone)
    if (at >= to) return starts
    starts.push(at)
  }
}

/** The wall clock's reading, written as if it were UTC. */
function localOf(at: number, zone: string): number {
  const part: Record<string, string> = {}
  for (const { type, value } of formatter('en-US', zone, 'fields').formatToParts(at)) part[type] = value
  return Date.UTC(Number(part.year), Number(part.month) - 1, Number(part.day), Number(part.hour), Number(part.minute))
}

/** The instant at which the wall clock shows this reading; of two, the first. */
function instantOf(local: number, zone: string): number {
  const offsetAt = (at: number) => localOf(at, zone) - Math.floor(at / minuteMs) * minuteMs
  const early = local - offsetAt(local - dayMs)
  const late = local - offsetAt(local + dayMs)
  if (localOf(early, zone) === local) return early
  return localOf(late, zone) === local ? late : early
}

function floorLocal(local: number, { unit, every, lengthMs }: TickStep): number {
  const date = new Date(local)
  switch (unit) {
    case 'minute':
    case 'hour':
      return Math.floor(local / lengthMs) * lengthMs
    case 'day':
    case 'week': {
      // 5 January 1970 was a Monday.
      const origin = unit === 'week' ? 4 * dayMs : 0
      return Math.floor((local - origin) / lengthMs) * lengthMs + origin
    }
    case 'month':
      return Date.UTC(date.getUTCFullYear(), Math.floor(date.getUTCMonth() / every) * every)
    case 'year':
      return Date.UTC(Math.floor(date.getUTCFullYear() / every) * every, 0)
  }
}

function nextLocal(local: number, { unit, every, lengthMs }: TickStep): number {
  const date = new Date(local)
  if (unit === 'month') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + every)
  if (unit === 'year') return Date.UTC(date.getUTCFullYear() + every, 0)
  return local + lengthMs
}

function labeller(unit: Unit, locale: string, zone: string): (at: number, first: boolean) => string {
  return (at, first) => {
    const local = new Date(localOf(at, zone))
    const midnight = local.getUTCHours() === 0 && local.getUTCMinutes() === 0
    const january = local.getUTCMonth() === 0
    if (unit === 'year') return formatter(locale, zone, 'year').format(at)
    if (unit === 'month') return formatter(locale, zone, first || january ? 'monthYear' : 'month').format(at)
    if (unit === 'week' || unit === 'day' || midnight || first) return formatter(locale, zone, 'day').format(at)
    return formatter(locale, zone, 'clock').format(at)
  }
}

const shapes = {
  fields: {
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    hourCycle: 'h23',
    calendar: 'gregory',
    numberingSystem: 'latn',
  },
  year: { year: 'numeric' },
  month: { month: 'short' },
  monthYear: { month: 'short', year: 'numeric' },
  day: { day: 'numeric', month: 'short' },
  clock: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>

// Making a formatter costs far more than using it.
const formatters = new Map<string, Intl.DateTimeFormat>()

function formatter(locale: string, zone: string, shape: keyof typeof shapes): Intl.DateTimeFormat {
  const key = `${locale} ${zone} ${shape}`
  let found = formatters.get(key)
  if (found === undefined) {
    found = new Intl.DateTimeFormat(locale, { ...shapes[shape], timeZone: zone })
    formatters.set(key, found)
  }
  return found
}
