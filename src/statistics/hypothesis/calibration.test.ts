import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Random, random } from '../../numeric/random.ts'
import { type FalseAlarms, falseAlarmRates, sample, shapes, uniformity } from '../testing/calibration.ts'
import { andersonDarlingPooled, andersonDarlingStatistic } from './andersonDarling.ts'
import { chiSquareTest, contingencyTest, gTest, poolRare } from './contingency.ts'
import { cramerVonMisesPooled } from './cramerVonMises.ts'
import { hellinger, jensenShannonDistance, kullbackLeibler, populationStabilityIndex } from './distances.ts'
import { type Divergence, divergenceP } from './divergenceLimits.ts'
import { eppsSingletonPooled } from './eppsSingleton.ts'
import { fisherExact } from './fisher.ts'
import { kolmogorovSmirnovPooled, kolmogorovSmirnovStatistic } from './kolmogorovSmirnov.ts'
import { leveneMedian, studentT, welchT } from './meanTests.ts'
import { permutationTest, permutationTestPooled, runBlocks } from './permutation.ts'
import { pool } from './pooled.ts'
import { kruskalWallisPooled, mannWhitneyPooled } from './rankTests.ts'
import { wassersteinPooled } from './sampleDistances.ts'

/** The rate is at most nominal within its binomial bounds; a test that uses its level is not below them either. */
function keepsLevel({ rate, lower, upper }: FalseAlarms, what: string, usesLevel = false): void {
  assert.ok(rate <= upper, `${what}: ${rate} of the tests without a difference reject, at most ${upper} may`)
  if (usesLevel) assert.ok(rate >= lower, `${what}: only ${rate} reject, at least ${lower} should`)
}

const sizes = [
  [30, 25, 800],
  [12, 15, 800],
  [1000, 100, 250],
  [500, 5000, 60],
] as const

test('without a difference every two-sample test keeps its level, for small and unequal samples, ties and heavy tails', () => {
  for (const [n, m, replicates] of sizes) {
    for (const [name, shape] of Object.entries(shapes)) {
      const draw = (rng: Random) => {
        const a = sample(rng, n, shape)
        const b = sample(rng, m, shape)
        return { a, b, pooled: pool([a, b]) }
      }
      type Data = ReturnType<typeof draw>
      const tests: Record<string, (data: Data) => number | undefined> = {
        ks: ({ pooled }) => kolmogorovSmirnovPooled(pooled).result?.p,
        'ks with ties': ({ pooled }) => kolmogorovSmirnovPooled(pooled, 'exactTies').result?.p,
        'ks asymptotic': ({ pooled }) => kolmogorovSmirnovPooled(pooled, 'asymptotic').result?.p,
        'mann-whitney': ({ pooled }) => mannWhitneyPooled(pooled).result?.p,
        'kruskal-wallis': ({ pooled }) => kruskalWallisPooled(pooled).result?.p,
        'anderson-darling': ({ pooled }) => andersonDarlingPooled(pooled).result?.p,
        'epps-singleton': ({ pooled }) => eppsSingletonPooled(pooled).result?.p,
        student: ({ a, b }) => studentT(a, b).result?.p,
        levene: ({ a, b }) => leveneMedian([a, b]).result?.p,
      }
      // The exact law of small samples is counted in tens of milliseconds: it has replicates of its own below.
      if (n > 20) tests['cramer-von mises'] = ({ pooled }) => cramerVonMisesPooled(pooled).result?.p
      // Welch's test is not made for a small sample of a skewed law beside a large one.
      if (name !== 'skewed') tests.welch = ({ a, b }) => welchT(a, b).result?.p
      const alarms = falseAlarmRates(replicates, draw, tests, random(`${n} ${m} ${name}`))
      const usesLevel = new Set(
        n > 20 ? ['mann-whitney', 'kruskal-wallis', 'cramer-von mises', 'anderson-darling'] : [],
      )
      for (const [which, found] of Object.entries(alarms)) {
        keepsLevel(found, `${which} of ${n} and ${m} ${name} values`, usesLevel.has(which))
      }
    }
  }
})

test('the published forms, which stay as options, do not keep it for unequal samples', () => {
  const tied = falseAlarmRates(
    200,
    rng => pool([sample(rng, 1000, shapes.integer), sample(rng, 100, shapes.integer)]),
    { published: pooled => cramerVonMisesPooled(pooled, 'asymptotic').result?.p },
    random('published'),
  )
  assert.equal(tied.published.rate, 1)
  const unequal = falseAlarmRates(
    200,
    rng => pool([sample(rng, 1000, shapes.normal), sample(rng, 100, shapes.normal)]),
    { published: pooled => eppsSingletonPooled(pooled, 'separate').result?.p },
    random('published'),
  )
  assert.ok(unequal.published.rate > 0.12, `Epps-Singleton ${unequal.published.rate}`)
})

