import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Random, random } from '../../numeric/random.ts'
import { chiSquareTest } from '../hypothesis/contingency.ts'
import { categoryPart, poolRareCategories, powerDivergence } from './categories.ts'

test('the Cressie-Read statistic is scipy 1.17', () => {
  // chi2_contingency([[30, 20, 5, 2], [10, 25, 9, 4]], lambda_='cressie-read')
  const { statistic, p, df } = powerDivergence([30, 20, 5, 2], [10, 25, 9, 4])
  assert.ok(Math.abs(statistic / 11.776309156717772 - 1) < 1e-12)
  assert.ok(Math.abs(p / 0.008190065103198568 - 1) < 1e-10)
  assert.equal(df, 3)
})

test('for large counts it is the chi-square of Pearson, and equal shares give 0', () => {
  const a = Float64Array.of(40_000, 30_000, 20_000)
  const b = Float64Array.of(4100, 2950, 1960)
  assert.ok(Math.abs(powerDivergence(a, b).statistic / chiSquareTest(a, b).result!.statistic - 1) < 0.01)
  assert.ok(powerDivergence([10, 20], [5, 10]).statistic < 1e-12)
})

test('a category that no row has changes nothing; the order of the categories changes nothing', () => {
  const one = powerDivergence([30, 20, 5, 2], [10, 25, 9, 4])
  assert.deepEqual(powerDivergence([30, 0, 20, 5, 2], [10, 0, 25, 9, 4]), one)
  assert.ok(Math.abs(powerDivergence([2, 30, 5, 20], [4, 10, 9, 25]).statistic - one.statistic) < 1e-12)
})

test('rare categories and unseen ones go into one cell, by what is expected of them', () => {
  assert.deepEqual(poolRareCategories([500, 300, 3, 2, 195, 0], [100, 60, 1, 0, 36, 3], true), {
    a: [500, 300, 195, 5],
    b: [100, 60, 36, 4],
  })
  // Of 6 rows less than one is expected in the window: they join the smallest cell.
  assert.deepEqual(poolRareCategories([900, 95, 4, 1, 0], [90, 9, 1, 0, 0], true), { a: [900, 100], b: [90, 10] })
})

test('a column in which every row has a text of its own is no drift, listed in part or in full', () => {
  // 200 ids listed of 1000, then all others; the window has new ones only.
  const listed = new Array<number>(200).fill(1)
  assert.equal(categoryPart([...listed, 800], [...listed.map(() => 0), 500], { complete: false }), undefined)
})

test("where 5 rows are expected in every cell the test is Pearson's, as anywhere else", () => {
  const part = categoryPart([300, 200, 100, 0], [40, 25, 22, 0], { complete: true })!
  const { statistic, p } = chiSquareTest(Float64Array.of(300, 200, 100), Float64Array.of(40, 25, 22)).result!
  assert.deepEqual([part.statistic, part.pValue], [statistic, p])
})

const laws: [string, (rng: Random) => number, number][] = [
  ['ten equal levels', rng => rng.below(10), 10],
  ['50 equal levels', rng => rng.below(50), 50],
  [
    '30 levels, each less frequent than the last',
    rng => Math.min(29, Math.floor(Math.log(1 - rng.next()) / Math.log(0.85))),
    30,
  ],
]
for (const [name, draw, levels] of laws) {
  test(`p-values of sparse tables keep the level: ${name}`, () => {
    const rng = random(name)
    for (const [n, m] of [
      [1000, 100],
      [500, 2000],
    ] as const) {
      const repeats = 1500
      const rates = new Map([
        [0.05, 0],
        [0.01, 0],
      ])
      for (let i = 0; i < repeats; i++) {
        const [a, b] = [n, m].map(rows => {
          const counts = new Array<number>(levels + 1).fill(0)
          for (let r = 0; r < rows; r++) counts[draw(rng)]!++
          return counts
        }) as [number[], number[]]
        // What the reference has not got is known as a whole only.
        a.forEach((count, k) => {
          if (count > 0 || k === levels) return
          b[levels]! += b[k]!
          b[k] = 0
        })
        const p = categoryPart(a, b, { complete: true })!.pValue
        for (const [alpha, hits] of rates) if (p < alpha) rates.set(alpha, hits + 1)
      }
      for (const [alpha, hits] of rates) {
        const error = Math.sqrt((alpha * (1 - alpha)) / repeats)
        assert.ok(
          Math.abs(hits / repeats - alpha) < 0.15 * alpha + 3.5 * error,
          `${n}/${m} ${alpha}: ${hits / repeats}`,
        )
      }
    }
  })
}

test('where the list of categories ends before the reference does, its last ones are not taken for lost', () => {
  const rng = random('long tail')
  const draw = () => Math.floor(2000 * rng.next() ** 3)
  let flagged = 0
  const repeats = 300
  for (let i = 0; i < repeats; i++) {
    const [a, b] = [4000, 4000].map(rows => {
      const counts = new Array<number>(2000).fill(0)
      for (let r = 0; r < rows; r++) counts[draw()]!++
      return counts
    }) as [number[], number[]]
    const ranked = Array.from(a.keys()).sort((i, j) => a[j]! - a[i]!)
    const list = (of: number[]) => [
      ...ranked.slice(0, 100).map(k => of[k]!),
      ranked.slice(100).reduce((sum, k) => sum + of[k]!, 0),
    ]
    if (categoryPart(list(a), list(b), { complete: false })!.pValue < 0.05) flagged++
  }
  assert.ok(flagged / repeats < 0.05 + 3 * Math.sqrt(0.0475 / repeats), `${flagged / repeats}`)
})
