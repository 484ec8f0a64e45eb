/** A deploy stage on in-memory adapters and the real runtime, for the tests of serving. */
import { tmpdir } from 'node:os'
import type { TestContext } from 'node:test'
import type { Blobs, PredictionLog } from '../../src/base/ports.ts'
import { memoryBlobs } from '../../src/blobs/memoryBlobs.ts'
import { createDeploy, type Deploy, type DeployParts } from '../../src/deploy/deploy.ts'
import type { LoopRecords, Route } from '../../src/loop/records.ts'
import { onnxRuntime } from '../../src/runtime/onnxRuntime.ts'
import { memoryPredictionLog } from '../../src/store/predictionLog.ts'
import { memoryRecords } from '../../src/store/records.ts'
import { type ModelName, modelFile } from '../contract/runtime.ts'

export const march = Date.parse('2013-03-01T05:00:00Z')
export const at = { project: 'flights', name: 'late' }

export interface TestPlatform {
  readonly deploy: Deploy
  readonly records: LoopRecords
  readonly log: PredictionLog
  readonly blobs: Blobs
  readonly clock: { now(): number; set(at: number): void }
  /** Puts the model's file into the blobs and gives a route to it. */
  route(mode: Route['mode'], semver: string, model: ModelName, share?: number): Promise<Route>
  /** Makes these the routes of flights/late. */
  serve(...routes: Route[]): ReturnType<Deploy['route']>
  close(): Promise<void>
}

/** Closed when the test ends, where one is given. */
export function testPlatform(over: Partial<DeployParts> = {}, t?: Pick<TestContext, 'after'>): TestPlatform {
  let now = march
  let changes = 0
  const clock = {
    now: () => now,
    set: (to: number) => {
      now = to
    },
  }
  const records = over.records ?? memoryRecords({ now: () => performance.now() })
  const log = over.log ?? memoryPredictionLog({ now: () => performance.now() })
  const blobs = over.blobs ?? memoryBlobs()
  const runtime = over.runtime ?? onnxRuntime()
  const tables = () => Promise.reject(new Error('no tables in this test'))
  const deploy = createDeploy({
    records,
    log,
    blobs,
    runtime,
    clock,
    realNow: () => performance.now(),
    tables,
    scratch: tmpdir(),
    ...over,
  })
  const close = async () => {
    await deploy.close()
    await runtime.close()
    await log.close()
    await records.close()
  }
  t?.after(close)
  return {
    deploy,
    records,
    log,
    blobs,
    clock,
    async route(mode, semver, model, share) {
      const digest = await blobs.put(modelFile(model))
      return { mode, semver, digest, ...(share !== undefined && { share }) }
    },
    serve: (...routes) =>
      deploy.route({
        project: at.project,
        endpoint: at.name,
        model: 'late',
        routes,
        reason: 'a test',
        actor: 'tester',
        once: `change ${++changes}`,
      }),
    close,
  }
}
