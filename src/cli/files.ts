/** Tables in files: which format a name stands for, and reading one into memory. */
import { existsSync } from 'node:fs'
import { extname } from 'node:path'
import { FalconerError } from '../base/errors.ts'
import type { FileFormat, TableFile, Tables } from '../base/ports.ts'
import type { Table } from '../base/table.ts'
import { usage } from './terminal.ts'

const formats: Readonly<Record<string, FileFormat>> = {
  '.parquet': 'parquet',
  '.csv': 'csv',
  '.tsv': 'csv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
}
const types: Readonly<Record<FileFormat, string>> = {
  parquet: 'application/vnd.apache.parquet',
  csv: 'text/csv',
  jsonl: 'application/x-ndjson',
}

function formatOf(path: string): FileFormat {
  const format = formats[extname(path).toLowerCase()]
  if (format) return format
  throw usage(`${path} has no ending that says what it holds.`, `Name it ${Object.keys(formats).join(', ')}.`)
}

export function uploadType(path: string): string {
  return types[formatOf(path)]
}

/** A file to be read batch by batch. */
export async function scanFile(path: string, tables: Tables): Promise<TableFile> {
  const format = formatOf(path)
  requireFile(path)
  return tables.scan(path, format)
}

export async function readTable(path: string, openTables: () => Promise<Tables>): Promise<Table> {
  const format = formatOf(path)
  requireFile(path)
  const tables = await openTables()
  try {
    await tables.read('input', path, format)
    const table = await tables.query('select * from input')
    if (table.rows === 0) throw new FalconerError('bad-data', `${path} has no rows.`)
    return table
  } finally {
    await tables.close()
  }
}

/** A column that must be there; else says which there are. */
export function requireColumn(table: Table, name: string, file: string): void {
  const names = table.columns.map(column => column.name)
  if (names.includes(name)) return
  throw new FalconerError('bad-data', `${file} has no column ${name}; it has ${names.join(', ')}.`, {
    fix: 'Name one of its columns.',
  })
}

function requireFile(path: string): void {
  if (!existsSync(path)) throw usage(`There is no file ${path}.`, 'Check the name.')
}