test('for continuous values p is uniform: the limiting laws hold over the whole range, not at 5 % alone', () => {
  for (const [n, m] of [
    [200, 150],
    [1000, 100],
  ] as const) {
    const draw = (rng: Random) => {
      const a = sample(rng, n, shapes.normal)
      const b = sample(rng, m, shapes.normal)
      return { a, b, pooled: pool([a, b]) }
    }
    const alarms = falseAlarmRates(
      400,
      draw,
      {
        ks: ({ pooled }) => kolmogorovSmirnovPooled(pooled).result!.p,
        'mann-whitney': ({ pooled }) => mannWhitneyPooled(pooled).result!.p,
        'cramer-von mises': ({ pooled }) => cramerVonMisesPooled(pooled).result!.p,
        'anderson-darling': ({ pooled }) => andersonDarlingPooled(pooled).result!.p,
        'epps-singleton': ({ pooled }) => eppsSingletonPooled(pooled).result!.p,
        welch: ({ a, b }) => welchT(a, b).result!.p,
        student: ({ a, b }) => studentT(a, b).result!.p,
      },
      random(`uniform ${n}`),
    )
    for (const [which, { p }] of Object.entries(alarms)) {
      assert.ok(uniformity(p) > 1e-4, `${which} of ${n} and ${m}: p of uniformity is ${uniformity(p)}`)
    }
  }
})

test('the exact Cramer-von Mises test of small samples keeps its level, tied or not; so do three samples of unequal size', () => {
  for (const shape of [shapes.normal, shapes.integer]) {
    const small = falseAlarmRates(
      300,
      rng => pool([sample(rng, 12, shape), sample(rng, 15, shape)]),
      { exact: pooled => cramerVonMisesPooled(pooled).result?.p },
      random('exact'),
    )
    keepsLevel(small.exact, 'exact Cramer-von Mises')
    const three = falseAlarmRates(
      1000,
      rng => [sample(rng, 12, shape), sample(rng, 80, shape), sample(rng, 30, shape)],
      {
        kruskal: rows => kruskalWallisPooled(pool(rows)).result?.p,
        anderson: rows => andersonDarlingPooled(pool(rows)).result?.p,
        levene: rows => leveneMedian(rows).result?.p,
      },
      random('three'),
    )
    for (const [which, found] of Object.entries(three)) keepsLevel(found, `${which} of three samples`)
  }
})

test('permutation keeps the level for ties, heavy tails and tiny samples, and the same seed gives the same p', () => {
  for (const [n, m, replicates] of [
    [30, 25, 400],
    [4, 5, 700],
    [200, 20, 150],
  ] as const) {
    for (const shape of [shapes.integer, shapes.heavy]) {
      const alarms = falseAlarmRates(
        replicates,
        rng => pool([sample(rng, n, shape), sample(rng, m, shape)]),
        {
          ks: (pooled, rng) =>
            permutationTestPooled(pooled, kolmogorovSmirnovStatistic, { replicates: 99 }, rng).result?.p,
          anderson: (pooled, rng) =>
            permutationTestPooled(pooled, andersonDarlingStatistic, { replicates: 99 }, rng).result?.p,
          wasserstein: (pooled, rng) =>
            permutationTestPooled(pooled, wassersteinPooled, { replicates: 99 }, rng).result?.p,
        },
        random(`permutation ${n}`),
      )
      for (const [which, found] of Object.entries(alarms)) keepsLevel(found, `${which} of ${n} and ${m} permuted`)
    }
  }
  const pooled = pool([sample(random(1), 20, shapes.heavy), sample(random(2), 25, shapes.heavy)])
  const p = () => permutationTestPooled(pooled, wassersteinPooled, {}, random('seed')).result!.p
  assert.equal(p(), p())
})

/** Rows with a correlation of 0.8 from one to the next. */
function autocorrelated(rng: Random, n: number): Float64Array {
  const rows = new Float64Array(n)
  let x = rng.normal()
  for (let i = 0; i < n; i++) {
    x = 0.8 * x + 0.6 * rng.normal()
    rows[i] = x
  }
  return rows
}

