import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Random, random } from '../../numeric/random.ts'
import { chiSquareQuantile } from '../distributions/distributions.ts'
import { chiSquareTest, fisherExact, gTest, poolRare, twoProportions } from './contingency.ts'
import {
  hellinger,
  jensenShannonDistance,
  kullbackLeibler,
  populationStabilityIndex,
  totalVariation,
} from './distances.ts'
import { kolmogorovSf } from './kolmogorov.ts'
import {
  energyDistance,
  kolmogorovSmirnov,
  kruskalWallis,
  leveneMedian,
  mannWhitney,
  studentT,
  type Tested,
  wasserstein,
  welchT,
} from './twoSample.ts'

// scipy 1.17
const golden = JSON.parse(readFileSync(new URL('../../../test/golden/two_sample.json', import.meta.url), 'utf8'))

const near = (actual: number | undefined, expected: number, what: string, tolerance = 1e-9) =>
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) <= tolerance * Math.max(Math.abs(expected), 1e-12),
    `${what}: ${actual} is not ${expected}`,
  )

test('two-sample tests and distances equal those of scipy', () => {
  for (const { kind, a, b, ...expected } of golden.two_sample) {
    const x = Float64Array.from(a)
    const y = Float64Array.from(b)
    const tests: [string, Tested][] = [
      ['ks_auto', kolmogorovSmirnov(x, y)],
      ['ks_asymp', kolmogorovSmirnov(x, y, 'asymptotic')],
      ['mannwhitney_asymptotic_two_sided', mannWhitney(x, y)],
      ['welch_t', welchT(x, y)],
      ['student_t', studentT(x, y)],
      ['levene_median', leveneMedian(x, y)],
      ['kruskal', kruskalWallis(x, y)],
    ]
    for (const [name, { result }] of tests) {
      const [statistic, p] = expected[name]
      assert.ok(Math.abs(result!.statistic - statistic) < 1e-9 * Math.max(1, Math.abs(statistic)), `${kind} ${name}`)
      near(result!.p, p, `${kind} ${name} p`)
    }
    near(wasserstein(x, y), expected.wasserstein, `${kind} wasserstein`)
    near(energyDistance(x, y), expected.energy, `${kind} energy`)
  }
})

test('contingency tests and distances of shares equal those of scipy', () => {
  for (const {
    table,
    chi2,
    g,
    chi2_yates,
    fisher_two_sided,
    js_distance_base2,
    tvd,
    hellinger: expectedHellinger,
  } of golden.contingency) {
    const [a, b] = table.map((row: number[]) => Float64Array.from(row)) as [Float64Array, Float64Array]
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
    near(fisherExact(a[0]!, a[1]!, b[0]!, b[1]!), fisher_two_sided[1], 'Fisher')
    const z = twoProportions(a[0]!, a[0]! + a[1]!, b[0]!, b[0]! + b[1]!).result!
    near(z.statistic ** 2, chi2[0], 'z^2')
    near(z.p, chi2[1], 'z p')
  }
})

test('the finite law of Kolmogorov equals published values', () => {
  // Simard and L'Ecuyer (2011), Marsaglia, Tsang and Wang (2003): P(D_10 < 0.274), P(D_100 < 0.1), and the limit law.
  near(1 - kolmogorovSf(10, 0.274), 0.6284796154565, 'n 10', 1e-11)
  near(kolmogorovSf(1_000_000, 1.3581015157406195 / 1000), 0.05, 'limit', 1e-3)
  // The three ways meet: neighbours of the switch points agree.
  for (const d of [0.05, 0.08, 0.11]) {
    const here = kolmogorovSf(140, d)
    const there = kolmogorovSf(141, d)
    assert.ok(there < here && there > 0.96 * here, `${here} ${there}`)
  }
})

function falseAlarms(repeats: number, p: (rng: Random) => number, alpha = 0.05): number {
  const rng = random('null')
  let alarms = 0
  for (let i = 0; i < repeats; i++) if (p(rng) < alpha) alarms++
  return alarms / repeats
}

const upper = (repeats: number, alpha = 0.05) => alpha + 3.5 * Math.sqrt((alpha * (1 - alpha)) / repeats)
const lower = (repeats: number, alpha = 0.05) => alpha - 3.5 * Math.sqrt((alpha * (1 - alpha)) / repeats)
const sample = (rng: Random, n: number, draw: (rng: Random) => number) =>
  Float64Array.from({ length: n }, () => draw(rng))
const normal = (rng: Random) => rng.normal()
const skewed = (rng: Random) => -Math.log(1 - rng.next())

