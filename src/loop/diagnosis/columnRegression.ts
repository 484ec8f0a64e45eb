/**
 * How the number columns of a table go together: each predicted from the others by least squares over some days. A fault
 * in one column shows where it no longer goes with the others; a season moves them together.
 */
import type { NumberColumn, Table } from '../../base/table.ts'
import { solveLinear } from '../../numeric/solveLinear.ts'

/** Rows, sums and products of sums of the columns, about a centre; those of several days add up. */
export interface Products {
  readonly rows: number
  readonly centre: Float64Array
  readonly sums: Float64Array
  readonly products: Float64Array
}

export function productsOf(rows: readonly Float64Array[], centre: Float64Array): Products {
  const width = centre.length
  const sums = new Float64Array(width)
  const products = new Float64Array(width * width)
  for (const row of rows) {
    for (let i = 0; i < width; i++) {
      const x = row[i]! - centre[i]!
      sums[i]! += x
      for (let j = 0; j <= i; j++) products[i * width + j]! += x * (row[j]! - centre[j]!)
    }
  }
  for (let i = 0; i < width; i++) for (let j = 0; j < i; j++) products[j * width + i] = products[i * width + j]!
  return { rows: rows.length, centre, sums, products }
}

export function added(all: readonly Products[]): Products {
  const [first, ...others] = all
  const sums = first!.sums.slice()
  const products = first!.products.slice()
  for (const other of others) {
    for (let i = 0; i < sums.length; i++) sums[i]! += other.sums[i]!
    for (let i = 0; i < products.length; i++) products[i]! += other.products[i]!
  }
  return { rows: all.reduce((rows, day) => rows + day.rows, 0), centre: first!.centre, sums, products }
}

export interface Regression {
  readonly predict: (row: Float64Array) => number
  readonly error: number
}

/** Least squares of one column on the others and a constant, all standardised; a little ridge keeps twins apart. */
export function regress({ rows, centre, sums, products }: Products, target: number): Regression | undefined {
  const width = centre.length
  const mean = (c: number) => sums[c]! / rows
  const covariance = (c: number, d: number) => products[c * width + d]! / rows - mean(c) * mean(d)
  const scale = Float64Array.from({ length: width }, (_, c) => Math.sqrt(Math.max(0, covariance(c, c))))
  const used = Array.from({ length: width }, (_, c) => c).filter(c => c !== target && scale[c]! > 0)
  if (!(scale[target]! > 0) || used.length === 0) return undefined
  const correlation = (c: number, d: number) => covariance(c, d) / (scale[c]! * scale[d]!)
  const n = used.length
  const matrix = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) matrix[i * n + j] = correlation(used[i]!, used[j]!) + (i === j ? ridge : 0)
  }
  const right = Float64Array.from(used, c => correlation(c, target))
  const weights = solveLinear(matrix, right.slice())
  const explained = weights.reduce((sum, weight, i) => sum + weight * right[i]!, 0)
  const error = scale[target]! * Math.sqrt(Math.max(0, 1 - explained))
  // A column that the others leave open says nothing this way; an exact one still has rounding.
  if (error > 0.5 * scale[target]!) return undefined
  const at = (row: Float64Array, c: number) => (row[c]! - centre[c]! - mean(c)) / scale[c]!
  return {
    error: Math.max(error, 1e-3 * scale[target]!),
    predict: row => {
      let sum = 0
      for (let i = 0; i < n; i++) sum += weights[i]! * at(row, used[i]!)
      return centre[target]! + mean(target) + scale[target]! * sum
    },
  }
}

const ridge = 1e-6

/** Number columns that are there in all days and seldom missing. */
export function fullColumns(days: readonly Table[]): string[] {
  const [first] = days
  if (!first) return []
  return first.columns
    .filter(({ kind, name }) => kind !== 'text' && days.every(day => missingShare(day, name) < 0.2))
    .map(({ name }) => name)
}

function missingShare(day: Table, name: string): number {
  const column = day.columns.find(candidate => candidate.name === name)
  if (!column || column.kind === 'text' || day.rows === 0) return 1
  let missing = 0
  for (const value of column.values) if (Number.isNaN(value)) missing++
  return missing / day.rows
}

/** Rows without a missing value among these columns. */
export function completeRows(day: Table, names: readonly string[]): Float64Array[] {
  const columns = names.map(name => (day.columns.find(column => column.name === name) as NumberColumn).values)
  return Array.from({ length: day.rows }, (_, row) => Float64Array.from(columns, values => values[row]!)).filter(
    row => !row.some(Number.isNaN),
  )
}
