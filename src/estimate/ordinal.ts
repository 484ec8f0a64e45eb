/**
 * Columns of any kind as numbers for trees: a category is its rank by frequency, the most frequent 1; one that was not
 * seen is 0, a missing value NaN. Numbers that come from the labels, as the platform's trainer makes them for served
 * models, would vary from row to row in training but be one number afterwards; where the label is as noisy as a loss,
 * the few rows beside that number decide for the whole category.
 */
import { FalconerError } from '../base/errors.ts'
import type { Column, Table, TextColumn } from '../base/table.ts'

/** Plain data: a column, and its categories by descending frequency if it is text. */
export interface OrdinalInput {
  readonly name: string
  readonly categories?: readonly string[]
}

/** More categories than bins of a column tell nothing apart; the rest counts as not seen. */
const mostCategories = 250

/** Ranks by frequency, or by the mean of `by` over the rows of a category, the largest first. */
export function ordinalInputs(from: Table, by?: Float64Array): OrdinalInput[] {
  return from.columns.map(column => {
    if (column.kind !== 'text') return { name: column.name }
    const found = new Map<string, { rows: number; sum: number }>()
    column.values.forEach((text, i) => {
      if (!text) return
      const { rows, sum } = found.get(text) ?? { rows: 0, sum: 0 }
      found.set(text, { rows: rows + 1, sum: sum + (by ? by[i]! : 0) })
    })
    const kept = [...found].sort((a, b) => b[1].rows - a[1].rows || (a[0] < b[0] ? -1 : 1)).slice(0, mostCategories)
    if (by) kept.sort((a, b) => b[1].sum / b[1].rows - a[1].sum / a[1].rows)
    return { name: column.name, categories: kept.map(([text]) => text) }
  })
}

/** The table in numbers. A column that is absent or of another kind than in the reference is refused by name. */
export function inNumbers(from: Table, inputs: readonly OrdinalInput[]): Table {
  return {
    rows: from.rows,
    columns: inputs.map(({ name, categories }) => {
      const column = sameColumn(from, { name, kind: categories ? 'text' : 'number' })
      return { name, kind: 'number', values: column.kind === 'text' ? ranks(column, categories!) : column.values }
    }),
  }
}

/** The column of that name, which must be text if the reference's is. */
export function sameColumn(from: Table, { name, kind }: Pick<Column, 'name' | 'kind'>): Column {
  const column = from.columns.find(candidate => candidate.name === name)
  if (column && (column.kind === 'text') === (kind === 'text')) return column
  const wanted = kind === 'text' ? 'text' : 'numbers'
  const what = column ? `is ${column.kind === 'text' ? 'text' : 'numbers'}, in the reference ${wanted}` : 'is absent'
  throw new FalconerError('bad-data', `The column ${name} ${what}.`, {
    fix: `Give the column ${name} as ${wanted}, or leave it out of the reference.`,
    findings: [{ at: name, text: column ? `wanted ${wanted}` : 'column absent' }],
  })
}

function ranks({ values }: TextColumn, categories: readonly string[]): Float64Array {
  const codes = new Map(categories.map((text, i) => [text, i + 1]))
  return Float64Array.from(values, text => (text ? (codes.get(text) ?? 0) : Number.NaN))
}
