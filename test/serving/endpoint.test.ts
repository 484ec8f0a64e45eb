import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { FalconerError } from '../../src/base/errors.ts'
import { table } from '../../src/base/table.ts'
import { inCanary } from '../../src/deploy/routing.ts'
import { columnsByHand, near, refusal } from '../contract/runtime.ts'
import { at, march, type TestPlatform, testPlatform } from './platform.ts'

const shiftedByHand = (carrier: string | null, distance: number, temp: number) => {
  const p = columnsByHand(carrier, distance)
  return 1 / (1 + Math.exp(-(Math.log(p / (1 - p)) + 1 + 0.25 * temp)))
}

suite('an endpoint', () => {
  let platform: TestPlatform
  before(async () => {
    platform = testPlatform()
    await platform.serve(await platform.route('live', '1.0.0', 'columns'))
  })
  after(() => platform.close())
  const predict = (records: Record<string, string | number | boolean | null>[], request = 'r') =>
    platform.deploy.predict(at, { records }, request)

  test('answers records in the order asked, with the version that answered', async () => {
    const answers = await predict([
      { id: 'a', carrier: 'UA', distance: 2 },
      { id: 'b', carrier: null, distance: null },
    ])
    assert.deepEqual(
      answers.map(({ output, ...rest }) => rest),
      [
        { id: 'a', version: '1.0.0', route: 'live' },
        { id: 'b', version: '1.0.0', route: 'live' },
      ],
    )
    near(
      answers.map(answer => answer.output),
      [columnsByHand('UA', 2), columnsByHand(null, Number.NaN)],
    )
  })

  test('has every answer in the log, with the features as given', async () => {
    await predict([{ id: 'logged', carrier: 'AA', distance: 39.02 }], 'request 7')
    const logged = await platform.deploy.prediction(at, 'logged')
    assert.deepEqual(logged.features, { carrier: 'AA', distance: 39.02 })
    assert.equal(logged.request, 'request 7')
    assert.equal(logged.at, march)
    near([logged.output], [columnsByHand('AA', 39.02)])
  })

  test('gives a key that was predicted before its stored answer, whatever is sent with it', async () => {
    const [first] = await predict([{ id: 'again', carrier: 'UA', distance: 1 }])
    const [second] = await predict([{ id: 'again', carrier: 'AA', distance: 9 }])
    assert.deepEqual(second, first)
    const [third] = await predict([{ id: 'again', nonsense: true }])
    assert.deepEqual(third, first)
  })

  test('answers a key that is named twice in one request once, from its first row', async () => {
    const answers = await predict([
      { id: 'twice', carrier: 'UA', distance: 1 },
      { id: 'other', carrier: 'UA', distance: 1 },
      { id: 'twice', carrier: 'AA', distance: 2 },
    ])
    assert.deepEqual(answers[2], answers[0])
    near([answers[0]!.output], [columnsByHand('UA', 1)])
  })

  test('gives requests that come at once with the same new key the same answer, logged once', async () => {
    const before = await platform.log.counts('flights/late')
    const asked = Array.from({ length: 16 }, (_, i) => predict([{ id: 'raced', carrier: 'UA', distance: i }]))
    const outputs = new Set((await Promise.all(asked)).map(([answer]) => answer!.output))
    assert.equal(outputs.size, 1)
    assert.equal((await platform.log.counts('flights/late')).predictions, before.predictions + 1)
  })

  test('makes keys from the request where the caller gives none', async () => {
    const answers = await predict(
      [
        { carrier: 'UA', distance: 1 },
        { carrier: 'UA', distance: 2 },
      ],
      'request 8',
    )
    assert.deepEqual(
      answers.map(answer => answer.id),
      ['request 8/0', 'request 8/1'],
    )
  })

  test('takes true and false for 1 and 0', async () => {
    const [answer] = await predict([{ carrier: 'UA', distance: true }], 'flag')
    near([answer!.output], [columnsByHand('UA', 1)])
  })

  const bad: [string, Record<string, never> | Record<string, string | number | boolean | null>, RegExp][] = [
    ['a missing column', { carrier: 'UA' }, /row 1, column distance: the column is missing; wanted a number/],
    [
      'an extra column',
      { carrier: 'UA', distance: 1, dest: 'X' },
      /row 1, column dest: is not a column.*carrier, distance/,
    ],
    [
      'text for a number',
      { carrier: 'UA', distance: '12' },
      /row 1, column distance: given "12", wanted a number or null/,
    ],
    ['a number for text', { carrier: 7, distance: 1 }, /row 1, column carrier: given 7, wanted text or null/],
    ['an infinite number', { carrier: 'UA', distance: Infinity }, /row 1, column distance: given "Infinity"/],
    ['a key that is no text', { id: 5, carrier: 'UA', distance: 1 }, /row 1, column id: given 5, wanted text/],
    ['an empty key', { id: '', carrier: 'UA', distance: 1 }, /row 1, column id: given "", wanted text of 1 to 500/],
  ]
  for (const [what, record, text] of bad) {
    test(`refuses ${what} in words, and nothing of that request is logged`, async () => {
      const before = await platform.log.counts('flights/late')
      await assert.rejects(predict([{ id: 'fine', carrier: 'UA', distance: 1 }, record]), refusal('bad-input', text))
      assert.deepEqual(await platform.log.counts('flights/late'), before)
    })
  }

  test('names every wrong place, up to twenty', async () => {
    await assert.rejects(predict([{ carrier: 1 }, { distance: '2' }]), error => {
      assert.deepEqual((error as FalconerError).findings.map(finding => finding.at).sort(), [
        '/records/0/carrier',
        '/records/0/distance',
        '/records/1/carrier',
        '/records/1/distance',
      ])
      return true
    })
  })

  test('that does not exist is named, with those that do', async () => {
    const wrong = platform.deploy.predict({ project: 'flights', name: 'lat' }, { records: [] }, 'r')
    await assert.rejects(wrong, refusal('not-found', /no endpoint "lat" in the project "flights"; there is late/))
  })

  test('cannot be asked by id without a feature query', async () => {
    await assert.rejects(
      platform.deploy.predict(at, { entities: ['a new id'] }, 'r'),
      refusal('bad-input', /feature query/),
    )
  })

  test('says how loaded it is', async () => {
    const load = platform.deploy.load(at)
    assert.ok(load.requests > 10 && load.predictions > 5 && load.repeated > 5)
    assert.ok((load.failures['bad-input'] ?? 0) >= bad.length)
    assert.ok(load.latencyMs.p99! > 0)
  })
})

