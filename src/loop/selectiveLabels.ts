/**
 * Who gets an outcome is often no accident: only approved loans are repaid. Rows with an outcome are held against those
 * without, column by column and by what the model said; where they differ, a realised figure speaks for the former alone.
 */
import { type Column, type Table, table, take } from '../base/table.ts'
import { driftOfRows } from '../statistics/drift/drift.ts'
import type { SelectiveColumn } from './records.ts'
import { leastRows, type Stretch } from './signalValues.ts'

export interface SelectiveLabels {
  add(stretch: Stretch): void
  /** Columns in which both differ; empty where they do not, or where either has too few rows to say so. */
  found(): SelectiveColumn[]
}

/** Rows of each kind that are kept of a window: the first of each stretch, evenly spread. */
const keptRows = 5_000
const keptOfStretch = 2_000
/** Chance of a warning where outcomes come at random. */
const alpha = 0.001

export function selectiveLabels(): SelectiveLabels {
  const kinds = { with: sample(), without: sample() }
  return {
    add(stretch) {
      const rows: { with: number[]; without: number[] } = { with: [], without: [] }
      for (let row = 0; row < stretch.answers.length; row++) {
        if (stretch.voids[row] === 1 || Number.isNaN(stretch.answers[row]!)) continue
        rows[Number.isNaN(stretch.outcomes[row]!) ? 'without' : 'with'].push(row)
      }
      // Where nearly all outcomes are in, nothing is copied.
      if (rows.without.length < leastRows) return
      kinds.with.add(stretch, rows.with)
      kinds.without.add(stretch, rows.without)
    },
    found() {
      const [without, withOutcome] = [kinds.without.rows(), kinds.with.rows()]
      if (!without || !withOutcome || without.rows < leastRows || withOutcome.rows < leastRows) return []
      return driftOfRows(without, withOutcome, { alpha })
        .columns.filter(({ drifted }) => drifted)
        .map(({ column, adjustedPValue, effect, effectName }) => ({
          column,
          pAdjusted: adjustedPValue,
          effect,
          effectName,
        }))
    },
  }
}

function sample() {
  let kept: Table | undefined
  return {
    add({ features, answers }: Stretch, rows: readonly number[]): void {
      const room = Math.min(keptOfStretch, keptRows - (kept?.rows ?? 0))
      if (room <= 0 || rows.length === 0) return
      const step = Math.max(1, rows.length / room)
      const chosen = Int32Array.from({ length: Math.min(room, rows.length) }, (_, i) => rows[Math.floor(i * step)]!)
      const columns = features.columns.filter(({ name }) => name !== predicted)
      const values = Float64Array.from(chosen, row => answers[row]!)
      const more = table([
        { name: predicted, kind: 'number', values },
        ...take({ rows: features.rows, columns }, chosen).columns,
      ])
      kept = kept ? below(kept, more) : more
    },
    rows: () => kept,
  }
}

/** What the model said stands among the columns under this name. */
const predicted = 'prediction'

/** Both tables one below the other; columns that one of them lacks are left out. */
function below(a: Table, b: Table): Table {
  return table(
    a.columns.flatMap((column): Column[] => {
      const other = b.columns.find(({ name, kind }) => name === column.name && kind === column.kind)
      if (!other) return []
      if (column.kind === 'text')
        return [{ ...column, values: [...column.values, ...(other.values as (string | null)[])] }]
      return [{ ...column, values: Float64Array.of(...column.values, ...(other.values as Float64Array)) }]
    }),
  )
}
