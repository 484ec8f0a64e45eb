/** What diagnosis looks at, and the words in which a rule answers. */
import type { ColumnProfile } from '../columnProfile.ts'
import type { ValuesSeen } from '../watchedDay.ts'

/** One closed day, oldest first in the evidence. */
export interface DiagnosedDay {
  readonly date: string
  readonly from: number
  readonly rows: number
  readonly profile: readonly ColumnProfile[]
  /** Share of the rows that repeat another row of the same or the day before. */
  readonly repeated: number
  /** Rows by the hour of the local clock at which they were predicted, 24 numbers. */
  readonly hours?: readonly number[]
  /** Which values the number columns had. */
  readonly values?: Readonly<Record<string, ValuesSeen>>
  /** Share of the known outcomes that were known before their row was predicted. */
  readonly early?: number
  /** Share of the rows whose outcome is known or void; absent while the day is too young to tell. */
  readonly coverage?: number
  /** Of the version that answered. */
  readonly auc?: number
  /** Mean loss by version on the rows that all of them answered. */
  readonly losses: Readonly<Record<string, number>>
}

/** A fault in how two columns go together, found in the rows themselves (`relatedFault`). */
export type RelatedFault =
  | {
      readonly kind: 'unit change'
      readonly column: string
      readonly conversion: string
      readonly since: string
    }
  | { readonly kind: 'swapped columns'; readonly column: string; readonly other: string; readonly since: string }

export interface DiagnosisEvidence {
  /** Columns that the model takes. */
  readonly columns: readonly string[]
  /** Days that the limits come from: what is normal besides the days before. */
  readonly reference: readonly (readonly ColumnProfile[])[]
  readonly days: readonly DiagnosedDay[]
  /** The newest switch of the live version, if the records know one, and which version was live before. */
  readonly deployment?: { readonly at: number; readonly semver: string; readonly previous?: string }
  /** Columns that the newest drift measurement found drifted. */
  readonly drifted: readonly string[]
  /** Monitors of performance with an open alarm. */
  readonly alarms: readonly string[]
  readonly related?: RelatedFault
}

/** What a rule found, or why it does not fit. */
export type Finding =
  | { readonly fits: true; readonly column?: string; readonly text: string }
  | { readonly text: string }

export const leastCompared = 3
/** What is older than this many days was there before the trouble began. */
export const recentDays = 7

/** Days too old to belong to what is going on now. */
export function daysBefore(days: readonly DiagnosedDay[]): readonly DiagnosedDay[] {
  return days.slice(0, -recentDays)
}

export function profilesOf(column: string, days: readonly (readonly ColumnProfile[])[]): ColumnProfile[] {
  return days.flatMap(day => day.filter(profile => profile.column === column && profile.rows > 0))
}

/** Profiles of a column on the days before. */
export function profilesBefore(column: string, days: readonly DiagnosedDay[]): ColumnProfile[] {
  return profilesOf(
    column,
    daysBefore(days).map(({ profile }) => profile),
  )
}

export function profileOn(day: DiagnosedDay | undefined, column: string): ColumnProfile | undefined {
  return day?.profile.find(profile => profile.column === column)
}

export function missingShare({ rows, missing }: ColumnProfile): number {
  return missing / rows
}

export function percent(share: number): string {
  return `${Math.round(100 * share)} %`
}

export function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0)
}

/** Half the sum of the differences between two shapes: 0 for equal ones, 1 for ones without anything in common. */
export function shapeDistance(a: readonly number[], b: readonly number[]): number {
  const [all, others] = [sum(a), sum(b)]
  return a.reduce((distance, count, i) => distance + Math.abs(count / all - b[i]! / others) / 2, 0)
}
