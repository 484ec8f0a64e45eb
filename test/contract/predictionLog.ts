/** What every implementation of PredictionLog promises. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { PredictionBatch, PredictionLog } from '../../src/base/ports.ts'

/** `open` gives an empty log; `now` is real time. It is closed when the test ends. */
export function predictionLogContract(name: string, open: (t: TestContext, now: () => number) => PredictionLog): void {
  const e = 'flights/late-arrival'

  /** Predictions of these keys at one instant; the output of the key `k` is output(k). */
  function batch(at: number, keys: readonly string[], more: Partial<PredictionBatch> = {}): PredictionBatch {
    return {
      endpoint: e,
      request: `request at ${at}`,
      at,
      latencyMs: 1.5,
      keys,
      route: 'live',
      version: '1.0.0',
      features: {
        rows: keys.length,
        columns: [
          { name: 'temp', kind: 'number', values: Float64Array.from(keys, (_, i) => (i === 1 ? Number.NaN : 30 + i)) },
          { name: 'carrier', kind: 'text', values: keys.map((_, i) => (i === 1 ? null : `C${i}`)) },
        ],
      },
      outputs: Float64Array.from(keys, output),
      shadows: [],
      ...more,
    }
  }
  const output = (key: string) => key.charCodeAt(0) / 1000

  test(`${name}: a prediction is found by its key as it was answered`, async t => {
    const log = open(t, () => 777)
    const shadows = [{ version: '0.9.0', outputs: Float64Array.of(0.5, Number.NaN) }]
    assert.deepEqual(await log.append([batch(1000, ['a', 'b'], { shadows })]), { repeated: [] })
    assert.deepEqual(await log.find(e, ['b', 'a', 'c', 'a']).then(byKey), [
      {
        endpoint: e,
        key: 'a',
        request: 'request at 1000',
        at: 1000,
        recordedAt: 777,
        latencyMs: 1.5,
        route: 'live',
        version: '1.0.0',
        features: { temp: 30, carrier: 'C0' },
        output: 0.097,
        shadows: { '0.9.0': 0.5 },
      },
      {
        endpoint: e,
        key: 'b',
        request: 'request at 1000',
        at: 1000,
        recordedAt: 777,
        latencyMs: 1.5,
        route: 'live',
        version: '1.0.0',
        features: { temp: null, carrier: null },
        output: 0.098,
        shadows: { '0.9.0': Number.NaN },
      },
    ])
    assert.deepEqual(await log.find('flights/another', ['a']), [])
  })

  test(`${name}: a key keeps its first answer, within a call, across calls, but not across endpoints`, async t => {
    const log = open(t, () => 0)
    await log.append([batch(1000, ['a'])])
    const again = [
      batch(2000, ['a', 'b', 'c'], { outputs: Float64Array.of(9, 0.2, 0.3), version: '2.0.0' }),
      batch(3000, ['c', 'c'], { outputs: Float64Array.of(9, 9) }),
    ]
    const { repeated } = await log.append(again)
    assert.deepEqual([...repeated].sort(), ['a', 'c', 'c'])
    const found = byKey(await log.find(e, ['a', 'b', 'c']))
    assert.deepEqual(
      found.map(p => [p.key, p.at, p.output, p.version, p.features.carrier]),
      [
        ['a', 1000, 0.097, '1.0.0', 'C0'],
        ['b', 2000, 0.2, '2.0.0', null],
        ['c', 2000, 0.3, '2.0.0', 'C2'],
      ],
    )
    assert.deepEqual((await log.append([batch(9000, ['a'], { endpoint: 'other' })])).repeated, [])
    assert.equal((await log.counts(e)).predictions, 3)
    assert.equal((await log.window(e, 0, 9999)).rows, 3)
  })

  test(`${name}: a window holds from <= at < to, in order of time and key`, async t => {
    const log = open(t, () => 0)
    const canary = {
      route: 'canary',
      version: '1.1.0',
      shadows: [{ version: '1.0.0', outputs: Float64Array.of(7) }],
    } as const
    await log.append([batch(3000, ['z']), batch(2000, ['c', 'a']), batch(2000, ['b'], canary), batch(1000, ['y'])])
    await log.append([batch(2000, ['x'], { endpoint: 'other' })])
    const window = await log.window(e, 1000, 3000)
    assert.equal(window.rows, 4)
    assert.deepEqual(window.keys, ['y', 'a', 'b', 'c'])
    assert.deepEqual([...window.at], [1000, 2000, 2000, 2000])
    assert.deepEqual(window.route, ['live', 'live', 'canary', 'live'])
    assert.deepEqual(window.version, ['1.0.0', '1.0.0', '1.1.0', '1.0.0'])
    assert.deepEqual([...window.outputs], ['y', 'a', 'b', 'c'].map(output))
    assert.deepEqual([...window.shadows.get('1.0.0')!], [Number.NaN, Number.NaN, 7, Number.NaN])
    assert.deepEqual(window.features, {
      rows: 4,
      columns: [
        { name: 'temp', kind: 'number', values: Float64Array.of(30, Number.NaN, 30, 30) },
        { name: 'carrier', kind: 'text', values: ['C0', null, 'C0', 'C0'] },
      ],
    })
    assert.equal((await log.window(e, 3001, 9000)).rows, 0)
    assert.equal((await log.window('nobody', 0, 9000)).rows, 0)
  })

  test(`${name}: versions that read other columns stand in one window, missing where they do not apply`, async t => {
    const log = open(t, () => 0)
    const wind = { rows: 1, columns: [{ name: 'wind', kind: 'number' as const, values: Float64Array.of(5) }] }
    const text = { rows: 1, columns: [{ name: 'temp', kind: 'text' as const, values: ['warm'] }] }
    await log.append([batch(1, ['a']), batch(2, ['b'], { features: wind })])
    assert.deepEqual((await log.window(e, 0, 9)).features.columns, [
      { name: 'temp', kind: 'number', values: Float64Array.of(30, Number.NaN) },
      { name: 'carrier', kind: 'text', values: ['C0', null] },
      { name: 'wind', kind: 'number', values: Float64Array.of(Number.NaN, 5) },
    ])
    await log.append([batch(3, ['c'], { features: text })])
    const temp = (await log.window(e, 0, 9)).features.columns[0]
    assert.deepEqual(temp, { name: 'temp', kind: 'text', values: ['30', null, 'warm'] })
  })

  test(`${name}: outcomes are joined, repeated, corrected, pending or rejected`, async t => {
    const log = open(t, () => 0)
    await log.append([batch(1000, ['a', 'b', 'c'])])
    const at = (knownAt: number) => (key: string, value: number | 'void') => ({ key, value, knownAt })
    const statuses = async (...outcomes: Parameters<typeof log.outcomes>[1]) =>
      (await log.outcomes(e, outcomes)).map(receipt => [receipt.key, receipt.status])

    assert.deepEqual(await statuses(at(2000)('a', 1), at(2000)('b', 'void'), at(2000)('d', 0)), [
      ['a', 'joined'],
      ['b', 'joined'],
      ['d', 'pending'],
    ])
    assert.deepEqual(await log.counts(e), { predictions: 3, outcomes: 1, voids: 1, unmatched: 1 })
    assert.deepEqual(await statuses(at(3000)('a', 1), at(3000)('b', 'void'), at(3000)('d', 0)), [
      ['a', 'duplicate'],
      ['b', 'duplicate'],
      ['d', 'duplicate'],
    ])
    assert.deepEqual(await statuses(at(4000)('a', 0), at(4000)('b', 1), at(4000)('d', 1), at(4000)('c', 1)), [
      ['a', 'corrected'],
      ['b', 'corrected'],
      ['d', 'corrected'],
      ['c', 'joined'],
    ])
    assert.deepEqual(await log.counts(e), { predictions: 3, outcomes: 3, voids: 0, unmatched: 1 })
    const refused = await log.outcomes(e, [at(5000)('a', Number.NaN), at(5000)('', 1), at(5000)('c', 0)])
    assert.deepEqual(
      refused.map(receipt => receipt.status),
      ['rejected', 'rejected', 'corrected'],
    )
    assert.match(JSON.stringify(refused[0]), /NaN/)
    assert.deepEqual((await log.find(e, ['a']))[0]?.outcome, { key: 'a', value: 0, knownAt: 4000 })
    assert.deepEqual(await log.outcomes(e, []), [])
  })

  test(`${name}: an outcome that came first is joined when its prediction appears`, async t => {
    const log = open(t, () => 0)
    await log.outcomes(e, [
      { key: 'a', value: 0, knownAt: 100 },
      { key: 'b', value: 'void', knownAt: 100 },
    ])
    await log.outcomes(e, [{ key: 'a', value: 1, knownAt: 200 }])
    assert.deepEqual(await log.counts(e), { predictions: 0, outcomes: 0, voids: 0, unmatched: 2 })
    await log.append([batch(1000, ['b', 'a'])])
    assert.deepEqual(await log.counts(e), { predictions: 2, outcomes: 1, voids: 1, unmatched: 0 })
    assert.deepEqual(
      byKey(await log.find(e, ['a', 'b'])).map(p => p.outcome?.value),
      [1, 'void'],
    )
    assert.deepEqual([...(await log.window(e, 0, 9999, 150)).outcomes], [0, Number.NaN])
    assert.equal((await log.outcomes(e, [{ key: 'a', value: 1, knownAt: 300 }]))[0]?.status, 'duplicate')
  })

  test(`${name}: a window and labels show outcomes as they were known at an instant`, async t => {
    const log = open(t, () => 0)
    await log.append([batch(1000, ['a', 'b', 'c'])])
    await log.outcomes(e, [
      { key: 'a', value: 1, knownAt: 2000 },
      { key: 'b', value: 'void', knownAt: 2500 },
    ])
    await log.outcomes(e, [
      { key: 'a', value: 'void', knownAt: 4000 },
      { key: 'b', value: 0, knownAt: 4000 },
    ])
    const n = Number.NaN
    for (const [asOf, outcomes, voids, knownAt] of [
      [1999, [n, n, n], [0, 0, 0], [n, n, n]],
      [2000, [1, n, n], [0, 0, 0], [2000, n, n]],
      [3000, [1, n, n], [0, 1, 0], [2000, 2500, n]],
      [undefined, [n, 0, n], [1, 0, 0], [2000, 2500, n]],
    ] as const) {
      const window = await log.window(e, 0, 9999, asOf)
      assert.deepEqual([...window.outcomes], outcomes)
      assert.deepEqual([...window.voids], voids)
      assert.deepEqual(await log.labels(e, 0, 9999, asOf ?? 1e12), {
        keys: ['a', 'b', 'c'],
        at: Float64Array.of(1000, 1000, 1000),
        values: Float64Array.from(outcomes),
        knownAt: Float64Array.from(knownAt),
      })
    }
  })

  test(`${name}: many small requests are read back whole, page by page and in one window`, async t => {
    const log = open(t, () => 0)
    const keys = Array.from({ length: 1500 }, (_, i) => String(i).padStart(5, '0'))
    await Promise.all(keys.map((key, i) => log.append([batch(Math.floor(i / 3), [key])])))
    const value = (key: string) => Number(key) % 2
    await log.outcomes(
      e,
      keys.map(key => ({ key, value: value(key), knownAt: 5000 })),
    )
    const window = await log.window(e, 0, 1500)
    assert.deepEqual(window.keys, keys)
    assert.deepEqual([...window.outcomes], keys.map(value))
    assert.deepEqual((await log.labels(e, 100, 200, 5000)).keys, keys.slice(300, 600))

    const seen: string[] = []
    let before: string | undefined
    do {
      const page = await log.recent(e, { limit: 400, ...(before !== undefined && { before }) })
      seen.push(...page.items.map(item => item.key))
      for (let i = 1; i < page.items.length; i++) assert.ok(page.items[i - 1]!.at >= page.items[i]!.at)
      before = page.next
    } while (before !== undefined)
    assert.deepEqual(seen.toSorted(), keys)
    assert.deepEqual((await log.recent('nobody')).items, [])
  })

  test(`${name}: a page may end inside a request, and the next one goes on there`, async t => {
    const log = open(t, () => 0)
    await log.append([batch(1, ['a', 'b', 'c']), batch(2, ['d', 'e'])])
    const first = await log.recent(e, { limit: 3 })
    assert.deepEqual(
      first.items.map(p => p.key),
      ['e', 'd', 'c'],
    )
    const second = await log.recent(e, { limit: 3, before: first.next! })
    assert.deepEqual(
      second.items.map(p => p.key),
      ['b', 'a'],
    )
    assert.equal(second.next, undefined)
    await assert.rejects(log.recent(e, { before: 'yesterday' }), RangeError)
  })

  test(`${name}: a batch whose parts do not fit is refused and nothing of it is stored`, async t => {
    const log = open(t, () => 0)
    const shadows = [{ version: '0.9.0', outputs: Float64Array.of(1, 2) }]
    for (const wrong of [
      batch(1, ['a'], { outputs: new Float64Array(2) }),
      batch(1, ['a'], { shadows }),
      batch(1, ['']),
      batch(Number.NaN, ['a']),
    ]) {
      await assert.rejects(log.append([batch(1, ['b']), wrong]), RangeError)
    }
    assert.deepEqual(await log.append([batch(1, [])]), { repeated: [] })
    assert.deepEqual(await log.counts(e), { predictions: 0, outcomes: 0, voids: 0, unmatched: 0 })
  })
}

function byKey<Item extends { readonly key: string }>(items: readonly Item[]): Item[] {
  return items.toSorted((a, b) => (a.key < b.key ? -1 : 1))
}