suite('outcomes', () => {
  let platform: TestPlatform
  before(async () => {
    platform = testPlatform()
    await platform.serve(await platform.route('live', '1.0.0', 'columns'))
    await platform.deploy.predict(
      at,
      {
        records: [
          { id: 'a', carrier: 'UA', distance: 1 },
          { id: 'b', carrier: 'UA', distance: 1 },
        ],
      },
      'r',
    )
  })
  after(() => platform.close())

  test('of a classifier are 0, 1 or void; each gets a receipt in the order given', async () => {
    platform.clock.set(march + 3_600_000)
    const receipts = await platform.deploy.outcomes(at, [
      { id: 'a', value: 1 },
      { id: 'b', value: 0.5 },
      { id: 'b', value: 'void' },
      { id: 'later', value: 0 },
      { id: 'a', value: 1 },
      { id: 'a', value: 0 },
      { id: 'a', value: Number.NaN },
    ])
    assert.deepEqual(
      receipts.map(({ id, status }) => `${id} ${status}`),
      ['a joined', 'b rejected', 'b joined', 'later pending', 'a duplicate', 'a corrected', 'a rejected'],
    )
    assert.match(receipts[1]!.reason!, /0\.5, must be 0, 1 or "void"/)
  })

  test('are joined with the prediction, known at the clock of the platform', async () => {
    assert.deepEqual((await platform.deploy.prediction(at, 'a')).outcome, {
      key: 'a',
      value: 0,
      knownAt: march + 3_600_000,
    })
  })
})