test('without a difference the tests reject at 5 % in 5 % of cases, unequal, small and skewed samples included', () => {
  const repeats = 2000
  for (const [n, m] of [
    [200, 40],
    [60, 60],
    [12, 30],
  ] as const) {
    for (const draw of [normal, skewed]) {
      const ks = falseAlarms(repeats, rng => kolmogorovSmirnov(sample(rng, n, draw), sample(rng, m, draw)).result!.p)
      assert.ok(ks < upper(repeats) && ks > 0.02, `KS ${ks}`)
      const u = falseAlarms(repeats, rng => mannWhitney(sample(rng, n, draw), sample(rng, m, draw)).result!.p)
      assert.ok(u < upper(repeats) && u > lower(repeats) - 0.01, `U ${u}`)
    }
    const t = falseAlarms(repeats, rng => welchT(sample(rng, n, normal), sample(rng, m, normal)).result!.p)
    assert.ok(t < upper(repeats) && t > lower(repeats), `t ${t}`)
  }
})

test('the contingency test of 12 categories keeps 5 % where rare ones are pooled, also for 1000 rows against 100', () => {
  const repeats = 3000
  const weights = [30, 20, 15, 10, 8, 6, 4, 3, 2, 1, 0.7, 0.3]
  const draw = (rng: Random, n: number) => {
    const counts = new Float64Array(12)
    for (let i = 0; i < n; i++) {
      let u = rng.next() * 100
      let k = 0
      while (u >= weights[k]!) u -= weights[k++]!
      counts[k]!++
    }
    return counts
  }
  for (const [n, m] of [
    [1000, 100],
    [300, 300],
  ] as const) {
    const rate = falseAlarms(repeats, rng => {
      const { a, b } = poolRare(draw(rng, n), draw(rng, m))
      return chiSquareTest(a, b).result!.p
    })
    assert.ok(rate < upper(repeats) && rate > lower(repeats), `${n} against ${m}: ${rate}`)
  }
})

test('PSI of ten equal bins stays below its limit for n and m in 95 % of cases', () => {
  const repeats = 1500
  for (const [n, m] of [
    [1000, 100],
    [1000, 1000],
  ] as const) {
    const limit = (1 / n + 1 / m) * chiSquareQuantile(0.95, 9)
    const rng = random('psi')
    let over = 0
    for (let i = 0; i < repeats; i++) {
      const a = new Float64Array(10)
      const b = new Float64Array(10)
      for (let k = 0; k < n; k++) a[rng.below(10)]!++
      for (let k = 0; k < m; k++) b[rng.below(10)]!++
      if (populationStabilityIndex(a, b) > limit) over++
    }
    const rate = over / repeats
    assert.ok(rate > 0.03 && rate < 0.065, `${n} against ${m}: ${rate}`)
  }
})

test('laws: symmetry, shift and scale, and no distance between equal shares', () => {
  const rng = random('laws')
  const a = sample(rng, 40, normal)
  const b = sample(rng, 55, skewed)
  near(wasserstein(a, b), wasserstein(b, a), 'W1 symmetric')
  near(
    wasserstein(
      a.map(x => x + 3),
      b.map(x => x + 3),
    ),
    wasserstein(a, b),
    'W1 shift',
  )
  near(
    wasserstein(
      a.map(x => 7 * x),
      b.map(x => 7 * x),
    ),
    7 * wasserstein(a, b),
    'W1 scale',
  )
  near(
    wasserstein(
      a,
      a.map(x => x + 2),
    ),
    2,
    'W1 of a shift is the shift',
  )
  near(kolmogorovSmirnov(a.map(Math.exp), b.map(Math.exp)).result!.p, kolmogorovSmirnov(a, b).result!.p, 'KS monotone')
  near(kolmogorovSmirnov(b, a).result!.p, kolmogorovSmirnov(a, b).result!.p, 'KS symmetric')
  const p = [5, 0, 3, 9]
  const q = [1, 2, 0, 4]
  for (const distance of [jensenShannonDistance, hellinger, totalVariation]) {
    near(distance(p, q), distance(q, p), 'symmetric')
    assert.ok(
      distance(
        p,
        p.map(x => 3 * x),
      ) < 1e-7,
    )
    assert.ok(Math.abs(distance([1, 0], [0, 1]) - 1) < 1e-12)
  }
  assert.equal(kullbackLeibler(p, p), 0)
  assert.equal(kullbackLeibler(p, q), Number.POSITIVE_INFINITY)
  assert.ok(Math.abs(populationStabilityIndex(p, p)) < 1e-15)
})

test('what cannot be tested says why; NaN is refused', () => {
  const none = new Float64Array(0)
  const equal = new Float64Array(5)
  assert.match(kolmogorovSmirnov(none, equal).reason!, /0 and 5 values/)
  assert.match(mannWhitney(equal, equal).reason!, /all values are equal/)
  assert.match(welchT(equal, equal).reason!, /no spread/)
  assert.match(chiSquareTest(Float64Array.of(3, 0), Float64Array.of(4, 0)).reason!, /only one category/)
  assert.equal(twoProportions(0, 10, 0, 20).result!.p, 1)
  assert.throws(() => mannWhitney(Float64Array.of(Number.NaN), equal), /row 0 is NaN/)
  assert.throws(() => hellinger([0, 0], [1, 1]), /add up to 0 and 2/)
})
