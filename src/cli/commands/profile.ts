/** `falconer profile FILE`: what a table holds, column by column. */
import { type ColumnProfile, profile as profileOf } from '../../statistics/profiles/profile.ts'
import { readTable } from '../files.ts'
import { figure, print, rows } from '../terminal.ts'
import type { Tools } from '../tools.ts'

export async function profile(file: string, options: { json: boolean }, tools: Tools): Promise<number> {
  const table = await readTable(file, tools.openTables)
  const columns = profileOf(table)
  print(options, { file, rows: table.rows, columns }, () => [
    `${file}: ${table.rows} rows, ${columns.length} columns`,
    ...rows(
      ['column', 'kind', 'missing', 'distinct', 'min', 'median', 'max', 'mean', 'most frequent'],
      columns.map(cells),
    ),
  ])
  return 0
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