suite('a canary with shadows', () => {
  const keys = Array.from({ length: 200 }, (_, i) => `flight ${i}`)
  let platform: TestPlatform
  before(async () => {
    platform = testPlatform()
    await platform.serve(
      await platform.route('live', '1.1.0', 'columns'),
      await platform.route('canary', '1.2.0', 'shifted', 0.3),
      await platform.route('shadow', '1.0.0', 'shifted'),
    )
  })
  after(() => platform.close())

  test('answers its keys; live and shadows are logged beside it', async () => {
    const records = keys.map(id => ({ id, carrier: 'UA', distance: 2, temp: 4 }))
    const answers = await platform.deploy.predict(at, { records }, 'r')
    for (const { id, version, route, output } of answers) {
      const canary = inCanary(id, '1.2.0', 0.3)
      assert.deepEqual([version, route], canary ? ['1.2.0', 'canary'] : ['1.1.0', 'live'])
      near([output], [canary ? shiftedByHand('UA', 2, 4) : columnsByHand('UA', 2)])
    }
    for (const { key, route, shadows } of await platform.log.find('flights/late', keys)) {
      assert.deepEqual(Object.keys(shadows).sort(), route === 'canary' ? ['1.0.0', '1.1.0'] : ['1.0.0'], key)
      near([shadows['1.0.0']!], [shiftedByHand('UA', 2, 4)])
      if (route === 'canary') near([shadows['1.1.0']!], [columnsByHand('UA', 2)])
    }
  })

  test('counts each row with the version that answered it', async () => {
    await platform.deploy.outcomes(
      at,
      keys.map((id, i) => ({ id, value: i % 2 })),
    )
    const [march] = await platform.deploy.performance(at, {
      from: Date.parse('2013-03-01T00:00Z'),
      to: Date.parse('2013-04-01T00:00Z'),
      by: 'month',
    })
    const canaryRows = keys.filter(key => inCanary(key, '1.2.0', 0.3)).length
    assert.deepEqual([march!.predictions, march!.n, march!.coverage], [200, 200, 1])
    assert.equal(march!.versions['1.2.0']!.n, canaryRows)
    assert.equal(march!.versions['1.1.0']!.n, 200)
    assert.equal(march!.versions['1.0.0']!.n, 200)
    // Both outcomes are equally often, so Brier of a constant p is ((1-p)^2 + p^2) / 2.
    const brier = (p: number) => ((1 - p) ** 2 + p ** 2) / 2
    const { brier: live } = march!.versions['1.1.0'] as { brier: number }
    assert.ok(Math.abs(live - brier(columnsByHand('UA', 2))) < 1e-6)
  })
})

test('a canary that cannot answer costs nobody an answer: the live version stands in, and it is counted', async t => {
  const platform = testPlatform({}, t)
  await platform.serve(
    await platform.route('live', '1.0.0', 'spin'),
    await platform.route('canary', '1.1.0', 'spin', 1),
    await platform.route('shadow', '0.9.0', 'logarithm'),
  )
  // The shadow takes a column x that nobody sends.
  const [answer] = await platform.deploy.predict(at, { records: [{ id: 'a', turns: 3 }] }, 'r')
  assert.deepEqual(answer, { id: 'a', output: 3, version: '1.1.0', route: 'canary' })
  assert.deepEqual(platform.deploy.load(at).failedBeside, { '0.9.0': 1 })
})

test('features of rows asked by id come from the query, as of now', async t => {
  const asked: unknown[] = []
  const platform = testPlatform(
    {
      features: async (project, ids, instant) => {
        asked.push([project, ids, instant])
        return table([
          { name: 'flight_id', kind: 'text', values: ids },
          { name: 'distance', kind: 'number', values: Float64Array.from(ids, id => id.length) },
          { name: 'carrier', kind: 'text', values: ids.map(id => id.slice(0, 2)) },
        ])
      },
    },
    t,
  )
  await platform.serve(await platform.route('live', '1.0.0', 'columns'))
  await platform.deploy.predict(at, { entities: ['UA 1'] }, 'r')
  const answers = await platform.deploy.predict(at, { entities: ['AA 22', 'UA 1', 'AA 22'] }, 'r')
  near(
    answers.map(answer => answer.output),
    [columnsByHand('AA', 5), columnsByHand('UA', 4), columnsByHand('AA', 5)],
  )
  assert.deepEqual(asked, [
    ['flights', ['UA 1'], march],
    ['flights', ['AA 22'], march],
  ])
})

test('columns and records give equal bits', async t => {
  const platform = testPlatform({}, t)
  await platform.serve(await platform.route('live', '1.0.0', 'shifted'))
  const values = Array.from({ length: 100 }, (_, i) => Math.fround(Math.sin(i) * 3))
  const records = values.map((value, i) => ({ id: `record ${i}`, carrier: 'AA', distance: value, temp: value / 2 }))
  const rows = table([
    { name: 'distance', kind: 'number', values: Float64Array.from(values) },
    { name: 'temp', kind: 'number', values: Float64Array.from(values, value => value / 2) },
    { name: 'carrier', kind: 'text', values: values.map(() => 'AA') },
  ])
  const one = await platform.deploy.predict(at, { records }, 'r')
  const other = await platform.deploy.predictRows(at, { keys: values.map((_, i) => `row ${i}`), rows }, 's')
  assert.deepEqual(
    one.map(answer => answer.output),
    other.map(answer => answer.output),
  )
})
