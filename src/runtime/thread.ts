/**
 * One inference thread as the asking side sees it: a queue of jobs and at most one message under way. What arrives while
 * the thread is busy goes out together when it is free, so batches grow with the load and nothing waits for a timer.
 *
 * A run cannot be cancelled. When one has been under way for longer than the model's deadline, the thread is given up: a fresh
 * one loads the same models and goes on with what still waits; the old one ends when its run returns.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { FalconerError } from '../base/errors.ts'
import { answersOf, batched } from './batch.ts'
import type { Answer, ModelFacts, Reply, Request, Rows } from './protocol.ts'

/** Loading is given up after so long; a large model on a slow disk needs some seconds. */
const loadDeadlineMs = 60_000
/** Rows of one message: what arrives later waits for the next. */
const messageRows = 8192
/** Closing waits so long for a run that is under way. */
const patienceMs = 15_000
/** A job that was under way when its thread broke is tried once more. */
const attempts = 2

export interface QueuedJob {
  readonly models: readonly number[]
  readonly rows: Rows
  /** From now on, waiting included. */
  readonly deadlineMs: number
  /** A run that takes longer than this is taken for lost, whatever this request's own deadline is. */
  readonly longestRunMs: number
  /** An answer per model, or an error for all. */
  settle(answers: readonly Answer[] | FalconerError): void
}

interface Waiting extends QueuedJob {
  readonly timer: NodeJS.Timeout
  tries: number
  settled: boolean
}

interface Load {
  readonly model: number
  readonly bytes: Uint8Array
  done(facts: ModelFacts | FalconerError): void
}

type Flight =
  | { readonly kind: 'load'; readonly load: Load; readonly timer: NodeJS.Timeout }
  | {
      readonly kind: 'run'
      readonly jobs: readonly Waiting[]
      readonly batches: ReturnType<typeof batched>
      readonly timer: NodeJS.Timeout
    }

export class InferenceThread {
  readonly #models = new Map<number, Uint8Array>()
  #loads: Load[] = []
  #waiting: Waiting[] = []
  #flight: Flight | undefined
  #worker: Worker | undefined
  /** Threads that end when their last run returns. */
  readonly #leaving = new Set<Promise<void>>()
  #ended = false
  /** Threads that were given up since the start. */
  lost = 0

  /** Models that this thread holds. */
  get models(): number {
    return this.#models.size
  }

  /** Resolves when the model can be asked. */
  load(model: number, bytes: Uint8Array): Promise<ModelFacts> {
    this.#models.set(model, bytes)
    return new Promise((resolve, reject) => {
      const done = (facts: ModelFacts | FalconerError) => {
        if (!(facts instanceof FalconerError)) return resolve(facts)
        this.#models.delete(model)
        reject(facts)
      }
      this.#loads.push({ model, bytes, done })
      this.#next()
    })
  }

