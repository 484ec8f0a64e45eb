/**
 * The platform put together: the one place where implementations are chosen and the stages get to know of each other.
 * The ring closes here: what one stage asks of another is handed over as functions.
 */
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pino } from 'pino'
import { createAct } from './act/act.ts'
import { createNotices } from './act/notices.ts'
import { type Column, numbers, table } from './base/table.ts'
import { fileBlobs } from './blobs/fileBlobs.ts'
import type { RunningServer, ServeOptions } from './cli/tools.ts'
import { createData } from './data/data.ts'
import { checkQuery } from './data/queryRules.ts'
import { type At, createDeploy } from './deploy/deploy.ts'
import { replayClock, wallClock } from './engine/clock.ts'
import { localEngine } from './engine/localEngine.ts'
import { createTicker } from './engine/ticker.ts'
import { verifyAudit } from './govern/audit.ts'
import { modelCard } from './govern/card.ts'
import { createKeys } from './govern/keys.ts'
import { createProjects } from './govern/projects.ts'
import type { Explanation, Platform } from './http/platform.ts'
import { createServer } from './http/server.ts'
import type { LoopRecords, ModelVersion } from './loop/records.ts'
import { ordinal } from './loop/records.ts'
import { createModel } from './model/model.ts'
import { createMessenger } from './notify/messenger.ts'
import { oipRoutes } from './oip/routes.ts'
import { onnxRuntime } from './runtime/onnxRuntime.ts'
import { lockDataDirectory } from './store/lock.ts'
import { openPredictionLog } from './store/predictionLog.ts'
import { openRecords } from './store/records.ts'
import { duckTables } from './tables/duckTables.ts'
import { createWatch } from './watch/watch.ts'