test('rows that depend on their neighbours are dealt in blocks: by rows half of the tests reject, by blocks 5 %', () => {
  const [n, m] = [600, 300]
  const labels = Uint8Array.from({ length: n + m }, (_, i) => Number(i >= n))
  const blocks = runBlocks([n, m], 30)
  const gap = (rows: Float64Array) => (dealt: Uint8Array) => {
    const sum = [0, 0]
    const count = [0, 0]
    for (let i = 0; i < rows.length; i++) {
      sum[dealt[i]!]! += rows[i]!
      count[dealt[i]!]!++
    }
    return Math.abs(sum[0]! / count[0]! - sum[1]! / count[1]!)
  }
  const alarms = falseAlarmRates(
    300,
    rng => Float64Array.from([...autocorrelated(rng, n), ...autocorrelated(rng, m)]),
    {
      rows: (rows, rng) => permutationTest(labels, gap(rows), { replicates: 99 }, rng).result?.p,
      blocks: (rows, rng) => permutationTest(labels, gap(rows), { replicates: 99, blocks }, rng).result?.p,
    },
    random('blocks'),
  )
  assert.ok(alarms.rows.rate > 0.3, `by rows ${alarms.rows.rate}`)
  keepsLevel(alarms.blocks, 'by blocks', true)
})

const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0)

function counts(rng: Random, n: number, weights: readonly number[]): Float64Array {
  const drawn = new Float64Array(weights.length)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  for (let i = 0; i < n; i++) {
    let u = rng.next() * total
    let k = 0
    while (k < weights.length - 1 && u >= weights[k]!) u -= weights[k++]!
    drawn[k]!++
  }
  return drawn
}

test('contingency tests keep their level, with rare categories pooled or permuted, for 1000 rows against 100 too', () => {
  const weights = [30, 20, 15, 10, 8, 6, 4, 3, 2, 1, 0.7, 0.3]
  for (const [n, m, replicates] of [
    [1000, 100, 600],
    [300, 300, 600],
    [12, 15, 800],
  ] as const) {
    const alarms = falseAlarmRates(
      replicates,
      rng => ({ a: counts(rng, n, weights), b: counts(rng, m, weights) }),
      {
        pooled: ({ a, b }) => {
          const rare = poolRare(a, b)
          return chiSquareTest(rare.a, rare.b).result?.p
        },
        permuted: ({ a, b }, rng) => contingencyTest([a, b], { replicates: 99 }, rng).result?.p,
        fisher: ({ a, b }) => fisherExact(a[0]!, n - a[0]!, b[0]!, m - b[0]!),
      },
      random(`table ${n}`),
    )
    for (const [which, found] of Object.entries(alarms)) keepsLevel(found, `${which} table of ${n} and ${m}`)
  }
  const even = falseAlarmRates(
    1500,
    rng => ({ a: counts(rng, 400, [1, 1, 1, 1]), b: counts(rng, 150, [1, 1, 1, 1]) }),
    { chiSquare: ({ a, b }) => chiSquareTest(a, b).result?.p, g: ({ a, b }) => gTest(a, b).result?.p },
    random('even'),
  )
  keepsLevel(even.chiSquare, 'chi-square', true)
  keepsLevel(even.g, 'G', true)
})

test('divergences over ten bins exceed their limit for these sizes in 5 % of cases or less', () => {
  const weights = new Array<number>(10).fill(1)
  const of: Record<Divergence, (a: Float64Array, b: Float64Array) => number> = {
    populationStabilityIndex,
    // Of the smaller sample from the larger: the expansion is in the errors of what stands in the denominator.
    kullbackLeibler: (a, b) => kullbackLeibler(...(sum(a) < sum(b) ? ([a, b] as const) : ([b, a] as const))),
    jensenShannonDivergence: (a, b) => jensenShannonDistance(a, b) ** 2,
    jensenShannonDistance,
    hellinger,
  }
  for (const [n, m] of [
    [1000, 100],
    [1000, 1000],
    [200, 2000],
  ] as const) {
    const tests = Object.fromEntries(
      Object.entries(of).map(([kind, divergence]) => [
        kind,
        ({ a, b }: { a: Float64Array; b: Float64Array }) => divergenceP(kind as Divergence, divergence(a, b), n, m, 10),
      ]),
    )
    const draw = (rng: Random) => ({ a: counts(rng, n, weights), b: counts(rng, m, weights) })
    const alarms = falseAlarmRates(800, draw, tests, random(`divergence ${n} ${m}`))
    for (const [which, found] of Object.entries(alarms)) keepsLevel(found, `${which} of ${n} and ${m}`)
  }
})
