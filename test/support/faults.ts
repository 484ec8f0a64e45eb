/**
 * Days of a served model with faults planted in them, and days on which the world has really changed. A fault is done to
 * the rows, outcomes or answers as they arrive; what the watch stage then sees is computed by the product's own functions.
 */
import { type Column, numbers, type Table, take } from '../../src/base/table.ts'
import type { Random } from '../../src/numeric/random.ts'
import { shuffled } from '../../src/numeric/shuffle.ts'

/** One day as it arrives. */
export interface ArrivedDay {
  readonly date: string
  readonly from: number
  /** When each row was predicted. */
  readonly at: Float64Array
  readonly features: Table
  /** NaN where the outcome is not known. */
  readonly labels: Float64Array
  /** Share of the outcomes that were known before their row was predicted. */
  readonly early: number
  /** What the deployed file makes of the right answers. */
  readonly answers?: (outputs: Float64Array, random: Random) => Float64Array
}

/** What a fault may look at: the days as they would have arrived, and which of them it is done to. */
export interface Place {
  readonly days: readonly ArrivedDay[]
  readonly index: number
  /** Index of the first day that the fault is done to. */
  readonly from: number
  readonly random: Random
}

export interface Fault {
  readonly name: string
  /** Verdicts that are right. */
  readonly right: readonly string[]
  /** Not the source of the trouble: retraining is the answer, or nothing is. */
  readonly real?: true
  readonly arrives: (day: ArrivedDay, place: Place) => ArrivedDay
  /** The live version was switched when the trouble began; whether the version before answers beside it. */
  readonly switched?: { readonly shadow: boolean }
}

/** Names of the columns that the faults are done to. */
export interface Roles {
  /** A number with a continuous range, and one that goes closely with it. */
  readonly level: string
  readonly related: string
  /** A number in quite another range, and one whose range overlaps. */
  readonly far: string
  readonly overlapping: string
  /** Numbers of one feed, the first of them continuous. */
  readonly feed: readonly string[]
  /** Hours of the day, 0 to 23. */
  readonly hour: string
  readonly category: string
}

export function faultsOf(roles: Roles): readonly Fault[] {
  const { level, related, far, overlapping, feed, hour, category } = roles
  return [
    { name: 'nothing', right: ['no alarm', 'covariate shift', 'concept shift'], real: true, arrives: day => day },
    {
      name: 'unit change ×100',
      right: ['unit change'],
      arrives: day => changed(day, { [overlapping]: x => x * 100 }),
    },
    {
      name: 'Fahrenheit to Celsius',
      right: ['unit change'],
      arrives: day => changed(day, { [level]: x => (x - 32) / 1.8 }),
    },
    {
      name: 'frozen sensor',
      right: ['frozen sensor'],
      arrives: (day, { days, from }) => {
        const still = numbers(days[from - 1]!.features, level).findLast(x => !Number.isNaN(x)) ?? 50
        return changed(day, { [level]: () => still })
      },
    },
    {
      name: 'missing column',
      right: ['schema break'],
      arrives: day => withColumns(day, columns => columns.filter(({ name }) => name !== level)),
    },
    {
      name: 'empty column',
      right: ['source outage'],
      arrives: day => changed(day, { [level]: () => Number.NaN }),
    },
    { name: 'swapped columns, far apart', right: ['swapped columns'], arrives: day => exchanged(day, level, far) },
    {
      name: 'swapped columns, overlapping',
      right: ['swapped columns'],
      arrives: day => exchanged(day, level, overlapping),
    },
    { name: 'swapped columns, alike', right: ['swapped columns'], arrives: day => exchanged(day, level, related) },
    {
      name: 'duplicated batch',
      right: ['duplicated batch'],
      arrives: day => {
        const half = Math.floor(day.features.rows / 2)
        return rowsOf(day, row => row % half)
      },
    },
    {
      name: 'truncated batch',
      right: ['truncated batch'],
      arrives: day => firstRows(day, Math.floor(day.features.rows * 0.35)),
    },
    {
      name: 'stale feed',
      right: ['stale feed'],
      arrives: (day, { days, from }) => {
        const { features: old } = days[from - 1]!
        return changed(
          day,
          Object.fromEntries(
            feed.map(name => {
              const values = numbers(old, name)
              return [name, (_: number, row: number) => values[Math.floor((row * old.rows) / day.features.rows)]!]
            }),
          ),
        )
      },
    },
    {
      name: 'time-zone shift of a column',
      right: ['time shift'],
      arrives: day => changed(day, { [hour]: h => (h + 5) % 24 }),
    },
    {
      name: 'time-zone shift of the requests',
      right: ['time shift'],
      arrives: day => ({ ...day, at: day.at.map(at => day.from + ((at - day.from + 5 * 3_600_000) % 86_400_000)) }),
    },
    {
      name: 'flood of new categories',
      right: ['new categories'],
      arrives: (day, { random: rng }) =>
        texts(day, category, value => (rng.next() < 0.3 ? `#${rng.below(100_000)}` : value)),
    },
    {
      name: 'renamed category',
      right: ['schema break'],
      arrives: (day, { days }) => {
        const largest = mostFrequent(days[0]!.features, category)
        return texts(day, category, value => (value === largest ? `${value} (new)` : value))
      },
    },
    {
      name: 'label flip',
      right: ['label fault'],
      arrives: day => ({ ...day, labels: day.labels.map(y => 1 - y) }),
    },
    {
      name: 'outcomes stop',
      right: ['label fault'],
      arrives: (day, { random: rng }) => ({ ...day, labels: day.labels.map(y => (rng.next() < 0.6 ? Number.NaN : y)) }),
    },
    {
      name: 'wrong file deployed, old one in shadow',
      right: ['deployment fault'],
      switched: { shadow: true },
      arrives: day => ({ ...day, answers: shuffledAnswers }),
    },
    {
      name: 'wrong file deployed, nothing beside it',
      right: ['deployment fault'],
      switched: { shadow: false },
      arrives: day => ({ ...day, answers: outputs => outputs.map(p => 1 - p) }),
    },
    { name: 'clock skew', right: ['clock skew'], arrives: day => ({ ...day, early: 0.3 }) },
    {
      name: 'real covariate shift',
      right: ['covariate shift', 'concept shift', 'no alarm'],
      real: true,
      arrives: (day, { random: rng }) => {
        const usual = mostFrequent(day.features, category)
        const values = textOf(day.features, category)
        return kept(day, row => values[row] !== usual || rng.next() < 0.15)
      },
    },
    {
      name: 'real label shift',
      right: ['covariate shift', 'concept shift', 'no alarm'],
      real: true,
      arrives: (day, { random: rng }) => kept(day, row => day.labels[row] === 1 || rng.next() < 0.62),
    },
    {
      name: 'real concept shift',
      right: ['concept shift', 'covariate shift', 'no alarm'],
      real: true,
      arrives: (day, { random: rng }) => ({
        ...day,
        labels: day.labels.map(y => (y === 0 && rng.next() < 0.25 ? 1 : y)),
      }),
    },
  ]
}

