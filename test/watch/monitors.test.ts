import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import type { Limits, Measurement } from '../../src/loop/records.ts'
import { begin, day, hour, type World, world } from './world.ts'

const watching = (seed: string, monitors: readonly string[]) => world(seed, undefined, undefined, monitors)
const statuses = (measurements: readonly Measurement[]) => measurements.map(({ status }) => status)
const limitsOf = async ({ records }: World, monitor: string): Promise<Limits[]> =>
  (await records.list('limits', { prefix: `shop/returned/${monitor}/` })).items.map(({ body }) => body)

test('windows of six hours, of a week and of rows are closed when they have ended or are full', async () => {
  const of = await watching('windows', [
    '{of: mean prediction, every: 6 hours, name: quarter}',
    '{of: mean prediction, every: 1 week, name: week}',
    '{of: mean prediction, every: 300 rows, name: rows}',
  ])
  for (let d = 0; d < 15; d++) await of.play({ rows: 240, requests: 24 })
  const quarters = await of.measurements('quarter')
  assert.equal(quarters.length, 15 * 4)
  assert.deepEqual([quarters[0]!.from, quarters[0]!.to, quarters[0]!.rows], [begin, begin + 6 * hour, 60])
  // The first of May 2024 was a Wednesday: the week that it lies in began on Monday, before the monitor did.
  const weeks = await of.measurements('week')
  assert.deepEqual(
    weeks.map(({ from, to, rows, status }) => [from, to, rows, status]),
    [
      [begin - 2 * day, begin + 5 * day, 1200, 'not enough data'],
      [begin + 5 * day, begin + 12 * day, 1680, 'not enough data'],
    ],
  )
  assert.match(weeks[0]!.reason!, /went live, or its limits were set, during this window/)
  assert.match(weeks[1]!.reason!, /limits come from 10 windows; this is number 1/)
  const rows = await of.measurements('rows')
  assert.ok(rows.length >= 11, `${rows.length}`)
  assert.deepEqual([...new Set(rows.map(window => window.rows))], [300])
  assert.deepEqual(
    rows.slice(1).map(({ from }) => from),
    rows.slice(0, -1).map(({ to }) => to),
  )
})

test('a monitor whose reference says nothing learns its limits from 25 windows, and then keeps them', async () => {
  const of = await watching('learning', ['{of: mean prediction, every: 6 hours}'])
  for (let d = 0; d < 9; d++) await of.play({ rows: 160, requests: 16 })
  const measured = await of.measurements('mean prediction')
  assert.deepEqual(
    measured.slice(0, 26).map(({ status, limits }) => [status, limits]),
    [...new Array(25).fill(['not enough data', 0]), ['ok', 1]],
  )
  assert.equal(measured[24]!.reason, 'limits come from 25 windows; this is number 25')
  const [limits] = await limitsOf(of, 'mean prediction')
  assert.deepEqual([limits!.source, limits!.days, limits!.from, limits!.to], ['windows', 25, begin, measured[24]!.to])
  const values = measured.slice(0, 25).map(({ value }) => value!)
  assert.ok(Math.abs(limits!.centre - values.reduce((a, b) => a + b) / 25) < 1e-12)
  assert.ok(limits!.parameters.measuredHigh! > 0)
})

test('a segment has its own rows, and each category its own chart', async () => {
  const of = await watching('segments', [
    '{chart: ewma, of: observed - expected, segment: {shop: a}}',
    '{chart: ewma, of: observed - expected, by: shop}',
  ])
  for (let d = 0; d < 30; d++) await of.play({ rows: 300 })
  const [one] = await of.measurements('observed - expected where shop a')
  assert.ok(one!.rows > 70 && one!.rows < 130, `${one!.rows}`)
  const newest = (await of.measurements('observed - expected by shop')).at(-1)!
  assert.deepEqual([...newest.parts!.map(({ part }) => part)].sort(), ['a', 'b', 'c'])
  assert.equal(newest.status, 'ok')
  const [limits] = await limitsOf(of, 'observed - expected by shop')
  assert.deepEqual([limits!.parameters.parts, limits!.parameters.arl0], [3, 500])
  assert.deepEqual(await of.alarms(), [])
  for (let d = 0; d < 5; d++) await of.play({ rows: 300, moreAt: { shop: 'b', more: 0.3 } })
  const [alarm] = await of.alarms('observed - expected by shop')
  assert.match(alarm!.headline, /observed - expected by shop of 1\.0\.0: b 0\.\d+, above 0\.\d+/)
  // The segment that nothing happened to says nothing.
  assert.deepEqual(await of.alarms('observed - expected where shop a'), [])
})

