/**
 * The deploy stage: endpoints whose versions are switched without losing a request, and a log that holds every answer
 * before it is given. What is served is in the endpoint's record; after a restart it is loaded from there.
 */
import { asFalconerError, type ErrorCode, FalconerError } from '../base/errors.ts'
import type {
  Blobs,
  Clock,
  Outcome,
  OutcomeReceipt,
  Prediction,
  PredictionLog,
  Runtime,
  Stored,
  Tables,
} from '../base/ports.ts'
import { type Table, take } from '../base/table.ts'
import { type Endpoint, endpointId, type LoopRecords, type Route, type Timer } from '../loop/records.ts'
import type { ServiceCounts } from '../loop/serviceCounts.ts'
import type { DeploySteps } from '../loop/steps.ts'
import { compute, type PredictionAnswer, storedAnswers } from './answer.ts'
import { type Claims, createClaims } from './claims.ts'
import { compactHandler, compactionTimer, createCompaction } from './compaction.ts'
import { tryOut } from './compare.ts'
import { createDecisions } from './decisions.ts'
import { createLatency, type Latency } from './latency.ts'
import { type Period, type PeriodFigures, performanceOf } from './performance.ts'
import { type EndpointInput, featuresOf, type InputRecord, keysOf, tableOf } from './question.ts'
import { checkRoutes, liveRoute, sameRoutes, stepBack } from './routing.ts'
import { createServiceCounter } from './serviceCounts.ts'
import { loadServing, type Placed, type Serving } from './serving.ts'

/** An endpoint by its project and name. */
export interface At {
  readonly project: string
  readonly name: string
}

type Question = { readonly entities: readonly string[] } | { readonly records: readonly InputRecord[] }

/** Columns with the caller's keys, as binary protocols bring them. */
interface KeyedRows {
  readonly keys: readonly string[]
  readonly rows: Table
}

export interface DeployParts {
  readonly records: LoopRecords
  readonly log: PredictionLog
  readonly blobs: Blobs
  readonly runtime: Runtime
  readonly clock: Clock
  /** The features of these rows as of an instant: one row per id, in that order. Errors: `not-found` naming an id. */
  readonly features?: (project: string, ids: readonly string[], at: number) => Promise<Table>
  /** Real milliseconds, for latency. */
  readonly realNow: () => number
  /** How much longer than the answer a shadow may take before it is left out of the log, default 50. */
  readonly shadowPatienceMs?: number
  /** A scratch database for closed days of the log, asked for once. */
  readonly tables: () => Promise<Tables>
  /** Folder for files while they are written. */
  readonly scratch: string
  /** How long after its end a day is closed. */
  readonly latenessMs?: number
}

/** What happened at an endpoint since the process started. */
interface Load {
  readonly requests: number
  /** Rows answered anew, and rows answered from the log. */
  readonly predictions: number
  readonly repeated: number
  readonly failures: Readonly<Partial<Record<ErrorCode, number>>>
  /** Answers that a canary or shadow should have given and did not, by version. */
  readonly failedBeside: Readonly<Record<string, number>>
  readonly latencyMs: { readonly p50: number | null; readonly p95: number | null; readonly p99: number | null }
}

interface EndpointFacts {
  readonly endpoint: Endpoint
  readonly inputs: readonly EndpointInput[]
  readonly output: { readonly name: string; readonly task: 'binary' | 'regression' }
}

export interface Deploy extends DeploySteps {
  /** A canary ends, or the version before is live again. Errors: `stale`, `conflict` where there is nothing before. */
  rollback(at: At, change: { revision: number; reason: string; actor: string }): Promise<Stored<Endpoint>>
  /** Answers in the order asked, logged before they are given. Errors: `bad-input`, `not-found`, `too-busy`, `timeout`. */
  predict(at: At, question: Question, request: string): Promise<readonly PredictionAnswer[]>
  /** The same for columns; their names and kinds must be those that the endpoint takes. */
  predictRows(
    at: At,
    question: KeyedRows,
    request: string,
    options?: { deadlineMs?: number },
  ): Promise<readonly PredictionAnswer[]>
  outcomes(
    at: At,
    outcomes: readonly { readonly id: string; readonly value: number | 'void' }[],
  ): Promise<readonly { id: string; status: OutcomeReceipt['status']; reason?: string }[]>
  /** Errors: `not-found`. */
  prediction(at: At, key: string): Promise<Prediction>
  performance(at: At, span: { from: number; to: number; by: Period }): Promise<readonly PeriodFigures[]>
  load(at: At): Load
  /** What the endpoint takes and gives. Errors: `not-found`. */
  facts(at: At): Promise<EndpointFacts>
  /** Loads what the records say is served, so that the first request does not wait for it. */
  restore(): Promise<void>
  /** What happened to the requests of an endpoint, by the id of its record, in a span of whole quarters of an hour. */
  service(endpoint: string, span: { readonly from: number; readonly to: number }): Promise<ServiceCounts>
  readonly handlers: Readonly<Record<string, (timer: Stored<Timer>) => Promise<void>>>
  /** Lets running requests end and unloads all versions. */
  close(): Promise<void>
}

