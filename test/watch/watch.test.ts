import assert from 'node:assert/strict'
import { test } from 'node:test'
import { begin, day, hour, world } from './world.ts'

test('every day is measured once per monitor: drift when it ends, quality when its outcomes have been waited for', async () => {
  const { play, measurements, records } = await world('calm')
  for (let d = 0; d < 4; d++) await play()
  const drift = await measurements('drift')
  const auc = await measurements('auc')
  assert.deepEqual(
    drift.map(({ from, to, measuredAt }) => [from, to, measuredAt]),
    [0, 1, 2, 3].map(d => [begin + d * day, begin + (d + 1) * day, begin + (d + 1) * day]),
  )
  assert.deepEqual(
    auc.map(({ from, measuredAt, rows, coverage, status }) => [from, measuredAt, rows, coverage, status]),
    [0, 1, 2].map(d => [begin + d * day, begin + (d + 2) * day, 200, 1, 'ok']),
  )
  const monitor = await records.get('monitor', 'shop/returned/auc')
  assert.equal(monitor!.body.state.points, 3)
  const closed = (await records.audit({ limit: 1000 })).filter(({ type }) => type === 'day.closed')
  assert.equal(closed.length, 7)
})

test('limits come from the days of the reference, and say how often they alarm on such days', async () => {
  const { records } = await world('limits')
  const { items } = await records.list('limits')
  const auc = items.find(({ body }) => body.monitor === 'auc')!.body
  assert.deepEqual([auc.version, auc.semver, auc.days, auc.setAt], [1, '1.0.0', 28, begin])
  assert.equal(auc.upper, undefined)
  assert.ok(Math.abs(auc.lower! - (auc.centre - (auc.width * auc.sd) / 3)) < 1e-12)
  const balance = items.find(({ body }) => body.monitor === 'observed - expected')!.body
  assert.equal(balance.centre, 0)
  // Designed for 1 in 500; blocks of a week from 28 days give that or less, within their own error.
  assert.ok(auc.parameters.measuredLow! < 1 / 500, `${auc.parameters.measuredLow}`)
})

test('a change that stays is one alarm, which asks for an action every day it lasts', async () => {
  const { play, alarms, asked } = await world('change')
  for (let d = 0; d < 3; d++) await play()
  for (let d = 0; d < 12; d++) await play({ more: 0.15 })
  const raised = await alarms('observed - expected')
  assert.equal(raised.length, 1)
  const [alarm] = raised
  assert.deepEqual([alarm!.state, alarm!.severity, alarm!.semver], ['open', 'critical', '1.0.0'])
  assert.ok(alarm!.windowsOut >= 8, `${alarm!.windowsOut}`)
  assert.match(alarm!.headline, /observed - expected of 1\.0\.0 is at 0\.\d+, above 0\.\d+/)
  assert.ok(alarm!.cause!.segments.length > 0)
  assert.equal(
    await asked(),
    (await alarms()).reduce((sum, { windowsOut }) => sum + windowsOut, 0),
  )
})

test('an alarm resolves after five days in limits, and the next change is another alarm', async () => {
  const { play, alarms } = await world('over')
  for (let d = 0; d < 8; d++) await play({ more: 0.15 })
  for (let d = 0; d < 20; d++) await play()
  const [first] = await alarms('observed - expected')
  assert.deepEqual([first!.state, first!.resolvedBy], ['resolved', 'falconer'])
  for (let d = 0; d < 8; d++) await play({ more: -0.15 })
  assert.deepEqual(
    (await alarms('observed - expected')).map(({ state }) => state),
    ['resolved', 'open'],
  )
})

test('inputs that move raise an alarm before any outcome could', async () => {
  const { play, alarms } = await world('inputs')
  for (let d = 0; d < 12; d++) await play({ older: d / 2 })
  const [alarm] = await alarms()
  assert.deepEqual([alarm!.monitor, alarm!.severity], ['drift', 'warning'])
  assert.match(alarm!.headline, /^age drifted away/)
})

test('only the live version counts: a canary that is wrong about everything, and its shadow, raise no alarm', async () => {
  const { play, alarms, measurements, records } = await world('canary')
  for (let d = 0; d < 6; d++) await play({}, { canary: '1.1.0', shadows: ['1.1.0'] })
  assert.deepEqual(await alarms(), [])
  // Its own answers are those that it gave live and those that it gave beside the canary.
  assert.deepEqual([...new Set((await measurements('auc')).map(({ rows }) => rows))], [400])
  const [first] = (await records.list('day', { prefix: 'shop/returned/' })).items
  assert.ok(first!.body.losses['1.1.0']! > 1.2 * first!.body.losses['1.0.0']!)
})

