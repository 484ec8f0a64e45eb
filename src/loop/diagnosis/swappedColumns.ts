/** Two columns that have changed places: each lies where the other lay, and not where it lay itself. */
import type { ColumnProfile } from '../columnProfile.ts'
import {
  type DiagnosisEvidence,
  type Finding,
  leastCompared,
  profileOn,
  profilesBefore,
  profilesOf,
  sum,
} from './evidence.ts'
import { comparedDays, searchedDays } from './unitChange.ts'
import { distance, identity, stepsOf, type UsualDay, usualDay, widthOf } from './usualDay.ts'

export function swappedColumns(evidence: DiagnosisEvidence): Finding {
  const { columns, days, related } = evidence
  if (related?.kind === 'swapped columns') {
    const { column, other, since } = related
    const text = `${column} and ${other} have changed places on ${since}: exchanged they fit the other columns as before, as they are they do not.`
    return { fits: true, column, text }
  }
  for (const [i, column] of columns.entries()) {
    for (const other of columns.slice(0, i)) {
      const since = textsSwapped(evidence, column, other) ?? numbersSwapped(evidence, column, other)
      if (since === undefined) continue
      const text = `${other} and ${column} have changed places on ${days[since]!.date}: each has the values that the other had on the days before.`
      return { fits: true, column: other, text }
    }
  }
  return { text: 'no two columns have changed places.' }
}

function numbersSwapped({ days }: DiagnosisEvidence, a: string, b: string): number | undefined {
  const [ofA, ofB] = [a, b].map(column => days.map(day => profileOn(day, column)?.quantiles))
  for (let since = Math.max(leastCompared, days.length - searchedDays); since < days.length; since++) {
    const usual = [ofA!, ofB!].map(quantiles => usualBefore(quantiles, since))
    const after = [ofA!, ofB!].map(quantiles => quantiles.slice(since).filter(day => day !== undefined))
    const [usualA, usualB] = usual
    const [afterA, afterB] = after
    if (!usualA || !usualB || afterA!.length === 0 || afterB!.length === 0) continue
    if ([...afterA!, ...afterB!].some(day => !(widthOf(day) > 0))) continue
    const far = Math.min(farness(usualA, afterA!), farness(usualB, afterB!))
    const near = Math.max(nearness(usualA, afterB!), nearness(usualB, afterA!))
    if (far > 9 && (near < Math.min(16, far / 4) || near < far / 100)) return since
  }
  return undefined
}

function usualBefore(quantiles: readonly (readonly number[] | undefined)[], since: number): UsualDay | undefined {
  const before = quantiles.slice(Math.max(0, since - comparedDays), since).filter(day => day !== undefined)
  if (before.length < leastCompared || before.some(day => !(widthOf(day) > 0))) return undefined
  return usualDay(before, stepsOf(quantiles.slice(0, since)))
}

/** Of the day that is least far from where the column usually lies. */
function farness(usual: UsualDay, days: readonly (readonly number[])[]): number {
  return Math.min(...days.map(day => distance(usual, day, identity)))
}

/** Of the day that is farthest; a week knows little of how days differ, so that 16 of the expected 2 is not rare. */
function nearness(usual: UsualDay, days: readonly (readonly number[])[]): number {
  return Math.max(...days.map(day => distance(usual, day, identity)))
}

function textsSwapped({ days, reference }: DiagnosisEvidence, a: string, b: string): number | undefined {
  const last = days.at(-1)
  const [nowA, nowB] = [profileOn(last, a), profileOn(last, b)]
  if (nowA?.kind !== 'text' || nowB?.kind !== 'text') return undefined
  const known = (column: string) =>
    new Set([...profilesOf(column, reference), ...profilesBefore(column, days)].flatMap(valuesOf))
  const [knownA, knownB] = [known(a), known(b)]
  const foreign = (now: ColumnProfile, own: Set<string>, others: Set<string>): boolean =>
    shareIn(now, own) < 0.2 && shareIn(now, others) > 0.9
  if (!foreign(nowA, knownA, knownB) || !foreign(nowB, knownB, knownA)) return undefined
  const since = days.findIndex(day => {
    const profile = profileOn(day, a)
    return profile !== undefined && shareIn(profile, knownA) < 0.2
  })
  return since < 0 ? days.length - 1 : since
}

function valuesOf({ values }: ColumnProfile): string[] {
  return Object.keys(values ?? {})
}

/** Share of the rows that have one of these categories. */
function shareIn({ values = {}, rows, missing }: ColumnProfile, categories: Set<string>): number {
  if (rows === missing) return 1
  return sum(Object.entries(values).map(([value, count]) => (categories.has(value) ? count : 0))) / (rows - missing)
}
