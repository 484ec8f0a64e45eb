import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { random } from '../../numeric/random.ts'
import { sample, shapes } from '../testing/calibration.ts'
import { andersonDarling } from './andersonDarling.ts'
import { cramerVonMises } from './cramerVonMises.ts'
import { eppsSingleton } from './eppsSingleton.ts'
import { kolmogorovSf } from './kolmogorov.ts'
import { kolmogorovSmirnov } from './kolmogorovSmirnov.ts'
import { cohensD, leveneMedian, studentT, welchT } from './meanTests.ts'
import { permutationTestPooled } from './permutation.ts'
import { pool, type Sample, sortSample } from './pooled.ts'
import { kruskalWallis, mannWhitney, rankBiserial } from './rankTests.ts'
import { energyDistance, wasserstein } from './sampleDistances.ts'
import type { Tested } from './tested.ts'

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../test/golden/${name}`, import.meta.url), 'utf8'))
// scipy 1.17
const golden = read('two_sample.json')
// scipy 1.17, statsmodels 0.15: see hypothesis.py beside it
const more = read('hypothesis.json')

const near = (actual: number | undefined, expected: number, what: string, tolerance = 1e-9) =>
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) <= tolerance * Math.max(Math.abs(expected), 1e-12),
    `${what}: ${actual} is not ${expected}`,
  )

function equals({ result, reason }: Tested, [statistic, p]: [number, number], what: string): void {
  assert.ok(result, `${what}: ${reason}`)
  assert.ok(Math.abs(result.statistic - statistic) < 1e-9 * Math.max(1, Math.abs(statistic)), `${what} statistic`)
  near(result.p, p, `${what} p`)
}

test('two-sample tests and distances equal those of scipy, from rows and from samples sorted before', () => {
  for (const { kind, a, b, ...expected } of golden.two_sample) {
    const x = Float64Array.from(a)
    const y = Float64Array.from(b)
    const anyOrder: [string, (a: Sample, b: Sample) => Tested][] = [
      ['ks_auto', kolmogorovSmirnov],
      ['ks_asymp', (s, t) => kolmogorovSmirnov(s, t, 'asymptotic')],
      ['mannwhitney_asymptotic_two_sided', mannWhitney],
      ['cramer_von_mises_asymptotic', (s, t) => cramerVonMises(s, t, 'asymptotic')],
      ['anderson_ksamp', (s, t) => andersonDarling([s, t], 'table')],
      ['epps_singleton', (s, t) => eppsSingleton(s, t, 'separate')],
      ['levene_median', (s, t) => leveneMedian([s, t])],
      ['kruskal', (s, t) => kruskalWallis([s, t])],
    ]
    for (const [name, run] of anyOrder) {
      equals(run(x, y), expected[name], `${kind} ${name}`)
      equals(run(sortSample(x), sortSample(y)), expected[name], `${kind} ${name} sorted`)
    }
    equals(welchT(x, y), expected.welch_t, `${kind} Welch`)
    equals(studentT(x, y), expected.student_t, `${kind} Student`)
    near(wasserstein(x, y), expected.wasserstein, `${kind} wasserstein`)
    near(energyDistance(x, y), expected.energy, `${kind} energy`)
  }
})

test('tests of three and four samples equal those of scipy, ties and unequal sizes included', () => {
  for (const { samples, kruskal, levene_median, anderson_midrank } of more.k_samples) {
    const rows: Float64Array[] = samples.map((values: number[]) => Float64Array.from(values))
    equals(kruskalWallis(rows), kruskal, 'Kruskal-Wallis')
    equals(leveneMedian(rows), levene_median, 'Levene')
    equals(andersonDarling(rows, 'table'), anderson_midrank, 'Anderson-Darling')
  }
})

test('exact p-values equal those from all labellings of the rows, with ties where there are ties', () => {
  for (const row of more.exact) {
    const a = Float64Array.from(row.a)
    const b = Float64Array.from(row.b)
    const what = `${a.length} and ${b.length}`
    if (row.cramer_von_mises_exact) equals(cramerVonMises(a, b), row.cramer_von_mises_exact, `${what} Cramer-von Mises`)
    if (!row.cramer_von_mises_permutation) continue
    near(cramerVonMises(a, b).result!.p, row.cramer_von_mises_permutation[1], `${what} Cramer-von Mises, all`)
    equals(kolmogorovSmirnov(a, b, 'exactTies'), row.kolmogorov_smirnov_permutation, `${what} KS, all`)
  }
})

test('ties make the exact Kolmogorov-Smirnov test conservative unless they are counted', () => {
  const tied = golden.two_sample.find(({ kind }: { kind: string }) => kind === 'ties')
  const [a, b] = [Float64Array.from(tied.a), Float64Array.from(tied.b)]
  assert.ok(kolmogorovSmirnov(a, b, 'exactTies').result!.p < kolmogorovSmirnov(a, b, 'exact').result!.p / 3)
})

test('the Epps-Singleton test of counts and of far-off values equals that of scipy', () => {
  for (const { a, b, epps_singleton } of more.epps_singleton) {
    equals(eppsSingleton(Float64Array.from(a), Float64Array.from(b), 'separate'), epps_singleton, 'Epps-Singleton')
  }
})

test('effect sizes equal their definitions computed with numpy', () => {
  const { a, b, cohens_d, rank_biserial } = more.effects
  near(cohensD(Float64Array.from(a), Float64Array.from(b)), cohens_d, "Cohen's d")
  near(rankBiserial(Float64Array.from(a), Float64Array.from(b)), rank_biserial, 'rank-biserial')
})

test('the finite law of Kolmogorov equals scipy and published values, for a million rows too', () => {
  for (const [n, d, expected] of more.kolmogorov_sf) near(kolmogorovSf(n, d), expected, `n ${n}, d ${d}`)
  // Simard and L'Ecuyer (2011): P(D_10 < 0.274)
  near(1 - kolmogorovSf(10, 0.274), 0.6284796154565, 'n 10', 1e-11)
  // The three ways meet: neighbours of the switch points agree.
  for (const d of [0.05, 0.08, 0.11]) {
    const here = kolmogorovSf(140, d)
    const there = kolmogorovSf(141, d)
    assert.ok(there < here && there > 0.96 * here, `${here} ${there}`)
  }
})

const twoSampleTests: [string, (a: Float64Array, b: Float64Array) => number][] = [
  ['KS', (a, b) => kolmogorovSmirnov(a, b).result!.p],
  ['KS with ties', (a, b) => kolmogorovSmirnov(a, b, 'exactTies').result!.p],
  ['Mann-Whitney', (a, b) => mannWhitney(a, b).result!.p],
  ['Cramer-von Mises', (a, b) => cramerVonMises(a, b).result!.p],
  ['Anderson-Darling', (a, b) => andersonDarling([a, b]).result!.p],
  ['Kruskal-Wallis', (a, b) => kruskalWallis([a, b]).result!.p],
  ['Epps-Singleton', (a, b) => eppsSingleton(a, b).result!.p],
  ['Welch', (a, b) => welchT(a, b).result!.p],
  ['Student', (a, b) => studentT(a, b).result!.p],
  ['Levene', (a, b) => leveneMedian([a, b]).result!.p],
  ['Wasserstein', wasserstein],
  ['energy', energyDistance],
]
const ranksOnly = new Set([
  'KS',
  'KS with ties',
  'Mann-Whitney',
  'Cramer-von Mises',
  'Anderson-Darling',
  'Kruskal-Wallis',
])

test('laws: samples may be exchanged, rows permuted, values shifted and scaled; ranks survive any monotone map', () => {
  const rng = random('laws')
  for (const [n, m] of [
    [40, 55],
    [9, 14],
    [300, 31],
  ] as const) {
    for (const shape of Object.values(shapes)) {
      const a = sample(rng, n, shape)
      const b = sample(rng, m, shape).map(x => 1.2 * x + 0.5)
      for (const [name, of] of twoSampleTests) {
        const p = of(a, b)
        const isDistance = p > 1 || name === 'Wasserstein' || name === 'energy'
        near(of(b, a), p, `${name} exchanged`, 1e-9)
        near(of(a.slice().reverse(), b.slice().sort()), p, `${name} permuted`, 1e-9)
        const scale = name === 'Wasserstein' ? 8 : name === 'energy' ? Math.sqrt(8) : 1
        const moved = of(
          a.map(x => 8 * x - 64),
          b.map(x => 8 * x - 64),
        )
        near(moved, scale * p, `${name} moved`, 1e-7)
        assert.ok(isDistance || (p >= 0 && p <= 1))
        if (ranksOnly.has(name)) near(of(a.map(Math.atan), b.map(Math.atan)), p, `${name} monotone`, 1e-9)
      }
    }
  }
  const a = sample(rng, 50, shapes.normal)
  near(
    wasserstein(
      a,
      a.map(x => x + 2),
    ),
    2,
    'W1 of a shift is the shift',
  )
  assert.equal(wasserstein(a, a), 0)
  assert.equal(energyDistance(a, a), 0)
})

test('what cannot be tested says why; NaN is refused; infinite and huge values do no harm', () => {
  const none = new Float64Array(0)
  const equal = new Float64Array(6)
  const infinite = Float64Array.of(1, 2, 3, 4, 5, Number.POSITIVE_INFINITY)
  assert.match(kolmogorovSmirnov(none, equal).reason!, /0 and 6 values/)
  assert.match(cramerVonMises(equal, none).reason!, /6 and 0 values/)
  assert.match(mannWhitney(equal, equal).reason!, /all values are equal/)
  assert.match(kruskalWallis([equal, equal]).reason!, /all values are equal/)
  assert.match(andersonDarling([equal, equal]).reason!, /all values are equal/)
  assert.match(andersonDarling([Float64Array.of(1), Float64Array.of(2)]).reason!, /2 values in all, 4 are needed/)
  assert.match(kruskalWallis([equal]).reason!, /1 samples, 2 are needed/)
  assert.match(welchT(equal, equal).reason!, /no spread/)
  assert.match(leveneMedian([equal, equal]).reason!, /no spread/)
  assert.match(eppsSingleton(equal, equal).reason!, /no spread in the middle half/)
  assert.match(eppsSingleton(equal, infinite).reason!, /infinite values/)
  assert.match(welchT(equal, infinite).reason!, /infinite values/)
  assert.match(leveneMedian([equal, infinite]).reason!, /infinite values/)
  assert.match(permutationTestPooled(pool([equal, equal]), () => 0, {}, random(1)).reason!, /all values are equal/)
  assert.throws(() => wasserstein(equal, infinite), /infinite values have no distance/)
  assert.throws(() => mannWhitney(Float64Array.of(Number.NaN), equal), /mannWhitney: row 0 is NaN/)
  assert.throws(() => cramerVonMises(new Float64Array(50), equal, 'exact'), /at most 20/)
  assert.equal(kolmogorovSmirnov(equal, equal).result!.p, 1)
  assert.ok(kolmogorovSmirnov(equal, infinite).result!.p < 0.1)
  const a = Float64Array.of(1, 2, 3, 4)
  const b = Float64Array.of(3, 5, 4, 7)
  for (const scale of [1e300, 1e-300]) {
    const [x, y] = [a.map(v => v * scale), b.map(v => v * scale)]
    near(welchT(x, y).result!.p, welchT(a, b).result!.p, `Welch of ${scale}`)
    near(leveneMedian([x, y]).result!.p, leveneMedian([a, b]).result!.p, `Levene of ${scale}`)
    near(cohensD(x, y), cohensD(a, b)!, `Cohen of ${scale}`)
  }
})
