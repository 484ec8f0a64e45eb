/** `falconer profile FILE`: what a table holds, column by column. A file that does not fit is read in one pass. */

import { FalconerError } from '../../base/errors.ts'
import type { TableFile } from '../../base/ports.ts'
import type { Column } from '../../base/table.ts'
import { type ColumnProfile, profile as profileOf } from '../../statistics/profiles/profile.ts'
import { profileBuilder } from '../../statistics/profiles/profileBuilder.ts'
import { scanFile } from '../files.ts'
import { holdRows, mostHeldValues } from '../holdRows.ts'
import { type ProgressLine, progressLine } from '../progressLine.ts'
import { figure, print, rows, say } from '../terminal.ts'
import type { Tools } from '../tools.ts'

export async function profile(file: string, options: { json: boolean }, tools: Tools): Promise<number> {
  const tables = await tools.openTables()
  const progress = progressLine()
  try {
    const scanned = await scanFile(file, tables)
    const { columns, approximate } = await profileFile(file, scanned, progress)
    progress.end()
    const count = columns[0]?.rows ?? 0
    if (count === 0) throw new FalconerError('bad-data', `${file} has no rows.`)
    for (const note of notesOn(scanned, columns)) say(`note: ${note}`)
    print(options, { file, rows: count, columns, ...(approximate && { approximate }) }, () => [
      `${file}: ${count} rows, ${columns.length} columns`,
      ...(approximate ? ['quantiles, and numbers of different values above 1000, are estimates'] : []),
      ...rows(
        ['column', 'kind', 'missing', 'distinct', 'min', 'median', 'max', 'mean', 'most frequent'],
        columns.map(cells),
      ),
    ])
    return 0
  } finally {
    progress.end()
    await tables.close()
  }
}

async function profileFile(
  file: string,
  scanned: TableFile,
  progress: ProgressLine,
): Promise<{ readonly columns: ColumnProfile[]; readonly approximate: boolean }> {
  const known = scanned.columns.filter((column): column is Column & { type: string } => column.kind !== undefined)
  if ((scanned.rows ?? 0) * known.length <= mostHeldValues) {
    const table = await holdRows(scanned.batches(), known)
    if (table) return { columns: profileOf(table), approximate: false }
  }
  const builder = profileBuilder()
  let seen = 0
  for await (const batch of scanned.batches()) {
    builder.add(batch)
    seen += batch.rows
    progress.tell(file, seen, scanned.rows)
  }
  return { columns: builder.profiles(), approximate: true }
}

/** What the profile does not say. */
function notesOn(scanned: TableFile, columns: readonly ColumnProfile[]): string[] {
  const unread = scanned.columns.filter(({ kind }) => kind === undefined)
  const rounded = columns.filter(
    ({ kind, numbers }) =>
      kind === 'number' && numbers && Math.max(-numbers.min, numbers.max) > Number.MAX_SAFE_INTEGER,
  )
  return [
    ...unread.map(({ name, type }) => `${name} has the type ${type}; numbers, times and text have a profile`),
    ...rounded.map(({ column }) => `${column} has numbers beyond 2^53, where whole numbers are rounded`),
  ]
}

function cells({ column, kind, rows: count, missing, distinct, numbers, top }: ColumnProfile): unknown[] {
  const show = (value: number | undefined) => {
    if (value === undefined || kind !== 'time') return value
    return new Date(value).toISOString()
  }
  const frequent = top.slice(0, 3).map(({ value, rows: n }) => `${value} (${figure((100 * n) / count, 1)} %)`)
  return [
    column,
    kind,
    missing,
    distinct,
    show(numbers?.min),
    show(numbers?.quantiles['0.5']),
    show(numbers?.max),
    kind === 'time' ? undefined : numbers?.mean,
    kind === 'text' || kind === 'boolean' ? frequent.join(', ') : undefined,
  ]
}
