/**
 * The model stage: turns a request to train into a job, keeps what the feature query has answered, registers versions.
 * A step asked twice finds its job and answers with the same result.
 */
import { FalconerError } from '../base/errors.ts'
import { sha256Json } from '../base/hash.ts'
import { putJson, readJson } from '../base/jsonBlob.ts'
import type { Blobs, Clock, Digest, Engine, PredictionLog, Tables } from '../base/ports.ts'
import { type Table, table } from '../base/table.ts'
import type { ProjectConfig } from '../loop/project.ts'
import { endpointId, type LoopRecords, type Project, servedName } from '../loop/records.ts'
import type { ModelSteps, RefitResult, TrainRequest, TrainResult } from '../loop/steps.ts'
import { type Boosted, readBoosted } from '../trees/boosted.ts'
import { createAdjustment } from './adjustment.ts'
import { type Contributions, contributionsOf } from './contributions.ts'
import { createRegistry, type Registry } from './registry.ts'
import type { CandidateResult } from './trainCandidate.ts'
import type { DatasetContent, TrainingInput } from './trainingInput.ts'

export interface ModelStage extends ModelSteps, Registry {
  /** Why a version says what it says of these rows. Errors: `bad-input` for a version that is no tree model. */
  explain(project: string, model: string, semver: string, rows: Table): Promise<Contributions>
}

export interface ModelDependencies {
  readonly records: LoopRecords
  readonly blobs: Blobs
  readonly engine: Engine
  readonly log: PredictionLog
  readonly clock: Clock
  readonly openTables: () => Promise<Tables>
  /** A folder for temporary files. */
  readonly folder: string
  /** Program and arguments that run a job of this name. */
  readonly program: (name: 'train' | 'refit') => readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly release: string
  /** Runs the refit that a passed gate will ask for beside the training, for nothing where the gate refuses. */
  readonly refitEarly: boolean
}

/** Tree models kept in memory for explanations. */
const keptModels = 8

export function createModel(dependencies: ModelDependencies): ModelStage {
  const { records, blobs, engine, program, environment } = dependencies

  /** Submits the job unless it is there already. */
  async function submit(name: 'train' | 'refit', action: string, input: () => Promise<TrainingInput>): Promise<void> {
    const id = jobId(action, name)
    if (await engine.status(id)) return
    await engine.submit({ id, argv: program(name), environment, input: await putJson(blobs, await input()) })
  }

  async function resultOf(name: 'train' | 'refit', action: string): Promise<unknown> {
    const id = jobId(action, name)
    const end = await engine.wait(id)
    if (end.state === 'succeeded' && end.result) return readJson(blobs, end.result)
    const log = await engine.log(id, 2000)
    throw new FalconerError('job-failed', `Job ${id} ${end.state}: ${end.error ?? lastLine(log) ?? 'no message'}`, {
      fix: `Read its log with GET /v1/jobs/${encodeURIComponent(id)}/log.`,
    })
  }

  const registry = createRegistry(dependencies)
  const adjustment = createAdjustment({ ...dependencies, version: registry.version })
  const boosted = new Map<Digest, Boosted>()

  return {
    ...registry,

    async explain(project, model, semver, rows) {
      const { body } = await registry.version(project, model, semver)
      if (body.lineage.recipe.kind !== 'boost') {
        throw new FalconerError(
          'bad-input',
          `Version ${semver} is a ${body.lineage.recipe.kind} model; trees are explained.`,
          {
            fix: 'Ask for a version trained with the recipe boost.',
          },
        )
      }
      let read = boosted.get(body.digest)
      if (!read) {
        read = readBoosted(await blobs.get(body.digest))
        if (boosted.size >= keptModels) boosted.delete(boosted.keys().next().value!)
        boosted.set(body.digest, read)
      }
      return contributionsOf(read.ensemble, read.encoders, rows)
    },

    async train(request): Promise<TrainResult> {
      if (request.adjust) return adjustment.train(request)
      const { action } = request
      await submit('train', action, () => trainingInput(request, dependencies))
      // Read back, because after a restart the job is there already with the input that it was given then.
      const input = await jobInput(engine, blobs, jobId(action, 'train'))
      if (dependencies.refitEarly) {
        await submit('refit', action, async () => ({ ...input, served: [] }))
        await engine.wait(jobId(action, 'refit'))
      }
      const { known, ...rest } = (await resultOf('train', action)) as CandidateResult
      await records.commit({
        at: request.asOf,
        actor: 'falconer',
        once: `${request.action}/features`,
        puts: [
          {
            kind: 'features',
            id: featureCacheId(request.project, input),
            body: {
              project: request.project,
              content: known.content,
              rows: known.rows,
              comparedTo: request.asOf,
              skew: rest.skew,
            },
          },
        ],
      })
      return { ...rest, input: await putJson(blobs, input) }
    },

    async cancel(action) {
      for (const name of ['train', 'refit'] as const) {
        const id = jobId(action, name)
        const status = await engine.status(id)
        if (status && (status.state === 'waiting' || status.state === 'running')) await engine.cancel(id)
      }
    },

    async refit(request): Promise<RefitResult> {
      if (request.adjust) return adjustment.refit(request)
      await submit('refit', request.action, async () => {
        const trained = await engine.status(jobId(request.action, 'train'))
        if (!trained?.result) throw new FalconerError('conflict', `Action ${request.action} has not trained yet.`)
        const { known } = (await readJson(blobs, trained.result)) as CandidateResult
        return { ...(await jobInput(engine, blobs, trained.id)), known: known.content, served: [] }
      })
      return (await resultOf('refit', request.action)) as RefitResult
    },
  }
}