test('shares: nothing was ever missing, so that a few missing values are an alarm, and one is not', async () => {
  const of = await watching('missing', ['{of: missing share, column: age}', '{of: unseen share, column: shop}'])
  for (let d = 0; d < 3; d++) await of.play()
  assert.deepEqual(statuses(await of.measurements('missing share of age')), ['ok', 'ok', 'ok'])
  assert.deepEqual(statuses(await of.measurements('unseen share of shop')), ['ok', 'ok', 'ok'])
  const [limits] = await limitsOf(of, 'missing share of age')
  assert.match(limits!.method, /exact chart of rare shares/)
  await of.play({ missing: 0.1 })
  const newest = (await of.measurements('missing share of age')).at(-1)!
  assert.deepEqual([newest.status, newest.lower], ['out', undefined])
  assert.ok(newest.value! > 0.04 && newest.upper! < 0.02, `${newest.value} ${newest.upper}`)
  const [alarm] = await of.alarms()
  assert.deepEqual([alarm!.monitor, alarm!.severity], ['missing share of age', 'warning'])
})

test('a fixed threshold needs no limits of its own, and an improvement is no alarm', async () => {
  const of = await watching('threshold', ['{of: brier, above: 0.3}', '{of: rows, below: 100, every: 1 day}'])
  await of.play()
  await of.play({ rows: 50 })
  await of.play({ more: 0.5 })
  await of.play({ more: -0.5 })
  await of.play()
  assert.deepEqual(statuses(await of.measurements('rows')), ['ok', 'out', 'ok', 'ok', 'ok'])
  assert.deepEqual(statuses(await of.measurements('brier')), ['ok', 'ok', 'out', 'ok'])
  assert.deepEqual(
    (await of.alarms()).map(({ monitor, severity, state }) => [monitor, severity, state]),
    [
      ['rows', 'critical', 'open'],
      ['brier', 'critical', 'open'],
    ],
  )
  const [limits] = await limitsOf(of, 'brier')
  assert.deepEqual([limits!.method, limits!.upper, limits!.lower], ['fixed threshold', 0.3, undefined])
})

test('two of three windows: a single bad day raises nothing', async () => {
  const of = await watching('two of three', [
    '{chart: shewhart, of: observed - expected, alarm: {out: 2, of: 3, clean: 2, severity: warning}}',
  ])
  const story = [0, 0.3, 0, 0, 0.3, 0.3, 0, 0, 0]
  for (const more of story) await of.play({ more })
  assert.deepEqual(
    statuses(await of.measurements('observed - expected')),
    story.slice(0, -1).map(more => (more > 0 ? 'out' : 'ok')),
  )
  const [alarm, ...others] = await of.alarms()
  assert.deepEqual([others.length, alarm!.severity, alarm!.state], [0, 'warning', 'resolved'])
  assert.equal(alarm!.openedAt, begin + 7 * day)
  assert.equal(alarm!.resolvedAt, begin + 9 * day)
})

test('a window whose outcomes come late is provisional, and measured again when they are in', async () => {
  const of = await watching('late', ['{chart: shewhart, of: observed - expected}'])
  await of.play()
  await of.play({ delayMs: 3 * day, more: 0.3 })
  for (let d = 0; d < 3; d++) await of.play()
  assert.deepEqual(await of.alarms(), [])
  await of.play()
  const measured = await of.measurements('observed - expected')
  assert.deepEqual(
    measured.map(({ from, status, revision, provisional }) => [(from - begin) / day, status, revision, provisional]),
    [
      [0, 'ok', undefined, undefined],
      [1, 'not enough data', undefined, true],
      // Looked at again after one more day in vain, and after two more with success.
      [1, 'out', 3, undefined],
      [2, 'ok', undefined, undefined],
      [3, 'ok', undefined, undefined],
      [4, 'ok', undefined, undefined],
    ],
  )
  const [alarm] = await of.alarms()
  assert.deepEqual([alarm!.openedAt, alarm!.first.endsWith('~3')], [begin + 6 * day, true])
})

