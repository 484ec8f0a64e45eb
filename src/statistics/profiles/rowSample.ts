/**
 * A uniform sample of the rows of a stream, whole rows, of fixed size. Which rows it is depends on the seed and on the
 * order of the rows, not on how they were cut into batches. All rows where there are no more than the sample holds.
 */
import { type Column, type Table, table } from '../../base/table.ts'
import type { Random } from '../../numeric/random.ts'

export interface RowSample {
  /** Batches have the same columns in the same order. */
  add(batch: Table): void
  /** The rows drawn so far, in no order. */
  table(): Table
}

/**
 * Draws how many rows to pass over, instead of a number for each: Li, ACM Transactions on Mathematical Software 20
 * (1994) 481, algorithm L. A stream of N rows costs about k ln(N/k) draws.
 */
export function rowSample(size: number, rng: Random): RowSample {
  if (!Number.isInteger(size) || size < 1) throw new RangeError(`rowSample: size is ${size}, must be at least 1`)
  let drawn: Drawn[] | undefined
  let seen = 0
  let weight = 1
  let next = size - 1
  const passOver = () => {
    weight *= (1 - rng.next()) ** (1 / size)
    next += 1 + Math.floor(Math.log(1 - rng.next()) / Math.log1p(-weight))
  }
  return {
    add({ rows, columns }) {
      drawn ??= columns.map(column => keep(column, size))
      // The first rows fill the sample; each later one that is drawn takes the place of any.
      const first = Math.max(0, Math.min(rows, size - seen))
      if (first > 0) for (const [c, column] of columns.entries()) drawn[c]!.fill(column, seen, first)
      if (seen < size && seen + first === size) passOver()
      for (; next >= size && next < seen + rows; passOver()) {
        const slot = rng.below(size)
        for (const [c, column] of columns.entries()) drawn[c]!.replace(column, slot, next - seen)
      }
      seen += rows
    },
    table: () => table((drawn ?? []).map(column => column.column(Math.min(seen, size)))),
  }
}

interface Drawn {
  fill(from: Column, at: number, rows: number): void
  replace(from: Column, slot: number, row: number): void
  column(rows: number): Column
}

function keep({ name, kind }: Column, size: number): Drawn {
  if (kind === 'text') {
    const values: (string | null)[] = []
    return {
      fill: (from, at, rows) => {
        for (let i = 0; i < rows; i++) values[at + i] = from.values[i] as string | null
      },
      replace: (from, slot, row) => {
        values[slot] = from.values[row] as string | null
      },
      column: () => ({ name, kind, values }),
    }
  }
  const values = new Float64Array(size)
  return {
    fill: (from, at, rows) => values.set((from.values as Float64Array).subarray(0, rows), at),
    replace: (from, slot, row) => {
      values[slot] = from.values[row] as number
    },
    column: rows => ({ name, kind, values: values.subarray(0, rows) }),
  }
}
