/**
 * Columns of any kind as numbers for trees: a category is its rank by frequency, the most frequent 1; one that was not
 * seen is 0, a missing value NaN. Numbers that come from the labels, as the platform's trainer makes them for served
 * models, would vary from row to row in training but be one number afterwards; where the label is as noisy as a loss,
 * the few rows beside that number decide for the whole category.
 */
import { FalconerError } from '../base/errors.ts'
import type { Column, NumberColumn, Table } from '../base/table.ts'

/** Plain data: a column, and its categories by descending frequency if it is text. */
export interface OrdinalInput {
  readonly name: string
  readonly categories?: readonly string[]
}

/** More categories than bins of a column tell nothing apart; the rest counts as not seen. */
const mostCategories = 250

export function ordinalInputs(from: Table): OrdinalInput[] {
  return from.columns.map(column => {
    if (column.kind !== 'text') return { name: column.name }
    const counts = new Map<string, number>()
    for (const text of column.values) if (text) counts.set(text, (counts.get(text) ?? 0) + 1)
    const categories = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([text]) => text)
    return { name: column.name, categories: categories.slice(0, mostCategories) }
  })
}

/** The table in numbers. A column that is absent or of another kind than before is refused by name. */
export function inNumbers(from: Table, inputs: readonly OrdinalInput[]): Table {
  return {
    rows: from.rows,
    columns: inputs.map(input => ({ ...numbersOf(found(from, input), input), name: input.name })),
  }
}

function numbersOf(column: Column, { categories }: OrdinalInput): NumberColumn {
  if (column.kind !== 'text') return { name: column.name, kind: 'number', values: column.values }
  const codes = new Map(categories!.map((text, i) => [text, i + 1]))
  const values = Float64Array.from(column.values, text => (text ? (codes.get(text) ?? 0) : Number.NaN))
  return { name: column.name, kind: 'number', values }
}

function found(from: Table, { name, categories }: OrdinalInput): Column {
  const column = from.columns.find(candidate => candidate.name === name)
  const wanted = categories ? 'text' : 'numbers'
  if (column && (column.kind === 'text') === (categories !== undefined)) return column
  throw new FalconerError(
    'bad-data',
    column
      ? `The column ${name} is ${column.kind === 'text' ? 'text' : 'numbers'}, in the reference it is ${wanted}.`
      : `The column ${name} of the reference is absent.`,
    {
      fix: `Give the column ${name} as ${wanted}, or leave it out of the reference.`,
      findings: [{ at: name, text: column ? `wanted ${wanted}` : 'column absent' }],
    },
  )
}
