/** Reading CSV: the shape is ours (`csvScan.ts`), types and values are DuckDB's, detected over all rows. */
import { FalconerError } from '../base/errors.ts'
import { literal, quoted } from '../base/sqlText.ts'
import { scanCsv } from './csvScan.ts'
import { exactPath } from './exactPath.ts'
import { cannotRead, checkRows, type Execute, messageOf, type ReadLimits } from './reading.ts'

export async function readCsv(execute: Execute, name: string, path: string, limits: ReadLimits): Promise<void> {
  const shape = await scanCsv(path)
  checkRows(path, shape.rows, limits)
  const types = shape.rows === 0 ? 'all_varchar = true' : 'auto_detect = true, sample_size = -1'
  let read: number
  try {
    const result = await execute(
      `create or replace table ${quoted(name)} as select * from read_csv(${literal(exactPath(path))}, header = true,
       delim = ${literal(shape.delimiter)}, quote = '"', escape = '"', comment = '', skip = 0, nullstr = '',
       names = [${shape.header.map(literal).join(', ')}], null_padding = false, ignore_errors = false,
       max_line_size = ${16 * 2 ** 20}, ${types})`,
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
