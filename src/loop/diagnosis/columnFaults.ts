/** Faults that show in a column alone: it is gone, empty, still, of old values, or written otherwise. */
import type { ColumnProfile } from '../columnProfile.ts'
import { valuesInCommon } from '../watchedDay.ts'
import {
  type DiagnosedDay,
  type DiagnosisEvidence,
  daysBefore,
  type Finding,
  leastCompared,
  missingShare,
  percent,
  profileOn,
  profilesBefore,
  profilesOf,
  sum,
} from './evidence.ts'

export function schemaBreak({ columns, days, reference }: DiagnosisEvidence): Finding {
  const last = days.at(-1)
  if (!last) return { text: 'no closed day to look at.' }
  for (const column of columns) {
    const now = profileOn(last, column)
    const normal = profilesOf(column, reference)
    if (!now) return { fits: true, column, text: `${column} is gone since ${last.date}.` }
    const kind = normal[0]?.kind
    if (kind && now.kind !== kind) {
      return { fits: true, column, text: `${column} is ${now.kind} on ${last.date}, it was ${kind}.` }
    }
    const unseen = unseenCategories(now, [...normal, ...profilesBefore(column, days)])
    if (!unseen || unseen.distinct > 2 * unseen.known) continue
    if (unseen.share > 0.5) {
      const text = `${percent(unseen.share)} of ${column} on ${last.date} are values never seen, such as ${JSON.stringify(unseen.example)}: its encoding has changed.`
      return { fits: true, column, text }
    }
    const renamed = renamedCategory(now, [...normal, ...profilesBefore(column, days)])
    if (renamed) {
      const text = `${column} has no ${JSON.stringify(renamed.from)} on ${last.date}, and as many rows with ${JSON.stringify(renamed.to)}, never seen before: the category was renamed.`
      return { fits: true, column, text }
    }
  }
  return { text: 'all columns are there, of their kind, with values known before.' }
}

/** Many categories that nobody has seen: ids or free text where codes belong, or two feeds in one. */
export function newCategories({ columns, days, reference }: DiagnosisEvidence): Finding {
  const last = days.at(-1)
  for (const column of columns) {
    const now = profileOn(last, column)
    const unseen = now && unseenCategories(now, [...profilesOf(column, reference), ...profilesBefore(column, days)])
    if (!unseen || unseen.distinct <= Math.max(4, unseen.known) || unseen.share < 0.1) continue
    const text = `${column} has ${unseen.distinct} values on ${last!.date} that were never seen, such as ${JSON.stringify(unseen.example)}, in ${percent(unseen.share)} of the rows; it had ${unseen.known} in all before.`
    return { fits: true, column, text }
  }
  return { text: 'no column is flooded with new categories.' }
}

/** A column with more different categories on a single day is one of names, where new ones are nothing new. */
const mostCategories = 100

function unseenCategories(now: ColumnProfile, before: readonly ColumnProfile[]) {
  if (now.kind !== 'text' || now.rows === now.missing) return undefined
  if (before.length === 0 || before.some(({ distinct }) => distinct > mostCategories)) return undefined
  const known = new Set(before.flatMap(({ values }) => Object.keys(values ?? {})))
  if (known.size === 0) return undefined
  const shown = Object.entries(now.values ?? {})
  const seen = shown.filter(([value]) => known.has(value))
  const unseen = shown.filter(([value]) => !known.has(value))
  return {
    known: known.size,
    // What is not shown is rarer than all that is.
    distinct: now.distinct - seen.length,
    share: 1 - sum(seen.map(([, count]) => count)) / (now.rows - now.missing),
    example: unseen[0]?.[0] ?? '',
  }
}

/** A category that was always there and is gone, while a new one has about as many rows. */
function renamedCategory(now: ColumnProfile, before: readonly ColumnProfile[]) {
  const usual = new Map<string, number>()
  for (const { values = {}, rows, missing } of before) {
    for (const [value, count] of Object.entries(values)) {
      usual.set(value, (usual.get(value) ?? 0) + count / (rows - missing) / before.length)
    }
  }
  const present = now.rows - now.missing
  const everyDay = (value: string): boolean => before.every(({ values = {} }) => (values[value] ?? 0) > 0)
  const gone = [...usual].filter(([value, share]) => share * present >= 10 && !now.values?.[value] && everyDay(value))
  for (const [to, count] of Object.entries(now.values ?? {})) {
    if (usual.has(to)) continue
    const from = gone.find(([, share]) => count > (share * present) / 2 && count < share * present * 2)
    if (from) return { from: from[0], to }
  }
  return undefined
}

