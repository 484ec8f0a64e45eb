/** Reading Parquet. The footer says how large the content is, so a file that would burst the memory is refused before it is read. */
import { FalconerError } from '../base/errors.ts'
import { literal, quoted } from '../base/sqlText.ts'
import { numbers } from '../base/table.ts'
import { exactPath } from './exactPath.ts'
import { fetchTable } from './fetch.ts'
import { cannotRead, checkRows, type Execute, type FileSource, messageOf, type ReadLimits } from './reading.ts'

export async function readParquet(execute: Execute, name: string, path: string, limits: ReadLimits): Promise<void> {
  const file = literal(exactPath(path))
  try {
    const footer = await fetchTable(
      await execute(`select coalesce(sum(total_uncompressed_size), 0)::double as bytes from parquet_metadata(${file})`),
    )
    checkRows(path, await rowsIn(execute, file), limits)
    const bytes = (footer.columns[0]!.values as Float64Array)[0]!
    if (bytes > limits.maxBytes) {
      throw new FalconerError(
        'too-large',
        `The file unpacks to ${Math.round(bytes / 2 ** 20)} MiB, more than the limit of ${Math.round(limits.maxBytes / 2 ** 20)} MiB.`,
      )
    }
    await execute(`create or replace table ${quoted(name)} as select * from read_parquet(${file})`)
  } catch (error) {
    if (error instanceof FalconerError && error.code !== 'bad-query' && error.code !== 'bad-data') throw error
    throw cannotRead(path, 'Parquet', messageOf(error), error)
  }
}

export async function parquetSource(execute: Execute, path: string): Promise<FileSource> {
  const file = literal(exactPath(path))
  try {
    return { sql: `read_parquet(${file})`, rows: await rowsIn(execute, file) }
  } catch (error) {
    throw cannotRead(path, 'Parquet', messageOf(error), error)
  }
}

async function rowsIn(execute: Execute, file: string): Promise<number> {
  const sql = `select coalesce(sum(num_rows), 0)::double as rows from parquet_file_metadata(${file})`
  return numbers(await fetchTable(await execute(sql)), 'rows')[0]!
}
