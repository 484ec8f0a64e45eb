/** How long requests take, as counts per bucket: memory that does not grow with traffic, and quantiles as exact as the buckets. */
import { latencyBucket, latencyBuckets, latencyOfBucket } from '../loop/latencyBuckets.ts'

export interface Latency {
  observe(ms: number): void
  readonly count: number
  readonly sumMs: number
  /** The smallest bound that at least this share of the requests stayed under; undefined before the first. */
  quantile(p: number): number | undefined
}

export function createLatency(): Latency {
  const counts = new Float64Array(latencyBuckets)
  let count = 0
  let sumMs = 0
  return {
    observe(ms) {
      counts[latencyBucket(ms)]! += 1
      count++
      sumMs += ms
    },
    get count() {
      return count
    },
    get sumMs() {
      return sumMs
    },
    quantile(p) {
      if (!(p >= 0 && p <= 1)) throw new RangeError(`quantile: p is ${p}, must be in [0, 1]`)
      if (count === 0) return undefined
      let seen = 0
      for (let i = 0; i < latencyBuckets; i++) {
        seen += counts[i]!
        if (seen >= p * count && seen > 0) return latencyOfBucket(i)
      }
      return latencyOfBucket(latencyBuckets - 1)
    },
  }
}