test('limits may be given, or taken from a span that a person trusts', async () => {
  const of = await watching('given', [
    '{chart: shewhart, of: mean prediction, centre: 0.4, sd: 0.01}',
    '{chart: cusum, of: brier, shift: 2}',
  ])
  for (let d = 0; d < 12; d++) await of.play()
  const [given] = await limitsOf(of, 'mean prediction')
  assert.deepEqual([given!.source, given!.centre, given!.sd], ['given', 0.4, 0.01])
  assert.ok(Math.abs(given!.upper! - (0.4 + 3.0902 * 0.01)) < 1e-5, `${given!.upper}`)
  const [cusum] = await limitsOf(of, 'brier')
  assert.deepEqual([cusum!.chart!.kind, cusum!.parameters.k], ['cusum', 1])
  const limits = await of.watch.desk.setLimits(
    'shop',
    'brier',
    { from: begin, to: begin + 11 * day, exclude: [begin + 3 * day], reason: 'a calm fortnight' },
    'ada',
  )
  assert.deepEqual(
    [limits.version, limits.source, limits.days, limits.by, limits.reason],
    [2, 'windows', 10, 'ada', 'a calm fortnight'],
  )
  const again = await of.watch.desk.setLimits(
    'shop',
    'brier',
    { from: begin, to: begin, centre: 0.2, sd: 0.02, reason: 'target' },
    'ada',
  )
  assert.deepEqual([again.version, again.source, again.centre, again.sd], [3, 'given', 0.2, 0.02])
  await of.play()
  assert.equal((await of.measurements('brier')).at(-1)!.limits, 3)
  await assert.rejects(of.watch.desk.setLimits('shop', 'brier', { from: begin + day, to: begin, reason: 'x' }, 'ada'), {
    code: 'bad-input',
    message: /ends at 2024-05-01T04:00:00.000Z, before or when it begins/,
  })
  await assert.rejects(
    of.watch.desk.setLimits('shop', 'brier', { from: begin, to: begin + 3 * day, reason: 'x' }, 'ada'),
    {
      code: 'bad-input',
      message: /3 reference points, 5 are needed/,
    },
  )
})

test('a monitor that is added later looks back, one that changes begins anew, one that is gone is gone', async () => {
  const of = await watching('edited', ['{chart: ewma, of: auc}'])
  for (let d = 0; d < 32; d++) await of.play()
  await of.apply(['{chart: ewma, of: auc}', '{of: rows}', '{of: positive share}'])
  const back = await of.measurements('rows')
  assert.deepEqual([back.length, back.every(({ backfill }) => backfill === true)], [25, true])
  assert.equal((await limitsOf(of, 'rows')).length, 0, 'every day has 200 rows: there is no spread to learn')
  assert.equal((await limitsOf(of, 'positive share'))[0]!.source, 'reference')
  await of.play()
  assert.equal((await of.measurements('rows')).at(-1)!.backfill, undefined)
  await of.apply(['{chart: ewma, of: auc, arl0: 100}', '{of: positive share}'])
  const auc = await limitsOf(of, 'auc')
  assert.deepEqual(
    auc.map(({ parameters }) => parameters.arl0),
    [500, 100],
  )
  assert.equal(await of.records.get('monitor', 'shop/returned/rows'), undefined)
  await of.play()
  await of.play()
  await of.play()
  assert.equal((await of.measurements('rows')).length, 26)
  assert.deepEqual(
    (await of.measurements('auc')).slice(-2).map(({ limits, status }) => [limits, status]),
    [
      [2, 'ok'],
      [2, 'ok'],
    ],
  )
  // The same file again changes nothing.
  const before = await of.records.audit({ limit: 10_000 })
  await of.apply(['{chart: ewma, of: auc, arl0: 100}', '{of: positive share}'])
  assert.equal((await of.records.audit({ limit: 10_000 })).length, before.length)
})

test('past windows can be measured: marked, and never an alarm', async () => {
  const of = await watching('back-fill', ['{chart: shewhart, of: observed - expected}'])
  for (let d = 0; d < 6; d++) await of.play({ more: 0.3 })
  await of.apply(['{chart: shewhart, of: observed - expected}', '{chart: shewhart, of: brier}'])
  const alarms = await of.alarms()
  const measured = await of.watch.desk.evaluate('shop', 'brier', { from: begin, to: begin + 9 * day }, 'ada')
  assert.deepEqual(
    measured.map(({ from, backfill, status }) => [(from - begin) / day, backfill, status]),
    [0, 1, 2, 3, 4].map(d => [d, true, 'out']),
  )
  assert.deepEqual(await of.alarms(), alarms)
  assert.deepEqual(await of.watch.desk.evaluate('shop', 'brier', { from: begin, to: begin + 5 * day }, 'ada'), [])
})

