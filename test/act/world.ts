/**
 * A small world for the action stage: real records, log, endpoint, clock and timers in memory; models that are one number;
 * a trainer, a diagnosis and limits that are a few lines each. A row is a true probability `p`; a model of weight w
 * answers 0.5 + w (p - 0.5): 1 knows the truth, 0 nothing, below 0 it is wrong about everything.
 */
import { tmpdir } from 'node:os'
import type { TestContext } from 'node:test'
import { type ActStage, createAct } from '../../src/act/act.ts'
import { canonicalJson } from '../../src/base/json.ts'
import type { Blobs, LoadedModel, PredictionLog, Runtime } from '../../src/base/ports.ts'
import { numbers } from '../../src/base/table.ts'
import { memoryBlobs } from '../../src/blobs/memoryBlobs.ts'
import { createDeploy, type Deploy } from '../../src/deploy/deploy.ts'
import { replayClock } from '../../src/engine/clock.ts'
import { createTicker, type Ticker } from '../../src/engine/ticker.ts'
import { createProjects } from '../../src/govern/projects.ts'
import { decisionRule, thresholdFor } from '../../src/loop/decision.ts'
import { alarmTimer } from '../../src/loop/policy.ts'
import { parseProject } from '../../src/loop/projectFile.ts'
import {
  type Action,
  type Alarm,
  type Diagnosis,
  endpointId,
  type LoopRecords,
  type ModelVersion,
  type Monitor,
  ordinal,
  stamp,
} from '../../src/loop/records.ts'
import type { DeploySteps, DiagnoseSteps, ModelSteps, ScoredRows, WatchSteps } from '../../src/loop/steps.ts'
import { createRegistry } from '../../src/model/registry.ts'
import { random } from '../../src/numeric/random.ts'
import { memoryPredictionLog } from '../../src/store/predictionLog.ts'
import { memoryRecords } from '../../src/store/records.ts'

export const hour = 3_600_000
export const day = 24 * hour
export const begin = Date.parse('2024-03-01T00:00:00Z')
export const at = { project: 'shop', name: 'returned' }

const yaml = `project: shop
model: returned
data: {source: visits.csv, id: visit_id, time: began, label: returned}
train: {recipe: boost, validate: last 10 days}
gate: {metric: brier, rows: newest 4 days, demand: not worse, margin: 0.02, retry: 3 days}
deploy:
  rollout: [{canary: 20 %, for: 6 hours}, live]
  verify: {metric: brier, for: 2 days, else: return}
watch: [{chart: ewma, of: brier}]
act: [{on: brier, do: retrain, cooldown: 10 days, budget: 3 per 30 days}]
`

/** What lasts when the process dies, and what the story plans. */
export interface Disk {
  readonly records: LoopRecords
  readonly log: PredictionLog
  readonly blobs: Blobs
  /**
   * Weights of the models that are trained, in turn: on the held-out rows, and of the refit when it is served. Of an action
   * for another threshold, the thresholds.
   */
  readonly candidates: readonly { readonly heldOut: number; readonly served: number }[]
  readonly diagnosis: Diagnosis
  readonly latenessMs: number
}

/** Called around everything that has an effect; throws where the process dies. */
export type Around = <T>(name: string, effect: () => Promise<T>) => Promise<T>

export interface World {
  readonly act: ActStage
  readonly deploy: Deploy
  readonly ticker: Ticker
  readonly records: LoopRecords
  now(): number
  /** Hour by hour: timers, visits, and what became of the visits six hours before. */
  play(until: number): Promise<void>
  /** The monitor is out of limits: as the watch stage would say it at the end of a day. */
  alarm(): Promise<string>
  /** Every action, oldest first. */
  actions(): Promise<readonly Action[]>
  newest(): Promise<Action & { readonly id: string }>
  live(): Promise<string | undefined>
  routes(): Promise<readonly string[]>
  state(semver: string): Promise<string | undefined>
  killSwitch(on: boolean): Promise<void>
  close(): Promise<void>
}

export const conceptShift: Diagnosis = { verdict: 'concept shift', advice: 'retrain', reasons: ['errors rose'] }

