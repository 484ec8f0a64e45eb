/**
 * Buckets of how long requests take: 16 per doubling from a hundredth of a millisecond to ten minutes, so that a quantile
 * is exact to 4.4 % of its value whatever the traffic, and two histograms add up.
 */
const perDoubling = 16
const shortestMs = 0.01
export const latencyBuckets = Math.ceil(Math.log2(600_000 / shortestMs) * perDoubling) + 1

export function latencyBucket(ms: number): number {
  const place = Math.ceil(Math.log2(Math.max(ms, shortestMs) / shortestMs) * perDoubling)
  return Math.min(place, latencyBuckets - 1)
}

/** The bound that the times of this bucket stayed under. */
export function latencyOfBucket(bucket: number): number {
  return shortestMs * 2 ** (bucket / perDoubling)
}
