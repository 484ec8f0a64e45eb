/**
 * 10,000 monitors: 100 endpoints with 100 monitors each, a day of 1,000 rows each, closed by the watch stage's own timers on
 * records and a log in SQLite. Prints monitors a minute of one process (one core), and memory at ten times the traffic.
 *   node --expose-gc bench/monitors.ts [endpoints] [rows]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { putJson } from '../src/base/jsonBlob.ts'
import { type Column, table } from '../src/base/table.ts'
import { fileBlobs } from '../src/blobs/fileBlobs.ts'
import { replayClock } from '../src/engine/clock.ts'
import { createTicker } from '../src/engine/ticker.ts'
import { parseProject } from '../src/loop/projectFile.ts'
import { type ModelVersion, ordinal } from '../src/loop/records.ts'
import { buildReference } from '../src/loop/reference.ts'
import { type Random, random } from '../src/numeric/random.ts'
import { openPredictionLog } from '../src/store/predictionLog.ts'
import { openRecords } from '../src/store/records.ts'
import { createWatch } from '../src/watch/watch.ts'

const endpoints = Number(process.argv[2] ?? 100)
const rowsPerDay = Number(process.argv[3] ?? 1000)
const day = 86_400_000
const begin = Date.parse('2024-05-01T00:00:00Z')
const columns = Array.from({ length: 20 }, (_, c) => `x${c}`)
const entries = [
  ...columns.flatMap(column => [`{of: missing share, column: ${column}}`, `{of: outside share, column: ${column}}`]),
  ...['observed - expected', 'auc', 'log_loss', 'brier', 'accuracy', 'precision', 'recall', 'f1'].flatMap(of =>
    ['ewma', 'cusum', 'shewhart'].map(chart => `{chart: ${chart}, of: ${of}, name: ${of} ${chart}}`),
  ),
  ...['mean prediction', 'positive share', 'confidence', 'rows', 'anomalous share'].map(of => `{of: ${of}}`),
  ...Array.from({ length: 9 }, (_, s) => `{of: mean prediction, segment: {shop: s${s}}}`),
  ...['mean prediction', 'rows', 'positive share'].map(of => `{of: ${of}, by: shop}`),
  ...columns.slice(0, 17).map(column => `{drift: features, columns: [${column}]}`),
  '{drift: features}',
  '{drift: prediction}',
]

const folder = mkdtempSync(join(tmpdir(), 'falconer-monitors-'))
const records = openRecords(join(folder, 'records.db'), { now: Date.now, synchronous: 'NORMAL' })
const log = openPredictionLog(join(folder, 'predictions.db'), { now: Date.now, synchronous: 'NORMAL' })
const blobs = fileBlobs(join(folder, 'blobs'))
const clock = await replayClock(records, begin)
const watch = createWatch({ records, log, blobs, clock })
const ticker = createTicker({
  records,
  clock,
  handlers: {
    ...watch.handlers,
    'act.alarm': async timer => {
      await records.commit({ at: clock.now(), actor: 'bench', removes: [{ kind: 'timer', id: timer.id }] })
    },
  },
  onError: error => {
    throw error
  },
})

function rowsOf(rng: Random, n: number) {
  const outputs = Float64Array.from({ length: n }, () => rng.next())
  const features = table([
    ...columns.map(
      (name): Column => ({ name, kind: 'number', values: Float64Array.from(outputs, () => rng.normal()) }),
    ),
    { name: 'shop', kind: 'text', values: Array.from(outputs, () => `s${rng.below(9)}`) },
  ])
  return { features, outputs, labels: outputs.map(p => (rng.next() < p ? 1 : 0)) }
}

console.log(
  `${endpoints} endpoints x ${entries.length} monitors, ${rowsPerDay} rows of ${columns.length + 1} columns a day each`,
)
const names = Array.from({ length: endpoints }, (_, e) => `p${e}`)
const none = '0'.repeat(64)
for (const [e, project] of names.entries()) {
  const yaml = `project: ${project}\ndata: {source: d.csv, id: id, time: at, label: y}\nwatch:\n${entries.map(entry => `  - ${entry}\n`).join('')}act: []\n`
  const config = parseProject(yaml, () => undefined)
  const rng = random(project)
  const { features, outputs, labels } = rowsOf(rng, 28 * 200)
  const at = Float64Array.from(outputs, (_, i) => begin - 28 * day + Math.floor(i / 200) * day + i)
  const reference = buildReference({ features, at, outputs, labels, timezone: 'UTC' })
  const version: ModelVersion = {
    project,
    model: project,
    version: 1,
    semver: '1.0.0',
    digest: none,
    sizeBytes: 0,
    signature: {
      inputs: features.columns.map(({ name, kind }) => ({ name, kind: kind === 'text' ? 'text' : 'number' })),
      output: { name: 'y', task: 'binary' },
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
    reference: await putJson(blobs, reference),
    changes: '',
    state: 'live',
    registeredAt: begin,
  }
  const killSwitch = { on: false, by: '', reason: '' }
  await records.commit({
    at: begin,
    actor: 'bench',
    puts: [
      { kind: 'project', id: project, body: { name: project, config, yaml, query: '', appliedAt: begin, killSwitch } },
      { kind: 'version', id: `${project}/${project}/${ordinal(1)}`, body: version },
      {
        kind: 'endpoint',
        id: `${project}/${project}`,
        body: {
          project,
          name: project,
          model: project,
          routes: [{ mode: 'live', semver: '1.0.0', digest: none }],
          switchedAt: begin,
          createdAt: begin,
        },
      },
    ],
  })
  // Limits take a second an endpoint, once a version: those of the first stand for all.
  if (e === 0) await watch.renew({ project, endpoint: project, version, at: begin, once: `live ${project}` })
  else await copyMonitors(project)
}

/** Monitors, limits and timers of the first endpoint, under another name. */
async function copyMonitors(project: string): Promise<void> {
  const renamed = (id: string) => id.replaceAll('p0/p0', `${project}/${project}`)
  for (const kind of ['monitor', 'limits', 'timer'] as const) {
    const { items } = await records.list(kind, { limit: 10_000 })
    const own = items.filter(({ id }) => id.includes('p0/p0'))
    await records.commit({
      at: begin,
      actor: 'bench',
      puts: own.map(({ id, body }) => {
        const lane =
          'lane' in body
            ? { lane: renamed(body.lane), payload: { ...body.payload, project, endpoint: project } }
            : { project, endpoint: project }
        return { kind, id: renamed(id), body: { ...body, ...lane } } as never
      }),
    })
  }
}

