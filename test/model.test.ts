import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileBlobs } from '../src/blobs/fileBlobs.ts'
import { createData } from '../src/data/data.ts'
import { localEngine } from '../src/engine/localEngine.ts'
import { createProjects } from '../src/govern/projects.ts'
import { createModel } from '../src/model/model.ts'
import { memoryPredictionLog } from '../src/store/predictionLog.ts'
import { memoryRecords } from '../src/store/records.ts'
import { duckTables } from '../src/tables/duckTables.ts'
import { begin, query, writeShop, yaml } from './support/shop.ts'

const day = 86_400_000
const action = 'shop/returned/2024-03-01T00:00:00.000Z'
const request = { project: 'shop', model: 'returned', action, asOf: begin, holdFrom: begin - 10 * day }

/** The model stage with real jobs over the shop's data. */
async function stage(t: TestContext, { refitEarly }: { refitEarly: boolean }) {
  const folder = mkdtempSync(join(tmpdir(), 'falconer-'))
  const now = () => begin
  const clock = { now }
  const records = memoryRecords({ now })
  const log = memoryPredictionLog({ now })
  const blobFolder = join(folder, 'blobs')
  const blobs = fileBlobs(blobFolder)
  const engine = localEngine({ dir: join(folder, 'jobs'), blobs, cpus: 2, now: Date.now })
  const openTables = () => duckTables({ threads: 1 })
  const data = createData({ records, blobs, clock, openTables })
  const projects = createProjects({ records, clock, checkQuery: async () => {} })
  const deciding = yaml.replace('deploy: {', 'deploy: {decision: {threshold: 0.3}, ')
  await projects.apply('shop', deciding, query, 'test')
  writeShop(join(folder, 'shop'))
  mkdirSync(join(folder, 'scratch'))
  const file = { path: join(folder, 'shop', 'visits.csv'), name: 'visits.csv', format: 'csv' as const }
  await data.importFile({ project: 'shop', name: 'visits' }, file, 'test')
  t.after(async () => {
    await Promise.all([engine.close(), data.close(), log.close()])
    await records.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  })
  const model = createModel({
    records,
    blobs,
    engine,
    log,
    clock,
    openTables,
    folder: join(folder, 'scratch'),
    program: name => [process.execPath, join(import.meta.dirname, '..', 'bin', 'falconer.js'), 'job', name],
    environment: { FALCONER_BLOBS: blobFolder },
    release: 'test',
    refitEarly,
  })
  return { model, engine }
}

test('a request trains on what was known, judges on what the candidate has not seen, and registers a version once', async t => {
  const { model, engine } = await stage(t, { refitEarly: true })
  const trained = await model.train(request)
  // Forty visits a day, told six hours later: fifty days before the held-out ones, ten of them held out.
  assert.equal(trained.trainedRows, 50 * 40)
  assert.ok(trained.scoredRows > 9 * 40 && trained.scoredRows < 10 * 40)
  assert.ok(trained.metrics.roc_auc! > 0.6)
  assert.equal((await engine.status(`${action}/refit`))?.state, 'succeeded')
  const refit = await model.refit(request)
  assert.equal(refit.trainedRows, trained.trainedRows + trained.scoredRows)

  const asked = { project: 'shop', model: 'returned', action, asOf: begin, train: trained, refit, changes: 'First.' }
  const version = await model.register(asked)
  assert.equal(version.body.semver, '1.0.0')
  assert.deepEqual(version.body.decision, { threshold: 0.3 })
  assert.deepEqual(
    version.body.signature.inputs.map(({ name, kind }) => `${name}: ${kind}`),
    ['pages: number', 'country: text'],
  )
  assert.equal((await model.register(asked)).id, version.id)
  assert.equal((await model.evidence(version.body)).refit.rows, refit.trainedRows)
  await model.mark('shop', 'returned', '1.0.0', 'live', 'test')
  assert.deepEqual(
    (await model.aliases('shop', 'returned')).map(({ alias, semver }) => `${alias} ${semver}`),
    ['champion 1.0.0'],
  )
})

test('the same request gives the same files, whether the refit waits for the gate or not', async t => {
  const [one, two] = [await stage(t, { refitEarly: true }), await stage(t, { refitEarly: false })]
  const trained = await Promise.all([one.model.train(request), two.model.train(request)])
  assert.equal(trained[0].candidate, trained[1].candidate)
  assert.equal(trained[0].reference, trained[1].reference)
  const refitted = await Promise.all([one.model.refit(request), two.model.refit(request)])
  assert.deepEqual(refitted[0], refitted[1])
})
