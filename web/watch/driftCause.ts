/** Which drifted column matters: its effect, weighted by what the model makes of the column. */
import type { ColumnDrift } from '../../src/loop/records.ts'
import type { Importance } from '../api/wire.ts'

export type EffectSize = 'none' | 'small' | 'medium' | 'large'

export interface DriftRow extends ColumnDrift {
  /** Share of the column in the gain of the model; absent where the model states none. */
  readonly importance?: number
  /** Effect in standard deviations of the rows, or what a shift of so many would have as distance. */
  readonly inSd: number
  readonly size: EffectSize
  /** Importance times effect, of all rows the largest 1; effect alone where no importance is known. */
  readonly weight: number
  readonly kind: 'level' | 'distance'
}

/** JS distance (base 2) of a normal column shifted by one standard deviation, from that of a tenth: 0.042. */
const distancePerSd = 0.42

/** Drifted columns first, those that matter most at the top. */
export function driftRows(
  columns: readonly ColumnDrift[],
  importance: readonly Importance[] | undefined,
): readonly DriftRow[] {
  const all = importance?.reduce((sum, { gain }) => sum + gain, 0) ?? 0
  const shares = new Map(all > 0 ? importance?.map(({ feature, gain }) => [feature, gain / all]) : [])
  const rows = columns.map(column => {
    const kind = column.method.startsWith('EWMA') ? 'level' : 'distance'
    const inSd = kind === 'level' ? column.effect : column.effect / distancePerSd
    const share = shares.size > 0 ? (shares.get(column.column) ?? 0) : undefined
    return {
      ...column,
      kind,
      inSd,
      size: sizeOf(inSd),
      weight: inSd * (share ?? 1),
      ...(share !== undefined && { importance: share }),
    } as const
  })
  const largest = Math.max(...rows.map(row => (row.drifted ? row.weight : 0)), 0)
  return rows
    .map(row => ({ ...row, weight: largest > 0 ? Math.min(1, row.weight / largest) : 0 }))
    .sort((a, b) => Number(b.drifted) - Number(a.drifted) || b.weight - a.weight || b.inSd - a.inSd)
}

/** The usual words for a standardised difference, and the least that a monitor calls drift. */
function sizeOf(inSd: number): EffectSize {
  if (inSd < 0.1) return 'none'
  if (inSd < 0.35) return 'small'
  return inSd < 0.8 ? 'medium' : 'large'
}