export async function disk(
  story: Partial<Pick<Disk, 'candidates' | 'diagnosis' | 'latenessMs'>> & {
    readonly change?: (yaml: string) => string
  } = {},
): Promise<Disk> {
  const records = memoryRecords({ now: () => 0 })
  const config = parseProject((story.change ?? (text => text))(yaml), () => undefined)
  await records.commit({
    at: begin,
    actor: 'admin',
    puts: [
      {
        kind: 'project',
        id: 'shop',
        body: {
          name: 'shop',
          config,
          yaml,
          query: config.data.query,
          appliedAt: begin,
          killSwitch: { on: false, by: '', reason: '' },
        },
      },
    ],
  })
  return {
    records,
    log: memoryPredictionLog({ now: () => 0 }),
    blobs: memoryBlobs(),
    candidates: story.candidates ?? [
      { heldOut: 0.5, served: 0.5 },
      { heldOut: 0.9, served: 0.9 },
    ],
    diagnosis: story.diagnosis ?? conceptShift,
    latenessMs: story.latenessMs ?? 12 * hour,
  }
}

export async function open(stored: Disk, around: Around = (_, effect) => effect()): Promise<World> {
  const records: LoopRecords = {
    ...stored.records,
    commit: commit =>
      around(`commit ${(commit.audit ?? []).map(({ type }) => type).join(' ')}`, () => stored.records.commit(commit)),
  }
  const clock = await replayClock(records, begin)
  const parts = { ...stored, records, clock }
  const realDeploy = createDeploy({
    ...parts,
    runtime: weightRuntime(),
    realNow: () => 0,
    shadowPatienceMs: Number.POSITIVE_INFINITY,
    tables: () => Promise.reject(new Error('days are not closed in this world')),
    scratch: tmpdir(),
  })
  const wrap = <T extends object>(steps: T): T =>
    Object.fromEntries(
      Object.entries(steps).map(([name, step]) => [name, (...given: unknown[]) => around(name, () => step(...given))]),
    ) as T
  const deploy: DeploySteps = wrap<DeploySteps>({ route: realDeploy.route, rollback: realDeploy.rollback })
  const watch = wrap<WatchSteps & DiagnoseSteps>(watchSteps(parts))
  const act = createAct({ ...parts, model: wrap(modelSteps(parts)), deploy, watch, jobDurationMs: hour / 2 })
  const forget = async ({ id }: { id: string }) => {
    await records.commit({ at: clock.now(), actor: 'falconer', removes: [{ kind: 'timer', id }] })
  }
  const ticker = createTicker({
    records,
    clock,
    handlers: { ...Object.fromEntries(Object.keys(realDeploy.handlers).map(name => [name, forget])), ...act.handlers },
    onError: () => {},
    attempts: 1,
  })
  const projects = createProjects({ records, clock, checkQuery: async () => {} })
  await realDeploy.restore()

  async function serve(from: number): Promise<void> {
    const endpoint = await records.get('endpoint', endpointId(at.project, at.name))
    if (!endpoint || endpoint.body.createdAt > from) return
    await realDeploy.predict(at, { records: visitsOf(from).map(({ id, p }) => ({ id, p })) }, `r${from}`)
    const before = visitsOf(from - 6 * hour)
    if (from - 6 * hour >= endpoint.body.createdAt) await realDeploy.outcomes(at, before)
  }

  const world: World = {
    act,
    deploy: realDeploy,
    ticker,
    records,
    now: clock.now,
    async play(until) {
      for (let next = Math.min(until, clock.now()); ; next = Math.min(until, next + hour)) {
        await ticker.advance(next)
        await serve(next)
        if (next === until) return
      }
    },
    async alarm() {
      const now = clock.now()
      const { items } = await records.list('alarm', { where: { state: 'open' } })
      const open = items.at(-1)
      const id = open?.id ?? `shop/returned/${stamp(now)}/brier`
      const body: Alarm = open
        ? { ...open.body, windowsOut: open.body.windowsOut + 1 }
        : {
            project: 'shop',
            endpoint: 'returned',
            monitor: 'brier',
            openedAt: now,
            state: 'open',
            severity: 'critical',
            semver: (await world.live()) ?? '',
            headline: 'brier is out of its limits',
            first: '',
            last: '',
            windowsOut: 1,
          }
      const timer = alarmTimer(id, { project: 'shop', endpoint: 'returned' } as Monitor, now)
      await records.commit({
        at: now,
        actor: 'falconer',
        puts: [
          { kind: 'alarm', id, body },
          { kind: 'timer', ...timer },
        ],
      })
      return id
    },
    async actions() {
      return (await records.list('action')).items.map(({ body }) => body)
    },
    async newest() {
      const { items } = await records.list('action', { order: 'descending', limit: 1 })
      const [newest] = items
      if (!newest) throw new Error('there is no action')
      return { ...newest.body, id: newest.id }
    },
    async live() {
      const endpoint = await records.get('endpoint', endpointId(at.project, at.name))
      return endpoint?.body.routes.find(({ mode }) => mode === 'live')?.semver
    },
    async routes() {
      const endpoint = await records.get('endpoint', endpointId(at.project, at.name))
      return (endpoint?.body.routes ?? []).map(({ mode, semver }) => `${mode} ${semver}`)
    },
    async state(semver) {
      return (await records.list('version', { where: { semver } })).items[0]?.body.state
    },
    killSwitch: on => projects.killSwitch('shop', on, 'enough', 'ann'),
    async close() {
      await ticker.stop()
      await realDeploy.close()
    },
  }
  return world
}

