/** Reading CSV: the shape is ours (`csvScan.ts`), types and values are DuckDB's, detected over all rows. */
import { FalconerError } from '../base/errors.ts'
import { literal, quoted } from '../base/sqlText.ts'
import { texts } from '../base/table.ts'
import { type CsvShape, scanCsv } from './csvScan.ts'
import { exactPath } from './exactPath.ts'
import { fetchTable } from './fetch.ts'
import { cannotRead, checkRows, type Execute, type FileSource, messageOf, type ReadLimits } from './reading.ts'

export async function readCsv(execute: Execute, name: string, path: string, limits: ReadLimits): Promise<void> {
  const shape = await scanCsv(path)
  checkRows(path, shape.rows, limits)
  const types = shape.rows === 0 ? 'all_varchar = true' : 'auto_detect = true, sample_size = -1'
  let read: number
  try {
    const result = await execute(
      `create or replace table ${quoted(name)} as select * from read_csv(${layout(path, shape)},
       names = [${shape.header.map(literal).join(', ')}], ${types})`,
    )
    read = Number((await result.getRows())[0]?.[0] ?? 0)
  } catch (error) {
    if (error instanceof FalconerError && error.code === 'disk-full') throw error
    throw cannotRead(path, 'CSV', messageOf(error), error)
  }
  if (read !== shape.rows) {
    throw cannotRead(path, 'CSV', `it has ${shape.rows} rows, of which ${read} could be read; its line ends may differ`)
  }
}

/** The file as a source of rows: types are detected over all rows once, and then fixed. */
export async function csvSource(execute: Execute, path: string): Promise<FileSource> {
  const shape = await scanCsv(path)
  const { rows } = shape
  const names = `names = [${shape.header.map(literal).join(', ')}]`
  if (rows === 0) return { sql: `read_csv(${layout(path, shape)}, ${names}, all_varchar = true)`, rows }
  try {
    const sniffed = await fetchTable(
      await execute(
        `select field.name as name, field.type as type, DateFormat as dates, TimestampFormat as instants
         from (select unnest(Columns) as field, DateFormat, TimestampFormat
               from sniff_csv(${layout(path, shape)}, ${names}, auto_detect = true, sample_size = -1))`,
      ),
    )
    const types = texts(sniffed, 'type')
    const columns = texts(sniffed, 'name').map((name, i) => `${literal(name!)}: ${literal(types[i]!)}`)
    const [dates, instants] = [texts(sniffed, 'dates')[0], texts(sniffed, 'instants')[0]]
    const formats = [
      // The default reads ISO dates and infinities; naming the format would leave it the dates alone.
      ...(dates && dates !== '%Y-%m-%d' ? [`dateformat = ${literal(dates)}`] : []),
      ...(instants ? [`timestampformat = ${literal(instants)}`] : []),
    ]
    const fixed = ['auto_detect = false', `columns = {${columns.join(', ')}}`, ...formats].join(', ')
    return { sql: `read_csv(${layout(path, shape)}, ${fixed})`, rows }
  } catch (error) {
    throw cannotRead(path, 'CSV', messageOf(error), error)
  }
}

/** How the file is to be taken apart: no fault is passed over, no row skipped or padded. */
function layout(path: string, { delimiter }: CsvShape): string {
  return `${literal(exactPath(path))}, header = true, delim = ${literal(delimiter)}, quote = '"', escape = '"',
    comment = '', skip = 0, nullstr = '', null_padding = false, ignore_errors = false, max_line_size = ${16 * 2 ** 20}`
}
