/**
 * A small world for the watch stage: real records, log, clock and timers in memory; days of rows whose outcomes come six
 * hours after they were predicted. A version says `p`, the world says 1 with probability `truth(p)`.
 */
import { canonicalJson } from '../../src/base/json.ts'
import type { Blobs, PredictionLog } from '../../src/base/ports.ts'
import { numbers, type Table, table, take, texts } from '../../src/base/table.ts'
import { memoryBlobs } from '../../src/blobs/memoryBlobs.ts'
import { replayClock } from '../../src/engine/clock.ts'
import { createTicker } from '../../src/engine/ticker.ts'
import { fitEstimator } from '../../src/loop/estimator.ts'
import { alarmHandler } from '../../src/loop/policy.ts'
import { parseProject } from '../../src/loop/projectFile.ts'
import { type Alarm, type LoopRecords, type Measurement, type ModelVersion, ordinal } from '../../src/loop/records.ts'
import { buildReference } from '../../src/loop/reference.ts'
import { random } from '../../src/numeric/random.ts'
import { memoryPredictionLog } from '../../src/store/predictionLog.ts'
import { memoryRecords } from '../../src/store/records.ts'
import type { ServiceOf } from '../../src/watch/look.ts'
import { createWatch, type Watch } from '../../src/watch/watch.ts'

export const hour = 3_600_000
export const day = 24 * hour
/** Midnight in New York. */
export const begin = Date.parse('2024-05-01T04:00:00Z')
const zone = 'America/New_York'
const id = 'shop/returned'

const usualMonitors = ['{chart: ewma, of: observed - expected}', '{chart: ewma, of: auc}', '{drift: features}']

/** falconer.yaml with these entries of `watch`. */
export function yamlOf(monitors: readonly string[] = usualMonitors): string {
  return `project: shop
model: returned
timezone: ${zone}
data: {source: visits.csv, id: visit_id, time: began, label: returned}
watch:
${monitors.map(entry => `  - ${entry}\n`).join('')}act: []
`
}

export interface DayOfWorld {
  readonly features: Table
  readonly outputs: Float64Array
  readonly truth: Float64Array
}

/** What a day is like; left out, it is like every other. */
export interface Change {
  readonly rows?: number
  /** Added to the share of ones. */
  readonly more?: number
  /** Added to the visitors' age. */
  readonly older?: number
  readonly frozen?: boolean
  /** Share of the outcomes that come. */
  readonly known?: number
  /** Outcomes of all rows come so much after their prediction; six hours otherwise. */
  readonly delayMs?: number
  /** Requests that the rows of the day come in, evenly over the day; one at noon otherwise. */
  readonly requests?: number
  /** The model finds every row hard to tell: all answers are near a half. */
  readonly unsure?: boolean
  /** Share of the ages that are missing. */
  readonly missing?: number
  /** Added to the share of ones of this shop alone. */
  readonly moreAt?: { readonly shop: string; readonly more: number }
}

export interface World {
  readonly records: LoopRecords
  readonly log: PredictionLog
  readonly blobs: Blobs
  readonly watch: Watch
  readonly version: ModelVersion
  /** One day of requests, their outcomes, and everything that is due until the next midnight. */
  play(change?: Change, answered?: { canary: string; shadows: readonly string[] }): Promise<void>
  measurements(monitor: string): Promise<readonly Measurement[]>
  alarms(monitor?: string): Promise<readonly (Alarm & { readonly id: string })[]>
  /** Another falconer.yaml is applied. */
  apply(monitors: readonly string[]): Promise<void>
  /** Timers for the action stage that nobody has answered. */
  asked(): Promise<number>
  now(): number
}