/** Closed when the test ends. */
export async function start(
  t: Pick<TestContext, 'after'>,
  story?: Parameters<typeof disk>[0],
  around?: Around,
): Promise<World & { readonly disk: Disk }> {
  const stored = await disk(story)
  const world = await open(stored, around)
  t.after(async () => {
    await world.close()
    await closeDisk(stored)
  })
  return { ...world, disk: stored }
}

/** 1.0.0 is live since the first hour, and six days later what it has not seen suffices for a gate. */
export async function served(t: Pick<TestContext, 'after'>, story?: Parameters<typeof disk>[0]) {
  const world = await start(t, story)
  await world.act.request('shop', 'returned', 'ann')
  await world.ticker.advance(begin + 6 * day)
  return world
}

export async function closeDisk({ records, log }: Disk): Promise<void> {
  await log.close()
  await records.close()
}

// ------------------------------------------------------------ visits

const visitsAnHour = 20

/** Always the same for an hour: day and hour share their luck, so that rows are not independent. */
function visitsOf(from: number): { readonly id: string; readonly p: number; readonly value: 0 | 1 }[] {
  const luck = 0.1 * (random(`day ${Math.floor(from / day)}`).next() - 0.5)
  const draw = random(`visits ${from}`)
  return Array.from({ length: visitsAnHour }, (_, i) => {
    const p = 0.05 + 0.9 * draw.next()
    return { id: `${stamp(from)} ${i}`, p, value: draw.next() < p + luck ? 1 : 0 }
  })
}

function answer(weight: number, p: number): number {
  return 0.5 + weight * (p - 0.5)
}

// ------------------------------------------------------------ models

/** Of mistakes, in stories about thresholds: nobody is a yes to begin with, because 1.0.0 never answers 0.75. */
export const costs = { falsePositive: 3, falseNegative: 1 }

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(canonicalJson(value))
}

/** Runs models that are a weight. */
function weightRuntime(): Runtime {
  return {
    async load(bytes) {
      const { weight } = JSON.parse(new TextDecoder().decode(bytes)) as { weight: number }
      return {
        loadMs: 0,
        inputs: [{ name: 'p', kind: 'number', width: 1 }],
        output: { name: 'probability', task: 'binary' },
        predict: async rows => numbers(rows, 'p').map(p => answer(weight, p)),
        unload: async () => {},
      }
    },
    predictAll: (models, rows) => models.map((model: LoadedModel) => model.predict(rows)),
    close: async () => {},
  }
}

interface Parts extends Disk {
  readonly clock: { now(): number }
}

