/**
 * The platform's clock. `wall` is real time; `replay` stands still until somebody moves it, and is a record, so that a
 * restart goes on where it stood.
 */
import { FalconerError } from '../base/errors.ts'
import type { Clock } from '../base/ports.ts'
import type { LoopRecords } from '../loop/records.ts'

export interface WallClock extends Clock {
  readonly mode: 'wall'
}

export interface ReplayClock extends Clock {
  readonly mode: 'replay'
  /** Goes on to this instant for now: what a timer's handler sees. An earlier instant changes nothing. */
  move(to: number): void
  /** Goes on to this instant for good. Errors: `conflict` where it is before now. */
  settle(to: number): Promise<void>
}

export function wallClock(): WallClock {
  return { mode: 'wall', now: Date.now }
}

/** The clock as it was left; `start` where there is none yet. */
export async function replayClock(records: LoopRecords, start = 0): Promise<ReplayClock> {
  const stored = await records.get('clock', 'clock')
  let now = stored?.body.now ?? start

  return {
    mode: 'replay',
    now: () => now,
    move(to) {
      now = Math.max(now, to)
    },
    async settle(to) {
      if (!Number.isFinite(to)) throw new RangeError(`settle: the instant is ${to}`)
      if (to < now) {
        throw new FalconerError(
          'conflict',
          `The clock is at ${new Date(now).toISOString()} and does not go back to ${new Date(to).toISOString()}.`,
        )
      }
      await records.commit({
        at: to,
        actor: 'falconer',
        puts: [{ kind: 'clock', id: 'clock', body: { now: to } }],
      })
      now = to
    },
  }
}