test('an automatic action may rest on a monitor only where its false alarms are surely as rare as asked for', async () => {
  const of = await watching('armed', [
    '{chart: ewma, of: observed - expected, arl0: 20, alarm: {false_alarms: 1 per 1000 days}}',
    '{chart: shewhart, of: brier, alarm: {false_alarms: 1 per 20 days}}',
    '{of: rows, every: 1 day, alarm: {false_alarms: 1 per 20 days}}',
  ])
  for (let d = 0; d < 3; d++) await of.play()
  const [strict] = await limitsOf(of, 'observed - expected')
  assert.match(strict!.unarmed!, /on resampled stable windows it may alarm as often as one in \d+ windows; one in 1000/)
  const [loose] = await limitsOf(of, 'brier')
  assert.equal(loose!.unarmed, undefined)
  for (let d = 0; d < 3; d++) await of.play({ more: 0.3 })
  const alarms = await of.alarms()
  assert.deepEqual(alarms.map(({ monitor, unarmed }) => [monitor, unarmed === undefined]).sort(), [
    ['brier', true],
    ['observed - expected', false],
  ])
})

test('a preview shows what the stage would have done: the same measurements, limits and alarms', async () => {
  const story = Array.from({ length: 45 }, (_, d) => (d > 35 ? { more: 0.2, older: (d - 35) / 2 } : {}))
  const entries = [
    '{chart: ewma, of: observed - expected}',
    '{chart: cusum, of: brier, by: shop}',
    '{drift: features}',
    '{of: missing share, column: age, every: 12 hours}',
    '{chart: shewhart, of: mean prediction, every: 400 rows, alarm: {out: 2, of: 3}}',
  ]
  const of = await watching('preview', entries)
  for (const change of story) await of.play({ rows: 240, ...change })
  const config = (await of.records.get('project', 'shop'))!.body.config
  for (const [i, text] of entries.entries()) {
    const { name } = config.watch[i]!
    const entry = parse(text) as Record<string, unknown>
    const shown = await of.watch.desk.preview('shop', entry, { from: begin, to: of.now() })
    const live = await of.measurements(name)
    const same = ({ measuredAt: _, asOf: _asOf, limits: __, ...rest }: Measurement) => rest
    if (config.watch[i]!.window.kind === 'time') {
      assert.deepEqual(shown.measurements.map(same), live.map(same), name)
    } else assert.deepEqual(shown.measurements.map(same).slice(0, live.length), live.map(same), name)
    assert.deepEqual(
      shown.limits.map(({ centre, sd, days }) => [centre, sd, days]),
      (await limitsOf(of, name)).map(({ centre, sd, days }) => [centre, sd, days]),
    )
    assert.deepEqual(
      shown.alarms.map(({ headline, to }) => [headline, to]),
      (await of.alarms(name)).map(({ headline, resolvedAt }) => [headline, resolvedAt]),
    )
  }
  assert.ok((await of.alarms()).length > 1)
  // Nothing was stored.
  const audit = await of.records.audit({ limit: 10_000 })
  await of.watch.desk.preview('shop', { of: 'auc' }, {})
  assert.deepEqual(await of.records.audit({ limit: 10_000 }), audit)
})

test('what a preview cannot use is said', async () => {
  const of = await watching('bad preview', ['{of: auc}'])
  await of.play()
  await assert.rejects(of.watch.desk.preview('shop', { of: 'acu' }, {}), {
    code: 'bad-config',
    message: /probably auc/,
  })
  await assert.rejects(of.watch.desk.preview('shop', { of: 'auc' }, { from: begin + day, to: begin }), {
    code: 'bad-input',
  })
  await assert.rejects(of.watch.desk.preview('none', { of: 'auc' }, {}), { code: 'not-found' })
  const { measurements, days } = await of.watch.desk.preview(
    'shop',
    { of: 'auc' },
    { from: begin - 90 * day, to: begin - 80 * day },
  )
  assert.deepEqual([measurements.length, days], [0, 0])
  const options = await of.watch.desk.options('shop')
  assert.deepEqual(options.columns, [
    { name: 'age', kind: 'number' },
    { name: 'shop', kind: 'text', values: ['a', 'b', 'c'] },
  ])
  assert.ok(
    options.signals.some(signal => signal.of === 'auc') && !options.signals.some(signal => signal.of === 'rmse'),
  )
})

