/**
 * The views that a feature query reads: each dataset as it was known at one instant, the cutoff. A row is there if it
 * was known then (of several with one key the newest known), and a cell that becomes known later is null until then.
 */
import { quoted } from '../base/sqlText.ts'
import type { DatasetConfig } from '../loop/project.ts'

/** Columns of a version's content that are the platform's own. */
export const knownColumn = '_known'
export const quarantinedColumn = '_quarantined'
export const reasonsColumn = '_reasons'

/** The instant from which the columns of one `later` entry are known. Entries count in the order of their expressions. */
export function laterColumn(position: number): string {
  return `_later_${position + 1}`
}

export function laterExpressions(config: DatasetConfig): readonly string[] {
  return Object.keys(config.later).sort()
}

export function isOwnColumn(name: string): boolean {
  return name === knownColumn || name === quarantinedColumn || name === reasonsColumn || /^_later_\d+$/.test(name)
}

/** A dataset as held in memory for questions. */
export interface HeldDataset {
  readonly name: string
  readonly config: DatasetConfig
  /** Where its rows are, as SQL. */
  readonly table: string
  /** Columns of the content, own ones included. */
  readonly columns: readonly string[]
  /** Whether a key occurs more than once, known at different instants. */
  readonly corrected: boolean
}

/** SELECT of the rows and cells known at `cutoff`, a SQL expression. */
export function cutView(dataset: HeldDataset, cutoff: string): string {
  const { columns, config, corrected, table } = dataset
  const dated = columns.includes(knownColumn)
  const cells = columns.filter(name => !isOwnColumn(name)).map(name => cell(dataset, name, cutoff))
  const known = dated ? ` where ${knownColumn} <= ${cutoff}` : ''
  const key = config.key.map(quoted).join(', ')
  const newest = corrected ? ` qualify row_number() over (partition by ${key} order by ${knownColumn} desc) = 1` : ''
  return `select ${cells.join(', ')} from ${table}${known}${newest}`
}

/** One cell as known at the cutoff. */
function cell({ config }: HeldDataset, name: string, cutoff: string): string {
  const conditions = laterExpressions(config).flatMap((expression, position) =>
    config.later[expression]!.some(column => column.toLowerCase() === name.toLowerCase())
      ? [`${laterColumn(position)} <= ${cutoff}`]
      : [],
  )
  const column = quoted(name)
  return conditions.length === 0 ? column : `case when ${conditions.join(' and ')} then ${column} end as ${column}`
}
