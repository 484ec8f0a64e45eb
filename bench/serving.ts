/**
 * What serving costs: one request of a replay (50 rows; live, canary and shadow; log on disk) step by step, and requests per
 * second of one row over HTTP (Open Inference Protocol), with and without the durable log. Server and load generator share
 * this machine. `node bench/serving.ts [seconds per figure]`
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { fastify } from 'fastify'
import type { PredictionLog, Runtime } from '../src/base/ports.ts'
import { type Column, type Table, take } from '../src/base/table.ts'
import { memoryBlobs } from '../src/blobs/memoryBlobs.ts'
import { createDeploy, type Deploy } from '../src/deploy/deploy.ts'
import { fitRecipe } from '../src/learn/recipe.ts'
import type { LoopRecords } from '../src/loop/records.ts'
import { random } from '../src/numeric/random.ts'
import { oipRoutes } from '../src/oip/routes.ts'
import { doublesToBinary, textsToBinary } from '../src/oip/tensor.ts'
import { onnxRuntime } from '../src/runtime/onnxRuntime.ts'
import { openPredictionLog } from '../src/store/predictionLog.ts'
import { memoryRecords } from '../src/store/records.ts'
import type { LoadResult, LoadSpec } from './serving/load.ts'

const seconds = Number(process.argv[2] ?? 3)
const at = { project: 'bench', name: 'model' }
const folder = mkdtempSync(join(tmpdir(), 'falconer-bench-'))

const rows = makeRows(20_000)
const label = Float64Array.from({ length: rows.rows }, (_, i) => (random(`label ${i}`).next() < 0.3 ? 1 : 0))
const fit = (recipe: { kind: 'boost'; iterations: number } | { kind: 'logistic' }) =>
  fitRecipe(recipe, rows, label, { task: 'binary' }, random('fit'))
const files = [
  (await fit({ kind: 'boost', iterations: 150 })).toOnnx(),
  (await fit({ kind: 'boost', iterations: 140 })).toOnnx(),
  (await fit({ kind: 'boost', iterations: 130 })).toOnnx(),
]
console.log(
  `node ${process.version}, ${availableParallelism()} cores; boosted trees of 150 iterations, 15 number and 4 text columns, ${Math.round(files[0]!.length / 1024)} KiB`,
)

const runtime = onnxRuntime()
const log = openPredictionLog(join(folder, 'log.sqlite'), { now: Date.now })
const silent: PredictionLog = { ...log, find: async () => [], append: async () => ({ repeated: [] }) }
try {
  await replayRequests(log, 'with the durable log')
  await replayRequests(silent, 'without a log')
  for (const [name, used] of [
    ['with the durable log', log],
    ['without a log', silent],
  ] as const) {
    for (const kind of ['JSON', 'binary'] as const) await overHttp(used, name, kind)
  }
} finally {
  await runtime.close()
  await log.close()
  rmSync(folder, { recursive: true, force: true })
}

/** What one request of a replay costs, without HTTP. */
async function replayRequests(used: PredictionLog, name: string): Promise<void> {
  const { deploy, close } = await start(runtime, used, 3)
  const perRequest = 50
  const times: number[] = []
  for (let request = 0; request < 600; request++) {
    const part = take(
      rows,
      Int32Array.from({ length: perRequest }, (_, i) => (request * perRequest + i) % rows.rows),
    )
    const keys = Array.from({ length: perRequest }, (_, i) => `${name} ${request} ${i}`)
    const started = performance.now()
    await deploy.predictRows(at, { keys, rows: part }, `request ${request}`)
    if (request >= 100) times.push(performance.now() - started)
  }
  times.sort((a, b) => a - b)
  const [p50, p99] = [times[Math.floor(times.length / 2)]!, times[Math.floor(times.length * 0.99)]!]
  console.log(
    `50 rows, live + canary + shadow, ${name}: ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, ${Math.round((1000 * perRequest) / p50)} rows/s`,
  )
  await close()
}

