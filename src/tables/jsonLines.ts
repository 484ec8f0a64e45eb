/** Reading JSON lines: one object per line. Types are detected over all rows. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { FalconerError } from '../base/errors.ts'
import { literal, quoted } from '../base/sqlText.ts'
import { texts } from '../base/table.ts'
import { exactPath } from './exactPath.ts'
import { fetchTable } from './fetch.ts'
import {
  badPlace,
  cannotRead,
  checkRows,
  type Execute,
  type FileSource,
  messageOf,
  type ReadLimits,
} from './reading.ts'

export async function readJsonLines(execute: Execute, name: string, path: string, limits: ReadLimits): Promise<void> {
  try {
    const result = await execute(`create or replace table ${quoted(name)} as select * from ${source(path)}`)
    checkRows(path, Number((await result.getRows())[0]?.[0] ?? 0), limits)
  } catch (error) {
    if (error instanceof FalconerError && (error.code === 'disk-full' || error.code === 'too-large')) throw error
    await findBadLine(path)
    throw cannotRead(path, 'JSON lines', messageOf(error), error)
  }
  await checkTypes(execute, path, quoted(name))
}

/** The file as a source of rows. All of it is read once to find the types. */
export async function jsonLinesSource(execute: Execute, path: string): Promise<FileSource> {
  const sql = source(path)
  try {
    await checkTypes(execute, path, sql)
  } catch (error) {
    if (error instanceof FalconerError && error.findings.length > 0) throw error
    await findBadLine(path)
    throw cannotRead(path, 'JSON lines', messageOf(error), error)
  }
  return { sql }
}

function source(path: string): string {
  return `read_json(${literal(exactPath(path))}, format = 'newline_delimited', records = true,
    sample_size = -1, maximum_object_size = ${16 * 2 ** 20})`
}

async function checkTypes(execute: Execute, path: string, rows: string): Promise<void> {
  const mixed = await fetchTable(
    await execute(`select column_name from (describe select * from ${rows}) where column_type = 'JSON'`),
  )
  for (const column of texts(mixed, 'column_name')) await findMixedTypes(path, column!)
}

async function* lines(path: string): AsyncGenerator<readonly [text: string, line: number]> {
  let line = 0
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    line++
    yield [line === 1 ? text.replace(/^\uFEFF/, '') : text, line]
  }
}

async function findBadLine(path: string): Promise<void> {
  let seen = false
  for await (const [text, line] of lines(path)) {
    if (text.trim() === '') continue
    seen = true
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (error) {
      const position = /position (\d+)/.exec((error as Error).message)
      const column = position ? Number(position[1]) + 1 : text.length + 1
      throw badPlace(path, line, column, 'this is not JSON', 'Write one complete JSON object per line.')
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw badPlace(
        path,
        line,
        1,
        'the line is no JSON object',
        'Write one JSON object per line: {"column": value, …}.',
      )
    }
  }
  if (!seen) throw badPlace(path, 1, 1, 'the file is empty', 'Write one JSON object per line.')
}

/** Names the first line in which a column has another type than before. */
async function findMixedTypes(path: string, column: string): Promise<void> {
  let before: { readonly type: string; readonly line: number } | undefined
  for await (const [text, line] of lines(path)) {
    if (text.trim() === '') continue
    const value = (JSON.parse(text) as Record<string, unknown>)[column]
    if (value === null || value === undefined) continue
    const type = Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`
    if (before && before.type !== type) {
      throw badPlace(
        path,
        line,
        1,
        `column ${column} is ${type} here and ${before.type} in line ${before.line}`,
        'Write one type of value per column, and null where it is missing.',
      )
    }
    before ??= { type, line }
  }
}
