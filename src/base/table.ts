/**
 * A table in memory, column by column. Numbers are Float64Array with NaN as missing, text is string with null as
 * missing. Booleans are numbers 0 and 1, instants are numbers in milliseconds since 1970 UTC.
 */

export interface NumberColumn {
  readonly name: string
  readonly kind: 'number' | 'boolean' | 'time'
  readonly values: Float64Array
}

export interface TextColumn {
  readonly name: string
  readonly kind: 'text'
  readonly values: readonly (string | null)[]
}

export type Column = NumberColumn | TextColumn

export interface Table {
  readonly rows: number
  readonly columns: readonly Column[]
}

/** Builds a table and checks that all columns have the same length and different names. */
export function table(columns: readonly Column[]): Table {
  const rows = columns[0]?.values.length ?? 0
  const names = new Set<string>()
  for (const column of columns) {
    if (column.values.length !== rows) {
      throw new RangeError(
        `table: column ${column.name} has ${column.values.length} rows, the first column has ${rows}`,
      )
    }
    if (names.has(column.name)) throw new RangeError(`table: two columns are named ${column.name}`)
    names.add(column.name)
  }
  return { rows, columns }
}

/** The column of that name. Throws a RangeError that lists the names there are. */
export function column(from: Table, name: string): Column {
  const found = from.columns.find(candidate => candidate.name === name)
  if (!found) throw new RangeError(`column: no column ${name}; there are ${from.columns.map(c => c.name).join(', ')}`)
  return found
}

/** The values of a numeric column. Throws a TypeError for text. */
export function numbers(from: Table, name: string): Float64Array {
  const found = column(from, name)
  if (found.kind === 'text') throw new TypeError(`numbers: column ${name} is text, wanted numbers`)
  return found.values
}

/** The values of a text column. Throws a TypeError for numbers. */
export function texts(from: Table, name: string): readonly (string | null)[] {
  const found = column(from, name)
  if (found.kind !== 'text') throw new TypeError(`texts: column ${name} is ${found.kind}, wanted text`)
  return found.values
}

/** The rows at the given indices, in that order; an index may repeat. */
export function take(from: Table, indices: Int32Array): Table {
  return {
    rows: indices.length,
    columns: from.columns.map(source => {
      if (source.kind === 'text') return { ...source, values: Array.from(indices, i => source.values[i] ?? null) }
      const values = new Float64Array(indices.length)
      for (let i = 0; i < indices.length; i++) values[i] = source.values[indices[i]!]!
      return { ...source, values }
    }),
  }
}

/** The named columns, in the given order. */
export function select(from: Table, names: readonly string[]): Table {
  return { rows: from.rows, columns: names.map(name => column(from, name)) }
}
