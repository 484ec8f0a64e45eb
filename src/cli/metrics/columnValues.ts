/** The values of a column for what it is used as, or an error that says what it holds instead. */
import { FalconerError } from '../../base/errors.ts'
import type { Column, Table } from '../../base/table.ts'
import { nearest } from '../../loop/yamlReader.ts'
import { classCodes } from '../../statistics/metrics/classCodes.ts'

/** The column, or an error that suggests the name nearest to it. */
export function columnOf(table: Table, name: string, file: string): Column {
  const found = table.columns.find(column => column.name === name)
  if (found) return found
  const names = table.columns.map(column => column.name)
  const near = nearest(name, names)
  throw new FalconerError('bad-data', `${file} has no column ${name}; it has ${names.join(', ')}.`, {
    fix: near ? `Did you mean ${near}?` : 'Name one of its columns.',
    findings: [{ at: name, text: 'column absent' }],
  })
}

/** Number of the group of each row, and the names in their natural order; a missing value is a group of its own. */
export function groupsOf(
  column: Column,
  rows: Int32Array,
): { readonly names: readonly string[]; readonly of: Int32Array } {
  const { classes, codes } = classCodes([Array.from(rows, row => groupName(column, row))])
  return { names: classes, of: codes[0]! }
}

function groupName({ kind, values }: Column, row: number): string {
  const value = values[row]!
  if (value === null || Number.isNaN(value)) return '(missing)'
  if (kind === 'time') return new Date(value).toISOString()
  return kind === 'boolean' ? String(value === 1) : String(value)
}

/** The values of a column of numbers; `what` it is stands in the error. */
export function numbersOf(column: Column, what: string): Float64Array {
  if (column.kind !== 'text') return column.values
  throw new FalconerError(
    'bad-data',
    `The ${what} ${column.name} is text (${distinct(column, 3).join(', ')}), wanted numbers.`,
    {
      fix: 'Name a column of numbers; predicted classes go with --prediction-class.',
    },
  )
}

/** The same, none of them infinite. */
export function finite(column: Column, what: string): Float64Array {
  const values = numbersOf(column, what)
  const wrong = values.findIndex(value => !Number.isFinite(value))
  if (wrong < 0) return values
  throw new FalconerError('bad-data', `A ${what} in ${column.name} is ${values[wrong]}, wanted finite numbers.`, {
    fix: 'Take such rows out, or write what they mean as a number.',
  })
}

/** Numbers of at least 0, not all 0. */
export function weightsOf(column: Column): Float64Array {
  const weights = finite(column, 'weight')
  const wrong = weights.findIndex(weight => weight < 0)
  if (wrong >= 0 || weights.every(weight => weight === 0)) {
    throw new FalconerError(
      'bad-data',
      wrong >= 0
        ? `A weight in ${column.name} is ${weights[wrong]}, wanted 0 or more.`
        : `All weights in ${column.name} are 0.`,
      {
        fix: 'Weights say how often a row counts.',
      },
    )
  }
  return weights
}

/** 1 for the positive label, 0 for the other one. */
export function zeroOrOne(column: Column, positive?: string): Float64Array {
  const values = distinct(column, 3)
  const asNumber = column.kind === 'boolean' && positive !== undefined ? truthWords[positive.toLowerCase()] : positive
  if (asNumber === undefined) {
    if (column.kind !== 'text' && values.every(value => value === '0' || value === '1')) return column.values
    throw new FalconerError('bad-data', `${column.name} holds ${values.join(', ')}, wanted 0 and 1.`, {
      fix: 'Name the label that counts as 1 with --positive, or another --task.',
    })
  }
  if (values.length > 2 || (values.length === 2 && !values.includes(asNumber))) {
    throw new FalconerError(
      'bad-data',
      `${column.name} holds ${values.join(', ')}, wanted ${positive} and one other.`,
      {
        fix: 'Name one of two labels as --positive, or say --task multiclass.',
      },
    )
  }
  return Float64Array.from(column.values as ArrayLike<string | number>, value => Number(String(value) === asNumber))
}

/** How files write true and false, which are read as 1 and 0. */
export const truthWords: Readonly<Record<string, string>> = {
  true: '1',
  yes: '1',
  '1': '1',
  false: '0',
  no: '0',
  '0': '0',
}

/** The first so many different values. */
export function distinct({ values }: Column, most: number): string[] {
  const found = new Set<string>()
  for (let i = 0; i < values.length && found.size < most; i++) found.add(String(values[i]))
  return [...found]
}
