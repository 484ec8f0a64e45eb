/** What the readers of files share. */
import { basename } from 'node:path'
import type { DuckDBMaterializedResult } from '@duckdb/node-api'
import { FalconerError, type Finding } from '../base/errors.ts'

export type Execute = (sql: string) => Promise<DuckDBMaterializedResult>

export interface ReadLimits {
  readonly maxRows: number
  readonly maxBytes: number
}

/** Rows of a file as SQL has them behind `from`. */
export interface FileSource {
  readonly sql: string
  /** How many, where the file says so. */
  readonly rows?: number
}

export function checkRows(path: string, rows: number, limits: ReadLimits): void {
  if (rows > limits.maxRows) {
    throw new FalconerError(
      'too-large',
      `${basename(path)} has ${rows} rows, more than the limit of ${limits.maxRows}.`,
    )
  }
}

export function cannotRead(path: string, kind: string, text: string, cause?: unknown): FalconerError {
  return new FalconerError('bad-data', `${basename(path)} cannot be read as ${kind}: ${text}`, {
    fix: `Check that the file is complete ${kind}, and send it again.`,
    findings: [{ at: basename(path), text }],
    cause,
  })
}

/** A place in a text file, lines and columns from 1. */
export function badPlace(path: string, line: number, column: number, text: string, fix: string): FalconerError {
  const finding: Finding = { at: `${basename(path)}:${line}:${column}`, text }
  return new FalconerError('bad-data', `${finding.at}: ${text}`, { fix, findings: [finding] })
}

export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.split('\n')[0]!.replace(/^(Invalid Input|IO|Conversion|Binder) Error: /, '')
}
