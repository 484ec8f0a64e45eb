/**
 * A first falconer.yaml and query for a table that a user has: guesses from names, types and counts, said as such, for a
 * person to correct. Nothing is guessed about what cannot be seen in the table.
 */
import { stringify } from 'yaml'
import { FalconerError } from '../base/errors.ts'
import { quoted } from '../base/sqlText.ts'
import { datasetNameOf } from './projectFile.ts'
import type { ColumnProfile } from '../statistics/profile.ts'

export interface TableSummary {
  /** Name of the file. */
  readonly file: string
  readonly rows: number
  readonly columns: readonly ColumnProfile[]
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
    const found = table.columns.find(({ column }) => column === name)
    if (!found) {
      throw cannot(
        `--${option} names ${name}, which is no column; there are ${table.columns.map(({ column }) => column).join(', ')}.`,
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
      `${id.column} is not different in every row (${id.distinct} values in ${table.rows} rows).`,
      'Name another --id.',
    )
  }
  if (time.kind !== 'time') throw cannot(`${time.column} holds no instants but ${time.kind}.`, 'Name another --time.')

  const dataset = datasetNameOf(table.file)
  const project = named.project ?? dataset.replaceAll('_', '-')
  const task = label.kind === 'boolean' || isBinary(label) ? 'binary' : 'regression'
  if (label.kind === 'text') {
    throw cannot(
      `${label.column} is text; what is predicted must be 0 or 1, or a number.`,
      'Derive it as a number, or name another --label.',
    )
  }
  const features = table.columns.filter(c => ![id, time, label].includes(c) && useful(c, table.rows, notes))
  if (features.length === 0) throw cannot('No column is left to predict from.', 'Give a file with more columns.')
  const config = {
    project,
    model:
      label.column
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '-')
        .replaceAll(/^-+|-+$/g, '') || 'model',
    datasets: {
      [dataset]: {
        file: table.file,
        key: id.column,
        known: plain(time.column),
      },
    },
    data: { query: 'features.sql', entities: dataset, id: id.column, time: time.column, label: label.column },
    train: { recipe: 'boost', task, validate: 'last 28 days' },
  }
  const comment =
    '# Proposed from the columns of the file; correct what is wrong.\n' +
    `# later: says which columns are known only after ${time.column}; without it they count as known from then on.\n`
  return {
    yaml: comment + stringify(config, { lineWidth: 0 }),
    query: queryOf(dataset, id.column, features),
    notes,
  }
}

const labelReason = 'its name or its two values look like something to predict'

function cannot(text: string, fix: string): FalconerError {
  return new FalconerError('bad-input', text, { fix })
}

function guess(notes: string[], role: string, found: ColumnProfile | undefined, why: string): ColumnProfile {
  if (!found) throw cannot(`No column looks like the ${role}.`, `Name it: --${role} COLUMN.`)
  notes.push(`${role} is ${found.column}, because ${why}; --${role} names another`)
  return found
}

function identifierOf({ columns, rows }: TableSummary): ColumnProfile | undefined {
  const unique = columns.filter(c => c.distinct === rows && c.missing === 0 && (c.kind === 'text' || isWhole(c)))
  return unique.find(({ column }) => /(^|_)(id|key|no|number)$/i.test(column)) ?? unique[0]
}

function labelOf({ columns }: TableSummary, taken: readonly ColumnProfile[]): ColumnProfile | undefined {
  const free = columns.filter(c => !taken.includes(c) && c.kind !== 'text' && c.kind !== 'time')
  return (
    free.find(({ column }) => /^(label|target|outcome|y|class|churn(ed)?|default(ed)?|fraud|late)$/i.test(column)) ??
    free.findLast(c => c.kind === 'boolean' || isBinary(c))
  )
}

function timeOf({ columns }: TableSummary, taken: readonly ColumnProfile[]): ColumnProfile | undefined {
  return columns.find(c => c.kind === 'time' && c.missing === 0 && !taken.includes(c))
}

function isBinary({ kind, numbers, distinct }: ColumnProfile): boolean {
  return kind === 'number' && distinct === 2 && numbers?.min === 0 && numbers.max === 1
}

function isWhole({ kind, numbers }: ColumnProfile): boolean {
  return kind === 'number' && numbers !== undefined && Object.values(numbers.quantiles).every(Number.isInteger)
}

function useful(column: ColumnProfile, rows: number, notes: string[]): boolean {
  if (column.missing === rows) notes.push(`${column.name} is left out: it is missing in every row`)
  else if (column.distinct <= 1 && column.missing === 0) notes.push(`${column.name} is left out: it is constant`)
  else if (column.kind === 'time')
    notes.push(`${column.name} is left out: an instant is no feature; derive an age or an hour from it`)
  else if (column.kind === 'text' && column.distinct > 1000 && column.distinct > rows / 2) {
    notes.push(`${column.name} is left out: it is different in most rows`)
  } else return true
  return false
}

function queryOf(dataset: string, id: string, features: readonly ColumnProfile[]): string {
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
