import { hypergeometricTerm } from '../../numeric/gammaFunctions.ts'
import type { Random } from '../../numeric/random.ts'

/**
 * Fills `out` (one array per row) with a random table of counts that has the given margins: the law of a contingency table
 * when rows of data are dealt to the samples at random. Column by column, each cell hypergeometric given what is left
 * (Patefield, algorithm AS 159, Applied Statistics 30 (1981) 91, by other draws).
 */
export function randomTable(
  rowTotals: readonly number[],
  columnTotals: ArrayLike<number>,
  out: readonly Uint32Array[],
  rng: Random,
): void {
  const left = Float64Array.from(rowTotals)
  let remaining = left.reduce((sum, size) => sum + size, 0)
  const last = rowTotals.length - 1
  for (let j = 0; j < columnTotals.length; j++) {
    let draws = columnTotals[j]!
    let population = remaining
    for (let i = 0; i < last; i++) {
      const x = draws === 0 ? 0 : hypergeometric(population, left[i]!, draws, rng)
      out[i]![j] = x
      population -= left[i]!
      left[i]! -= x
      draws -= x
    }
    out[last]![j] = draws
    left[last]! -= draws
    remaining -= columnTotals[j]!
  }
}

/** Marked ones among `draws` drawn without replacement from a population with `marked` marked ones. */
export function hypergeometric(population: number, marked: number, draws: number, rng: Random): number {
  if (draws <= 12) {
    let x = 0
    for (let i = 0; i < draws; i++) if (rng.next() * (population - i) < marked - x) x++
    return x
  }
  return fromMode(population, marked, draws, rng)
}

/** Inversion from the mode outwards, alternating sides: O(standard deviation) steps. */
function fromMode(population: number, marked: number, draws: number, rng: Random): number {
  const low = Math.max(0, draws - (population - marked))
  const high = Math.min(draws, marked)
  const mode = Math.min(high, Math.max(low, Math.floor(((draws + 1) * (marked + 1)) / (population + 2))))
  const unmarked = population - marked
  let u = rng.next()
  const middle = hypergeometricTerm(mode, population, marked, draws)
  u -= middle
  let up = middle
  let down = middle
  let above = mode
  let below = mode
  while (u >= 0 && (above < high || below > low)) {
    if (above < high) {
      up *= ((marked - above) * (draws - above)) / ((above + 1) * (unmarked - draws + above + 1))
      above++
      u -= up
      if (u < 0) return above
    }
    if (below > low) {
      down *= (below * (unmarked - draws + below)) / ((marked - below + 1) * (draws - below + 1))
      below--
      u -= down
      if (u < 0) return below
    }
    // What rounding left over belongs to tails of no weight.
    if (up + down < 1e-18 * middle) return mode
  }
  return mode
}
