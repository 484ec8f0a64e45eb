import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { PredictionWindow } from '../base/ports.ts'
import { outputsOf, periods, windowFigures } from './performance.ts'

const iso = (spans: readonly { from: number; to: number }[]) =>
  spans.map(({ from, to }) => `${new Date(from).toISOString()} ${new Date(to).toISOString()}`)

suite('periods', () => {
  test('months begin at local midnight, also across the change to summer time', () => {
    const span = { from: Date.parse('2013-02-28T05:00Z'), to: Date.parse('2013-04-02T00:00Z') }
    assert.deepEqual(iso(periods(span, 'month', 'America/New_York')), [
      '2013-02-28T05:00:00.000Z 2013-03-01T05:00:00.000Z',
      '2013-03-01T05:00:00.000Z 2013-04-01T04:00:00.000Z',
      '2013-04-01T04:00:00.000Z 2013-04-02T00:00:00.000Z',
    ])
  })

  test('weeks begin on Monday', () => {
    // 1 March 2013 was a Friday.
    const span = { from: Date.parse('2013-03-01T00:00Z'), to: Date.parse('2013-03-12T00:00Z') }
    assert.deepEqual(iso(periods(span, 'week', 'UTC')), [
      '2013-03-01T00:00:00.000Z 2013-03-04T00:00:00.000Z',
      '2013-03-04T00:00:00.000Z 2013-03-11T00:00:00.000Z',
      '2013-03-11T00:00:00.000Z 2013-03-12T00:00:00.000Z',
    ])
  })

  test('days follow one another without gap, and an empty span has none', () => {
    const from = Date.parse('2013-03-09T05:00Z')
    const days = periods({ from, to: from + 3 * 86_400_000 }, 'day', 'America/New_York')
    for (let i = 1; i < days.length; i++) assert.equal(days[i]!.from, days[i - 1]!.to)
    assert.equal(days[1]!.to - days[1]!.from, 23 * 3_600_000)
    assert.deepEqual(periods({ from, to: from }, 'day', 'UTC'), [])
  })
})

suite('realised figures', () => {
  // Six rows: 1.0.0 is live, 1.1.0 answers rows 1 and 4 as canary (1.0.0 beside it), 0.9.0 is a shadow of all.
  const nan = Number.NaN
  const window: PredictionWindow = {
    rows: 6,
    keys: ['a', 'b', 'c', 'd', 'e', 'f'],
    at: new Float64Array(6),
    route: ['live', 'canary', 'live', 'live', 'canary', 'live'],
    version: ['1.0.0', '1.1.0', '1.0.0', '1.0.0', '1.1.0', '1.0.0'],
    features: { rows: 6, columns: [] },
    outputs: Float64Array.of(0.2, 0.9, 0.6, 0.4, 0.1, 0.5),
    shadows: new Map([
      ['1.0.0', Float64Array.of(nan, 0.7, nan, nan, 0.3, nan)],
      ['0.9.0', Float64Array.of(0.5, 0.5, 0.5, 0.5, 0.5, 0.5)],
    ]),
    outcomes: Float64Array.of(0, 1, 1, nan, 0, nan),
    voids: Uint8Array.of(0, 0, 0, 1, 0, 0),
  }
  const figures = windowFigures(window, { from: 0, to: 1 }, 'binary')

  test('count a canary row with the version that answered it', () => {
    assert.deepEqual(
      { ...figures.answered, logLoss: undefined },
      { n: 4, auc: 1, brier: (0.04 + 0.01 + 0.16 + 0.01) / 4, logLoss: undefined },
    )
  })

  test('know what is covered, void and open', () => {
    assert.deepEqual([figures.predictions, figures.n, figures.voids], [6, 4, 1])
    assert.equal(figures.coverage, 5 / 6)
  })

  test('of a version come from what it answered and what it shadowed', () => {
    assert.deepEqual([...outputsOf(window, '1.0.0')], [0.2, 0.7, 0.6, 0.4, 0.3, 0.5])
    assert.deepEqual(Object.keys(figures.versions), ['0.9.0', '1.0.0', '1.1.0'])
    assert.equal(figures.versions['1.0.0']!.n, 4)
    assert.equal(figures.versions['1.1.0']!.n, 2)
    // All the same score: no better than a coin.
    assert.deepEqual(figures.versions['0.9.0'], { n: 4, auc: 0.5, brier: 0.25, logLoss: Math.LN2 })
  })

  test('are null where they are not defined', () => {
    const open = { ...window, outcomes: new Float64Array(6).fill(nan) }
    assert.deepEqual(windowFigures(open, { from: 0, to: 1 }, 'binary').answered, {
      n: 0,
      auc: null,
      brier: null,
      logLoss: null,
    })
  })

  test('of a regression are root mean squared and mean absolute error', () => {
    const given = { ...window, outcomes: Float64Array.of(1.2, 0.9, 0.6, nan, 2.1, nan) }
    assert.deepEqual(windowFigures(given, { from: 0, to: 1 }, 'regression').answered, {
      n: 4,
      rmse: Math.sqrt(5 / 4),
      mae: 3 / 4,
    })
  })
})