  run(job: QueuedJob): void {
    const timer = setTimeout(() => this.#expire(waiting), job.deadlineMs)
    const waiting: Waiting = { ...job, timer, tries: 0, settled: false }
    this.#waiting.push(waiting)
    this.#next()
  }

  /** The model's memory is given back; whoever calls has seen to it that nobody asks it any more. */
  unload(model: number): void {
    if (!this.#models.delete(model)) return
    this.#worker?.postMessage({ kind: 'unload', model } satisfies Request)
  }

  /** Ends the thread; what still waits is answered with `unavailable`. */
  async end(): Promise<void> {
    this.#ended = true
    const why = new FalconerError('unavailable', 'the runtime is closing')
    for (const load of this.#loads.splice(0)) load.done(why)
    for (const job of this.#waiting.splice(0)) finish(job, why)
    const flight = this.#land()
    if (flight?.kind === 'load') flight.load.done(why)
    if (flight?.kind === 'run') for (const job of flight.jobs) finish(job, why)
    if (this.#worker) this.#leave(this.#worker)
    this.#worker = undefined
    const enough = new AbortController()
    const patience = wait(patienceMs, undefined, { signal: enough.signal }).catch(() => {})
    await Promise.race([Promise.all(this.#leaving), patience])
    enough.abort()
  }

  #next(): void {
    if (this.#flight || this.#ended) return
    const load = this.#loads.shift()
    if (load) {
      const timer = setTimeout(
        () => this.#giveUp(`loading took longer than ${loadDeadlineMs / 1000} s`),
        loadDeadlineMs,
      )
      this.#flight = { kind: 'load', load, timer }
      this.#post({ kind: 'load', model: load.model, bytes: load.bytes })
      return
    }
    const jobs = this.#takeJobs()
    if (jobs.length === 0) return
    const longest = Math.max(...jobs.map(job => job.longestRunMs))
    const timer = setTimeout(() => this.#giveUp(`a run took longer than ${longest} ms`), longest)
    const batches = batched(jobs)
    this.#flight = { kind: 'run', jobs, batches, timer }
    this.#post({ kind: 'run', batches: batches.map(({ batch }) => batch) })
  }

  #takeJobs(): Waiting[] {
    const jobs: Waiting[] = []
    let rows = 0
    let taken = 0
    for (const job of this.#waiting) {
      if (jobs.length > 0 && rows + job.rows.rows > messageRows) break
      taken++
      if (job.settled) continue
      jobs.push(job)
      rows += job.rows.rows
    }
    this.#waiting.splice(0, taken)
    return jobs
  }

  #post(request: Request): void {
    this.#worker ??= this.#start()
    this.#worker.postMessage(request)
  }

  #start(): Worker {
    const worker = new Worker(workerFile())
    worker.on('message', (reply: Reply) => this.#receive(reply))
    worker.on('error', error => this.#giveUp(error.message))
    worker.on('exit', code => this.#giveUp(`it ended with exit code ${code}`))
    return worker
  }

  #receive(reply: Reply): void {
    const flight = this.#land()
    if (flight?.kind === 'load' && reply.kind === 'loaded') flight.load.done(reply.facts)
    if (flight?.kind === 'load' && reply.kind === 'refused') flight.load.done(badModel(reply.error))
    if (flight?.kind === 'run' && reply.kind === 'ran') {
      flight.batches.forEach(({ batch, members }, i) => {
        const answers = answersOf(batch, reply.answers[i]!)
        members.forEach((job, place) => {
          finish(flight.jobs[job]!, answers[place]!)
        })
      })
    }
    this.#next()
  }

  /** A job's own deadline has passed; the thread may still be well. */
  #expire(job: Waiting): void {
    finish(job, new FalconerError('timeout', `no answer within ${job.deadlineMs} ms`, { retryAfterSeconds: 1 }))
  }

  /** Leaves the thread behind and starts afresh with the same models. */
  #giveUp(why: string): void {
    const worker = this.#worker
    if (!worker) return
    this.#worker = undefined
    this.lost++
    this.#leave(worker)

    const flight = this.#land()
    const unavailable = new FalconerError('unavailable', `the inference thread was lost: ${why}`, {
      retryAfterSeconds: 1,
    })
    if (flight?.kind === 'load') flight.load.done(unavailable)
    if (flight?.kind === 'run') {
      const again = flight.jobs.filter(job => !job.settled && ++job.tries < attempts)
      for (const job of flight.jobs) if (!again.includes(job)) finish(job, unavailable)
      this.#waiting.unshift(...again)
    }
    const loading = new Set(this.#loads.map(load => load.model))
    const reloads = [...this.#models]
      .filter(([model]) => !loading.has(model))
      .map(([model, bytes]): Load => ({ model, bytes, done: () => {} }))
    this.#loads.unshift(...reloads)
    this.#next()
  }

  /**
   * Lets the thread end by itself when its run returns. `terminate` is no help: it does not stop a native run either, and
   * ONNX Runtime, returning into a thread that is being terminated, aborts the whole process.
   */
  #leave(worker: Worker): void {
    worker.removeAllListeners()
    worker.on('error', () => {})
    const left = new Promise<void>(resolve => {
      worker.on('exit', () => resolve())
    })
    worker.postMessage({ kind: 'end' } satisfies Request)
    worker.unref()
    this.#leaving.add(left)
    void left.then(() => this.#leaving.delete(left))
  }

  #land(): Flight | undefined {
    const flight = this.#flight
    this.#flight = undefined
    if (flight) clearTimeout(flight.timer)
    return flight
  }
}

function finish(job: Waiting, answers: readonly Answer[] | FalconerError): void {
  if (job.settled) return
  job.settled = true
  clearTimeout(job.timer)
  job.settle(answers)
}

function badModel(error: string): FalconerError {
  const opset = /[Oo]pset (\d+) is under development|opset (\d+).*?only \*?guarantees/.exec(error)
  const text = opset
    ? `the model uses ONNX operator set ${opset[1] ?? opset[2]}; this runtime knows them up to 26`
    : `the model cannot be loaded: ${error.replace(/^\/\S+:\d+ /, '').trim()}`
  return new FalconerError('bad-model', text)
}

/** The thread's program, beside this file: TypeScript in a checkout, JavaScript in a package. */
function workerFile(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('./worker.ts', import.meta.url)
    : new URL('./worker.js', import.meta.url)
}