test('requests are watched by what the endpoint counted of them', async () => {
  const asked: [string, number, number][] = []
  const service = async (endpoint: string, { from, to }: { from: number; to: number }) => {
    asked.push([endpoint, from, to])
    const slow = from >= begin + 12 * hour
    const refused: Record<string, number> = slow ? { 'too-busy': 5 } : {}
    return { requests: 100, refused, latency: { [slow ? 250 : 150]: 100 } }
  }
  const of = await world(
    'service',
    undefined,
    undefined,
    ['{of: latency p95, above: 100 ms, every: 6 hours}', '{of: refused share, above: 1 %, every: 6 hours}'],
    service,
  )
  await of.play()
  assert.deepEqual(statuses(await of.measurements('latency p95')), ['ok', 'ok', 'out', 'out'])
  assert.deepEqual(statuses(await of.measurements('refused share')), ['ok', 'ok', 'out', 'out'])
  assert.deepEqual(asked[0], ['shop/returned', begin, begin + 6 * hour])
  const alarms = await of.alarms()
  assert.deepEqual(
    alarms.map(({ headline }) => headline),
    [
      'latency p95 is at 505, above 100: out of limits 1 on the 6 hours from 2024-05-01 16:00',
      'refused share is at 0.05, above 0.01: out of limits 1 on the 6 hours from 2024-05-01 16:00',
    ],
  )
  assert.deepEqual([...new Set(alarms.map(({ group }) => group))], [alarms[0]!.id])
})

test('coverage and delay of outcomes, and what retraining compared', async () => {
  const of = await watching('labels', [
    '{of: coverage, below: 90 %}',
    '{of: delay median, above: 4 hours}',
    '{of: skew share, above: 1 %}',
  ])
  await of.play()
  await of.play({ known: 0.5 })
  await of.records.commit({
    at: of.now(),
    actor: 'test',
    puts: [
      {
        kind: 'features',
        id: 'shop/x',
        body: {
          project: 'shop',
          content: '',
          rows: 0,
          comparedTo: begin + 2.5 * day,
          skew: { compared: 1000, different: 20 },
        },
      },
    ],
  })
  await of.play()
  await of.play()
  assert.deepEqual(
    (await of.measurements('coverage')).map(({ value, status }) => [value, status]),
    [
      [1, 'ok'],
      [0.5, 'out'],
      [1, 'ok'],
    ],
  )
  const [delay] = await of.measurements('delay median')
  assert.ok(Math.abs(delay!.value! / (6 * hour) - 1) < 0.022 && delay!.status === 'out')
  assert.deepEqual(
    (await of.measurements('skew share')).map(({ value, status, reason }) => [value ?? reason, status]),
    [
      ['nothing has been compared yet', 'not enough data'],
      ['nothing has been compared yet', 'not enough data'],
      [0.02, 'out'],
      ['nothing was compared in this window: retraining compares', 'not enough data'],
    ],
  )
})

test('what the outcomes will say is estimated before they come, and held against them when they do', async () => {
  const of = await watching('estimated', [
    '{of: estimated accuracy}',
    '{of: estimated auc, chart: shewhart}',
    '{chart: shewhart, of: accuracy}',
  ])
  for (let d = 0; d < 4; d++) await of.play()
  const calm = await of.measurements('estimated accuracy')
  assert.deepEqual(statuses(calm), ['ok', 'ok', 'ok', 'ok'])
  for (const { value, interval } of calm) assert.ok(interval!.low < value! && value! < interval!.high)
  const [first] = calm
  assert.ok(first!.reconciled!.covered, JSON.stringify(first))
  const realised = (await of.measurements('accuracy'))[0]!.value!
  assert.equal(first!.reconciled!.realised, realised)
  assert.ok(Math.abs(first!.reconciled!.error - (realised - first!.value!)) < 1e-12)
  assert.equal(calm.at(-1)!.reconciled, undefined)
  assert.deepEqual((await of.records.get('monitor', 'shop/returned/estimated accuracy'))!.body.past, {
    matured: 3,
    covered: 3,
  })
  // Rows that are hard to tell: seen on the first day, a day and more before the outcomes say it.
  for (let d = 0; d < 3; d++) await of.play({ unsure: true })
  const [alarm] = await of.alarms('estimated auc')
  assert.deepEqual([alarm!.openedAt, alarm!.severity], [begin + 5 * day, 'warning'])
})