/** Trains what the story plans: the candidate of the n-th action is the n-th of the list, the last one again after it. */
function modelSteps({ records, blobs, clock, candidates }: Parts): ModelSteps {
  const { mark } = createRegistry({ records, blobs, clock, release: '0' })
  const planned = async (action: string) => {
    const { items } = await records.list('action', { prefix: 'shop/returned/' })
    const nth = items.filter(({ body }) => body.kind !== 'rollback').findIndex(({ id }) => id === action)
    return candidates[Math.min(nth, candidates.length - 1)]!
  }
  const weightOf = async (digest: string) =>
    (JSON.parse(new TextDecoder().decode(await blobs.get(digest))) as { weight: number }).weight
  const thresholdOf = async (semver: string) => {
    const { items } = await records.list('version', { where: { semver } })
    return items[0]?.body.decision?.threshold ?? thresholdFor(costs)
  }
  return {
    async train({ action, asOf, holdFrom, champion, adjust }) {
      const plan = await planned(action)
      const other = champion && (await weightOf(champion.digest))
      const heldOut = adjust === 'threshold' ? other! : plan.heldOut
      const ids: string[] = []
      const times: number[] = []
      const label: number[] = []
      const ps: number[] = []
      for (let from = holdFrom; from < asOf; from += hour) {
        for (const { id, p, value } of visitsOf(from)) {
          ids.push(id)
          times.push(from)
          label.push(value)
          ps.push(p)
        }
      }
      const scored: ScoredRows = {
        ids,
        at: times,
        label,
        candidate: ps.map(p => answer(heldOut, p)),
        ...(other !== undefined && { champion: ps.map(p => answer(other, p)) }),
        segments: {},
      }
      return {
        input: await blobs.put(encode({ asOf, holdFrom })),
        candidate: await blobs.put(encode({ weight: heldOut })),
        trainedRows: 1000,
        scored: await blobs.put(encode(scored)),
        scoredRows: label.length,
        metrics: {},
        reference: await blobs.put(encode({})),
        skew: { compared: 0, different: 0 },
        ...(adjust === 'threshold' && {
          trial: { costs, candidate: plan.heldOut, champion: await thresholdOf(champion!.semver) },
        }),
      }
    },
    async refit({ action, asOf, adjust, champion }) {
      const { served } = await planned(action)
      const model = adjust === 'threshold' ? champion!.digest : await blobs.put(encode({ weight: served, action }))
      const decision = adjust === 'threshold' && { threshold: served, costs }
      return {
        ...(decision && { decision }),
        model,
        trainedRows: 1100,
        trainingSet: model,
        from: 0,
        to: asOf,
        importance: [],
        notes: [],
      }
    },
    async register({ project, model, action, asOf, train, refit, changes }) {
      const { items } = await records.list('version', { prefix: `${project}/${model}/` })
      const there = items.find(({ body }) => body.lineage.action === action)
      if (there) return there
      const number = items.length + 1
      const config = (await records.get('project', project))!.body.config
      const decision = refit.decision ?? decisionRule(config.deploy.decision)
      const id = `${project}/${model}/${ordinal(number)}`
      const body: ModelVersion = {
        project,
        model,
        version: number,
        semver: `1.${number - 1}.0`,
        digest: refit.model,
        sizeBytes: 1,
        signature: { inputs: [{ name: 'p', kind: 'number' }], output: { name: 'probability', task: 'binary' } },
        lineage: {
          datasets: [],
          query: '',
          trainingSet: refit.trainingSet,
          rows: refit.trainedRows,
          from: refit.from,
          to: refit.to,
          asOf,
          recipe: { kind: 'boost', parameters: {} },
          seed: 1,
          falconer: '0',
          action,
        },
        ...(decision && { decision }),
        metrics: {},
        evaluatedRows: train.scoredRows,
        evidence: train.scored,
        reference: train.reference,
        changes,
        state: 'registered',
        registeredAt: clock.now(),
      }
      const audit = [{ type: 'version.registered', project, subject: id }]
      await records.commit({ at: clock.now(), actor: 'falconer', puts: [{ kind: 'version', id, body }], audit })
      return (await records.get('version', id))!
    },
    cancel: async () => {},
    mark,
  }
}

// ------------------------------------------------------------ watch

function watchSteps({ records, blobs, diagnosis }: Parts): WatchSteps & DiagnoseSteps {
  return {
    async renew({ project, endpoint, version, at: now, once }) {
      const { items } = await records.list('alarm', { where: { state: 'open' } })
      await records.commit({
        at: now,
        actor: 'falconer',
        once,
        puts: items.map(({ id, body }) => ({
          kind: 'alarm',
          id,
          body: { ...body, state: 'resolved', resolvedAt: now },
        })),
        audit: [{ type: 'limits.set', project, subject: `${project}/${endpoint}`, reason: version.semver }],
      })
    },
    diagnose: async () => ({ diagnosis, evidence: await blobs.put(encode(diagnosis)) }),
  }
}