export function dayOf(
  seed: string,
  at: number,
  { rows = 200, more = 0, older = 0, frozen = false, unsure = false, missing = 0, moreAt }: Change = {},
): DayOfWorld {
  const rng = random(seed).fork(at)
  const mood = 0.03 * rng.normal()
  const sure = Float64Array.from({ length: rows }, () => 0.1 + 0.6 * rng.next())
  const outputs = unsure ? sure.map(p => 0.5 + (p - 0.4) / 5) : sure
  const truth = outputs.map(p => (rng.next() < Math.min(1, p + mood + more) ? 1 : 0))
  const drift = rng.normal() + older
  const features = table([
    {
      name: 'age',
      kind: 'number',
      values: Float64Array.from({ length: rows }, () => (frozen ? 40 : 40 + 2 * drift + 8 * rng.normal())),
    },
    { name: 'shop', kind: 'text', values: Array.from({ length: rows }, () => 'abc'[rng.below(3)]!) },
  ])
  const again = rng.fork('again')
  const ages = numbers(features, 'age')
  for (let row = 0; row < rows && missing > 0; row++) if (again.next() < missing) ages[row] = Number.NaN
  for (let row = 0; row < rows && moreAt; row++) {
    if (texts(features, 'shop')[row] === moreAt.shop) truth[row] = again.next() < outputs[row]! + moreAt.more ? 1 : 0
  }
  return { features, outputs, truth }
}