export function sourceOutage({ days, reference }: DiagnosisEvidence): Finding {
  const [before, last] = days.slice(-2)
  if (!before || !last) return { text: 'fewer than two closed days to look at.' }
  const out: string[] = []
  for (const { column, rows, missing } of last.profile) {
    const other = profileOn(before, column)
    const usual = [...profilesOf(column, reference), ...profilesBefore(column, days)]
    if (!other || usual.length === 0) continue
    const most = Math.max(...usual.map(missingShare))
    const least = Math.min(missing / rows, missingShare(other))
    // Half of what was always there is gone, two days running: a storm that ends a feed for an afternoon is no outage.
    if (least > most + (1 - most) / 2) out.push(column)
  }
  if (out.length === 0) return { text: 'no column is missing much more often than on any day before.' }
  const column = out[0]!
  const share = percent(missingShare(profileOn(last, column)!))
  return {
    fits: true,
    column,
    text: `${share} of ${out.join(', ')} are missing on ${last.date} and the day before: its source does not deliver.`,
  }
}

export function frozenSensor({ days, columns, reference }: DiagnosisEvidence): Finding {
  const frozen: { column: string; since: string }[] = []
  for (const column of columns) {
    const all = days.map(day => profileOn(day, column))
    let from = days.length
    while (from > 0 && all[from - 1] && isStill(all[from - 1]!)) from--
    const usual = [...profilesOf(column, reference), ...all.slice(0, from).filter(day => day !== undefined)]
    // A column that has days with one value (no rain) does not freeze; one whose days have many does.
    const lively = usual.length >= leastCompared && usual.every(day => day.distinct > 4 && day.topShare < 0.6)
    if (lively && days.length - from >= 2) frozen.push({ column, since: days[from]!.date })
  }
  const [first] = frozen
  if (!first) return { text: 'no column has stopped changing.' }
  const names = frozen.map(({ column }) => column).join(', ')
  return {
    fits: true,
    column: first.column,
    text: `${names} repeat the same value since ${first.since}: the feed is frozen.`,
  }
}

/** At most a value or two a day, where enough rows are there to show more. */
function isStill({ rows, missing, distinct, topShare }: ColumnProfile): boolean {
  return rows - missing >= 30 && (distinct <= 3 || topShare > 0.95)
}

/** The values of an older day once more: a file that is not renewed, a cache that is not emptied. */
export function staleFeed({ days, columns }: DiagnosisEvidence): Finding {
  const last = days.at(-1)
  const stale: { column: string; of: string }[] = []
  for (const column of columns) {
    const now = sampleOf(last, column)
    if (!now) continue
    const older = days.slice(0, -1)
    const before = daysBefore(days).flatMap(day => {
      const sample = sampleOf(day, column)
      return sample ? [sample] : []
    })
    if (before.length < leastCompared) continue
    const usual = Math.max(...before.flatMap((day, i) => before.slice(0, i).map(other => valuesInCommon(day, other))))
    const same = older.find(day => valuesInCommon(sampleOf(day, column) ?? [], now) >= 0.9)
    // Values on a coarse scale come back by themselves.
    if (same && usual < 0.6) stale.push({ column, of: same.date })
  }
  const [first] = stale
  if (!first) return { text: "no column repeats an older day's values." }
  const names = stale.map(({ column }) => column).join(', ')
  return {
    fits: true,
    column: first.column,
    text: `${names} have on ${last!.date} the values of ${first.of} again, which two days never share: the feed is stale.`,
  }
}

function sampleOf(day: DiagnosedDay | undefined, column: string): readonly number[] | undefined {
  const values = day?.values?.[column]
  return values && 'smallest' in values ? values.smallest : undefined
}
