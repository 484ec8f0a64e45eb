/** Why a boosted model says what it says: Shapley values per raw column, in units of the raw score (log odds). */
import { type Table, table } from '../base/table.ts'
import { treeShap } from '../explain/treeShap.ts'
import { type Encoder, encode } from '../trees/encoder.ts'
import type { TreeEnsemble } from '../trees/ensemble.ts'

export interface Contributions {
  /** Mean raw score without knowing any column. */
  readonly base: number
  /** One number column per raw column; a row adds up to its raw score less the base. */
  readonly values: Table
}

/** `trees` read the encoded columns, one per encoder. */
export function contributionsOf(trees: TreeEnsemble, encoders: readonly Encoder[], rows: Table): Contributions {
  const width = encoders.length
  const { base, values } = treeShap(trees, encode(rows, encoders), rows.rows)
  return {
    base,
    values: table(
      encoders.map(({ name }, j) => ({
        name,
        kind: 'number' as const,
        values: Float64Array.from({ length: rows.rows }, (_, i) => values[i * width + j]!),
      })),
    ),
  }
}
