/**
 * Follows the server's events and marks what they made stale. A replay writes hundreds of entries a second: what changed
 * is collected and asked for at most once in `flushMs`, and only what a page shows is asked at all.
 */
import type { QueryClient } from '@tanstack/react-query'
import { connection } from './connection.ts'
import type { Scope } from './queries.ts'
import type { ClockReading, Job } from './wire.ts'

const flushMs = 2_500

/** What an audit entry of this subject makes stale. */
const staleBySubject: Readonly<Record<string, readonly Scope[]>> = {
  // What can be done about an alarm depends on the actions.
  alarm: ['alarms', 'monitors', 'notifications'],
  action: ['actions', 'alarms'],
  notice: ['notifications'],
  step: ['actions'],
  approval: ['actions'],
  version: ['model', 'version'],
  alias: ['model'],
  endpoint: ['endpoints', 'model'],
  dataset: ['datasets'],
  limits: ['monitors'],
  monitor: ['monitors'],
  measurement: ['monitors'],
  project: ['projects'],
  'kill-switch': ['projects'],
}

export const jobsKey = ['jobs'] as const

/** Returns how to stop. */
export function followEvents(queries: QueryClient): () => void {
  const stale = new Set<Scope>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let source: EventSource | undefined

  const flush = () => {
    timer = undefined
    for (const scope of stale) void queries.invalidateQueries({ queryKey: [scope] })
    stale.clear()
  }
  const mark = (scopes: readonly Scope[]) => {
    for (const scope of scopes) stale.add(scope)
    timer ??= setTimeout(flush, flushMs)
  }

  const open = () => {
    source = new EventSource('/v1/events')
    source.onopen = () => {
      connection.heard()
      // What happened while nobody listened is asked for anew.
      void queries.invalidateQueries()
    }
    source.onerror = () => {
      // A closed source does not come back by itself: the server refused (signed out), and the next call says so.
      if (source?.readyState === EventSource.CLOSED) void queries.invalidateQueries({ queryKey: ['me'] })
      else connection.lost()
    }
    source.addEventListener('audit', event => {
      const { type = '' } = read<{ type?: string }>(event)
      mark([...(staleBySubject[type.split('.')[0]!] ?? []), 'timeline', 'audit'])
    })
    source.addEventListener('clock', event => {
      const { now } = read<{ now: string }>(event)
      queries.setQueryData<ClockReading>(['clock', '/v1/clock'], { mode: 'replay', now })
      mark(['monitors', 'predictions', 'endpoints'])
    })
    source.addEventListener('progress', event => {
      const job = read<Job>(event)
      queries.setQueryData<Readonly<Record<string, Job>>>(jobsKey, (jobs = {}) => {
        const { [job.id]: _, ...others } = jobs
        return job.state === 'waiting' || job.state === 'running' ? { ...others, [job.id]: job } : others
      })
      if (job.state !== 'running') mark(['actions'])
    })
  }
  open()
  return () => {
    clearTimeout(timer)
    source?.close()
  }
}

function read<Body>(event: Event): Body {
  return JSON.parse((event as MessageEvent<string>).data) as Body
}
