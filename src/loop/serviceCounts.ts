/**
 * What happened to the requests of an endpoint in a span: how many there were, how many got no answer, and how long they
 * took as counts per bucket. Counts of spans and of processes add up.
 */

import { latencyOfBucket } from './latencyBuckets.ts'
import type { SignalName } from './signals.ts'
import type { SignalValue } from './signalValues.ts'

export interface ServiceCounts {
  readonly requests: number
  /** Requests that got no answer, by the code of the error. */
  readonly refused: Readonly<Record<string, number>>
  /** Requests by bucket of their time (latencyBuckets.ts); only buckets that have any. */
  readonly latency: Readonly<Record<string, number>>
}

/** Counts are kept for spans of this length, so that windows of service signals are made of whole ones. */
export const serviceSpanMs = 15 * 60_000

export const noService: ServiceCounts = { requests: 0, refused: {}, latency: {} }

export function addService(a: ServiceCounts, b: ServiceCounts): ServiceCounts {
  return {
    requests: a.requests + b.requests,
    refused: added(a.refused, b.refused),
    latency: added(a.latency, b.latency),
  }
}

function added(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const sum: Record<string, number> = { ...a }
  for (const [key, count] of Object.entries(b)) sum[key] = (sum[key] ?? 0) + count
  return sum
}

/** With fewer requests nothing is said of their shares and times. */
const leastRequests = 30

export function serviceValue(
  of: Extract<SignalName, 'requests' | 'latency p50' | 'latency p95' | 'refused share'>,
  { requests, refused, latency }: ServiceCounts,
): SignalValue {
  if (of === 'requests') return { rows: requests, value: requests }
  if (requests < leastRequests) return { rows: requests, reason: `${requests} requests, ${leastRequests} are needed` }
  if (of === 'refused share') {
    return { rows: requests, value: Object.values(refused).reduce((sum, count) => sum + count, 0) / requests }
  }
  const share = of === 'latency p50' ? 0.5 : 0.95
  const buckets = Object.entries(latency)
    .map(([bucket, count]) => ({ bucket: Number(bucket), count }))
    .sort((a, b) => a.bucket - b.bucket)
  const total = buckets.reduce((sum, { count }) => sum + count, 0)
  let seen = 0
  for (const { bucket, count } of buckets) {
    seen += count
    if (seen >= share * total) return { rows: requests, value: latencyOfBucket(bucket) }
  }
  return { rows: requests, reason: 'no request was timed' }
}