/** `around` is called with every commit of the stage; it may throw before or after, as a process dies. */
export async function world(
  seed: string,
  disk?: { records: LoopRecords; log: PredictionLog; blobs: Blobs },
  around: <T>(commit: () => Promise<T>) => Promise<T> = commit => commit(),
  monitors: readonly string[] = usualMonitors,
  service?: ServiceOf,
): Promise<World> {
  const yaml = yamlOf(monitors)
  const config = parseProject(yaml, () => undefined)
  const stored = disk?.records ?? memoryRecords({ now: Date.now })
  const records: LoopRecords = { ...stored, commit: commit => around(() => stored.commit(commit)) }
  const log = disk?.log ?? memoryPredictionLog({ now: Date.now })
  const blobs = disk?.blobs ?? memoryBlobs()
  const clock = await replayClock(stored, begin)
  const watch = createWatch({ records, log, blobs, clock, ...(service && { service }) })
  const ticker = createTicker({
    records: stored,
    clock,
    handlers: {
      ...watch.handlers,
      // Nobody acts in this world: what was asked is kept under another name.
      [alarmHandler]: async timer => {
        await stored.commit({
          at: clock.now(),
          actor: 'falconer',
          removes: [{ kind: 'timer', id: timer.id }],
          audit: [{ type: 'asked', project: 'shop', subject: String(timer.body.payload.alarm) }],
        })
      },
    },
    onError: () => undefined,
    attempts: 1,
  })

  if (!disk) {
    const days = Array.from({ length: 28 }, (_, d) => ({ at: begin - (28 - d) * day, ...dayOf('before', d) }))
    const joined = (name: string) =>
      days.flatMap(({ features }) => [...features.columns.find(column => column.name === name)!.values])
    const estimator = await fitEstimator(
      'binary',
      {
        features: table([]),
        outputs: Float64Array.from(days.flatMap(({ outputs }) => [...outputs])),
        labels: Float64Array.from(days.flatMap(({ truth }) => [...truth])),
      },
      days.map((_, d) => ({ from: 200 * d, to: 200 * (d + 1) })),
      random('estimator'),
    )
    const reference = buildReference({
      estimator,
      features: table([
        { name: 'age', kind: 'number', values: Float64Array.from(joined('age') as number[]) },
        { name: 'shop', kind: 'text', values: joined('shop') as string[] },
      ]),
      at: Float64Array.from(days.flatMap(({ at, outputs }) => [...outputs].map((_, i) => at + i * 60_000))),
      outputs: Float64Array.from(days.flatMap(({ outputs }) => [...outputs])),
      labels: Float64Array.from(days.flatMap(({ truth }) => [...truth])),
      timezone: zone,
    })
    const version = await versionOf('1.0.0', 1, await blobs.put(new TextEncoder().encode(canonicalJson(reference))))
    await stored.commit({
      at: begin,
      actor: 'test',
      puts: [
        {
          kind: 'project',
          id: 'shop',
          body: {
            name: 'shop',
            config,
            yaml,
            query: '',
            appliedAt: begin,
            killSwitch: { on: false, by: '', reason: '' },
          },
        },
        { kind: 'version', id: `${id}/${ordinal(1)}`, body: version },
        {
          kind: 'endpoint',
          id,
          body: {
            project: 'shop',
            name: 'returned',
            model: 'returned',
            routes: [{ mode: 'live', semver: '1.0.0', digest: version.digest }],
            switchedAt: begin,
            createdAt: begin,
          },
        },
      ],
    })
    await watch.renew({ project: 'shop', endpoint: 'returned', version, at: begin, once: 'first' })
  }
  const version = (await stored.get('version', `${id}/${ordinal(1)}`))!.body

  return {
    records: stored,
    log,
    blobs,
    watch,
    version,
    now: () => clock.now(),
    async play(change = {}, answered) {
      const from = clock.now()
      const { features, outputs, truth } = dayOf(seed, Math.round((from - begin) / day), change)
      const keys = Array.from(outputs, (_, row) => `${from}/${row}`)
      const noon = from + 12 * hour
      const common = { endpoint: id, at: noon, latencyMs: 1, features }
      const { requests = 1, delayMs = 6 * hour } = change
      if (requests > 1) {
        const each = keys.length / requests
        const rowsOf = (r: number) => Int32Array.from({ length: each }, (_, i) => r * each + i)
        const atOf = (r: number) => from + Math.round(((r + 0.5) * day) / requests)
        for (let r = 0; r < requests; r++) {
          const rows = rowsOf(r)
          const of = { ...common, at: atOf(r), features: take(features, rows), keys: [...rows].map(row => keys[row]!) }
          const route = { request: `${from} ${r}`, route: 'live' as const, version: '1.0.0', shadows: [] }
          await log.append([{ ...of, ...route, outputs: outputs.slice(r * each, (r + 1) * each) }])
          await log.outcomes(
            id,
            of.keys.map((key, i) => ({ key, value: truth[rows[i]!]!, knownAt: of.at + delayMs })),
          )
        }
        await ticker.advance(from + day)
        return
      }
      await log.append([
        {
          ...common,
          request: `${from}`,
          keys,
          route: 'live',
          version: '1.0.0',
          outputs,
          shadows: (answered?.shadows ?? []).map(semver => ({ version: semver, outputs: outputs.map(p => 1 - p) })),
        },
        ...(answered
          ? [
              {
                ...common,
                request: `${from} canary`,
                keys: keys.map(key => `${key} canary`),
                route: 'canary' as const,
                version: answered.canary,
                outputs: outputs.map(p => 1 - p),
                shadows: [{ version: '1.0.0', outputs }],
              },
            ]
          : []),
      ])
      const all = answered ? [...keys, ...keys.map(key => `${key} canary`)] : keys
      await log.outcomes(
        id,
        all
          .filter((_, i) => i % keys.length < (change.known ?? 1) * keys.length)
          .map((key, i) => ({ key, value: truth[i % keys.length]!, knownAt: noon + delayMs })),
      )
      await ticker.advance(from + day)
    },
    async apply(entries) {
      const applied = (await stored.get('project', 'shop'))!
      const next = yamlOf(entries)
      const body = { ...applied.body, yaml: next, config: parseProject(next, () => undefined) }
      await stored.commit({ at: clock.now(), actor: 'test', puts: [{ kind: 'project', id: 'shop', body }] })
      await watch.sync('shop')
    },
    async measurements(monitor) {
      const { items } = await stored.list('measurement', { prefix: `${id}/${monitor}/` })
      return items.map(({ body }) => body)
    },
    async alarms(monitor) {
      const { items } = await stored.list('alarm', { prefix: `${id}/` })
      return items
        .map(alarm => ({ ...alarm.body, id: alarm.id }))
        .filter(alarm => monitor === undefined || alarm.monitor === monitor)
    },
    async asked() {
      return (await stored.audit({ limit: 10_000 })).filter(({ type }) => type === 'asked').length
    },
  }

  async function versionOf(semver: string, number: number, reference: string): Promise<ModelVersion> {
    const none = '0'.repeat(64)
    return {
      project: 'shop',
      model: 'returned',
      version: number,
      semver,
      digest: none,
      sizeBytes: 0,
      signature: {
        inputs: [
          { name: 'age', kind: 'number' },
          { name: 'shop', kind: 'text' },
        ],
        output: { name: 'returned', task: 'binary' },
      },
      lineage: {
        datasets: [],
        query: none,
        trainingSet: none,
        rows: 0,
        from: 0,
        to: 0,
        asOf: 0,
        recipe: { kind: 'constant', parameters: {} },
        seed: 1,
        falconer: '0',
      },
      metrics: {},
      evaluatedRows: 0,
      evidence: none,
      reference,
      changes: '',
      state: 'live',
      registeredAt: begin,
    }
  }
}
