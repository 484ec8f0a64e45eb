/** What no day of a reference came near: an empty column, a column of one value. */
import { present, type Sketch } from '../statistics/profiles/sketch.ts'
import type { ColumnDrift } from './records.ts'

export interface Extremes {
  /** Greatest share of missing values on a day, and greatest share of the values in one bin. */
  readonly missing: number
  readonly alike: number
  readonly days: number
}

/** Of the days of a reference; days without rows say nothing. */
export function extremesOf(days: readonly Sketch[]): Extremes {
  const seen = days.filter(({ rows }) => rows > 0)
  return {
    missing: Math.max(0, ...seen.map(missingShare)),
    alike: Math.max(0, ...seen.filter(sketch => present(sketch) > 0).map(alikeShare)),
    days: seen.length,
  }
}

/**
 * Columns that two days running do what no day of the reference came near: half of what was always there is missing, or
 * half of what always differed is one value. A distance between shapes does not see it where days differ much by
 * themselves, because it cannot exceed one bit. p is by ranks: that of D + 1 days of one kind the newest is the most
 * extreme is 1 / (D + 1), for both of two days at most its square.
 */
export function neverSeen(
  extremes: Readonly<Record<string, Extremes>>,
  state: Readonly<Record<string, number>>,
  next: Record<string, number>,
  day: readonly Sketch[],
): ColumnDrift[] {
  const charts = 2 * Object.keys(extremes).length
  return Object.entries(extremes).flatMap(([column, { missing, alike, days }]) => {
    const sketch = day.find(candidate => candidate.column === column)
    if (!sketch || sketch.rows < leastRows) return []
    const judged = (name: string, method: string, share: number, most: number): ColumnDrift[] => {
      const running = share > most + (1 - most) / 2 ? (state[name] ?? 0) + 1 : 0
      next[name] = running
      if (running < 2) return []
      const p = 1 / (days + 1) ** 2
      return [
        {
          column,
          statistic: share,
          effect: share - most,
          p,
          pAdjusted: Math.min(1, p * charts),
          drifted: true,
          method,
        },
      ]
    }
    return [
      ...judged(`missing/${column}`, 'share missing', missingShare(sketch), missing),
      ...(alike < lively && present(sketch) >= leastRows
        ? judged(`alike/${column}`, 'share of one value', alikeShare(sketch), alike)
        : []),
    ]
  })
}

/** A column with days of nearly one value (no rain) does not freeze; one whose days have many does. */
const lively = 0.6
/** Fewer rows are one value by chance. */
const leastRows = 30

function missingShare({ rows, missing }: Sketch): number {
  return missing / rows
}

/** Of the values that are there, the share in the fullest bin. */
function alikeShare(sketch: Sketch): number {
  return Math.max(...sketch.counts) / present(sketch)
}