async function overHttp(used: PredictionLog, name: string, kind: 'JSON' | 'binary'): Promise<void> {
  const { deploy, close } = await start(runtime, used, 1)
  const app = fastify({ genReqId: () => crypto.randomUUID() })
  const parts = { deploy, version: 'bench', endpoints: async () => [at], guard: () => ({}), mayTouch: () => true }
  await app.register(oipRoutes(parts))
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as { port: number }
  const { body, headers } = kind === 'JSON' ? jsonBody() : binaryBody()
  for (const connections of [1, 16, 64]) {
    const result = await load({ port, connections, seconds, path: '/v2/models/model/infer', headers, body })
    console.log(
      `one row, ${kind}, ${name}, ${connections} connections: ${Math.round(result.perSecond)} requests/s, ` +
        `p50 ${result.p50.toFixed(2)} ms, p99 ${result.p99.toFixed(2)} ms${result.failed > 0 ? `, ${result.failed} FAILED` : ''}`,
    )
  }
  await app.close()
  await close()
}

async function start(
  using: Runtime,
  used: PredictionLog,
  versions: number,
): Promise<{ deploy: Deploy; close: () => Promise<void> }> {
  const records: LoopRecords = memoryRecords({ now: Date.now })
  const blobs = memoryBlobs()
  const deploy = createDeploy({
    records,
    log: used,
    blobs,
    runtime: using,
    clock: { now: Date.now },
    realNow: () => performance.now(),
    tables: () => Promise.reject(new Error('no day is closed here')),
    scratch: folder,
  })
  const digests = await Promise.all(files.slice(0, versions).map(file => blobs.put(file)))
  const modes = [{ mode: 'live' }, { mode: 'canary', share: 0.1 }, { mode: 'shadow' }] as const
  const routes = digests.map((digest, i) => ({ ...modes[i]!, semver: `1.${i}.0`, digest }))
  await deploy.route({
    ...at,
    endpoint: at.name,
    model: 'model',
    routes,
    reason: 'bench',
    actor: 'bench',
    once: 'bench',
  })
  return {
    deploy,
    async close() {
      await deploy.close()
      await records.close()
    },
  }
}

function load(spec: LoadSpec): Promise<LoadResult> {
  const worker = new Worker(new URL('./serving/load.ts', import.meta.url), { workerData: spec })
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

function jsonBody() {
  const inputs = rows.columns.map(column => ({
    name: column.name,
    shape: [1, 1],
    datatype: column.kind === 'text' ? 'BYTES' : 'FP32',
    data: [column.values[0]],
  }))
  const outputs = [{ name: 'probability' }]
  return { body: Buffer.from(JSON.stringify({ inputs, outputs })), headers: ['content-type: application/json'] }
}

function binaryBody() {
  const tail: Uint8Array[] = []
  const inputs = rows.columns.map(column => {
    const bytes =
      column.kind === 'text' ? textsToBinary([column.values[0] ?? '']) : doublesToBinary(column.values.slice(0, 1))
    tail.push(bytes)
    const datatype = column.kind === 'text' ? 'BYTES' : 'FP64'
    return { name: column.name, shape: [1, 1], datatype, parameters: { binary_data_size: bytes.length } }
  })
  const head = Buffer.from(
    JSON.stringify({ inputs, outputs: [{ name: 'probability', parameters: { binary_data: true } }] }),
  )
  return {
    body: Buffer.concat([head, ...tail]),
    headers: ['content-type: application/octet-stream', `inference-header-content-length: ${head.length}`],
  }
}

/** Rows as the flights have them: schedule and weather numbers, codes of carrier and airports. */
function makeRows(n: number): Table {
  const draw = random('rows')
  const columns: Column[] = Array.from({ length: 15 }, (_, i) => ({
    name: `number_${i}`,
    kind: 'number',
    values: Float64Array.from({ length: n }, () => Math.fround(draw.next() * 100)),
  }))
  for (const [i, levels] of [16, 3, 105, 7].entries()) {
    const values = Array.from({ length: n }, () => `code ${Math.floor(draw.next() * levels)}`)
    columns.push({ name: `text_${i}`, kind: 'text', values })
  }
  return { rows: n, columns }
}
