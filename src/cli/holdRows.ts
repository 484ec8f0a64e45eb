/** Batches of a file as one table, where it fits. */
import type { Column, Table } from '../base/table.ts'

/** Values up to which a file is held in memory: 40 MB of numbers. */
export const mostHeldValues = 5_000_000

/** All rows as one table of these columns; undefined where there are more than `mostValues` values. */
export async function holdRows(
  batches: AsyncIterable<Table>,
  columns: readonly Pick<Column, 'name' | 'kind'>[],
  mostValues = mostHeldValues,
): Promise<Table | undefined> {
  const parts: Table[] = []
  let rows = 0
  for await (const batch of batches) {
    parts.push(batch)
    rows += batch.rows
    if (rows * columns.length > mostValues) return undefined
  }
  return {
    rows,
    columns: columns.map(({ name, kind }, c): Column => {
      if (kind === 'text') {
        return { name, kind, values: parts.flatMap(part => part.columns[c]!.values as (string | null)[]) }
      }
      const values = new Float64Array(rows)
      let at = 0
      for (const part of parts) {
        values.set(part.columns[c]!.values as Float64Array, at)
        at += part.rows
      }
      return { name, kind, values }
    }),
  }
}
