/**
 * The prediction log: written by a thread of its own with one sync for all that wait, read here on another connection.
 * Its own SQLite file, so that traffic and records do not wait for each other.
 */
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { FalconerError } from '../base/errors.ts'
import type { Outcome, OutcomeReceipt, PredictionBatch, PredictionLog } from '../base/ports.ts'
import { columnsOf, encodeRows } from './batchCodec.ts'
import { logReader } from './logReader.ts'
import type { LogAnswer, LogQuestion, LogWorkerData } from './logWorker.ts'
import { type EncodedBatch, type EncodedOutcomes, type LogWriter, logMigrations, logWriter } from './logWriter.ts'
import { migrate, openSqlite, type Synchronous } from './sqlite.ts'

interface LogOptions {
  /** Real time. */
  readonly now: () => number
  /** FULL: an answered prediction survives a power cut too. */
  readonly synchronous?: Synchronous
}

export function openPredictionLog(path: string, { now, synchronous = 'FULL' }: LogOptions): PredictionLog {
  const sqlite = openSqlite(path, { synchronous })
  try {
    migrate(sqlite, path, logMigrations)
    sqlite.exec('PRAGMA query_only = ON')
  } catch (thrown) {
    sqlite.close()
    throw thrown
  }
  const writer = writerThread({ path, synchronous })
  return logOn({
    reader: logReader(sqlite),
    append: batches => writer.ask({ append: batches }),
    outcomes: outcomes => writer.ask({ outcomes }),
    async close() {
      // The writer last: the last connection to close moves the write-ahead log into the file.
      sqlite.close()
      await writer.close()
    },
    now,
  })
}

/** Gone when it is closed. */
export function memoryPredictionLog({ now }: { readonly now: () => number }): PredictionLog {
  const sqlite = openSqlite(':memory:')
  migrate(sqlite, ':memory:', logMigrations)
  function write<Result>(work: (writer: LogWriter) => Result): Result {
    const writer = logWriter(sqlite)
    return sqlite.transaction(() => {
      const result = work(writer)
      writer.flush()
      return result
    })
  }
  return logOn({
    reader: logReader(sqlite),
    append: async batches => write(writer => writer.append(batches)),
    outcomes: async outcomes => write(writer => writer.outcomes(outcomes)),
    close: async () => sqlite.close(),
    now,
  })
}

function logOn(parts: {
  readonly reader: ReturnType<typeof logReader>
  readonly append: (batches: readonly EncodedBatch[]) => Promise<readonly string[]>
  /** A status for each outcome. */
  readonly outcomes: (outcomes: EncodedOutcomes) => Promise<readonly string[]>
  readonly close: () => Promise<void>
  readonly now: () => number
}): PredictionLog {
  return {
    ...parts.reader,
    async append(batches) {
      const recordedAt = parts.now()
      const encoded = batches.filter(batch => batch.keys.length > 0).map(batch => encode(batch, recordedAt))
      return { repeated: encoded.length === 0 ? [] : await parts.append(encoded) }
    },
    async outcomes(endpoint, outcomes) {
      const refusals = outcomes.map(refusal)
      const usable = outcomes.filter((_, i) => refusals[i] === undefined)
      const statuses =
        usable.length === 0
          ? []
          : await parts.outcomes({
              endpoint,
              recordedAt: parts.now(),
              keys: usable.map(outcome => outcome.key),
              values: usable.map(({ value }) => (value === 'void' ? null : value)),
              knownAt: usable.map(outcome => outcome.knownAt),
            })
      let next = 0
      return outcomes.map(({ key }, i): OutcomeReceipt => {
        const reason = refusals[i]
        if (reason !== undefined) return { key, status: 'rejected', reason }
        return { key, status: statuses[next++] } as OutcomeReceipt
      })
    },
    close: parts.close,
  }
}

