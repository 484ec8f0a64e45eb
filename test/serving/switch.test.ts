import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDeploy } from '../../src/deploy/deploy.ts'
import { onnxRuntime } from '../../src/runtime/onnxRuntime.ts'
import { columnsByHand, near, refusal } from '../contract/runtime.ts'
import { at, testPlatform } from './platform.ts'

test('fifty switches under load fail no request, and every answer is by a version that was live', async t => {
  const platform = testPlatform({}, t)
  const { deploy, route, serve } = platform
  const routes = [await route('live', '1.0.0', 'columns'), await route('live', '1.1.0', 'shifted')]
  await serve(routes[0]!)
  let stop = false
  let asked = 0
  const wrong: string[] = []
  const client = async (name: number) => {
    while (!stop) {
      const i = asked++
      // Only what both take, so each version must be asked with its own columns.
      const rows = { keys: [`${name} ${i}`], rows: rowsFor() }
      const [answer] = await deploy.predictRows(at, rows, `request ${i}`)
      const wanted = answer!.version === '1.0.0' ? columnsByHand('UA', 2) : 1 / (1 + Math.exp(-2.5))
      if (Math.abs(answer!.output - wanted) > 1e-6) wrong.push(`${answer!.version} ${answer!.output}`)
    }
  }
  const clients = Array.from({ length: 8 }, (_, name) => client(name))
  for (let i = 1; i <= 50; i++) await serve(routes[i % 2]!)
  stop = true
  await Promise.all(clients)
  assert.deepEqual(wrong, [])
  assert.ok(asked > 200, `${asked} requests`)
  assert.deepEqual(deploy.load(at).failures, {})
  const counts = await platform.log.counts('flights/late')
  assert.equal(counts.predictions, asked)
  const audit = await platform.records.audit()
  assert.equal(audit.filter(entry => entry.type === 'endpoint.switched').length, 51)
})

function rowsFor() {
  return {
    rows: 1,
    columns: [
      { name: 'carrier', kind: 'text' as const, values: ['UA'] },
      { name: 'distance', kind: 'number' as const, values: Float64Array.of(2) },
      { name: 'temp', kind: 'number' as const, values: Float64Array.of(0) },
    ],
  }
}

test('a new version is compared with the old one on recorded requests before it gets traffic', async t => {
  const platform = testPlatform({}, t)
  const { deploy, route, serve } = platform
  await serve(await route('live', '1.0.0', 'columns'), await route('shadow', '0.9.0', 'shifted'))
  const records = Array.from({ length: 30 }, (_, i) => ({ id: `${i}`, carrier: 'UA', distance: 2, temp: 4 }))
  await deploy.predict(at, { records }, 'r')
  await serve(await route('live', '1.1.0', 'shifted'))
  const [entry] = await platform.records.audit({ descending: true, limit: 1 })
  const { trial } = entry!.data as { trial: { recorded: number; live: { rows: number; largestDifference: number } } }
  assert.equal(trial.recorded, 30)
  const difference = 1 / (1 + Math.exp(-3.5)) - columnsByHand('UA', 2)
  assert.ok(Math.abs(trial.live.largestDifference - difference) < 1e-6)
})

test('a version that cannot be loaded, or cannot answer recorded requests, gets no traffic', async t => {
  const platform = testPlatform({}, t)
  const { deploy, route, serve } = platform
  const first = await serve(await route('live', '1.0.0', 'logarithm'))
  await deploy.predict(at, { records: [{ id: 'a', x: 2 }] }, 'r')
  await assert.rejects(serve(await route('live', '1.1.0', 'two')), refusal('bad-model', /first.*second/))
  const mirrored = serve(await route('live', '1.2.0', 'mirrored'))
  await assert.rejects(mirrored, refusal('bad-model', /1\.2\.0 cannot answer recorded requests.*NaN.*row 0/))
  assert.deepEqual(await platform.records.get('endpoint', 'flights/late'), first)
  const [answer] = await deploy.predict(at, { records: [{ id: 'b', x: Math.E }] }, 'r')
  near([answer!.output], [1])
})

test('the same change asked for again changes nothing', async t => {
  const platform = testPlatform({}, t)
  const { deploy, route } = platform
  const change = async (semver: string, once: string) =>
    deploy.route({
      project: 'flights',
      endpoint: 'late',
      model: 'late',
      routes: [await route('live', semver, semver === '1.0.0' ? 'columns' : 'shifted')],
      reason: 'a test',
      actor: 'tester',
      once,
    })
  await change('1.0.0', 'first')
  await change('1.1.0', 'second')
  assert.equal((await change('1.1.0', 'second')).revision, 2)
  // Asked again after others came: what came later stays.
  const late = await change('1.0.0', 'first').catch(error => error)
  assert.equal(late.body.routes[0].semver, '1.1.0')
  assert.equal((await deploy.facts(at)).endpoint.routes[0]!.semver, '1.1.0')
})

test('a rollback brings the version before back, once, and only from the state that was seen', async t => {
  const platform = testPlatform({}, t)
  const { deploy, route, serve } = platform
  const first = await serve(await route('live', '1.0.0', 'columns'))
  const back = (revision: number) => deploy.rollback(at, { revision, reason: 'worse', actor: 'ada' })
  await assert.rejects(back(first.revision), refusal('conflict', /1\.0\.0 is the first version/))
  const second = await serve(await route('live', '1.1.0', 'shifted'))
  assert.equal(second.body.previous?.semver, '1.0.0')
  await assert.rejects(back(first.revision), refusal('stale', /revision 2, given 1/))
  const third = await back(second.revision)
  assert.equal(third.body.routes[0]!.semver, '1.0.0')
  const [answer] = await deploy.predict(at, { records: [{ carrier: 'UA', distance: 2 }] }, 'r')
  assert.equal(answer!.version, '1.0.0')
  const [entry] = await platform.records.audit({ descending: true, limit: 1 })
  assert.deepEqual([entry!.type, entry!.actor, entry!.reason], ['endpoint.switched', 'ada', 'worse'])
})

test('a restart serves what the records say', async t => {
  const platform = testPlatform({}, t)
  const { records, log, blobs, clock, route, serve } = platform
  await serve(await route('live', '1.0.0', 'columns'), await route('shadow', '0.9.0', 'shifted'))
  const runtime = onnxRuntime()
  const tables = () => Promise.reject(new Error('no tables in this test'))
  const again = createDeploy({ records, log, blobs, runtime, clock, realNow: Date.now, tables, scratch: '' })
  t.after(() => runtime.close())
  await again.restore()
  const [answer] = await again.predict(at, { records: [{ carrier: 'UA', distance: 2, temp: 0 }] }, 'r')
  near([answer!.output], [columnsByHand('UA', 2)])
  await again.close()
})

test('closing answers what was asked and refuses what comes later', async t => {
  const platform = testPlatform({}, t)
  await platform.serve(await platform.route('live', '1.0.0', 'columns'))
  const asked = platform.deploy.predict(at, { records: [{ carrier: 'UA', distance: 2 }] }, 'r')
  await asked
  const under = platform.deploy.predict(at, { records: [{ carrier: 'UA', distance: 2 }] }, 's')
  await new Promise(setImmediate)
  await platform.deploy.close()
  assert.equal((await under).length, 1)
  const late = platform.deploy.predict(at, { records: [{ carrier: 'UA', distance: 2 }] }, 't')
  await assert.rejects(late, refusal('unavailable', /closing/))
})
