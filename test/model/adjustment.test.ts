/** A version whose probabilities have gone wrong, recalibrated or given another threshold from its logged answers, gated, registered and served. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Table, table } from '../../src/base/table.ts'
import { memoryBlobs } from '../../src/blobs/memoryBlobs.ts'
import { fitBoost } from '../../src/learn/boost.ts'
import { decideGate } from '../../src/loop/gate.ts'
import { parseProject } from '../../src/loop/projectFile.ts'
import type { LoopRecords, ModelVersion } from '../../src/loop/records.ts'
import type { ScoredRows, TrainRequest } from '../../src/loop/steps.ts'
import { createAdjustment } from '../../src/model/adjustment.ts'
import { createRegistry } from '../../src/model/registry.ts'
import { random } from '../../src/numeric/random.ts'
import { onnxRuntime } from '../../src/runtime/onnxRuntime.ts'
import { memoryPredictionLog } from '../../src/store/predictionLog.ts'
import { memoryRecords } from '../../src/store/records.ts'
import { duckTables } from '../../src/tables/duckTables.ts'

const day = 86_400_000
const begin = Date.parse('2024-03-01T00:00:00Z')
const asOf = begin + 20 * day
const rowsPerDay = 150

const yaml = `project: shop
model: returned
data: {source: visits.csv, id: visit_id, time: began, label: returned}
gate: {metric: log_loss, rows: newest 7 days, segments: [country]}
`

function visits(seed: string, rows: number): { readonly features: Table; readonly truth: Float64Array } {
  const rng = random(seed)
  const pages = Float64Array.from({ length: rows }, () => 3 * rng.normal())
  const country = Array.from({ length: rows }, () => ['de', 'fr'][rng.below(2)]!)
  const truth = pages.map((x, row) => 1 / (1 + Math.exp(-0.5 * x - (country[row] === 'fr' ? 1 : 0))))
  const features = table([
    { name: 'pages', kind: 'number', values: pages },
    { name: 'country', kind: 'text', values: country },
  ])
  return { features, truth }
}

/** 1.0.0 was trained when people came back as `truth` says; since then they come back `later(truth)`. */
async function shop(
  t: TestContext,
  later: (p: number) => number,
  { task = 'binary', deploy = '' }: { task?: 'binary' | 'regression'; deploy?: string } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'falconer-adjustment-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const records: LoopRecords = memoryRecords({ now: () => 0 })
  const log = memoryPredictionLog({ now: () => 0 })
  const blobs = memoryBlobs()
  const clock = { now: () => asOf }
  const rng = random('outcomes')
  const training = visits('training', 4000)
  const label = training.truth.map(p => (rng.next() < p ? 1 : 0))
  const fitted = await fitBoost(training.features, label, { iterations: 40 }, { task: 'binary' }, random('fit'))
  const file = fitted.toOnnx()
  const digest = await blobs.put(file)
  const config = parseProject(
    `${task === 'binary' ? yaml : yaml.replace('log_loss', 'squared_error')}train: {task: ${task}}\n${deploy}`,
    () => undefined,
  )
  const version = {
    project: 'shop',
    model: 'returned',
    version: 1,
    semver: '1.0.0',
    digest,
    signature: {
      inputs: [
        { name: 'pages', kind: 'number' },
        { name: 'country', kind: 'text' },
      ],
      output: { name: 'probability', task: 'binary' },
    },
    lineage: { datasets: [], query: 'q', recipe: { kind: 'boost', parameters: {} }, seed: 1, asOf: begin },
    state: 'live',
  } as unknown as ModelVersion
  await records.commit({
    at: begin,
    actor: 'ann',
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
      { kind: 'version', id: 'shop/returned/00001', body: version },
    ],
  })
  for (let d = 0; d < 20; d++) {
    const { features, truth } = visits(`day ${d}`, rowsPerDay)
    const keys = Array.from({ length: rowsPerDay }, (_, row) => `${d}-${row}`)
    const at = begin + d * day + day / 2
    await log.append([
      {
        endpoint: 'shop/returned',
        request: `r${d}`,
        at,
        latencyMs: 1,
        keys,
        route: 'live',
        version: '1.0.0',
        features,
        outputs: fitted.predict(features),
        shadows: [],
      },
    ])
    const outcomes = keys.map((key, row) => ({
      key,
      value: rng.next() < later(truth[row]!) ? 1 : 0,
      knownAt: at + 1000,
    }))
    await log.outcomes('shop/returned', outcomes)
  }
  const registry = createRegistry({ records, blobs, clock, release: '0' })
  const adjustment = createAdjustment({
    records,
    log,
    blobs,
    openTables: () => duckTables(),
    folder,
    version: registry.version,
  })
  const request: TrainRequest = {
    project: 'shop',
    model: 'returned',
    action: 'shop/returned/a',
    asOf,
    holdFrom: asOf - 7 * day,
    champion: { semver: '1.0.0', digest },
    adjust: 'recalibrate',
  }
  const scoredOf = async (scored: string): Promise<ScoredRows> =>
    JSON.parse(new TextDecoder().decode(await blobs.get(scored))) as ScoredRows
  return { config, registry, adjustment, request, blobs, scoredOf, digest }
}

