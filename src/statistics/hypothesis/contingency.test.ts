import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { random } from '../../numeric/random.ts'
import {
  chiSquareOfTable,
  chiSquareTest,
  contingencyTest,
  cramersV,
  gOfTable,
  gTest,
  twoProportions,
} from './contingency.ts'
import {
  hellinger,
  jensenShannonDistance,
  kullbackLeibler,
  largestShareGap,
  populationStabilityIndex,
  totalVariation,
} from './distances.ts'
import { fisherExact } from './fisher.ts'

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../test/golden/${name}`, import.meta.url), 'utf8'))

const near = (actual: number | undefined, expected: number, what: string, tolerance = 1e-9) =>
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) <= tolerance * Math.max(Math.abs(expected), 1e-12),
    `${what}: ${actual} is not ${expected}`,
  )

test('tests of two-row tables and distances of shares equal those of scipy', () => {
  for (const row of read('two_sample.json').contingency) {
    const { table, chi2, g, js_distance_base2, tvd, hellinger: expectedHellinger, fisher_two_sided, chi2_yates } = row
    const [a, b] = table.map((counts: number[]) => Float64Array.from(counts)) as [Float64Array, Float64Array]
    const chi = chiSquareTest(a, b)
    near(chi.result!.statistic, chi2[0], 'chi2')
    near(chi.result!.p, chi2[1], 'chi2 p')
    assert.equal(chi.df, chi2[2])
    near(gTest(a, b).result!.statistic, g[0], 'G')
    near(gTest(a, b).result!.p, g[1], 'G p')
    near(jensenShannonDistance(a, b), js_distance_base2, 'JS')
    near(totalVariation(a, b), tvd, 'TVD')
    near(hellinger(a, b), expectedHellinger, 'Hellinger')
    if (!chi2_yates) continue
    near(chiSquareTest(a, b, { yates: true }).result!.statistic, chi2_yates[0], 'Yates')
    near(chiSquareTest(a, b, { yates: true }).result!.p, chi2_yates[1], 'Yates p')
    near(fisherExact(a[0]!, a[1]!, b[0]!, b[1]!), fisher_two_sided[1], 'Fisher')
    near((a[0]! * b[1]!) / (a[1]! * b[0]!), fisher_two_sided[0], 'odds ratio')
    const z = twoProportions(a[0]!, a[0]! + a[1]!, b[0]!, b[0]! + b[1]!).result!
    near(z.statistic ** 2, chi2[0], 'z^2')
    near(z.p, chi2[1], 'z p')
  }
})

test('tests of tables with more rows, association and exact p of large tables equal those of scipy', () => {
  for (const { table, chi2, g, cramers_v, fisher } of read('hypothesis.json').tables) {
    const chi = chiSquareOfTable(table)
    near(chi.result!.statistic, chi2[0], 'chi2')
    near(chi.result!.p, chi2[1], 'chi2 p')
    assert.equal(chi.df, chi2[2])
    near(gOfTable(table).result!.statistic, g[0], 'G')
    near(gOfTable(table).result!.p, g[1], 'G p')
    near(cramersV(table), cramers_v, "Cramer's V")
    if (fisher) near(fisherExact(table[0][0], table[0][1], table[1][0], table[1][1]), fisher[1], 'Fisher')
  }
})

test("Fisher's test: the order of rows and columns does not matter, and a table without a margin says nothing", () => {
  for (const [a, b, c, d] of [
    [3, 9, 12, 4],
    [0, 7, 5, 2],
    [40, 2, 300, 77],
  ] as const) {
    const p = fisherExact(a, b, c, d)
    near(fisherExact(c, d, a, b), p, 'rows')
    near(fisherExact(b, a, d, c), p, 'columns')
    near(fisherExact(a, c, b, d), p, 'transposed')
  }
  assert.equal(fisherExact(0, 10, 0, 5), 1)
  assert.equal(fisherExact(0, 0, 3, 5), 1)
  assert.throws(() => fisherExact(1.5, 2, 3, 4), /a count is 1.5/)
})

test('rare categories are tested by permutation, with the p of all tables; common ones by the chi-square law', () => {
  const common = contingencyTest(
    [
      [20, 30],
      [35, 22],
    ],
    {},
    random(1),
  )
  assert.equal(common.method, 'chi-square')
  near(common.result!.p, chiSquareTest([20, 30], [35, 22]).result!.p, 'common')
  // The permutation p of a 2 x 2 table is the sum of the tables with a chi-square as large: here, Fisher's.
  const rare = contingencyTest(
    [
      [10, 2],
      [3, 15],
    ],
    { replicates: 20_000 },
    random(2),
  )
  assert.ok(Math.abs(rare.result!.p - fisherExact(10, 2, 3, 15)) < 4 * Math.sqrt(0.0005 / 20_000))
  const few = contingencyTest(
    [
      [1, 0, 3],
      [0, 2, 1],
    ],
    { replicates: 500 },
    random(3),
  )
  assert.equal(few.method, 'permutation')
  near(few.result!.statistic, chiSquareTest([1, 0, 3], [0, 2, 1]).result!.statistic, 'statistic')
})

test('distances: symmetric, 0 for equal shares, 1 without overlap; PSI(P, P) = 0', () => {
  const p = [5, 0, 3, 9]
  const q = [1, 2, 0, 4]
  for (const distance of [jensenShannonDistance, hellinger, totalVariation, largestShareGap]) {
    near(distance(p, q), distance(q, p), 'symmetric')
    const tripled = p.map(x => 3 * x)
    assert.ok(distance(p, tripled) < 1e-7)
    near(distance([1, 0], [0, 1]), 1, 'apart', 1e-12)
  }
  assert.equal(kullbackLeibler(p, p), 0)
  assert.equal(kullbackLeibler(p, q), Number.POSITIVE_INFINITY)
  assert.ok(Math.abs(populationStabilityIndex(p, p)) < 1e-15)
  near(populationStabilityIndex(p, q), populationStabilityIndex(q, p), 'PSI symmetric')
  near(largestShareGap([1, 1, 2], [2, 1, 1]), 0.25, 'largest gap by hand')
  // By hand with two bins: shares (3 + 1/2)/5 and (1 + 1/2)/5, and the other way round.
  near(populationStabilityIndex([3, 1], [1, 3]), 0.8 * Math.log(7 / 3), 'PSI by hand')
})

test('tables that cannot be tested say why; wrong ones are refused', () => {
  assert.match(chiSquareTest([3, 0], [4, 0]).reason!, /only one category/)
  assert.match(gTest([0, 0], [4, 1]).reason!, /0 and 5 rows/)
  assert.match(
    contingencyTest(
      [
        [1, 0],
        [4, 0],
      ],
      {},
      random(1),
    ).reason!,
    /only one category/,
  )
  assert.equal(
    cramersV([
      [1, 0],
      [4, 0],
    ]),
    undefined,
  )
  assert.equal(twoProportions(0, 10, 0, 20).result!.p, 1)
  assert.throws(() => hellinger([0, 0], [1, 1]), /add up to 0 and 2/)
  assert.throws(() => chiSquareOfTable([[1, 2]]), /1 rows of counts, 2 are needed/)
  assert.throws(() => chiSquareOfTable([[1, 2], [1]]), /rows of 2 and 1 counts/)
  assert.throws(() => chiSquareTest([1, -2], [1, 1]), /row 0, column 1 is -2/)
})
