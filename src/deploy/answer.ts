/**
 * Answering a request: known keys get their stored answer, new rows go through the live version, the canary and the
 * shadows in one turn, and everything is in the log before anything is said.
 */
import { FalconerError } from '../base/errors.ts'
import type { LoadedModel, Prediction, PredictionBatch, PredictionLog, Runtime } from '../base/ports.ts'
import { type Table, take } from '../base/table.ts'
import { inCanary } from './routing.ts'
import type { Serving } from './serving.ts'

export interface PredictionAnswer {
  readonly id: string
  readonly output: number
  /** Where the version that answered has a threshold. */
  readonly decision?: boolean
  readonly version: string
  readonly route: 'live' | 'canary'
}

export interface Computed {
  readonly answers: readonly PredictionAnswer[]
  readonly batches: readonly PredictionBatch[]
  /** Versions that were asked beside the answer and gave none. */
  readonly failedBeside: readonly string[]
}

/** New rows through the versions. The canary's rows fall to the live version where the canary cannot answer. */
export async function compute(
  runtime: Runtime,
  serving: Serving,
  request: {
    readonly endpoint: string
    readonly request: string
    readonly at: number
    readonly keys: readonly string[]
    readonly features: Table
    readonly elapsedMs: () => number
    /** How much longer than the answer a shadow may take before it is left out of the log; Infinity waits for all. */
    readonly shadowPatienceMs: number
    readonly deadlineMs?: number | undefined
  },
): Promise<Computed> {
  const { keys, features } = request
  const { live, canary, shadows } = serving
  const drawn = keys.map(key => canary !== undefined && inCanary(key, canary.semver, canary.share))
  const asked = new Map<string, LoadedModel>([[live.semver, live.model]])
  if (canary && drawn.includes(true)) asked.set(canary.semver, canary.model)
  for (const shadow of shadows) asked.set(shadow.semver, shadow.model)

  const limit = request.deadlineMs === undefined ? {} : { deadlineMs: request.deadlineMs }
  const answers = runtime.predictAll([...asked.values()], features, limit)
  const outputs = new Map<string, Float64Array>([[live.semver, await answers[0]!]])
  const failedBeside: string[] = []
  const rest = [...asked.keys()].slice(1)
  await Promise.all(
    rest.map(async (semver, i) => {
      const patient = semver === canary?.semver ? answers[i + 1]! : within(answers[i + 1]!, request.shadowPatienceMs)
      const values = await patient.catch(() => undefined)
      if (values) outputs.set(semver, values)
      else failedBeside.push(semver)
    }),
  )

  const canaryAnswers = canary && outputs.has(canary.semver)
  const isCanary = drawn.map(row => row && canaryAnswers === true)
  const liveRows = indices(isCanary, false)
  const canaryRows = indices(isCanary, true)
  const shadowNames = shadows.map(shadow => shadow.semver)
  const batch = (
    route: 'live' | 'canary',
    semver: string,
    rows: Int32Array,
    beside: readonly string[],
  ): PredictionBatch => ({
    endpoint: request.endpoint,
    request: request.request,
    at: request.at,
    latencyMs: request.elapsedMs(),
    keys: rows.length === keys.length ? keys : Array.from(rows, row => keys[row]!),
    route,
    version: semver,
    features: rows.length === keys.length ? features : take(features, rows),
    outputs: pick(outputs.get(semver)!, rows),
    shadows: beside
      .filter(name => name !== semver && outputs.has(name))
      .map(name => ({ version: name, outputs: pick(outputs.get(name)!, rows) })),
  })
  const batches: PredictionBatch[] = []
  if (liveRows.length > 0) batches.push(batch('live', live.semver, liveRows, shadowNames))
  if (canaryRows.length > 0) {
    batches.push(batch('canary', canary!.semver, canaryRows, [...new Set([live.semver, ...shadowNames])]))
  }
  return {
    answers: keys.map((id, row): PredictionAnswer => {
      const version = isCanary[row] ? canary!.semver : live.semver
      return { id, output: outputs.get(version)![row]!, version, route: isCanary[row] ? 'canary' : 'live' }
    }),
    batches,
    failedBeside,
  }
}

/** Answers by key as the log holds them. */
export async function storedAnswers(
  log: PredictionLog,
  endpoint: string,
  keys: readonly string[],
): Promise<Map<string, PredictionAnswer>> {
  const found = keys.length === 0 ? [] : await log.find(endpoint, keys)
  return new Map(found.map(prediction => [prediction.key, answerOf(prediction)]))
}

function answerOf({ key, output, version, route }: Prediction): PredictionAnswer {
  return { id: key, output, version, route }
}

function indices(flags: readonly boolean[], wanted: boolean): Int32Array {
  const found: number[] = []
  flags.forEach((flag, i) => {
    if (flag === wanted) found.push(i)
  })
  return Int32Array.from(found)
}

function pick(values: Float64Array, rows: Int32Array): Float64Array {
  if (rows.length === values.length) return values
  return Float64Array.from(rows, row => values[row]!)
}

function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  if (ms === Number.POSITIVE_INFINITY) return promise
  const late = Promise.withResolvers<T>()
  const timer = setTimeout(() => late.reject(new FalconerError('timeout', `no answer within ${ms} ms`)), ms)
  promise.then(late.resolve, late.reject).finally(() => clearTimeout(timer))
  return late.promise
}