test('too few rows and too few outcomes are no data, never in limits', async () => {
  const { play, measurements } = await world('few')
  await play({ rows: 20 })
  await play({ known: 0.5 })
  await play()
  await play()
  assert.deepEqual(
    (await measurements('auc')).map(({ status, reason }) => [status, reason]),
    [
      ['not enough data', '20 rows with an outcome, 30 are needed'],
      ['not enough data', 'outcomes of 50 % of the rows are known: provisional'],
      ['ok', undefined],
    ],
  )
  assert.deepEqual(
    (await measurements('drift')).map(({ status }) => status),
    ['not enough data', 'ok', 'ok', 'ok'],
  )
})

test('another version gets limits of its own: charts begin anew, alarms resolve, days before it are not charted', async () => {
  const { play, alarms, measurements, records, watch, version, now } = await world('renewed')
  for (let d = 0; d < 10; d++) await play({ more: 0.15 })
  assert.equal((await alarms('observed - expected'))[0]!.state, 'open')
  const change = { project: 'shop', endpoint: 'returned', version, at: now() + hour, once: 'second' }
  await watch.renew(change)
  await watch.renew(change)
  const [alarm] = await alarms('observed - expected')
  assert.deepEqual([alarm!.state, alarm!.resolvedAt], ['resolved', now() + hour])
  const limits = (await records.list('limits', { prefix: 'shop/returned/auc/' })).items.map(({ body }) => body)
  assert.deepEqual(
    limits.map(({ version: number }) => number),
    [1, 2],
  )
  // 28 days twice: the spread of days is taken from both.
  assert.equal(limits[1]!.days, 55)
  for (let d = 0; d < 4; d++) await play()
  const after = (await measurements('auc')).slice(-4)
  assert.deepEqual(
    after.map(({ status, limits: number }) => [status, number]),
    [
      ['not enough data', 2],
      ['not enough data', 2],
      ['ok', 2],
      ['ok', 2],
    ],
  )
  assert.match(after[0]!.reason!, /1\.0\.0 went live, or its limits were set, during this window or after it/)
})

test('people acknowledge and resolve alarms; one that is resolved cannot be resolved again', async () => {
  const { play, alarms, watch } = await world('people')
  for (let d = 0; d < 8; d++) await play({ more: 0.2 })
  const { id } = (await alarms('observed - expected'))[0]!
  const known = await watch.acknowledge(id, 'looking at it', 'ada')
  assert.deepEqual([known.body.state, known.body.acknowledgedBy], ['acknowledged', 'ada'])
  await play({ more: 0.2 })
  assert.equal((await alarms('observed - expected')).length, 1)
  const over = await watch.resolve(id, 'a strike, it is over', 'ada')
  assert.equal(over.body.state, 'resolved')
  await assert.rejects(watch.resolve(id, 'again', 'ada'), { code: 'conflict' })
  await assert.rejects(watch.acknowledge('shop/returned/none/auc', '', 'ada'), { code: 'not-found' })
})

test('a feed that stands still is seen, and diagnosed as frozen', async () => {
  const { play, alarms, watch, now } = await world('frozen')
  for (let d = 0; d < 8; d++) await play()
  for (let d = 0; d < 6; d++) await play({ frozen: true })
  const [alarm] = await alarms('drift')
  const { diagnosis, evidence } = await watch.diagnose({
    project: 'shop',
    endpoint: 'returned',
    alarm: alarm!.id,
    at: now(),
  })
  assert.deepEqual([diagnosis.verdict, diagnosis.advice, diagnosis.column], ['frozen sensor', 'block', 'age'])
  assert.match(evidence, /^[0-9a-f]{64}$/)
})

test('killed before or after any commit, it goes on to the same records', async () => {
  const story = Array.from({ length: 12 }, (_, d) => (d < 3 ? {} : { more: 0.15, older: d / 3 }))
  const whole = await world('killed')
  for (const change of story) await whole.play(change)
  const expected = await everything(whole)

  let commits = 0
  for (let killAt = 1; ; killAt += 3) {
    let count = 0
    let died = false
    const deadly = async <T>(commit: () => Promise<T>): Promise<T> => {
      count++
      if (count !== killAt || died) return commit()
      died = true
      if (killAt % 2) throw new Error('the process dies before the commit')
      await commit()
      throw new Error('the process dies after the commit')
    }
    let alive = await world('killed').then(first => world('killed', first, deadly))
    for (const change of story) {
      await alive.play(change).catch(async () => {
        alive = await world('killed', alive)
        await alive.play(change)
      })
    }
    assert.deepEqual(await everything(alive), expected, `killed at commit ${killAt}`)
    commits = Math.max(commits, count)
    if (!died) break
  }
  assert.ok(commits > 20)
})

async function everything({ records }: Awaited<ReturnType<typeof world>>) {
  const kinds = ['monitor', 'measurement', 'limits', 'day', 'alarm', 'timer'] as const
  const all = await Promise.all(kinds.map(kind => records.list(kind, { limit: 10_000 })))
  const audit = await records.audit({ limit: 10_000 })
  return {
    records: all.map(({ items }) => items),
    // That a timer failed is said of the process that died.
    audit: audit.filter(({ type }) => type !== 'timer.failed').map(({ type, subject, at }) => [type, subject, at]),
  }
}