test('half as many come back: the curve passes the gate and is served as 1.0.1, the same rank at lower probabilities', async t => {
  const { config, registry, adjustment, request, blobs, scoredOf, digest } = await shop(t, p => p / 2)
  const train = await adjustment.train(request)
  assert.deepEqual(await adjustment.train(request), train)
  const scored = await scoredOf(train.scored)
  assert.equal(scored.label.length, 7 * rowsPerDay)
  const gate = decideGate(scored, config.gate, config.timezone)
  assert.equal(gate.verdict, 'passed', gate.reason)
  assert.equal(gate.auc?.candidate, gate.auc?.other)
  const refit = await adjustment.refit(request)
  assert.equal(refit.trainedRows, 20 * rowsPerDay)
  const { body } = await registry.register({ ...request, train, refit, changes: 'Recalibrated.' })
  assert.equal(body.semver, '1.0.1')
  assert.deepEqual(body.lineage.adjustment, { kind: 'recalibrate', of: '1.0.0', digest })
  assert.equal(body.lineage.parent, '1.0.0')

  const runtime = onnxRuntime()
  t.after(() => runtime.close())
  const { features, truth } = visits('fresh', 3000)
  const answers = await (await runtime.load(await blobs.get(body.digest))).predict(features)
  const level = answers.reduce((sum, p) => sum + p, 0) / answers.length
  const wanted = truth.reduce((sum, p) => sum + p / 2, 0) / truth.length
  assert.ok(Math.abs(level - wanted) < 0.02, `${level}, wanted ${wanted}`)
})

test('a version that is calibrated gets no new one: the gate refuses', async t => {
  const { config, adjustment, request, scoredOf } = await shop(t, p => p)
  const gate = decideGate(await scoredOf((await adjustment.train(request)).scored), config.gate, config.timezone)
  assert.equal(gate.verdict, 'refused', gate.reason)
})

test('without answers of its own since its training there is no curve', async t => {
  const { adjustment, request } = await shop(t, p => p)
  await assert.rejects(adjustment.train({ ...request, holdFrom: begin + day }), /has 150 answers with an outcome/)
})

test('numbers are not recalibrated', async t => {
  const { adjustment, request } = await shop(t, p => p, { task: 'regression' })
  await assert.rejects(adjustment.train(request), /only probabilities are recalibrated/)
})

const byCost = { deploy: 'deploy: {decision: {false_positive: 1, false_negative: 1}}\n' }

test('half as many come back: the same file says yes only from a much higher probability on', async t => {
  const { config, registry, adjustment, request: base, scoredOf, digest } = await shop(t, p => p / 2, byCost)
  const request = { ...base, adjust: 'threshold' } as const
  const train = await adjustment.train(request)
  assert.deepEqual(await adjustment.train(request), train)
  assert.equal(train.candidate, digest)
  // Somebody comes back with p / 2, which is a half nowhere: the cheapest is to say no to nearly all.
  assert.equal(train.trial!.champion, 0.5)
  assert.ok(train.trial!.candidate > 0.8, `${train.trial!.candidate}`)
  const scored = await scoredOf(train.scored)
  assert.deepEqual(scored.candidate, scored.champion)
  const gate = decideGate(scored, config.gate, config.timezone, train.trial)
  assert.equal(gate.verdict, 'passed', gate.reason)
  const refit = await adjustment.refit(request)
  assert.equal(refit.model, digest)
  assert.match(
    refit.notes[0]!,
    /^The file is that of 1\.0\.0; an answer is a yes from 0\.\d+ on, before it was 0\.500\.$/,
  )
  const { body } = await registry.register({ ...request, train, refit, changes: 'Another decision threshold.' })
  assert.equal(body.semver, '1.0.1')
  assert.equal(body.digest, digest)
  assert.deepEqual(body.decision, refit.decision)
  assert.deepEqual(body.decision!.costs, { falsePositive: 1, falseNegative: 1 })
  assert.deepEqual(body.lineage.adjustment, { kind: 'threshold', of: '1.0.0', digest })
})

test('where the world is as it was, no other threshold is shown to cost less', async t => {
  const { config, adjustment, request, scoredOf } = await shop(t, p => p, byCost)
  const { scored, trial } = await adjustment.train({ ...request, adjust: 'threshold' })
  const gate = decideGate(await scoredOf(scored), config.gate, config.timezone, trial)
  assert.equal(gate.verdict, 'refused', gate.reason)
})

test('a recalibrated version decides by the costs, not by a threshold that was chosen for other outputs', async t => {
  const { adjustment, request } = await shop(t, p => p / 2, byCost)
  assert.equal((await adjustment.refit(request)).decision!.threshold, 0.5)
})

test('a threshold needs to know what mistakes cost', async t => {
  const { adjustment, request } = await shop(t, p => p)
  await assert.rejects(adjustment.train({ ...request, adjust: 'threshold' }), /does not say what mistakes cost/)
})