function changed(day: ArrivedDay, changes: Readonly<Record<string, (x: number, row: number) => number>>): ArrivedDay {
  return withColumns(day, columns =>
    columns.map((column): Column => {
      const change = changes[column.name]
      return change && column.kind !== 'text' ? { ...column, values: column.values.map(change) } : column
    }),
  )
}

function texts(day: ArrivedDay, name: string, change: (value: string) => string): ArrivedDay {
  return withColumns(day, columns =>
    columns.map(
      (column): Column =>
        column.name === name && column.kind === 'text'
          ? { ...column, values: column.values.map(value => (value === null ? null : change(value))) }
          : column,
    ),
  )
}

function exchanged(day: ArrivedDay, a: string, b: string): ArrivedDay {
  const values = { [a]: numbers(day.features, b), [b]: numbers(day.features, a) }
  return withColumns(day, columns =>
    columns.map((column): Column => {
      const others = values[column.name]
      return others ? { name: column.name, kind: 'number', values: others } : column
    }),
  )
}

function withColumns(day: ArrivedDay, change: (columns: readonly Column[]) => readonly Column[]): ArrivedDay {
  return { ...day, features: { ...day.features, columns: change(day.features.columns) } }
}

function rowsOf(day: ArrivedDay, source: (row: number) => number): ArrivedDay {
  return picked(
    day,
    Int32Array.from({ length: day.features.rows }, (_, row) => source(row)),
  )
}

function firstRows(day: ArrivedDay, rows: number): ArrivedDay {
  return picked(
    day,
    Int32Array.from({ length: rows }, (_, row) => row),
  )
}

function kept(day: ArrivedDay, keeps: (row: number) => boolean): ArrivedDay {
  return picked(day, Int32Array.from(Array.from({ length: day.features.rows }, (_, row) => row).filter(keeps)))
}

function picked(day: ArrivedDay, rows: Int32Array): ArrivedDay {
  return {
    ...day,
    features: take(day.features, rows),
    at: Float64Array.from(rows, row => day.at[row]!),
    labels: Float64Array.from(rows, row => day.labels[row]!),
  }
}

function shuffledAnswers(outputs: Float64Array, rng: Random): Float64Array {
  return Float64Array.from(shuffled(outputs.length, rng), row => outputs[row]!)
}

function textOf(features: Table, name: string): readonly (string | null)[] {
  const column = features.columns.find(candidate => candidate.name === name)
  if (column?.kind !== 'text') throw new TypeError(`${name} is no text column`)
  return column.values
}

function mostFrequent(features: Table, name: string): string {
  const counts = new Map<string, number>()
  for (const value of textOf(features, name)) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]![0]
}
