/** Which columns of two tables can be compared, and what differs before any row is looked at. */
import type { Column } from '../../base/table.ts'
import type { SchemaFinding, SkippedColumn } from './report.ts'

/** Name and kind are enough, so that a streamed file can be judged by its head. */
export type ColumnHead = Pick<Column, 'name' | 'kind'> & { readonly values?: Column['values'] }

/**
 * Pairs of columns with the same name and the same kind; numbers and booleans count as one kind. Instants move on by
 * themselves and are passed over. A column without a single value has no type: its rows are compared as missing.
 */
export function comparableColumns<C extends ColumnHead>(
  reference: readonly C[],
  window: readonly C[],
): {
  readonly pairs: readonly (readonly [C, C])[]
  readonly schema: readonly SchemaFinding[]
  readonly skipped: readonly SkippedColumn[]
} {
  const others = new Map(window.map(column => [column.name, column]))
  const pairs: (readonly [C, C])[] = []
  const schema: SchemaFinding[] = []
  const skipped: SkippedColumn[] = []
  for (const a of reference) {
    const b = others.get(a.name)
    others.delete(a.name)
    if (!b) schema.push({ column: a.name, finding: 'absent', reason: 'the window has no such column' })
    else if (kindOf(a) !== kindOf(b) && !isEmpty(a) && !isEmpty(b)) {
      schema.push({ column: a.name, finding: 'type', reason: `${a.kind} in the reference, ${b.kind} in the window` })
    } else if (a.kind === 'time' || b.kind === 'time') {
      skipped.push({ column: a.name, reason: 'instants move on by themselves' })
    } else pairs.push([a, b])
  }
  for (const { name } of others.values()) {
    schema.push({ column: name, finding: 'new', reason: 'the reference has no such column' })
  }
  return { pairs, schema, skipped }
}

function kindOf({ kind }: ColumnHead): string {
  return kind === 'boolean' ? 'number' : kind
}

function isEmpty({ values }: ColumnHead): boolean {
  if (!values) return false
  for (const value of values) if (value !== null && !Number.isNaN(value)) return false
  return true
}