async function playDay(d: number, rows: number): Promise<void> {
  for (const project of names) {
    const { features, outputs, labels } = rowsOf(random(`${project} ${d}`), rows)
    const at = begin + d * day + day / 2
    const keys = Array.from(outputs, (_, i) => `${d}/${i}`)
    const endpoint = `${project}/${project}`
    const common = { endpoint, request: `${d}`, latencyMs: 1, route: 'live' as const, version: '1.0.0', shadows: [] }
    await log.append([{ ...common, at, keys, features, outputs }])
    await log.outcomes(
      endpoint,
      keys.map((key, i) => ({ key, value: labels[i]!, knownAt: at + 3_600_000 })),
    )
  }
}

async function closeDay(d: number): Promise<{ seconds: number; measured: number; rss: number }> {
  const before = await counted()
  const started = performance.now()
  let rss = 0
  const watchMemory = setInterval(() => {
    rss = Math.max(rss, process.memoryUsage().rss)
  }, 20)
  await ticker.advance(begin + (d + 1) * day)
  clearInterval(watchMemory)
  return { seconds: (performance.now() - started) / 1000, measured: (await counted()) - before, rss: rss / 2 ** 20 }
}

/** Measurements so far. */
async function counted(): Promise<number> {
  let sum = 0
  for (let after: string | undefined; ; ) {
    const { items, next } = await records.list('measurement', { limit: 10_000, ...(after !== undefined && { after }) })
    sum += items.length
    if (next === undefined) return sum
    after = next
  }
}

for (let d = 0; d < 3; d++) {
  await playDay(d, rowsPerDay)
  const { seconds, measured, rss } = await closeDay(d)
  const perMinute = Math.round((60 * measured) / seconds)
  console.log(
    `day ${d + 1}: ${measured} monitors measured in ${seconds.toFixed(1)} s, ${perMinute} a minute; resident ${rss.toFixed(0)} MB`,
  )
}
await playDay(3, 10 * rowsPerDay)
const { seconds, measured, rss } = await closeDay(3)
console.log(`ten times the rows: ${measured} monitors in ${seconds.toFixed(1)} s; resident ${rss.toFixed(0)} MB`)
await log.close()
await records.close()
rmSync(folder, { recursive: true })
