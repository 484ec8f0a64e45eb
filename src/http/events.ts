/**
 * Server-sent events: audit entries by sequence number, progress of jobs, the clock. Audit entries are read from the
 * log from where the client left off, so a slow or returning client misses none and no buffer grows.
 */
import type { ServerResponse } from 'node:http'
import type { JobStatus } from '../base/ports.ts'
import { mayTouch } from './identify.ts'
import type { Caller, Platform } from './platform.ts'
import { present } from './present.ts'

const heartbeatMs = 15_000
const clockEveryMs = 250
const entriesAtOnce = 500

export interface EventSource {
  readonly platform: Pick<Platform, 'records' | 'engine' | 'clock'>
  readonly caller: Caller
  /** Last sequence number that the client has. */
  readonly after: number
}

/** Streams until the client goes or `stop` is called; resolves when it is over. */
export function streamEvents(to: ServerResponse, source: EventSource): { stop(): void; readonly done: Promise<void> } {
  const { records, engine, clock } = source.platform
  let after = source.after
  let wake = (): void => {}
  let stopped = false
  let pending = true
  let shownClock = Number.NaN
  /** Latest status per job; only the newest counts. */
  const progress = new Map<string, JobStatus>()

  const nudge = (): void => {
    pending = true
    wake()
  }
  const stop = (): void => {
    stopped = true
    wake()
  }
  const send = async (text: string): Promise<void> => {
    if (stopped || to.write(text)) return
    await new Promise<void>(resolve => {
      to.once('drain', resolve)
      to.once('close', resolve)
    })
  }
  const unfollow = records.follow(nudge)
  const unfollowJobs = engine.follow(status => {
    if (!mayTouch(source.caller, status.id.split('/', 1)[0]!)) return
    progress.set(status.id, status)
    nudge()
  })
  const ticks = setInterval(() => {
    if (clock.mode === 'replay' && clock.now() !== shownClock) nudge()
  }, clockEveryMs)
  const heartbeat = setInterval(() => to.write(': still here\n\n'), heartbeatMs)
  to.on('close', stop)

  const run = async (): Promise<void> => {
    await send('retry: 1000\n\n')
    while (!stopped) {
      pending = false
      const entries = await records.audit({ after, limit: entriesAtOnce })
      for (const entry of entries) {
        after = entry.sequence
        if (mayTouch(source.caller, entry.project)) {
          await send(`id: ${entry.sequence}\nevent: audit\ndata: ${present(entry)}\n\n`)
        }
      }
      for (const [id, status] of progress) {
        progress.delete(id)
        await send(`event: progress\ndata: ${present(status)}\n\n`)
      }
      const now = clock.now()
      if (clock.mode === 'replay' && now !== shownClock) {
        shownClock = now
        await send(`event: clock\ndata: ${present({ now })}\n\n`)
      }
      if (entries.length < entriesAtOnce && !pending && !stopped) {
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
    }
  }
  const done = run().finally(() => {
    clearInterval(ticks)
    clearInterval(heartbeat)
    unfollow()
    unfollowJobs()
    to.end()
  })
  return { stop, done }
}
