/**
 * The Runtime port on onnxruntime-node. Models of one group live in one worker thread, groups share threads once there
 * are `threads` of them, and a thread without a model ends, which gives its memory back.
 */
import { FalconerError } from '../base/errors.ts'
import type { LoadedModel, Runtime } from '../base/ports.ts'
import type { Table } from '../base/table.ts'
import type { Answer, ModelFacts } from './protocol.ts'
import { mismatch, packRows } from './rows.ts'
import { InferenceThread } from './thread.ts'

export interface OnnxRuntimeOptions {
  /** Most worker threads at a time. */
  readonly threads?: number
  /** Time within which a request is answered or refused with `timeout`. */
  readonly deadlineMs?: number
  /** Requests that may wait for one model; one more is refused with `too-busy`. */
  readonly queue?: number
}

export function onnxRuntime({ threads = 8, deadlineMs = 10_000, queue = 1024 }: OnnxRuntimeOptions = {}): Runtime {
  const running = new Set<InferenceThread>()
  const groups = new Map<string, { readonly thread: InferenceThread; models: number }>()
  const models = new WeakMap<LoadedModel, Model>()
  let loaded = 0

  function threadOf(group: string): InferenceThread {
    const known = groups.get(group)
    if (known) {
      known.models++
      return known.thread
    }
    const thread = running.size < threads ? new InferenceThread() : leastLoaded(running)
    running.add(thread)
    groups.set(group, { thread, models: 1 })
    return thread
  }

  async function leave(group: string): Promise<void> {
    const place = groups.get(group)
    if (!place || --place.models > 0) return
    groups.delete(group)
    if ([...groups.values()].some(other => other.thread === place.thread)) return
    running.delete(place.thread)
    await place.thread.end()
  }

  return {
    async load(bytes, options = {}) {
      const started = performance.now()
      const id = loaded++
      const group = options.group ?? `model ${id}`
      const thread = threadOf(group)
      let facts: ModelFacts
      try {
        facts = await thread.load(id, bytes)
      } catch (error) {
        await leave(group)
        throw error
      }
      const model = new Model(id, thread, facts, options.deadlineMs ?? deadlineMs, options.queue ?? queue)
      const face: LoadedModel = {
        loadMs: performance.now() - started,
        inputs: facts.inputs,
        output: facts.output,
        predict: (rows, options) => ask([model], rows, options?.deadlineMs)[0]!,
        unload: async () => {
          if (!(await model.retire())) return
          thread.unload(id)
          await leave(group)
        },
      }
      models.set(face, model)
      return face
    },

    predictAll(asked, rows, options) {
      const known = asked.map(face => {
        const model = models.get(face)
        if (!model) throw new TypeError('predictAll: a model of another runtime was given')
        return model
      })
      return ask(known, rows, options?.deadlineMs)
    },

    async close() {
      const all = [...running]
      running.clear()
      groups.clear()
      await Promise.all(all.map(thread => thread.end()))
    },
  }
}

/** A promise per model; models on the same thread travel in one job. */
function ask(models: readonly Model[], table: Table, deadlineMs?: number): Promise<Float64Array>[] {
  const answers = models.map(() => Promise.withResolvers<Float64Array>())
  // Whoever awaits only the first must not be ended by an error of the second.
  for (const { promise } of answers) promise.catch(() => {})
  const jobs = new Map<InferenceThread, number[]>()
  models.forEach((model, i) => {
    const refusal = model.refusal() ?? mismatch(model.facts.inputs, table)
    const job = jobs.get(model.thread)
    if (refusal) answers[i]!.reject(refusal)
    else if (table.rows === 0) answers[i]!.resolve(new Float64Array(0))
    else if (job) job.push(i)
    else jobs.set(model.thread, [i])
  })
  for (const [thread, members] of jobs) {
    const asked = members.map(i => models[i]!)
    const longestRunMs = Math.max(...asked.map(model => model.deadlineMs))
    const within = deadlineMs ?? longestRunMs
    for (const model of asked) model.enter()
    thread.run({
      models: asked.map(model => model.id),
      rows: packRows(
        table,
        asked.map(model => model.facts.inputs),
      ),
      deadlineMs: within,
      longestRunMs,
      settle(results) {
        members.forEach((i, place) => {
          models[i]!.leave()
          const value = results instanceof FalconerError ? results : checked(results[place]!, models[i]!)
          if (value instanceof FalconerError) answers[i]!.reject(value)
          else answers[i]!.resolve(value)
        })
      },
    })
  }
  return answers.map(({ promise }) => promise)
}

/** An answer is a finite number in every row; anything else is the model's fault. */
function checked(answer: Answer, model: Model): Float64Array | FalconerError {
  if (!(answer instanceof Float64Array)) return new FalconerError('bad-model', `the model failed: ${answer.error}`)
  for (let row = 0; row < answer.length; row++) {
    if (!Number.isFinite(answer[row]!)) {
      return new FalconerError(
        'bad-model',
        `the model answered ${answer[row]} in ${model.facts.output.name}, row ${row}`,
        {
          fix: 'Look at the features of that row; a model must give a finite number for every row.',
        },
      )
    }
  }
  return answer
}

function leastLoaded(threads: ReadonlySet<InferenceThread>): InferenceThread {
  return [...threads].reduce((least, thread) => (thread.models < least.models ? thread : least))
}

/** A loaded model's life: asked, retired once, gone when its last request is answered. */
class Model {
  readonly id: number
  readonly thread: InferenceThread
  readonly facts: ModelFacts
  readonly deadlineMs: number
  readonly #queue: number
  #pending = 0
  #retired: (() => void) | undefined
  #gone: Promise<void> | undefined

  constructor(id: number, thread: InferenceThread, facts: ModelFacts, deadlineMs: number, queue: number) {
    this.id = id
    this.thread = thread
    this.facts = facts
    this.deadlineMs = deadlineMs
    this.#queue = queue
  }

  refusal(): FalconerError | undefined {
    if (this.#gone) return new FalconerError('unavailable', 'the model was unloaded', { retryAfterSeconds: 1 })
    if (this.#pending < this.#queue) return undefined
    return new FalconerError('too-busy', `${this.#pending} requests wait for this model already`, {
      retryAfterSeconds: 1,
    })
  }

  enter(): void {
    this.#pending++
  }

  leave(): void {
    if (--this.#pending === 0) this.#retired?.()
  }

  /** Resolves when nothing is pending any more: true for the first who asked. */
  async retire(): Promise<boolean> {
    if (this.#gone) {
      await this.#gone
      return false
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#gone = promise
    this.#retired = resolve
    if (this.#pending === 0) resolve()
    await promise
    return true
  }
}
