/**
 * Runs what is due. A timer is a record that its handler removes in the commit that stores what it did: so it is done
 * at least once, and its effect happens once. A handler that throws, or leaves its timer where it is, is called again
 * after a pause; the pauses are in real time.
 *
 * On the replay clock nothing happens by itself: `advance` runs all timers up to an instant, one after another in the
 * order of (due, id), and the clock shows each timer's due while its handler runs. On the wall clock `start` runs the
 * lanes side by side and the timers of one lane one after another.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { asFalconerError, FalconerError } from '../base/errors.ts'
import type { Stored } from '../base/ports.ts'
import type { LoopRecords, Timer } from '../loop/records.ts'
import type { ReplayClock, WallClock } from './clock.ts'

export type TimerHandler = (timer: Stored<Timer>) => Promise<void>

interface TickerOptions {
  readonly records: LoopRecords
  readonly clock: WallClock | ReplayClock
  /** By the timer's `handler`. */
  readonly handlers: Readonly<Record<string, TimerHandler>>
  /** Hears of every attempt that failed; without a timer where the records themselves could not be read. */
  readonly onError: (error: FalconerError, timer?: Stored<Timer>, attempt?: number) => void
  /** After so many an audit entry says that the timer fails; `advance` gives up, the wall clock goes on trying. */
  readonly attempts?: number
  readonly backOffMs?: (attempt: number) => number
}

export interface Ticker {
  /** Replay clock: does everything due until then, and sets the clock. Errors: `conflict` for an instant before now. */
  advance(to: number): Promise<{ readonly now: number; readonly ran: number }>
  /** Wall clock: from now on runs what is due. */
  start(): void
  /** Starts nothing more and resolves when the running handlers are done; close what they wait for meanwhile. */
  stop(): Promise<void>
}

/** A clock that jumps is noticed within this time. */
const longestSleepMs = 1000

export function createTicker(options: TickerOptions): Ticker {
  const { records, clock, handlers, onError, attempts = 5 } = options
  const { backOffMs = attempt => Math.min(300_000, 100 * 4 ** (attempt - 1)) } = options
  let stopped = false

  /** Calls the handler once; the error where it failed. */
  async function attempt(timer: Stored<Timer>, number: number): Promise<FalconerError | undefined> {
    try {
      const handler = handlers[timer.body.handler]
      if (!handler) throw new FalconerError('internal', `No handler is named ${timer.body.handler}.`)
      await handler(timer)
      if (await records.get('timer', timer.id)) {
        throw new FalconerError('internal', `The handler ${timer.body.handler} left its timer where it was.`)
      }
      return undefined
    } catch (thrown) {
      const error = asFalconerError(thrown)
      // What fails because everything is being closed is done at the next start.
      if (stopped) return error
      onError(error, timer, number)
      if (number === attempts) await tell(timer, error).catch(cause => onError(asFalconerError(cause), timer, number))
      return error
    }
  }

  async function tell(timer: Stored<Timer>, error: FalconerError): Promise<void> {
    const { project = '' } = timer.body.payload
    await records.commit({
      at: clock.now(),
      actor: 'falconer',
      once: `timer.failed/${timer.id}/${timer.revision}`,
      audit: [
        {
          type: 'timer.failed',
          project: String(project),
          subject: timer.id,
          reason: error.message,
          data: { attempts, code: error.code },
        },
      ],
    })
  }

  // ------------------------------------------------------------ replay

  let turn: Promise<unknown> = Promise.resolve()

  async function runUntil(to: number, replay: ReplayClock): Promise<{ now: number; ran: number }> {
    let ran = 0
    for (;;) {
      const [timer] = (await records.list('timer', { limit: 1 })).items
      if (!timer || timer.body.due > to) break
      replay.move(timer.body.due)
      await insist(timer)
      ran += 1
    }
    await replay.settle(to)
    return { now: replay.now(), ran }
  }

  async function insist(timer: Stored<Timer>): Promise<void> {
    for (let number = 1; ; number++) {
      const error = await attempt(timer, number)
      if (!error) return
      if (number === attempts || stopped) {
        const more = { cause: error, fix: error.fix, findings: error.findings }
        throw new FalconerError(error.code, `The timer ${timer.id} failed ${number} times: ${error.message}`, more)
      }
      await pause(backOffMs(number))
    }
  }

  // ------------------------------------------------------------ wall

  /** Lanes with a timer at work or waiting for its next attempt. */
  const lanes = new Map<string, Promise<void>>()
  const abort = new AbortController()
  let wakeUp: NodeJS.Timeout | undefined
  let unfollow: (() => void) | undefined
  let looking: Promise<void> | undefined
  let lookAgain = false

  /** Looks for due timers now, or once more after the look that is under way. */
  function look(): void {
    if (stopped) return
    if (looking) {
      lookAgain = true
      return
    }
    clearTimeout(wakeUp)
    looking = startDue()
      .catch(thrown => {
        onError(asFalconerError(thrown))
        return longestSleepMs
      })
      .then(sleepMs => {
        looking = undefined
        if (stopped) return
        wakeUp = setTimeout(look, lookAgain ? 0 : sleepMs)
        lookAgain = false
      })
  }

  /** Starts the first due timer of every free lane; answers how long nothing else is due. */
  async function startDue(): Promise<number> {
    let after: string | undefined
    do {
      const { items, next } = await records.list('timer', after === undefined ? {} : { after })
      for (const timer of items) {
        const wait = timer.body.due - clock.now()
        if (wait > 0) return Math.min(longestSleepMs, wait)
        if (!stopped && !lanes.has(timer.body.lane)) startLane(timer)
      }
      after = next
    } while (after !== undefined)
    return longestSleepMs
  }

  function startLane(timer: Stored<Timer>): void {
    const done = keepTrying(timer).finally(() => {
      lanes.delete(timer.body.lane)
      look()
    })
    lanes.set(timer.body.lane, done)
  }

  async function keepTrying(timer: Stored<Timer>): Promise<void> {
    for (let number = 1; !stopped; number++) {
      if (!(await attempt(timer, number))) return
      await pause(backOffMs(number), undefined, { signal: abort.signal }).catch(() => undefined)
      // Somebody may have removed it in the meantime.
      if (!(await records.get('timer', timer.id))) return
    }
  }

  return {
    async advance(to) {
      if (clock.mode !== 'replay') {
        throw new FalconerError('conflict', 'This server runs on real time; only a replay clock can be advanced.', {
          fix: 'Start the server with --clock replay.',
        })
      }
      if (!Number.isFinite(to)) throw new RangeError(`advance: the instant is ${to}`)
      // One after another, also after one that failed.
      const mine = turn.catch(() => undefined).then(() => runUntil(to, clock))
      turn = mine
      return mine
    },

    start() {
      if (clock.mode !== 'wall' || unfollow) return
      unfollow = records.follow(() => setImmediate(look))
      look()
    },

    async stop() {
      stopped = true
      abort.abort()
      clearTimeout(wakeUp)
      unfollow?.()
      await turn.catch(() => undefined)
      await Promise.all([looking, ...lanes.values()])
    },
  }
}