/** Collects what a training job needs, by digest. */
async function trainingInput(request: TrainRequest, dependencies: ModelDependencies): Promise<TrainingInput> {
  const { records } = dependencies
  const stored = await records.get('project', request.project)
  if (!stored) throw new FalconerError('not-found', `There is no project ${request.project}.`)
  const { query } = stored.body
  const config = withWindow(stored.body.config, request)
  const datasets = await newestDatasets(stored.body, records)
  const endpoint = await records.get('endpoint', endpointId(request.project, config.deploy.endpoint))
  const bare: TrainingInput = { request, config, query, datasets, served: [] }
  const cache = await records.get('features', featureCacheId(request.project, bare))
  const known = cache && { known: cache.body.content }
  if (!endpoint) return { ...bare, ...known }
  const loggedFrom = endpoint.body.createdAt
  const from = config.train.windowMs === 'all' ? loggedFrom : Math.max(loggedFrom, request.asOf - config.train.windowMs)
  const scratch = await dependencies.openTables()
  try {
    return {
      ...bare,
      ...known,
      loggedFrom,
      labels: await exportLabels(config, from, request.asOf, scratch, dependencies),
      served: await servedSince(config, cache?.body.comparedTo ?? loggedFrom, request.asOf, scratch, dependencies),
    }
  } finally {
    await scratch.close()
  }
}

/** The rows of this training may reach back another time than those of others. */
function withWindow(config: ProjectConfig, { windowMs }: TrainRequest): ProjectConfig {
  return windowMs === undefined ? config : { ...config, train: { ...config.train, windowMs } }
}

async function newestDatasets(
  { name: project, config }: Project,
  records: LoopRecords,
): Promise<readonly DatasetContent[]> {
  return Promise.all(
    Object.keys(config.datasets)
      .sort()
      .map(async name => {
        const { items } = await records.list('dataset', {
          prefix: `${project}/${name}/`,
          order: 'descending',
          limit: 1,
        })
        const newest = items[0]?.body
        if (!newest) {
          throw new FalconerError('not-found', `Dataset ${name} of project ${project} has no version yet.`, {
            fix: `Import it: falconer apply, or POST /v1/projects/${project}/datasets/${name}/versions.`,
          })
        }
        return { name, version: newest.version, digest: newest.digest, content: newest.content }
      }),
  )
}

/** Keys, cutoffs and labels of the logged rows, as known at `asOf`, as a Parquet blob. */
async function exportLabels(
  { project, deploy }: ProjectConfig,
  from: number,
  asOf: number,
  scratch: Tables,
  { log, blobs, folder }: ModelDependencies,
): Promise<Digest> {
  const logged = await log.labels(endpointId(project, deploy.endpoint), from, asOf, asOf)
  await scratch.load(
    'labels',
    table([
      { name: 'id', kind: 'text', values: logged.keys },
      { name: 'cutoff', kind: 'time', values: logged.at },
      { name: 'label', kind: 'number', values: logged.values },
    ]),
  )
  const path = `${folder}/labels-${project}.parquet`
  await scratch.write('select * from labels', path)
  return blobs.putFile(path)
}

/** Rows as served since an instant: closed segments of the log, and the tail that no segment holds yet. */
async function servedSince(
  { project, deploy }: ProjectConfig,
  from: number,
  asOf: number,
  scratch: Tables,
  { records, log, blobs, folder }: ModelDependencies,
): Promise<readonly Digest[]> {
  const { items } = await records.list('segment', { prefix: `${project}/${deploy.endpoint}/`, limit: 10_000 })
  const segments = items.map(({ body }) => body).filter(({ to }) => to > from)
  const covered = items.at(-1)?.body.to ?? from
  const tail = await log.window(endpointId(project, deploy.endpoint), Math.max(covered, from), asOf)
  const served = segments.map(({ content }) => content)
  if (tail.rows === 0) return served
  await scratch.load(
    'tail',
    table([
      { name: 'key', kind: 'text', values: tail.keys },
      { name: 'at', kind: 'time', values: tail.at },
      ...tail.features.columns.map(feature => ({ ...feature, name: servedName(feature.name) })),
    ]),
  )
  const path = `${folder}/tail-${project}.parquet`
  await scratch.write('select * from tail', path)
  return [...served, await blobs.putFile(path)]
}

/** The question that a feature cache answers: the query, its id, and the data under it. */
function featureCacheId(project: string, { query, datasets, config }: TrainingInput): string {
  return `${project}/${sha256Json({ query, id: config.data.id, datasets: datasets.map(({ name, digest }) => ({ name, digest })) })}`
}

function jobId(action: string, name: string): string {
  return `${action}/${name}`
}

/** The input that a job was given when it was submitted. */
async function jobInput(engine: Engine, blobs: Blobs, id: string): Promise<TrainingInput> {
  const status = await engine.status(id)
  if (!status) throw new FalconerError('not-found', `There is no job ${id}.`)
  return (await readJson(blobs, status.input)) as TrainingInput
}

function lastLine(log: string): string | undefined {
  return log.trim().split('\n').at(-1)
}
