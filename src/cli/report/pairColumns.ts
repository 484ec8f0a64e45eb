/** Which columns of two files are compared, and what is to be said of the others. */
import type { Column } from '../../base/table.ts'
import type { SchemaFinding, SkippedColumn } from '../../statistics/drift/report.ts'
import { type ColumnHead, comparableColumns } from '../../statistics/drift/schema.ts'
import { usage } from '../terminal.ts'
import type { Side } from './side.ts'

export interface ColumnPair {
  readonly name: string
  readonly kind: Column['kind']
}

export interface PairedColumns {
  readonly pairs: readonly ColumnPair[]
  readonly schema: readonly SchemaFinding[]
  readonly skipped: readonly SkippedColumn[]
}

export async function pairColumns(
  reference: Side,
  current: Side,
  { columns, drop = [] }: { readonly columns?: readonly string[]; readonly drop?: readonly string[] },
): Promise<PairedColumns> {
  const known = new Set([...reference.columns, ...current.columns].map(({ name }) => name))
  for (const name of [...(columns ?? []), ...drop]) {
    if (known.has(name)) continue
    throw usage(`Neither file has a column ${name}.`, `Name one of theirs: ${[...known].join(', ')}.`)
  }
  const wanted = ({ name }: { name: string }) => !drop.includes(name) && (columns?.includes(name) ?? true)
  const skipped: SkippedColumn[] = []
  const heads = (side: Side) =>
    side.columns.filter(wanted).flatMap(({ name, kind, type }): ColumnHead[] => {
      // An instant is compared like any number where it was asked for.
      if (kind !== undefined) return [{ name, kind: kind === 'time' && columns ? 'number' : kind }]
      if (!skipped.some(({ column }) => column === name))
        skipped.push({ column: name, reason: `values of type ${type}` })
      return []
    })
  const both = [heads(reference), heads(current)] as const
  const unreadable = new Set(skipped.map(({ column }) => column))
  const [a, b] = both.map(side => side.filter(({ name }) => !unreadable.has(name))) as [ColumnHead[], ColumnHead[]]
  const found = comparableColumns(await withEmpty(a, reference, b), await withEmpty(b, current, a))
  return {
    pairs: found.pairs.map(([x, y]) => ({ name: x.name, kind: x.values ? y.kind : x.kind })),
    schema: found.schema,
    skipped: [...skipped, ...found.skipped],
  }
}

/**
 * A column that has another kind on the other side may have no value at all: a file of text says nothing of the kind of
 * what is not there. The search ends with the first values.
 */
async function withEmpty(
  heads: readonly ColumnHead[],
  side: Side,
  others: readonly ColumnHead[],
): Promise<ColumnHead[]> {
  const doubtful = new Set(
    heads.filter(({ name, kind }) => others.some(o => o.name === name && o.kind !== kind)).map(({ name }) => name),
  )
  if (doubtful.size > 0) {
    const as = heads.filter(({ name }) => doubtful.has(name))
    for await (const batch of side.batches(as)) {
      for (const column of batch.columns) if (hasValue(column)) doubtful.delete(column.name)
      if (doubtful.size === 0) break
    }
  }
  return heads.map(head => (doubtful.has(head.name) ? { ...head, values: new Float64Array(0) } : head))
}

function hasValue({ values }: Column): boolean {
  for (const value of values) if (value !== null && !Number.isNaN(value)) return true
  return false
}
