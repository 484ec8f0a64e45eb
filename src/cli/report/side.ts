/** One of the files that are compared: its columns, and its rows batch by batch in the kinds that were agreed on. */
import { FalconerError } from '../../base/errors.ts'
import type { TableFile, Tables } from '../../base/ports.ts'
import type { Column, Table } from '../../base/table.ts'
import { scanFile } from '../files.ts'

export interface Side {
  readonly file: string
  readonly columns: TableFile['columns']
  readonly rows?: number
  /** The columns named, in the order of `as`, as columns of those kinds. */
  batches(as: readonly Pick<Column, 'name' | 'kind'>[]): AsyncIterable<Table>
}

export async function openSide(file: string, tables: Tables): Promise<Side> {
  const opened = await scanFile(file, tables)
  const readable = opened.columns
    .filter(({ kind }) => kind !== undefined)
    .map(({ name }) => name)
    .slice(0, 1)
  return {
    file,
    columns: opened.columns,
    ...(opened.rows !== undefined && { rows: opened.rows }),
    async *batches(as) {
      // Without a column to compare the rows are still counted.
      const columns = as.length > 0 ? as.map(({ name }) => name) : readable
      if (columns.length === 0) return
      let rows = 0
      for await (const batch of opened.batches({ columns })) {
        rows += batch.rows
        const byName = new Map(batch.columns.map(column => [column.name, column]))
        yield { rows: batch.rows, columns: as.map(({ name, kind }) => inKind(byName.get(name)!, kind)) }
      }
      if (opened.rows !== undefined && rows !== opened.rows) {
        throw new FalconerError('bad-data', `${file} has ${opened.rows} rows, of which ${rows} could be read.`, {
          fix: 'Check that its line ends are all alike and that nothing writes to it.',
        })
      }
    },
  }
}

/** Numbers, booleans and instants are numbers alike; a column without a single value is of any kind. */
function inKind(column: Column, kind: Column['kind']): Column {
  const { name } = column
  if (kind === 'text') {
    return column.kind === 'text' ? column : { name, kind, values: new Array<null>(column.values.length).fill(null) }
  }
  if (column.kind === 'text') return { name, kind, values: new Float64Array(column.values.length).fill(Number.NaN) }
  return { name, kind, values: column.values }
}
