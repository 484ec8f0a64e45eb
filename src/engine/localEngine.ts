/**
 * Jobs as child processes on this machine. Where a job stands is on disk before anybody hears of it, so that a restart
 * goes on: what had ended stays so, what was waiting waits, and what was running is run again, its orphan killed first.
 * An attempt writes its result under its own number: one that was given up can never answer for a later one.
 */
import { existsSync } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { asFalconerError, FalconerError } from '../base/errors.ts'
import type { Blobs, Engine, JobSpec, JobStatus } from '../base/ports.ts'
import { type Attempt, type Ending, startAttempt } from './attempt.ts'
import { type Job, type JobState, jobFiles } from './jobFiles.ts'
import { isRunning, signalGroup } from './processes.ts'

interface EngineOptions {
  /** Folder of the jobs; one engine at a time. */
  readonly dir: string
  readonly blobs: Blobs
  /** Jobs run as long as what they ask for together is at most this. */
  readonly cpus: number
  /** Real time. */
  readonly now: () => number
  /** Attempts of a job that does not say. */
  readonly attempts?: number
  /** Pause before the attempt after so many crashes. */
  readonly backOffMs?: (crashes: number) => number
  readonly heartbeatMs?: number
  /** How long a job has to end by itself when it is stopped. */
  readonly graceMs?: number
}

/** EX_TEMPFAIL of sysexits.h: the job itself asks to be run again. */
const tryAgain = 75
/** Attempts that ended with the platform are not the job's fault; but a job that brings it down each time must end. */
const lostAttempts = 20

/** What a job inherits besides its own environment: no keys of the platform. */
const inherited = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'SystemRoot']

/** A job that has its place among the running ones. */
interface Run {
  readonly job: Job
  readonly cpus: number
  attempt?: Attempt
  /** Why it is to be stopped. */
  stop?: string
  ended?: Promise<void>
}