interface Tally {
  requests: number
  predictions: number
  repeated: number
  readonly failures: Partial<Record<ErrorCode, number>>
  readonly failedBeside: Record<string, number>
  readonly latency: Latency
  readonly claims: Claims<PredictionAnswer>
}

const dayMs = 86_400_000

export function createDeploy(parts: DeployParts): Deploy {
  const { records, log, blobs, runtime, clock, realNow, latenessMs = 2 * dayMs, shadowPatienceMs = 50 } = parts
  const placed = new Map<string, Promise<Placed>>()
  const tallies = new Map<string, Tally>()
  const changing = new Map<string, Promise<unknown>>()
  const retiring = new Set<Promise<void>>()
  const compaction = createCompaction({ ...parts, latenessMs })
  const decisions = createDecisions(records)
  const counter = createServiceCounter({ records, clock })
  let generation = 0
  let closed = false

  const loadRoutes = (id: string, routes: readonly Route[]) =>
    loadServing(routes, { blobs, runtime, group: `${id} ${++generation}` })

  /** What is served now; loaded from the record where this process has not served it yet. */
  function placeOf(at: At): Promise<Placed> {
    const id = endpointId(at.project, at.name)
    const known = placed.get(id)
    if (known) return known
    if (closed)
      return Promise.reject(new FalconerError('unavailable', 'the endpoints are closing', { retryAfterSeconds: 1 }))
    const loading = (async () => {
      const endpoint = await records.get('endpoint', id)
      if (!endpoint) throw await unknownEndpoint(records, at)
      return { endpoint, serving: await loadRoutes(id, endpoint.body.routes) }
    })()
    placed.set(id, loading)
    loading.catch(() => {
      if (placed.get(id) === loading) placed.delete(id)
    })
    return loading
  }

  async function enter(
    at: At,
  ): Promise<{ readonly serving: Serving; readonly model: string; readonly leave: () => void }> {
    for (;;) {
      const { serving, endpoint } = await placeOf(at)
      const leave = serving.enter()
      if (leave) return { serving, model: endpoint.body.model, leave }
    }
  }

  function flip(id: string, next: Placed, before: Placed | undefined): void {
    placed.set(id, Promise.resolve(next))
    if (before) retire(before.serving)
  }

  function retire(serving: Serving): void {
    const retired = serving.retire().catch(() => {})
    retiring.add(retired)
    void retired.then(() => retiring.delete(retired))
  }

  function tallyOf(id: string): Tally {
    let tally = tallies.get(id)
    if (!tally) {
      tally = {
        requests: 0,
        predictions: 0,
        repeated: 0,
        failures: {},
        failedBeside: {},
        latency: createLatency(),
        claims: createClaims(),
      }
      tallies.set(id, tally)
    }
    return tally
  }

  /** Changes of one endpoint happen one after another. */
  async function inTurn<T>(id: string, change: () => Promise<T>): Promise<T> {
    const mine = (changing.get(id) ?? Promise.resolve()).then(change, change)
    changing.set(id, mine)
    try {
      return await mine
    } finally {
      if (changing.get(id) === mine) changing.delete(id)
    }
  }

  async function switchTo(change: {
    readonly at: At
    readonly model: string
    readonly routes: readonly Route[]
    readonly reason: string
    readonly actor: string
    readonly once?: string
    readonly before: Stored<Endpoint> | undefined
  }): Promise<Stored<Endpoint>> {
    const { at, routes, before } = change
    const id = endpointId(at.project, at.name)
    // What cannot be loaded any more is no reason not to replace it.
    const now = before && (await placeOf(at).catch(() => undefined))
    const serving = await loadRoutes(id, routes)
    try {
      const trial = await tryOut(log, id, serving, now?.serving)
      const oldLive = before && liveRoute(before.body.routes)
      const newLive = liveRoute(routes)
      // Two versions may have one file, and another threshold.
      const replaces = oldLive && (oldLive.semver !== newLive.semver || oldLive.digest !== newLive.digest)
      const previous = replaces ? oldLive : before?.body.previous
      const body: Endpoint = {
        project: at.project,
        name: at.name,
        model: change.model,
        routes,
        ...(previous && { previous: { semver: previous.semver, digest: previous.digest } }),
        switchedAt: clock.now(),
        createdAt: before?.body.createdAt ?? clock.now(),
      }
      const zone = await timeZone(records, at.project)
      await records.commit({
        at: clock.now(),
        actor: change.actor,
        ...(change.once !== undefined && { once: change.once }),
        puts: [
          { kind: 'endpoint', id, body, expect: before?.revision ?? 'absent' },
          ...(before
            ? []
            : [compactionTimer({ project: at.project, endpoint: at.name, at: clock.now(), zone }, latenessMs)]),
        ],
        audit: [
          {
            type: 'endpoint.switched',
            project: at.project,
            subject: id,
            reason: change.reason,
            data: { from: before?.body.routes ?? [], to: routes, trial },
          },
        ],
      })
      const stored = await records.get('endpoint', id)
      if (!stored) throw new FalconerError('internal', `the endpoint ${id} is gone right after it was written`)
      if (sameRoutes(stored.body.routes, routes)) flip(id, { endpoint: stored, serving }, now)
      // The same change was made before, and others since: what the record says is served.
      else retire(serving)
      return stored
    } catch (thrown) {
      retire(serving)
      throw thrown
    }
  }

  /** The one path of every prediction: keys, rows of the keys that are new, the log. */
  async function answer(
    at: At,
    request: string,
    keys: readonly string[],
    rowsOf: (serving: Serving, mine: readonly number[], now: number) => Promise<Table> | Table,
    deadlineMs?: number,
  ): Promise<readonly PredictionAnswer[]> {
    const id = endpointId(at.project, at.name)
    const started = realNow()
    const { serving, model, leave } = await enter(at)
    const tally = tallyOf(id)
    tally.requests++
    let refused: ErrorCode | undefined
    try {
      const firstRow = new Map<string, number>()
      keys.forEach((key, row) => {
        if (!firstRow.has(key)) firstRow.set(key, row)
      })
      let computed = 0
      const answers = await tally.claims.settle([...firstRow.keys()], async mine => {
        const known = await storedAnswers(log, id, mine)
        const open = mine.filter(key => !known.has(key))
        if (open.length === 0) return known
        const now = clock.now()
        const rows = open.map(key => firstRow.get(key)!)
        const features = await rowsOf(serving, rows, now)
        const result = await compute(runtime, serving, {
          endpoint: id,
          request,
          at: now,
          keys: open,
          features,
          elapsedMs: () => realNow() - started,
          shadowPatienceMs,
          deadlineMs,
        })
        for (const semver of result.failedBeside) {
          tally.failedBeside[semver] = (tally.failedBeside[semver] ?? 0) + open.length
        }
        const { repeated } = await log.append(result.batches)
        for (const given of result.answers) known.set(given.id, given)
        for (const [key, given] of await storedAnswers(log, id, repeated)) known.set(key, given)
        computed += open.length - repeated.length
        return known
      })
      tally.predictions += computed
      tally.repeated += keys.length - computed
      return await decisions.decided(
        { project: at.project, model },
        keys.map(key => answers.get(key)!),
      )
    } catch (thrown) {
      refused = asFalconerError(thrown).code
      tally.failures[refused] = (tally.failures[refused] ?? 0) + 1
      throw thrown
    } finally {
      leave()
      const ms = realNow() - started
      tally.latency.observe(ms)
      counter.observe(id, ms, refused)
    }
  }

  const deploy: Deploy = {
    route: ({ project, endpoint, model, routes, reason, actor, once }) =>
      inTurn(endpointId(project, endpoint), async () => {
        checkRoutes(routes)
        const before = await records.get('endpoint', endpointId(project, endpoint))
        if (before && sameRoutes(before.body.routes, routes)) return before
        return switchTo({ at: { project, name: endpoint }, model, routes, reason, actor, once, before })
      }),

    rollback: (at, { revision, reason, actor }) =>
      inTurn(endpointId(at.project, at.name), async () => {
        const before = await records.get('endpoint', endpointId(at.project, at.name))
        if (!before) throw await unknownEndpoint(records, at)
        if (before.revision !== revision) {
          throw new FalconerError(
            'stale',
            `the endpoint ${at.name} is at revision ${before.revision}, given ${revision}`,
          )
        }
        const routes = stepBack(before.body)
        if (!routes) {
          throw new FalconerError(
            'conflict',
            `${liveRoute(before.body.routes).semver} is the first version of ${at.name}`,
            {
              fix: 'There is no version before it; deploy another one.',
            },
          )
        }
        return switchTo({ at, model: before.body.model, routes, reason, actor, before })
      }),

    async predict(at, question, request) {
      if ('entities' in question) {
        const { entities } = question
        return answer(at, request, entities, async (serving, rows, now) => {
          if (!parts.features) {
            throw new FalconerError('bad-input', 'rows can be asked for by id only where a feature query is set up', {
              fix: 'Send {"records": [...]} with all columns of the model.',
            })
          }
          const ids = rows.map(row => entities[row]!)
          return featuresOf(await parts.features(at.project, ids, now), ids.length, serving.columns)
        })
      }
      const given = question.records
      const keys = keysOf(given).map((key, row) => key ?? `${request}/${row}`)
      return answer(at, request, keys, (serving, rows) =>
        tableOf(
          rows.map(row => given[row]!),
          rows,
          serving.columns,
        ),
      )
    },

    predictRows(at, { keys, rows }, request, options) {
      return answer(
        at,
        request,
        keys,
        (_serving, mine) => (mine.length === rows.rows ? rows : take(rows, Int32Array.from(mine))),
        options?.deadlineMs,
      )
    },

    async outcomes(at, outcomes) {
      const { serving } = await placeOf(at)
      const { task } = serving.live.model.output
      const knownAt = clock.now()
      const rejections = outcomes.map(({ value }) => rejection(value, task))
      const usable: Outcome[] = outcomes
        .filter((_, i) => rejections[i] === undefined)
        .map(({ id, value }) => ({ key: id, value, knownAt }))
      const receipts = usable.length > 0 ? await log.outcomes(endpointId(at.project, at.name), usable) : []
      let next = 0
      return outcomes.map(({ id }, i) => {
        const reason = rejections[i]
        if (reason !== undefined) return { id, status: 'rejected' as const, reason }
        const { key, ...receipt } = receipts[next++]!
        return { id: key, ...receipt }
      })
    },

    async prediction(at, key) {
      const [found] = await log.find(endpointId(at.project, at.name), [key])
      if (found) return found
      throw new FalconerError('not-found', `no prediction ${JSON.stringify(key)} at the endpoint ${at.name}`)
    },

    async performance(at, { from, to, by }) {
      const { serving } = await placeOf(at)
      const { task } = serving.live.model.output
      const zone = await timeZone(records, at.project)
      return performanceOf(log, endpointId(at.project, at.name), { from, to, by, zone, task })
    },

    load(at) {
      const { requests, predictions, repeated, failures, failedBeside, latency } = tallyOf(
        endpointId(at.project, at.name),
      )
      const [p50, p95, p99] = [0.5, 0.95, 0.99].map(p => latency.quantile(p) ?? null)
      return {
        requests,
        predictions,
        repeated,
        failures: { ...failures },
        failedBeside: { ...failedBeside },
        latencyMs: { p50: p50!, p95: p95!, p99: p99! },
      }
    },

    async facts(at) {
      const { endpoint, serving } = await placeOf(at)
      return { endpoint: endpoint.body, inputs: serving.inputs, output: serving.live.model.output }
    },

    async restore() {
      for (let after: string | undefined; ; ) {
        const page = await records.list('endpoint', { ...(after !== undefined && { after }) })
        await Promise.allSettled(page.items.map(({ body }) => placeOf({ project: body.project, name: body.name })))
        if (page.next === undefined) return
        after = page.next
      }
    },

    service: counter.between,

    handlers: { [compactHandler]: compaction.compact },

    async close() {
      closed = true
      const all = [...placed.values()]
      placed.clear()
      for (const place of all) await place.then(({ serving }) => retire(serving)).catch(() => {})
      await Promise.all(retiring)
      await counter.close()
      await compaction.close()
    },
  }
  return deploy
}

/** Why this cannot be an outcome; undefined where it can. */
function rejection(value: number | 'void', task: 'binary' | 'regression'): string | undefined {
  if (value === 'void') return undefined
  if (task === 'binary' && value !== 0 && value !== 1) return `The value is ${value}, must be 0, 1 or "void".`
  if (!Number.isFinite(value)) return `The value is ${value}, must be a finite number or "void".`
  return undefined
}

async function timeZone(records: LoopRecords, project: string): Promise<string> {
  return (await records.get('project', project))?.body.config.timezone ?? 'UTC'
}

async function unknownEndpoint(records: LoopRecords, { project, name }: At): Promise<FalconerError> {
  const { items } = await records.list('endpoint', { prefix: `${project}/`, limit: 20 })
  const there = items.map(({ body }) => body.name).join(', ')
  return new FalconerError(
    'not-found',
    `no endpoint ${JSON.stringify(name)} in the project ${JSON.stringify(project)}; ${there ? `there is ${there}` : 'it has none yet'}`,
  )
}
