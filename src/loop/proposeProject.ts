/**
 * A first falconer.yaml and query for a table that a user has: guesses from names, types and counts, said as such, for a
 * person to correct. Nothing is guessed about what cannot be seen in the table.
 */
import { stringify } from 'yaml'
import { FalconerError } from '../base/errors.ts'
import { quoted } from '../base/sqlText.ts'
import { datasetNameOf } from './projectData.ts'
import type { SchemaColumn } from './records.ts'

/** What is known of a column. */
export interface ColumnSummary extends SchemaColumn {
  readonly distinct: number
  readonly missing: number
  /** Numbers only. */
  readonly whole?: boolean
  readonly min?: number
  readonly max?: number
}

export interface TableSummary {
  /** Name of the file. */
  readonly file: string
  readonly rows: number
  readonly columns: readonly ColumnSummary[]
}

export interface Proposal {
  readonly yaml: string
  readonly query: string
  /** What was guessed and left out, and why: one sentence each. */
  readonly notes: readonly string[]
}

/** Columns that the user named; what is absent is guessed. Errors: `bad-input` where a guess is not possible. */
export function proposeProject(
  table: TableSummary,
  named: { readonly id?: string; readonly time?: string; readonly label?: string; readonly project?: string } = {},
): Proposal {
  if (table.rows === 0) throw cannot('The file has no rows.', 'Give a file with rows.')
  const notes: string[] = []
  const known = (name: string | undefined, option: string) => {
    if (name === undefined) return undefined
    const found = table.columns.find(column => column.name === name)
    if (!found) {
      throw cannot(
        `--${option} names ${name}, which is no column; there are ${table.columns.map(c => c.name).join(', ')}.`,
        `Name one of the columns with --${option}.`,
      )
    }
    return found
  }
  const id = known(named.id, 'id') ?? guess(notes, 'id', identifierOf(table), 'it is different in every row')
  const label = known(named.label, 'label') ?? guess(notes, 'label', labelOf(table, [id]), labelReason)
  const time = known(named.time, 'time') ?? guess(notes, 'time', timeOf(table, [id, label]), 'it is the first instant')
  if (id.distinct < table.rows) {
    throw cannot(
      `${id.name} is not different in every row (${id.distinct} values in ${table.rows} rows).`,
      'Name another --id.',
    )
  }
  if (time.kind !== 'time') throw cannot(`${time.name} holds no instants but ${time.kind}.`, 'Name another --time.')

  const dataset = datasetNameOf(table.file)
  const project = named.project ?? dataset.replaceAll('_', '-')
  const task = label.kind === 'boolean' || isBinary(label) ? 'binary' : 'regression'
  if (label.kind === 'text') {
    throw cannot(
      `${label.name} is text; what is predicted must be 0 or 1, or a number.`,
      'Derive it as a number, or name another --label.',
    )
  }
  const features = table.columns.filter(
    column => ![id, time, label].includes(column) && useful(column, table.rows, notes),
  )
  if (features.length === 0) throw cannot('No column is left to predict from.', 'Give a file with more columns.')
  const config = {
    project,
    model:
      label.name
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '-')
        .replaceAll(/^-+|-+$/g, '') || 'model',
    datasets: {
      [dataset]: {
        file: table.file,
        key: id.name,
        known: plain(time.name),
      },
    },
    data: { query: 'features.sql', entities: dataset, id: id.name, time: time.name, label: label.name },
    train: { recipe: 'boost', task, validate: 'last 28 days' },
  }
  const comment =
    '# Proposed from the columns of the file; correct what is wrong.\n' +
    `# later: says which columns are known only after ${time.name}; without it they count as known from then on.\n`
  return {
    yaml: comment + stringify(config, { lineWidth: 0 }),
    query: queryOf(dataset, id.name, features),
    notes,
  }
}

const labelReason = 'its name or its two values look like something to predict'

function cannot(text: string, fix: string): FalconerError {
  return new FalconerError('bad-input', text, { fix })
}

function guess(notes: string[], role: string, found: ColumnSummary | undefined, why: string): ColumnSummary {
  if (!found) throw cannot(`No column looks like the ${role}.`, `Name it: --${role} COLUMN.`)
  notes.push(`${role} is ${found.name}, because ${why}; --${role} names another`)
  return found
}

function identifierOf({ columns, rows }: TableSummary): ColumnSummary | undefined {
  const unique = columns.filter(c => c.distinct === rows && c.missing === 0 && (c.kind === 'text' || c.whole === true))
  return unique.find(({ name }) => /(^|_)(id|key|no|number)$/i.test(name)) ?? unique[0]
}

function labelOf({ columns }: TableSummary, taken: readonly ColumnSummary[]): ColumnSummary | undefined {
  const free = columns.filter(column => !taken.includes(column) && column.kind !== 'text' && column.kind !== 'time')
  return (
    free.find(({ name }) => /^(label|target|outcome|y|class|churn(ed)?|default(ed)?|fraud|late)$/i.test(name)) ??
    free.findLast(column => column.kind === 'boolean' || isBinary(column))
  )
}

function timeOf({ columns }: TableSummary, taken: readonly ColumnSummary[]): ColumnSummary | undefined {
  return columns.find(column => column.kind === 'time' && column.missing === 0 && !taken.includes(column))
}

function isBinary({ kind, min, max, distinct }: ColumnSummary): boolean {
  return kind === 'number' && distinct === 2 && min === 0 && max === 1
}

function useful(column: ColumnSummary, rows: number, notes: string[]): boolean {
  if (column.missing === rows) notes.push(`${column.name} is left out: it is missing in every row`)
  else if (column.distinct <= 1 && column.missing === 0) notes.push(`${column.name} is left out: it is constant`)
  else if (column.kind === 'time')
    notes.push(`${column.name} is left out: an instant is no feature; derive an age or an hour from it`)
  else if (column.kind === 'text' && column.distinct > 1000 && column.distinct > rows / 2) {
    notes.push(`${column.name} is left out: it is different in most rows`)
  } else return true
  return false
}

function queryOf(dataset: string, id: string, features: readonly ColumnSummary[]): string {
  const lines = features.map(({ name }) => `  d.${plain(name)}`)
  return `-- One row per id asked for; the views hold what is known at that row's time and nothing later.
select
  d.${plain(id)},
${lines.join(',\n')}
from entities
join ${quoted(dataset)} d using (${quoted(id)})
`
}

/** After a dot any plain word is a column, also where SQL has other plans for it. */
function plain(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : quoted(name)
}