function encode(batch: PredictionBatch, recordedAt: number): EncodedBatch {
  const { endpoint, request, at, latencyMs, keys, route, version, features, outputs, shadows } = batch
  const n = keys.length
  for (const [what, rows] of [
    ['features', features.rows],
    ['outputs', outputs.length],
    ...shadows.map(shadow => [`outputs of ${shadow.version}`, shadow.outputs.length] as const),
  ] as const) {
    if (rows !== n) throw new RangeError(`append: request ${request} has ${n} keys and ${rows} rows of ${what}`)
  }
  if (!Number.isFinite(at)) throw new RangeError(`append: the instant of request ${request} is ${at}`)
  for (const key of keys) if (key === '') throw new RangeError(`append: request ${request} has an empty key`)
  return {
    endpoint,
    request,
    at,
    recordedAt,
    latencyMs,
    canary: route === 'canary',
    version,
    columns: JSON.stringify(columnsOf(features)),
    shadows: JSON.stringify(shadows.map(shadow => shadow.version)),
    keys,
    data: encodeRows({ outputs, shadows: shadows.map(shadow => shadow.outputs), features }),
  }
}

/** Why an outcome cannot be stored; undefined where it can. */
function refusal({ key, value, knownAt }: Outcome): string | undefined {
  if (key === '') return 'The key is empty.'
  if (value !== 'void' && !Number.isFinite(value)) return `The value is ${value}, must be a finite number or void.`
  if (!Number.isFinite(knownAt)) return `The instant is ${knownAt}, must be milliseconds since 1970 UTC.`
  return undefined
}

interface Waiting {
  readonly question: LogQuestion
  readonly resolve: (done: readonly string[]) => void
  readonly reject: (error: Error) => void
}

/** Requests in one commit at most: bounds how long the first of them waits. */
const groupSize = 500

/**
 * The thread, started by the first write and kept alive only while somebody waits for it. What is asked while a group is
 * being committed waits here and becomes the next group: one message and one sync serve them all.
 */
function writerThread(data: LogWorkerData) {
  const queue: Waiting[] = []
  let asked: readonly Waiting[] = []
  let worker: Worker | undefined
  let closed = false

  function start(): Worker {
    // The file is TypeScript in a checkout and JavaScript in the package.
    const file = new URL(`./logWorker${extname(import.meta.url)}`, import.meta.url)
    const started = new Worker(file, { workerData: data, execArgv: [] })
    started.on('message', (answers: readonly LogAnswer[]) => {
      const answered = asked
      asked = []
      answers.forEach((answer, i) => {
        if ('done' in answer) answered[i]!.resolve(answer.done)
        else answered[i]!.reject(new FalconerError(answer.error.code, answer.error.message))
      })
      // After those who were answered have had their say, which may be the next question.
      setImmediate(send)
    })
    started.on('error', cause => stopped(started, cause))
    started.on('exit', () => stopped(started))
    return started
  }

  function stopped(which: Worker, cause?: unknown): void {
    if (worker !== which) return
    worker = undefined
    const error = new FalconerError('unavailable', 'The writer of the prediction log stopped.', { cause })
    for (const waiting of [...asked, ...queue.splice(0)]) waiting.reject(error)
    asked = []
  }

  function send(): void {
    if (asked.length > 0) return
    if (queue.length === 0) {
      worker?.unref()
      return
    }
    worker ??= start()
    worker.ref()
    asked = queue.splice(0, groupSize)
    worker.postMessage(asked.map(waiting => waiting.question))
  }

  function ask(question: LogQuestion): Promise<readonly string[]> {
    if (closed) return Promise.reject(new FalconerError('unavailable', 'The prediction log is closed.'))
    return new Promise((resolve, reject) => {
      queue.push({ question, resolve, reject })
      send()
    })
  }

  return {
    ask,
    async close(): Promise<void> {
      const last = worker && !closed ? ask({ close: true }) : undefined
      closed = true
      await last
    },
  }
}
