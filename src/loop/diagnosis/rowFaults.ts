/** Faults in which rows there are, and when: twice, too few, at other hours, after the fact. */
import type { ValuesSeen } from '../watchedDay.ts'
import {
  type DiagnosisEvidence,
  daysBefore,
  type Finding,
  leastCompared,
  percent,
  recentDays,
  shapeDistance,
  sum,
} from './evidence.ts'

export function duplicatedBatch({ days }: DiagnosisEvidence): Finding {
  const last = days.slice(-recentDays)
  const before = daysBefore(days)
  if (before.length < leastCompared) return { text: 'too few closed days to know how often rows repeat.' }
  const usual = Math.max(...before.map(({ repeated }) => repeated))
  const found = last.find(({ repeated }) => repeated > 0.1 && repeated > 2 * usual + 0.05)
  if (!found) return { text: 'rows repeat no more often than before.' }
  return {
    fits: true,
    text: `${percent(found.repeated)} of the rows of ${found.date} repeat other rows, ${percent(usual)} at most before: a batch came twice.`,
  }
}

/** Less than half of what came on the poorest day before: part of a batch is missing. */
export function truncatedBatch({ days }: DiagnosisEvidence): Finding {
  const last = days.at(-1)
  const before = daysBefore(days).filter(({ rows }) => rows > 0)
  if (!last || before.length < recentDays) return { text: 'too few closed days to know how many rows a day has.' }
  const least = Math.min(...before.map(({ rows }) => rows))
  if (least < 30 || last.rows >= least / 2) return { text: 'the days have as many rows as before.' }
  const silent =
    last.hours &&
    silentHours(
      last.hours,
      before.flatMap(({ hours }) => (hours ? [hours] : [])),
    )
  const when = silent ? `; between ${silent.from} and ${silent.to} o’clock none came` : ''
  return {
    fits: true,
    text: `${last.date} has ${last.rows} rows, the poorest day before had ${least}${when}: part of them is missing.`,
  }
}

/** The longest run of hours without a row in which each day before had some. */
function silentHours(hours: readonly number[], before: readonly (readonly number[])[]) {
  const silent = hours.map((rows, hour) => rows === 0 && before.length > 0 && before.every(day => day[hour]! > 0))
  let best: { from: number; to: number } | undefined
  for (let from = 0; from < 24; from++) {
    let to = from
    while (to < 24 && silent[to]) to++
    if (to - from > (best ? best.to - best.from : 1)) best = { from, to }
  }
  return best
}

/** Rows, or a column of hours, lie where the days before lie some hours later or earlier, and nowhere near them. */
export function timeShift({ days, columns }: DiagnosisEvidence): Finding {
  const last = days.at(-1)
  const requests = hoursMoved(days.map(({ hours }) => hours))
  if (requests) {
    const text = `The requests of ${last!.date} come ${moved(requests)} than before, in the same order over the day: a clock or a time zone has changed.`
    return { fits: true, text }
  }
  for (const column of columns) {
    const found = hoursMoved(days.map(({ values }) => hoursOfColumn(values?.[column])))
    if (found) {
      const text = `${column} on ${last!.date} is ${moved(found)} than before, with the same shape over the day: its time zone has changed.`
      return { fits: true, column, text }
    }
  }
  return { text: 'rows come at the hours of the days before.' }
}

/** A column of whole hours of the day, as rows by hour. */
function hoursOfColumn(values: ValuesSeen | undefined): readonly number[] | undefined {
  if (!values || !('counts' in values)) return undefined
  const hours = new Array<number>(24).fill(0)
  for (const [value, rows] of Object.entries(values.counts)) {
    const hour = Number(value)
    if (!Number.isInteger(hour) || hour < 0 || hour > 23) return undefined
    hours[hour]! += rows
  }
  // A weekday, a count or a grade has too few levels to be taken for an hour.
  return hours.filter(rows => rows > 0).length >= 10 ? hours : undefined
}

/** By how many hours the newest day is moved, going round midnight; later is positive. */
function hoursMoved(all: readonly (readonly number[] | undefined)[]): number | undefined {
  const last = all.at(-1)
  const before = all.slice(0, -recentDays).flatMap(day => (day && sum(day) >= 30 ? [day] : []))
  if (!last || sum(last) < 30 || before.length < leastCompared) return undefined
  const usual = Array.from({ length: 24 }, (_, hour) => sum(before.map(day => day[hour]! / sum(day))))
  const spread = Math.max(...before.map(day => shapeDistance(day, usual)))
  const as = shapeDistance(last, usual)
  if (as < 1.5 * spread || as < 0.1) return undefined
  const shifts = Array.from({ length: 23 }, (_, i) => i - 11).filter(hours => hours !== 0)
  const fits = shifts.map(hours => ({
    hours,
    distance: shapeDistance(
      last,
      Array.from({ length: 24 }, (_, hour) => usual[(hour - hours + 24) % 24]!),
    ),
  }))
  const [best] = fits.sort((a, b) => a.distance - b.distance)
  return best!.distance < 1.3 * spread && best!.distance < as / 2 ? best!.hours : undefined
}

function moved(hours: number): string {
  return `${Math.abs(hours)} hour${Math.abs(hours) === 1 ? '' : 's'} ${hours > 0 ? 'later' : 'earlier'}`
}

/** Outcomes that were known before their row was predicted: what asks is behind the time. */
export function clockSkew({ days }: DiagnosisEvidence): Finding {
  const told = days.filter(({ early }) => early !== undefined)
  const before = told.slice(0, -recentDays)
  const last = told.at(-1)
  if (!last || before.length < leastCompared) return { text: 'too few days with outcomes to compare clocks.' }
  const usual = Math.max(...before.map(({ early }) => early!))
  if (last.early! < usual + 0.05) return { text: 'outcomes come after their predictions, as before.' }
  return {
    fits: true,
    text: `${percent(last.early!)} of the outcomes of ${last.date} were known before their rows were predicted, ${percent(usual)} at most before: the clock or the queue of what asks is behind.`,
  }
}
