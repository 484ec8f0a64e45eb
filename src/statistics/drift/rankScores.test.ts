import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Random, random } from '../../numeric/random.ts'
import { chiSquareTest } from '../hypothesis/contingency.ts'
import { pool } from '../hypothesis/pooled.ts'
import { groupCells, rankTests } from './rankScores.ts'

const testsOf = (a: Float64Array, b: Float64Array) => {
  const { counts } = pool([a, b])
  return rankTests(groupCells(counts[0]!, counts[1]!, 5))!
}
const sample = (n: number, draw: () => number) => Float64Array.from({ length: n }, draw)

test("the spread of ranks is Mood's test of scipy 1.17, but for the grouping of the ranks", () => {
  const { cases } = JSON.parse(
    readFileSync(new URL('../../../test/golden/drift/mood.json', import.meta.url), 'utf8'),
  ) as { cases: { a: number[]; b: number[]; z: number; p: number }[] }
  assert.ok(cases.length >= 4)
  for (const { a, b, z } of cases) {
    const { spread } = testsOf(Float64Array.from(a), Float64Array.from(b))
    // scipy's z is that of the first sample, ours that of the second.
    assert.ok(Math.abs(spread!.statistic + z) < 0.15, `${spread!.statistic} and ${-z}`)
  }
})

test('of up to five values the shape is the whole chi-square of their table, times (N - 1) / N', () => {
  for (const [a, b] of [
    [
      [40, 30, 20, 10, 25],
      [30, 30, 20, 20, 15],
    ],
    [
      [400, 100, 60],
      [35, 15, 12],
    ],
  ] as [number[], number[]][]) {
    const total = [...a, ...b].reduce((sum, count) => sum + count)
    const { statistic } = chiSquareTest(Float64Array.from(a), Float64Array.from(b)).result!
    const { shape } = rankTests(groupCells(a, b, 5))!
    assert.ok(Math.abs(shape!.statistic / ((statistic * (total - 1)) / total) - 1) < 1e-9)
  }
})

test('the median of ranks is the chi-square of rows above and below the middle, times (N - 1) / N', () => {
  // By hand: 400 (140 90 - 110 60)^2 / (250 150 200 200) = 9.6
  const { median } = rankTests(groupCells([140, 110], [60, 90], 5))!
  const { statistic } = chiSquareTest(Float64Array.of(140, 110), Float64Array.of(60, 90)).result!
  assert.ok(Math.abs(statistic - 9.6) < 1e-12)
  assert.ok(Math.abs(median.statistic ** 2 / ((statistic * 399) / 400) - 1) < 1e-12)
})

test('the signs say higher, lower, wider and narrower; swapping the samples turns them', () => {
  const rng = random('signs')
  const x = sample(400, () => rng.normal())
  const higher = testsOf(
    x,
    sample(300, () => 0.5 + rng.normal()),
  )
  assert.ok(higher.location.statistic > 4)
  const y = sample(300, () => 1.5 * rng.normal())
  const wider = testsOf(x, y)
  assert.ok(wider.spread!.statistic > 4)
  const narrower = testsOf(y, x)
  assert.ok(Math.abs(narrower.spread!.statistic + wider.spread!.statistic) < 1e-9)
  assert.ok(Math.abs(narrower.location.statistic + wider.location.statistic) < 1e-9)
})

test('a monotone change of scale changes nothing', () => {
  const rng = random('monotone')
  const a = sample(200, () => rng.normal())
  const b = sample(100, () => 0.2 + rng.normal())
  assert.deepEqual(testsOf(a.map(Math.exp), b.map(Math.exp)), testsOf(a, b))
})

test('where rows are too few for two groups there is no answer', () => {
  assert.equal(rankTests(groupCells([3, 3], [3, 3], 5)), undefined)
})

const kinds = ['location', 'median', 'spread', 'shape'] as const
const laws: [string, (rng: Random) => number][] = [
  ['continuous', rng => rng.normal()],
  ['heavily tied', rng => Math.floor(-2 * Math.log(1 - rng.next()))],
  ['mostly zero', rng => (rng.next() < 0.7 ? 0 : rng.next())],
]
for (const [name, draw] of laws) {
  test(`all three tests keep the level: ${name}`, () => {
    const rng = random(`level ${name}`)
    for (const [n, m] of [
      [40, 40],
      [1000, 60],
      [100, 1000],
    ] as const) {
      const repeats = 1000
      const hits = { location: 0, median: 0, spread: 0, shape: 0 }
      for (let i = 0; i < repeats; i++) {
        const tests = testsOf(
          sample(n, () => draw(rng)),
          sample(m, () => draw(rng)),
        )
        for (const kind of kinds) if ((tests[kind]?.p ?? 1) < 0.05) hits[kind]++
      }
      for (const [kind, count] of Object.entries(hits)) {
        assert.ok(
          count / repeats < 0.05 + 0.005 + 3.5 * Math.sqrt(0.0475 / repeats),
          `${kind} ${n}/${m}: ${count / repeats}`,
        )
      }
      assert.ok(hits.location / repeats > 0.03)
    }
  })
}
