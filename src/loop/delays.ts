/**
 * How long outcomes take, counted in buckets that grow with the delay: a quantile is exact to 2.2 %, and memory does not
 * grow with rows. Rows that have no outcome yet have waited at least so long (Kaplan and Meier 1958).
 */

export interface Delays {
  /** An outcome that came after so long. */
  came(delayMs: number): void
  /** A row that has waited so long in vain. */
  waits(ageMs: number): void
  /** The time within which this share of the outcomes comes; undefined where that cannot be told yet. */
  quantile(p: number): number | undefined
}

const perDoubling = 32
const shortestMs = 1000
/** Thirty doublings of a second are 34 years. */
const buckets = 30 * perDoubling

export function delays(): Delays {
  const events = new Float64Array(buckets)
  const censored = new Float64Array(buckets)
  let rows = 0
  return {
    came(delayMs) {
      events[bucketOf(delayMs)]! += 1
      rows++
    },
    waits(ageMs) {
      censored[bucketOf(ageMs)]! += 1
      rows++
    },
    quantile(p) {
      let atRisk = rows
      let survival = 1
      for (let k = 0; k < buckets && atRisk > 0; k++) {
        survival *= 1 - events[k]! / atRisk
        if (1 - survival >= p - 1e-12) return shortestMs * 2 ** (k / perDoubling)
        atRisk -= events[k]! + censored[k]!
      }
      return undefined
    },
  }
}

/** The smallest bucket whose bound shortest * 2^(k / perDoubling) is not below the time. */
function bucketOf(ms: number): number {
  const place = Math.ceil(Math.log2(Math.max(ms, shortestMs) / shortestMs) * perDoubling - 1e-9)
  return Math.min(buckets - 1, place)
}
