/**
 * Counts of requests, kept in memory and added to records every few seconds and whenever somebody asks: a request costs
 * two additions. A process that is killed loses the counts of its last seconds, never an answer.
 */
import type { Clock } from '../base/ports.ts'
import { latencyBucket } from '../loop/latencyBuckets.ts'
import { type LoopRecords, stamp } from '../loop/records.ts'
import { addService, noService, type ServiceCounts, serviceSpanMs } from '../loop/serviceCounts.ts'

export interface ServiceCounter {
  /** A request that was answered, or refused with this code. */
  observe(endpoint: string, ms: number, refused?: string): void
  /** Of all processes that wrote to these records. */
  between(endpoint: string, span: { readonly from: number; readonly to: number }): Promise<ServiceCounts>
  /** Writes what is in memory. */
  close(): Promise<void>
}

interface Pending {
  readonly endpoint: string
  readonly from: number
  requests: number
  readonly refused: Record<string, number>
  readonly latency: Record<string, number>
}

const writeEveryMs = 10_000

export function createServiceCounter({
  records,
  clock,
}: {
  readonly records: LoopRecords
  readonly clock: Clock
}): ServiceCounter {
  let pending = new Map<string, Pending>()
  let writing: Promise<void> = Promise.resolve()
  const beat = setInterval(() => void flush().catch(() => undefined), writeEveryMs)
  beat.unref()

  function pendingOf(endpoint: string): Pending {
    const from = Math.floor(clock.now() / serviceSpanMs) * serviceSpanMs
    const id = `${endpoint}/${stamp(from)}`
    let counts = pending.get(id)
    if (!counts) {
      counts = { endpoint, from, requests: 0, refused: {}, latency: {} }
      pending.set(id, counts)
    }
    return counts
  }

  /** One after another; what could not be written is written with the next. */
  function flush(): Promise<void> {
    writing = writing.catch(() => undefined).then(write)
    return writing
  }

  async function write(): Promise<void> {
    const mine = pending
    if (mine.size === 0) return
    pending = new Map()
    try {
      const puts = await Promise.all(
        [...mine].map(async ([id, { endpoint, from, requests, refused, latency }]) => {
          const before = await records.get('service', id)
          const [project = '', name = ''] = endpoint.split('/')
          const counts = addService(before?.body ?? noService, { requests, refused, latency })
          const body = { project, endpoint: name, from, to: from + serviceSpanMs, ...counts }
          return { kind: 'service' as const, id, body, expect: before?.revision ?? ('absent' as const) }
        }),
      )
      await records.commit({ at: clock.now(), actor: 'falconer', puts })
    } catch (thrown) {
      for (const [id, counts] of mine) restore(id, counts)
      throw thrown
    }
  }

  function restore(id: string, counts: Pending): void {
    const since = pending.get(id)
    const both = since ? addService(counts, since) : counts
    const { endpoint, from } = counts
    pending.set(id, {
      endpoint,
      from,
      requests: both.requests,
      refused: { ...both.refused },
      latency: { ...both.latency },
    })
  }

  return {
    observe(endpoint, ms, refused) {
      const counts = pendingOf(endpoint)
      counts.requests++
      const bucket = latencyBucket(ms)
      counts.latency[bucket] = (counts.latency[bucket] ?? 0) + 1
      if (refused !== undefined) counts.refused[refused] = (counts.refused[refused] ?? 0) + 1
    },

    async between(endpoint, { from, to }) {
      await flush()
      let sum = noService
      const prefix = `${endpoint}/`
      for (let after = `${prefix}${stamp(from - 1)}`; ; ) {
        const { items, next } = await records.list('service', { prefix, after, limit: 1000 })
        for (const { body } of items) {
          if (body.from >= to) return sum
          sum = addService(sum, body)
        }
        if (next === undefined) return sum
        after = next
      }
    },

    async close() {
      clearInterval(beat)
      await flush()
    },
  }
}
