/**
 * How many values of a reference day are ones that its other days do not have: outside their range, or categories seen on
 * no other day. So often a new day will look strange although nothing has changed.
 */
import type { Column } from '../base/table.ts'

/** `days[d]` is the column on day d; the answer has a count for each. */
export function strangeValues(days: readonly Column[]): number[] {
  return days.some(({ kind }) => kind === 'text') ? unseen(days) : outside(days)
}

function unseen(days: readonly Column[]): number[] {
  /** Day of each category, -1 where it is seen on several. */
  const dayOf = new Map<string, number>()
  const texts = days.map(({ values }) => values as readonly (string | null)[])
  for (const [d, values] of texts.entries()) {
    for (const value of values) {
      if (value === null) continue
      const other = dayOf.get(value)
      if (other === undefined) dayOf.set(value, d)
      else if (other !== d) dayOf.set(value, -1)
    }
  }
  return texts.map((values, d) =>
    values.reduce((sum, value) => sum + (value !== null && dayOf.get(value) === d ? 1 : 0), 0),
  )
}

function outside(days: readonly Column[]): number[] {
  const ends = days.map(({ values }) => {
    let low = Number.POSITIVE_INFINITY
    let high = Number.NEGATIVE_INFINITY
    for (const value of values as Float64Array) {
      if (value < low) low = value
      if (value > high) high = value
    }
    return { low, high }
  })
  return days.map(({ values }, d) => {
    const others = ends.filter((_, other) => other !== d)
    const low = others.reduce((least, end) => Math.min(least, end.low), Number.POSITIVE_INFINITY)
    const high = others.reduce((most, end) => Math.max(most, end.high), Number.NEGATIVE_INFINITY)
    let count = 0
    for (const value of values as Float64Array) if (value < low || value > high) count++
    return count
  })
}