export function localEngine(options: EngineOptions): Engine {
  const { blobs, cpus, now, attempts = 3, heartbeatMs = 2000, graceMs = 2000 } = options
  const { backOffMs = crashes => Math.min(60_000, 1000 * 2 ** (crashes - 1)) } = options
  const files = jobFiles(options.dir)
  const jobs = new Map<string, Job>()
  /** Ids of waiting jobs, first come first served. */
  const queue: string[] = []
  const running = new Map<string, Run>()
  /** Jobs that wait for their next attempt after a crash. */
  const delays = new Map<string, NodeJS.Timeout>()
  const listeners = new Set<(status: JobStatus) => void>()
  const waiters = new Map<string, PromiseWithResolvers<JobStatus>>()
  const submissions = new Map<string, Promise<void>>()
  let closed = false

  for (const job of files.load().toSorted((a, b) => (a.state.seenAt ?? 0) - (b.state.seenAt ?? 0))) {
    jobs.set(job.spec.id, job)
    if (hasEnded(job.state)) files.tidy(job)
    else queue.push(job.spec.id)
  }
  const heartbeat = setInterval(beat, heartbeatMs)
  heartbeat.unref()
  startNext()

  async function change(job: Job, state: Partial<JobState>, sync = true): Promise<void> {
    const next = { ...job.state, ...state }
    await files.save(job, next, sync)
    job.state = next
    announce(job)
  }

  function announce(job: Job): void {
    const status = statusOf(job.state)
    for (const listener of listeners) listener(status)
    if (!hasEnded(status)) return
    waiters.get(status.id)?.resolve(status)
    waiters.delete(status.id)
  }

  function startNext(): void {
    if (closed) return
    while (queue.length > 0) {
      const job = jobs.get(queue[0]!)!
      const need = Math.min(cpus, job.spec.resources?.cpus ?? 1)
      let used = 0
      for (const other of running.values()) used += other.cpus
      // A job that needs more than is free waits, and those behind it with it: its turn would never come otherwise.
      if (used + need > cpus) return
      queue.shift()
      const run: Run = { job, cpus: need }
      running.set(job.spec.id, run)
      run.ended = perform(run).finally(() => {
        running.delete(job.spec.id)
        startNext()
      })
    }
  }

  async function perform(run: Run): Promise<void> {
    const { job } = run
    try {
      await endOrphan(job)
      if (job.state.lost >= lostAttempts) {
        return await end(job, { state: 'failed', error: `The platform did not survive ${lostAttempts} attempts.` })
      }
      await settle(job, await attempt(run))
    } catch (thrown) {
      // The disk is full, or a blob is missing or damaged: the job's end, told on disk too where there is room.
      const failed = { state: 'failed', error: asFalconerError(thrown).message, finishedAt: now() } as const
      await end(job, failed).catch(() => {
        job.state = { ...job.state, ...failed }
        announce(job)
      })
    }
  }

  /** A process of an attempt that an earlier engine started may still be at work. */
  async function endOrphan(job: Job): Promise<void> {
    if (job.state.state !== 'running') return
    const orphan = job.state.process
    if (orphan && isRunning(orphan)) {
      signalGroup(orphan.pid, 'SIGKILL')
      while (isRunning(orphan)) await pause(20)
    }
    await change(job, { state: 'waiting', process: undefined, lost: job.state.lost + 1 })
  }

  async function attempt(run: Run): Promise<Ending> {
    const { spec } = run.job
    const number = run.job.state.attempt + 1
    const input = await blobs.file(spec.input)
    await change(run.job, { state: 'running', attempt: number, startedAt: now(), seenAt: now() })
    if (run.stop !== undefined) return { kind: 'stopped', why: run.stop }
    const environment: Record<string, string> = { FALCONER_JOB: spec.id, FALCONER_ATTEMPT: String(number) }
    for (const name of inherited) if (process.env[name] !== undefined) environment[name] = process.env[name]
    const started = startAttempt({
      argv: [...spec.argv, '--input', input, '--result', files.resultPath(run.job, number)],
      environment: { ...environment, ...spec.environment },
      logPath: files.logPath(run.job),
      seconds: spec.resources?.seconds,
      memoryMb: spec.resources?.memoryMb,
      graceMs,
      onProgress(progress) {
        run.job.state = { ...run.job.state, progress }
        announce(run.job)
      },
    })
    run.attempt = started
    await change(run.job, { process: started.process }, false)
    return started.ended
  }

  async function settle(job: Job, ending: Ending): Promise<void> {
    switch (ending.kind) {
      case 'stopped':
        // Closing is not the job's end: it waits for the next start.
        if (ending.why === closing) return change(job, { state: 'waiting', process: undefined })
        if (ending.why === cancelled) return end(job, { state: 'cancelled' })
        return end(job, { state: 'failed', error: ending.why })
      case 'not started':
        return end(job, { state: 'failed', error: `It could not be started: ${ending.why}` })
      case 'crashed':
        return crashed(job, ending.said ?? `It was ended by ${ending.signal}.`)
      case 'exited':
        return exited(job, ending.exit, ending.said ?? `It ended with exit status ${ending.exit}.`)
    }
  }

  async function exited(job: Job, exit: number, why: string): Promise<void> {
    if (exit === tryAgain) return crashed(job, why)
    if (exit !== 0) return end(job, { state: 'failed', exit, error: why })
    const path = files.resultPath(job, job.state.attempt)
    if (!existsSync(path)) return end(job, { state: 'failed', exit, error: 'It ended well and wrote no result.' })
    return end(job, { state: 'succeeded', exit, result: await blobs.putFile(path) })
  }

  async function crashed(job: Job, why: string): Promise<void> {
    const crashes = job.state.crashes + 1
    if (crashes >= (job.spec.attempts ?? attempts)) {
      return end(job, { state: 'failed', crashes, error: `${why} It crashed ${crashes} times and is not run again.` })
    }
    await change(job, { state: 'waiting', process: undefined, crashes, error: why })
    if (closed) return
    const delay = setTimeout(() => {
      delays.delete(job.spec.id)
      queue.push(job.spec.id)
      startNext()
    }, backOffMs(crashes))
    delays.set(job.spec.id, delay)
  }

  async function end(job: Job, state: Partial<JobState>): Promise<void> {
    const logPath = files.logPath(job)
    const log = existsSync(logPath) ? await blobs.putFile(logPath) : undefined
    const next = { ...job.state, process: undefined, error: undefined, finishedAt: now(), log, ...state }
    await files.save(job, next, true)
    job.state = next
    files.tidy(job)
    announce(job)
  }

  /** The lease: says on disk that these attempts are alive and whose they are. */
  function beat(): void {
    for (const { job } of running.values()) {
      if (job.state.state !== 'running' || job.saving > 0) continue
      job.state = { ...job.state, seenAt: now() }
      // Missing one beat is no harm.
      files.save(job, job.state, false).catch(() => undefined)
    }
  }

  async function cancel(id: string): Promise<void> {
    const job = found(id)
    if (hasEnded(job.state)) return
    const run = running.get(id)
    if (!run) {
      clearTimeout(delays.get(id))
      delays.delete(id)
      const place = queue.indexOf(id)
      if (place >= 0) queue.splice(place, 1)
      return end(job, { state: 'cancelled' })
    }
    run.stop ??= cancelled
    run.attempt?.stop(cancelled)
    await run.ended
    // It may have crashed by itself at that moment, and now wait for its next attempt.
    await cancel(id)
  }

  async function create(spec: JobSpec): Promise<void> {
    if (!(await blobs.has(spec.input))) throw new FalconerError('not-found', `There is no blob ${spec.input}.`)
    const job = await files.create(spec, {
      id: spec.id,
      input: spec.input,
      state: 'waiting',
      attempt: 0,
      crashes: 0,
      lost: 0,
      seenAt: now(),
    })
    jobs.set(spec.id, job)
    queue.push(spec.id)
    announce(job)
    startNext()
  }

  function found(id: string): Job {
    const job = jobs.get(id)
    if (!job) throw new FalconerError('not-found', `There is no job ${id}.`)
    return job
  }

  return {
    async submit(spec) {
      if (closed) throw stopping()
      if (spec.argv.length === 0) throw new RangeError(`submit: job ${spec.id} has an empty argv`)
      if (jobs.has(spec.id)) return
      let submission = submissions.get(spec.id)
      if (!submission) {
        submission = create(spec).finally(() => submissions.delete(spec.id))
        submissions.set(spec.id, submission)
      }
      await submission
    },

    async status(id) {
      const job = jobs.get(id)
      return job && statusOf(job.state)
    },

    async wait(id) {
      const { state } = found(id)
      if (hasEnded(state)) return statusOf(state)
      if (closed) throw stopping()
      let waiter = waiters.get(id)
      if (!waiter) {
        waiter = Promise.withResolvers()
        waiters.set(id, waiter)
      }
      return waiter.promise
    },

    cancel,

    async log(id, maxBytes = 65_536) {
      const job = found(id)
      const stored = job.state.log
      const path = stored === undefined ? files.logPath(job) : await blobs.file(stored)
      return tail(path, maxBytes)
    },

    follow(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    async close() {
      closed = true
      clearInterval(heartbeat)
      for (const delay of delays.values()) clearTimeout(delay)
      for (const run of running.values()) {
        run.stop ??= closing
        run.attempt?.stop(closing)
      }
      await Promise.all(Array.from(running.values(), run => run.ended))
      listeners.clear()
      for (const waiter of waiters.values()) waiter.reject(stopping())
      waiters.clear()
    },
  }
}

function stopping(): FalconerError {
  return new FalconerError('unavailable', 'The platform is stopping; its jobs go on when it starts again.')
}

const cancelled = 'It was cancelled.'
const closing = 'The platform is stopping.'

function hasEnded({ state }: JobStatus): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled'
}

function statusOf({ process: _, seenAt: __, crashes: ___, lost: ____, ...status }: JobState): JobStatus {
  return status
}

/** The last lines of the file, whole ones. */
async function tail(path: string, maxBytes: number): Promise<string> {
  const size = (await stat(path).catch(() => undefined))?.size ?? 0
  if (size === 0) return ''
  const handle = await open(path, 'r')
  try {
    const from = Math.max(0, size - maxBytes)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from)
    const text = buffer.toString('utf8', 0, bytesRead)
    return from === 0 ? text : text.slice(text.indexOf('\n') + 1)
  } finally {
    await handle.close()
  }
}
