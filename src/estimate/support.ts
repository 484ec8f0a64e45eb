/** The values that the reference had, by their range; what is not finite counts for none. */

export type Support = readonly [least: number, most: number]

export function rangeOf(values: Float64Array): Support {
  let least = Number.POSITIVE_INFINITY
  let most = Number.NEGATIVE_INFINITY
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue
    least = Math.min(least, values[i]!)
    most = Math.max(most, values[i]!)
  }
  return [least, most]
}

/** Share of values that lie outside or are missing. */
export function shareOutside(values: Float64Array, [least, most]: Support): number {
  let outside = 0
  for (let i = 0; i < values.length; i++) if (!(values[i]! >= least && values[i]! <= most)) outside++
  return values.length === 0 ? 0 : outside / values.length
}
