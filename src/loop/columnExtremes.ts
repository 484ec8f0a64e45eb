/** What no day of a reference came near: an empty column, a number column of one value. */
import type { Bins } from '../statistics/profiles/bins.ts'
import { present, type Sketch } from '../statistics/profiles/sketch.ts'
import type { ColumnDrift } from './records.ts'

export interface Extremes {
  /** Greatest share of missing values on a day. */
  readonly missing: number
  /** Greatest share of a day's values in one inner bin; absent where the column's days are no stream of many values. */
  readonly alike?: number
  readonly days: number
}

/** A column with days of nearly one value (no rain) does not freeze; one whose days have many does. */
const lively = 0.6

/** Of the days of a reference; days without rows say nothing. */
export function extremesOf(bins: Bins, days: readonly Sketch[]): Extremes {
  const seen = days.filter(({ rows }) => rows > 0)
  const alike = Math.max(0, ...seen.filter(sketch => present(sketch) > 0).map(alikeShare))
  return {
    missing: Math.max(0, ...seen.map(missingShare)),
    ...(bins.kind === 'number' && alike < lively && { alike }),
    days: seen.length,
  }
}

/** Fewer rows are one value by chance. */
const leastRows = 30

/**
 * Columns that day after day do what no day of the reference came near: half of what was always there is missing, or half
 * of what always differed is one value. A distance between shapes does not see it where days differ much by themselves,
 * because it cannot exceed one bit. p is by ranks: that of D + 1 days of one kind the newest is the most extreme is
 * 1 / (D + 1), and for k days running its k-th power; over all charts (Bonferroni) it has to be below `falseAlarms`, which
 * takes three days against four weeks.
 */
export function neverSeen(
  extremes: Readonly<Record<string, Extremes>>,
  state: Readonly<Record<string, number>>,
  next: Record<string, number>,
  day: readonly Sketch[],
  falseAlarms: number,
): ColumnDrift[] {
  const all = Object.entries(extremes)
  const charts = all.reduce((count, [, { alike }]) => count + (alike === undefined ? 1 : 2), 0)
  return all.flatMap(([column, { missing, alike, days }]) => {
    const sketch = day.find(candidate => candidate.column === column)
    if (!sketch || sketch.rows < leastRows) return []
    const judged = (name: string, method: string, share: number, most: number): ColumnDrift[] => {
      const running = share > most + (1 - most) / 2 ? (state[name] ?? 0) + 1 : 0
      next[name] = running
      if (running === 0) return []
      const p = (days + 1) ** -running
      const pAdjusted = Math.min(1, p * charts)
      const drifted = pAdjusted < falseAlarms
      return [{ column, statistic: share, effect: share - most, p, pAdjusted, drifted, method }]
    }
    return [
      ...judged(`missing/${column}`, 'share missing', missingShare(sketch), missing),
      ...(alike !== undefined && present(sketch) >= leastRows
        ? judged(`alike/${column}`, 'share of one value', alikeShare(sketch), alike)
        : []),
    ]
  })
}

function missingShare({ rows, missing }: Sketch): number {
  return missing / rows
}

/** Of the values that are there, the share in the fullest bin; the outer two hold many values, of another season say. */
function alikeShare(sketch: Sketch): number {
  return Math.max(0, ...sketch.counts.slice(1, -1)) / present(sketch)
}