test('an estimate cannot see that the truth follows other rules: outcomes say it, and it is believed no more', async () => {
  const of = await watching('concept', ['{of: estimated accuracy}', '{chart: shewhart, of: accuracy}'])
  for (let d = 0; d < 9; d++) await of.play({ more: 0.35 })
  const estimated = await of.measurements('estimated accuracy')
  assert.deepEqual([...new Set(statuses(estimated.slice(0, 2)))], ['ok'])
  assert.ok((await of.alarms('accuracy')).length === 1)
  assert.deepEqual(await of.alarms('estimated accuracy'), [])
  assert.match(estimated.at(-1)!.reason!, /the estimate is not reliable: only \d of \d earlier estimates came true/)
  assert.ok(estimated.at(-1)!.value! > 0.5)
})

test('empty windows, one row, columns that are gone: stated, never judged, never an error', async () => {
  const of = await watching('odd', [
    '{chart: ewma, of: auc}',
    '{of: missing share, column: nothing}',
    '{of: outside share, column: age}',
    '{of: anomalous share}',
    '{drift: features}',
    '{drift: prediction}',
    '{chart: ewma, of: auc, by: nowhere}',
  ])
  await of.play({ rows: 0 })
  await of.play({ rows: 1 })
  await of.play({ missing: 1 })
  await of.play()
  const newest = await of.records.list('measurement', { limit: 1000 })
  for (const { body } of newest.items) {
    assert.ok(['ok', 'out', 'not enough data'].includes(body.status))
    if (body.status === 'not enough data') assert.ok(body.reason, body.monitor)
    for (const number of [body.value, body.charted, body.lower, body.upper]) {
      assert.ok(number === undefined || Number.isFinite(number), `${body.monitor} ${number}`)
    }
  }
  const reasons = async (monitor: string) => (await of.measurements(monitor)).map(({ reason }) => reason)
  assert.deepEqual((await reasons('auc')).slice(0, 2), [
    '0 rows with an outcome, 30 are needed',
    '1 rows with an outcome, 30 are needed',
  ])
  assert.match((await reasons('missing share of nothing'))[3]!, /no row has a column nothing; there are age, shop/)
  assert.deepEqual((await reasons('outside share of age')).slice(0, 3), [
    '0 rows, 30 are needed',
    '1 rows with a value, 30 are needed',
    '0 rows with a value, 30 are needed',
  ])
})

test('killed before or after any commit, monitors of every kind go on to the same records', async () => {
  const entries = [
    '{chart: shewhart, of: observed - expected, alarm: {out: 2, of: 3}}',
    '{of: mean prediction, every: 100 rows}',
    '{of: coverage, below: 90 %, every: 12 hours}',
    '{chart: cusum, of: brier, by: shop}',
  ]
  const story = Array.from({ length: 6 }, (_, d) => ({
    rows: 120,
    requests: 6,
    more: d > 3 ? 0.3 : 0,
    delayMs: 5 * hour,
  }))
  const whole = await watching('killed', entries)
  for (const change of story) await whole.play(change)
  const expected = await everything(whole)
  let last = 0
  for (let killAt = 5; ; killAt += 23) {
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
    let alive = await watching('killed', entries).then(first => world('killed', first, deadly, entries))
    for (const change of story) {
      await alive.play(change).catch(async () => {
        alive = await world('killed', alive, undefined, entries)
        await alive.play(change)
      })
    }
    assert.deepEqual(await everything(alive), expected, `killed at commit ${killAt}`)
    last = Math.max(last, count)
    if (!died) break
  }
  assert.ok(last > 60, `${last}`)
})

async function everything({ records }: World) {
  const kinds = ['monitor', 'measurement', 'limits', 'alarm', 'timer'] as const
  const all = await Promise.all(kinds.map(kind => records.list(kind, { limit: 10_000 })))
  return all.map(({ items }) => items)
}
