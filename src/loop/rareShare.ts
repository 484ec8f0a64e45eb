/**
 * A chart for shares so small that a window expects only a few events, or that the reference has none at all: limits of
 * counts are exact, not normal. With x events in N reference rows, the events among n new rows are beta-binomial with
 * a = x + 1/2, b = N - x + 1/2 (Jeffreys' prior), which allows for the error of the reference; a window is out where its
 * count, or a more extreme one, has a chance of at most `alpha`.
 */
import { logGamma } from '../numeric/gammaFunctions.ts'

export interface RareShareLimits {
  readonly kind: 'rare share'
  /** Events and rows of the reference. */
  readonly events: number
  readonly rows: number
  /** Chance of a false alarm at a side. */
  readonly alpha: number
}

/** The counts that are out: at or above `high`, at or below `low` (-1 where even none is in limits). */
export function rareCounts({ events, rows, alpha }: RareShareLimits, n: number): { low: number; high: number } {
  const a = events + 0.5
  const b = rows - events + 0.5
  let term = Math.exp(logGamma(n + b) - logGamma(n + a + b) + logGamma(a + b) - logGamma(b))
  let below = 0
  let low = -1
  for (let count = 0; count <= n; count++) {
    // `below` is the chance of fewer than `count`.
    if (1 - below <= alpha) return { low, high: count }
    below += term
    if (below <= alpha) low = count
    term *= ((n - count) * (a + count)) / ((count + 1) * (n - count - 1 + b))
  }
  return { low, high: n + 1 }
}
