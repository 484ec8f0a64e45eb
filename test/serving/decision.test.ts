import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ModelVersion } from '../../src/loop/records.ts'
import { at, testPlatform } from './platform.ts'

test('an answer is a yes from the threshold of its version on, and stays one when the version is replaced', async t => {
  const platform = testPlatform({}, t)
  const register = (semver: string, threshold?: number) => {
    const body = { semver, ...(threshold !== undefined && { decision: { threshold } }) } as ModelVersion
    const id = `flights/late/${semver}`
    return platform.records.commit({ at: 0, actor: 'ada', puts: [{ kind: 'version', id, body }] })
  }
  const ask = async (...ids: string[]) => {
    const records = ids.map(id => ({ id, carrier: 'UA', distance: 2 }))
    return (await platform.deploy.predict(at, { records }, 'r')).map(({ output, ...rest }) => rest)
  }
  // The model answers 0.82 to this row.
  await platform.serve(await platform.route('live', '1.0.0', 'columns'))
  const [before] = await ask('before')
  assert.deepEqual(before, { id: 'before', version: '1.0.0', route: 'live' })
  await register('1.0.0')
  await register('1.0.1', 0.8)
  await register('1.0.2', 0.9)
  await platform.serve(await platform.route('live', '1.0.1', 'columns'))
  const [yes] = await ask('yes')
  assert.deepEqual(yes, { id: 'yes', version: '1.0.1', route: 'live', decision: true })
  await platform.serve(await platform.route('live', '1.0.2', 'columns'))
  assert.deepEqual(await ask('no', 'yes', 'before'), [
    { id: 'no', version: '1.0.2', route: 'live', decision: false },
    yes,
    before,
  ])
})

test('a version with the same file and another threshold is another version to go back from', async t => {
  const platform = testPlatform({}, t)
  await platform.serve(await platform.route('live', '1.0.0', 'columns'))
  const { revision, body } = await platform.serve(await platform.route('live', '1.0.1', 'columns'))
  assert.equal(body.previous?.semver, '1.0.0')
  const back = await platform.deploy.rollback(at, { revision, reason: 'too many yeses', actor: 'ada' })
  assert.equal(back.body.routes[0]!.semver, '1.0.0')
})
