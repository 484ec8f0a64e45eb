import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Endpoint, Route } from '../loop/records.ts'
import { checkRoutes, inCanary, stepBack } from './routing.ts'

const route = (mode: Route['mode'], semver: string, share?: number): Route => ({
  mode,
  semver,
  digest: semver.padEnd(64, '0'),
  ...(share !== undefined && { share }),
})

suite('the canary', () => {
  const keys = Array.from({ length: 20_000 }, (_, i) => `2013-03-${(i % 28) + 1} UA ${i} EWR`)

  test('answers its share of the keys, within four standard errors', () => {
    for (const share of [0.01, 0.1, 0.5]) {
      const given = keys.filter(key => inCanary(key, '1.1.0', share)).length / keys.length
      assert.ok(Math.abs(given - share) < 4 * Math.sqrt((share * (1 - share)) / keys.length), `${given} of ${share}`)
    }
  })

  test('keeps its keys while its share grows', () => {
    for (const key of keys) if (inCanary(key, '1.1.0', 0.1)) assert.ok(inCanary(key, '1.1.0', 0.3))
  })

  test('draws other keys than the canary before it', () => {
    const both = keys.filter(key => inCanary(key, '1.1.0', 0.1) && inCanary(key, '1.2.0', 0.1)).length
    assert.ok(Math.abs(both / keys.length - 0.01) < 0.004, `${both}`)
  })

  test('of share 1 answers every key', () => {
    assert.ok(keys.every(key => inCanary(key, '1.1.0', 1)))
  })
})

suite('routes', () => {
  test('have exactly one live version and at most one canary', () => {
    checkRoutes([route('live', '1.0.0'), route('canary', '1.1.0', 0.1), route('shadow', '0.9.0')])
    assert.throws(() => checkRoutes([route('shadow', '1.0.0')]), /exactly one live route, 0 were given/)
    assert.throws(() => checkRoutes([route('live', '1.0.0'), route('live', '1.1.0')]), /2 were given/)
    const two = [route('live', '1.0.0'), route('canary', '1.1.0', 0.1), route('canary', '1.2.0', 0.1)]
    assert.throws(() => checkRoutes(two), /at most one canary/)
  })

  test('of a canary have a share, others have none', () => {
    assert.throws(() => checkRoutes([route('live', '1.0.0'), route('canary', '1.1.0')]), /share undefined/)
    assert.throws(() => checkRoutes([route('live', '1.0.0'), route('canary', '1.1.0', 10)]), /share 10/)
    assert.throws(() => checkRoutes([route('live', '1.0.0', 0.5)]), /only a canary/)
  })

  test('a version is not live and canary at once', () => {
    assert.throws(() => checkRoutes([route('live', '1.0.0'), route('canary', '1.0.0', 0.1)]), /at once/)
  })
})

suite('a step back', () => {
  const endpoint = (routes: Route[], previous?: string): Endpoint => ({
    project: 'flights',
    name: 'late',
    model: 'late',
    routes,
    ...(previous && { previous: { semver: previous, digest: previous.padEnd(64, '0') } }),
    switchedAt: 0,
    createdAt: 0,
  })

  test('ends a canary first', () => {
    const routes = [route('live', '1.1.0'), route('canary', '1.2.0', 0.1), route('shadow', '1.0.0')]
    assert.deepEqual(stepBack(endpoint(routes, '1.0.0')), [routes[0], routes[2]])
  })

  test('makes the version before live again and keeps the shadows', () => {
    const routes = [route('live', '1.1.0'), route('shadow', '0.9.0')]
    assert.deepEqual(stepBack(endpoint(routes, '1.0.0')), [route('live', '1.0.0'), route('shadow', '0.9.0')])
  })

  test('is impossible where nothing was live before', () => {
    assert.equal(stepBack(endpoint([route('live', '1.0.0')])), undefined)
  })
})