export interface PlatformOptions extends ServeOptions {
  /** Version of Falconer. */
  readonly version: string
  /** Program and arguments of the command line, which also runs the jobs. */
  readonly program: readonly string[]
  /** Folder with the built pages. */
  readonly pages: string
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** How long outcomes of a day are waited for before it is closed. */
const latenessMs = dayMs
/** What a job takes on a replay clock, which stands still while it really runs. */
const replayedJobMs = hourMs / 2
/** What runs is given so long to end when the server stops. */
const drainMs = 10_000

/** Opens the data directory and serves it. Errors: `locked`, `unavailable` where the port is taken. */
export async function serve(options: PlatformOptions): Promise<RunningServer> {
  const lock = lockDataDirectory(options.data)
  /** What has been opened, to be closed in the opposite order, also when a later part does not open. */
  const opened: (() => unknown)[] = [() => lock.release()]
  const close = async (): Promise<void> => {
    for (const end of opened.splice(0).reverse()) await end()
  }
  try {
    return { ...(await open(options, opened)), close }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

async function open(options: PlatformOptions, opened: (() => unknown)[]): Promise<Omit<RunningServer, 'close'>> {
  const { data: folder } = options
  const realTime = Date.now
  const logger = pino({ level: options.logLevel, base: null }, process.stderr)
  const scratch = join(folder, 'scratch')
  mkdirSync(scratch, { recursive: true })
  // What is replayed survives a killed process; only a power cut makes it necessary to play the last seconds again.
  const synchronous = options.clock === 'replay' ? 'NORMAL' : 'FULL'
  const records = openRecords(join(folder, 'records.db'), { now: realTime, synchronous })
  opened.push(() => records.close())
  const log = openPredictionLog(join(folder, 'predictions.db'), { now: realTime, synchronous })
  opened.push(() => log.close())
  const blobFolder = join(folder, 'blobs')
  const blobs = fileBlobs(blobFolder)
  const cpus = availableParallelism()
  const engine = localEngine({ dir: join(folder, 'jobs'), blobs, cpus, now: realTime })
  const runtime = onnxRuntime()
  opened.push(() => runtime.close())
  const clock = options.clock === 'replay' ? await replayClock(records) : wallClock()

  const data = createData({ records, blobs, clock, openTables: () => duckTables() })
  opened.push(() => data.close())
  const deploy = createDeploy({
    records,
    log,
    blobs,
    runtime,
    clock,
    features: data.features,
    realNow: () => performance.now(),
    tables: () => duckTables(),
    scratch,
    latenessMs,
    // A replay has time, and has to come to the same end on a busy machine.
    ...(clock.mode === 'replay' && { shadowPatienceMs: Number.POSITIVE_INFINITY }),
  })
  opened.push(() => deploy.close())
  const model = createModel({
    records,
    blobs,
    engine,
    log,
    clock,
    openTables: () => duckTables(),
    folder: scratch,
    program: name => [...options.program, 'job', name],
    environment: { FALCONER_BLOBS: blobFolder },
    release: options.version,
    // The clock of a replay stands still while a job runs: a second core may as well work.
    refitEarly: clock.mode === 'replay' && cpus > 1,
  })
  const watch = createWatch({ records, log, blobs, clock, explain: model.explain, service: deploy.service })
  const act = createAct({
    records,
    log,
    blobs,
    clock,
    model,
    deploy,
    watch,
    jobDurationMs: clock.mode === 'replay' ? replayedJobMs : 0,
    latenessMs,
  })
  const notices = createNotices({
    records,
    clock,
    messenger: createMessenger({ environment: process.env, now: realTime }),
    onError: error => logger.error({ err: error }, 'messages to people could not be prepared'),
  })
  const ticker = createTicker({
    records,
    clock,
    handlers: { ...deploy.handlers, ...watch.handlers, ...act.handlers, ...notices.handlers },
    onError: (error, timer, attempt) => logger.error({ err: error, timer: timer?.id, attempt }, 'a timer failed'),
  })
  const keys = createKeys({ records, clock, now: realTime, randomBytes })
  const projects = createProjects({
    records,
    clock,
    async checkQuery(config) {
      const tables = await duckTables()
      await checkQuery(tables, config.data.query, [...Object.keys(config.datasets), 'entities']).finally(() =>
        tables.close(),
      )
    },
  })
  const first = await keys.firstKey()
  await deploy.restore()

  const platform: Platform = {
    version: options.version,
    records,
    log,
    blobs,
    engine,
    clock: { mode: clock.mode, now: clock.now, advance: to => advance(to) },
    keys,
    projects,
    data,
    models: {
      ...model,
      train: ({ project, name }, actor, wish) => act.request(project, name, actor, wish),
      card: version => card(version),
    },
    endpoints: { ...deploy, rollback: act.rollback, explain },
    monitors: {
      ...watch.desk,
      async edit(project, monitor, entry, reason, actor) {
        const edited = await projects.editMonitor(project, monitor, entry, reason, actor)
        // At once, for who waits; the timer that was left with the change does it if this process dies now.
        await watch.sync(project)
        return edited
      },
    },
    alarms: watch,
    notices,
    actions: act,
    audit: { verify: () => verifyAudit(records) },
  }

  const server = createServer(platform, {
    host: options.host,
    port: options.port,
    hostNames: options.hostNames,
    insecureLocal: options.insecureLocal,
    pages: options.pages,
    scratch,
    bodyBytes: 32 * 2 ** 20,
    uploadBytes: 4 * 2 ** 30,
    concurrent: 256,
    logger,
    realTime,
    protocols: [
      ({ guard, mayTouch }) =>
        oipRoutes({
          deploy,
          version: options.version,
          endpoints: async () =>
            (await records.list('endpoint', { limit: 10_000 })).items.map(({ body: { project, name } }) => ({
              project,
              name,
            })),
          guard,
          mayTouch,
        }),
    ],
  })
  opened.push(async () => {
    // Jobs first: a request that waits for one would hold the server open until it has ended.
    const drained = server.close(drainMs)
    await engine.close()
    await drained
    await Promise.race([ticker.stop(), pause(drainMs, undefined, { ref: false })])
  })
  const url = await server.listen()
  await notices.start()
  opened.push(() => notices.stop())
  ticker.start()

  async function advance(to: number): Promise<{ now: number; busy: { jobs: number; timers: number } }> {
    const { now } = await ticker.advance(to)
    const { items } = await records.list('timer', { limit: 10_000 })
    return { now, busy: { jobs: 0, timers: items.length } }
  }

  async function explain(at: At, key: string): Promise<Explanation> {
    const prediction = await deploy.prediction(at, key)
    const endpoint = (await records.get('endpoint', `${at.project}/${at.name}`))!.body
    const { signature } = (await model.version(at.project, endpoint.model, prediction.version)).body
    // The signature says what a column is: a missing number is logged as null, like a missing text.
    const columns = signature.inputs.map(({ name, kind }): Column => {
      const value = prediction.features[name] ?? null
      return kind === 'number'
        ? { name, kind, values: Float64Array.of(typeof value === 'number' ? value : Number.NaN) }
        : { name, kind, values: [value === null ? null : String(value)] }
    })
    const { base, values } = await model.explain(at.project, endpoint.model, prediction.version, table(columns))
    return {
      version: prediction.version,
      base,
      output: prediction.output,
      contributions: values.columns.map(({ name }) => ({
        feature: name,
        value: prediction.features[name] ?? null,
        contribution: numbers(values, name)[0]!,
      })),
    }
  }

  async function card(version: ModelVersion): Promise<{ markdown: string; parts: unknown }> {
    const { project, model: name, lineage } = version
    const datasets = lineage.datasets.map(async ({ dataset, version: number }) => {
      const stored = await records.get('dataset', `${project}/${dataset}/${ordinal(number)}`)
      return stored?.body
    })
    return modelCard({
      version,
      evidence: await model.evidence(version),
      project: (await records.get('project', project))!.body.config,
      datasets: (await Promise.all(datasets)).filter(found => found !== undefined),
      history: (await model.versions(project, name)).map(({ body }) => body),
    })
  }

  return { url, signInLink: server.signInLink(), ...(first && { adminKey: first.key }) }
}

/** Checks the audit chain of a data directory that no server has open. */
export async function verifyAuditOf(folder: string): ReturnType<typeof verifyAudit> {
  const lock = lockDataDirectory(folder)
  const records: LoopRecords = openRecords(join(folder, 'records.db'), { now: Date.now })
  try {
    return await verifyAudit(records)
  } finally {
    await records.close()
    lock.release()
  }
}
