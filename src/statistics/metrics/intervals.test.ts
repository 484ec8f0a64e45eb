import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Random, random } from '../../numeric/random.ts'
import { binomialQuantile, normalQuantile } from '../distributions/distributions.ts'
import type { Measured } from '../measured.ts'
import { binaryIntervals } from './binaryIntervals.ts'
import { binaryMetrics } from './binaryMetrics.ts'
import { bootstrapIntervals } from './bootstrap.ts'
import { type Bounds, medianBounds } from './bounds.ts'
import { confusionMatrix, confusionMatrixMetrics } from './confusionMatrix.ts'
import { cellContributions, cellInfluence, rowContributions, sumOfSquares } from './influence.ts'
import { multiclassIntervals } from './multiclassIntervals.ts'
import { multiclassMetrics, predictedClasses } from './multiclassMetrics.ts'
import { rocAuc } from './ranking.ts'
import { aucInfluence, averagePrecisionInfluence } from './rankingInfluence.ts'
import { regressionIntervals } from './regressionIntervals.ts'
import { regressionMetrics } from './regressionMetrics.ts'

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../test/golden/${name}`, import.meta.url), 'utf8'))
const rows = read('metrics.json')
const golden = read('metrics/metrics.json')
const truth = Float64Array.from(rows.binary.y_true)
const score = Float64Array.from(rows.binary.score)

const near = (actual: number | undefined, expected: number, tolerance: number, what = '') =>
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) <= tolerance * Math.abs(expected),
    `${what} ${actual} is not ${expected}`,
  )

test("intervals of shares equal Wilson's of statsmodels", () => {
  const found = binaryIntervals(truth, score)
  for (const [name, [lower, upper]] of Object.entries<[number, number]>(golden.binary_intervals.wilson)) {
    const bounds = found[name as 'accuracy']
    near(bounds.lower, lower, 1e-8, name)
    near(bounds.upper, upper, 1e-8, name)
  }
})

test("the spread of the AUC is DeLong's, that of kappa and F1 the delta method's of statsmodels and of Takahashi", () => {
  near(sumOfSquares(rowContributions(aucInfluence(truth, score), {}).values), golden.auc_variance, 1e-10)
  const binary = multi({
    classes: ['0', '1'],
    truth: Int32Array.from(truth),
    predicted: Int32Array.from(score, p => (p >= 0.5 ? 1 : 0)),
  })
  near(binary('kappa'), golden.binary_intervals.kappa_sd, 1e-6)
  const several = multi({
    classes: ['0', '1', '2', '3'],
    truth: Int32Array.from(rows.multiclass.y_true),
    probabilities: Float64Array.from(rows.multiclass.proba.flat()),
  })
  near(several('kappa'), golden.multiclass_intervals.kappa_sd, 1e-6)
  near(several('kappa_quadratic'), golden.multiclass_intervals.kappa_quadratic_sd, 1e-6)
  near(several('f1_macro'), golden.multiclass_intervals.f1_macro_sd, 1e-6)
  // F1: the script has its multinomial variance.
  const f1 = binaryIntervals(truth, score).f1
  const sd = golden.binary_intervals.f1_sd
  const f = binaryMetrics(truth, score).f1.value!
  const z = normalQuantile(0.975)
  // Wilson's interval with n = f (1 - f) / sd^2 solves (f - q)^2 = z^2 q (1 - q) / n.
  for (const q of [f1.lower!, f1.upper!]) near((f - q) ** 2, (z ** 2 * q * (1 - q) * sd ** 2) / (f * (1 - f)), 1e-6)
})

/** Standard deviation of a metric of the confusion matrix. */
function multi(of: Parameters<typeof predictedClasses>[0]) {
  const { classes, truth } = of
  const predicted = predictedClasses(of)
  const { cells } = confusionMatrix(truth, predicted, classes)
  const influence = cellInfluence(cells, moved => confusionMatrixMetrics({ classes, cells: moved }))
  const cellOf = Int32Array.from(truth, (y, i) => y * classes.length + predicted[i]!)
  return (name: 'kappa' | 'kappa_quadratic' | 'f1_macro') =>
    Math.sqrt(sumOfSquares(cellContributions(influence[name], cellOf, {}).values))
}

test('the influence of a row is what the metric gains when the row weighs more', () => {
  const rng = random('influence')
  const n = 40
  const y = Float64Array.from({ length: n }, (_, i) => (i < 2 ? i : rng.below(2)))
  const s = Float64Array.from({ length: n }, () => rng.below(12) / 12)
  const weight = Float64Array.from({ length: n }, () => rng.below(4))
  weight[0] = weight[1] = 1
  const total = weight.reduce((a, b) => a + b, 0)
  const checks = {
    roc_auc: aucInfluence(y, s, weight),
    average_precision: averagePrecisionInfluence(y, s, weight),
  }
  for (const [name, influence] of Object.entries(checks)) {
    for (let row = 0; row < n; row++) {
      if (weight[row] === 0) continue
      const moved = (by: number) => {
        const changed = weight.slice()
        changed[row]! += by
        return binaryMetrics(y, s, { weight: changed })[name as 'roc_auc'].value!
      }
      const slope = ((moved(1e-5) - moved(-1e-5)) / 2e-5) * total
      assert.ok(Math.abs(influence[row]! - slope) < 1e-6, `${name}, row ${row}: ${influence[row]} is not ${slope}`)
    }
  }
})

test('the interval of a median of ten is that of Hettmansperger and Sheather', () => {
  // n = 10: the 2nd and 9th value enclose the median with 1 - 22 / 1024, the 3rd and 8th with 1 - 112 / 1024.
  const sorted = Float64Array.from({ length: 10 }, (_, i) => (i + 1) ** 2)
  const share = (1 - 22 / 1024 - 0.95) / (90 / 1024)
  const inwards = (8 * share) / (2 + 6 * share)
  const { lower, upper } = medianBounds(sorted, 0.95)
  near(lower, 4 + inwards * 5, 1e-9)
  near(upper, 81 - inwards * 17, 1e-9)
  assert.match(medianBounds(sorted.subarray(0, 5), 0.95).reason!, /5 rows are too few/)
})

test('weights of one are no weights, and a block of its own for every row is hardly a block', () => {
  const plain = binaryIntervals(truth, score)
  const weighted = binaryIntervals(truth, score, { weight: new Float64Array(truth.length).fill(1) })
  const blocks = binaryIntervals(truth, score, { block: Int32Array.from(truth.keys()) })
  for (const name of Object.keys(plain) as (keyof typeof plain)[]) {
    near(weighted[name].lower, plain[name].lower!, 0.01, name)
    near(blocks[name].lower, plain[name].lower!, 0.01, name)
    near(blocks[name].upper, plain[name].upper!, 0.01, name)
  }
  assert.equal(blocks.accuracy.method, 'Wilson, by blocks')
})

test('where no interval is right there is a reason', () => {
  const few = binaryIntervals(truth, score, { block: truth })
  assert.equal(few.accuracy.reason, '2 blocks, 4 are needed')
  const oneClass = binaryIntervals(Float64Array.of(0, 0, 0), Float64Array.of(0.2, 0.1, 0.7))
  assert.equal(oneClass.roc_auc.reason, 'no positive rows')
  assert.equal(oneClass.accuracy.reason, undefined)
  const single = regressionIntervals(Float64Array.of(1), Float64Array.of(2))
  assert.equal(single.mae.reason, '1 rows, 2 are needed')
  const exact = regressionIntervals(Float64Array.of(1, 2, 3), Float64Array.of(1, 2, 3))
  assert.equal(exact.rmse.reason, 'the loss is the same in every row')
  assert.match(exact.max_error.reason!, /grows with the number of rows/)
})

test('a perfect model on few rows is not sure to be perfect', () => {
  const y = Float64Array.from({ length: 20 }, (_, i) => i % 2)
  const found = binaryIntervals(
    y,
    y.map(v => 0.2 + 0.6 * v),
  )
  for (const name of ['accuracy', 'recall', 'f1', 'roc_auc', 'average_precision', 'mcc', 'kappa'] as const) {
    assert.equal(found[name].upper, 1, name)
    assert.ok(found[name].lower! > 0.4 && found[name].lower! < 0.9, `${name} ${found[name].lower}`)
  }
})

/** How often the interval of each metric holds its true value, of those draws where there is an interval. */
function coverage(
  draws: number,
  exact: Readonly<Record<string, Measured>>,
  intervals: (rng: Random) => Readonly<Record<string, Bounds>>,
  rng: Random,
): Record<string, number> {
  const held: Record<string, number> = {}
  const tried: Record<string, number> = {}
  for (let draw = 0; draw < draws; draw++) {
    for (const [name, { lower, upper, reason }] of Object.entries(intervals(rng.fork(draw)))) {
      if (reason !== undefined) continue
      const value = exact[name]!.value!
      tried[name] = (tried[name] ?? 0) + 1
      held[name] = (held[name] ?? 0) + (lower! <= value && value <= upper! ? 1 : 0)
    }
  }
  return Object.fromEntries(Object.keys(tried).map(name => [name, (held[name] ?? 0) / tried[name]!]))
}

/** Two normal classes, `apart` in units of their spread; the score is the probability. */
function twoClasses(rng: Random, n: number, prevalence: number, apart: number, dayEffect = 0, daySize = 1) {
  const y = new Float64Array(n)
  const s = new Float64Array(n)
  let day = 0
  for (let i = 0; i < n; i++) {
    if (i % daySize === 0) day = dayEffect * rng.normal()
    y[i] = rng.next() < prevalence ? 1 : 0
    const z = rng.normal() + apart * (y[i]! - 0.5) + day
    s[i] = 1 / (1 + Math.exp(-apart * z - Math.log(prevalence / (1 - prevalence))))
  }
  return { y, s }
}

const draws = 800
/** Binomial bounds of the rate, once wrong in 10,000, around what is allowed: 93 to 98 %. */
const least = binomialQuantile(1e-4, draws, 0.93) / draws
const most = binomialQuantile(1 - 1e-4, draws, 0.98) / draws

function holds(found: Readonly<Record<string, number>>, what: string, floor = least, except: readonly string[] = []) {
  assert.ok(Object.keys(found).length > 5)
  for (const [name, rate] of Object.entries(found)) {
    if (except.includes(name)) continue
    assert.ok(rate >= floor && rate <= most, `${what}: ${name} covers ${rate}`)
  }
}

test('intervals of 95 % hold binary metrics in 93 to 98 % of samples but for chance, also of 30 rows', () => {
  for (const [prevalence, apart] of [
    [0.5, 1.5],
    [0.25, 2],
  ] as const) {
    const large = twoClasses(random('large'), 200_000, prevalence, apart)
    const exact = binaryMetrics(large.y, large.s)
    for (const n of [30, 120]) {
      const rng = random(`binary ${n} ${prevalence}`)
      const found = coverage(
        draws,
        exact,
        stream => {
          const { y, s } = twoClasses(stream, n, prevalence, apart)
          return binaryIntervals(y, s)
        },
        rng,
      )
      // Kappa and its kin are left out of small samples that have too few rows of a class, and are wide in the rest.
      holds(found, `${n} rows, prevalence ${prevalence}`, least, n === 30 ? ['mcc', 'kappa'] : [])
    }
  }
})

test('where rows of a day vary together, intervals by days hold and intervals by rows do not', () => {
  const large = twoClasses(random('days'), 200_000, 0.4, 1.5, 1, 10)
  const exact = binaryMetrics(large.y, large.s)
  const run = (byDays: boolean) =>
    coverage(
      400,
      exact,
      stream => {
        const { y, s } = twoClasses(stream, 400, 0.4, 1.5, 1, 10)
        return binaryIntervals(y, s, byDays ? { block: y.map((_, i) => Math.floor(i / 10)) } : {})
      },
      random('by days'),
    )
  holds(run(true), '40 days of 10 rows', 0.9)
  const byRows = run(false)
  for (const name of ['recall', 'specificity'] as const) assert.ok(byRows[name]! < 0.85, `${name} ${byRows[name]}`)
})

test('unequal weights widen the intervals as much as they must', () => {
  const weigh = (stream: Random, n: number) => Float64Array.from({ length: n }, () => 0.2 + 3 * stream.next() ** 3)
  const large = twoClasses(random('weighted'), 200_000, 0.5, 1.5)
  const exact = binaryMetrics(large.y, large.s)
  const found = coverage(
    draws,
    exact,
    stream => {
      const { y, s } = twoClasses(stream, 100, 0.5, 1.5)
      return binaryIntervals(y, s, { weight: weigh(stream, 100) })
    },
    random('weights'),
  )
  holds(found, '100 weighted rows', 0.91)
})

test('intervals of 95 % hold multiclass metrics, also with a rare class', () => {
  const draw = (stream: Random, n: number, prevalence: readonly number[]) => {
    const k = prevalence.length
    const y = new Int32Array(n)
    const p = new Float64Array(n * k)
    for (let i = 0; i < n; i++) {
      let u = stream.next()
      while (u > prevalence[y[i]!]! && y[i]! < k - 1) u -= prevalence[y[i]!++]!
      let sum = 0
      for (let j = 0; j < k; j++) {
        p[i * k + j] = prevalence[j]! * Math.exp(1.2 * (stream.normal() + (j === y[i] ? 1.2 : 0)))
        sum += p[i * k + j]!
      }
      for (let j = 0; j < k; j++) p[i * k + j]! /= sum
    }
    return { classes: prevalence.map((_, j) => `c${j}`), truth: y, probabilities: p }
  }
  for (const [n, prevalence] of [
    [100, [0.4, 0.3, 0.3]],
    [200, [0.7, 0.2, 0.1]],
  ] as const) {
    const exact = multiclassMetrics(draw(random('large classes'), 100_000, prevalence))
    const found = coverage(
      500,
      exact,
      stream => multiclassIntervals(draw(stream, n, prevalence)),
      random(`classes ${n}`),
    )
    holds(found, `${n} rows of ${prevalence}`, 0.905)
  }
})

test('intervals of 95 % hold regression metrics of normal errors, of skewed ones from 200 rows on', () => {
  const normal = (stream: Random, n: number) => {
    const y = Float64Array.from({ length: n }, () => 10 + 2 * stream.normal())
    return { y, f: y.map(v => v + stream.normal()) }
  }
  const skewed = (stream: Random, n: number) => {
    const y = Float64Array.from({ length: n }, () => Math.exp(1 + 0.5 * stream.normal()))
    return { y, f: y.map(v => v * Math.exp(0.3 * stream.normal())) }
  }
  for (const [what, draw, n, floor] of [
    ['normal', normal, 30, 0.9],
    ['normal', normal, 200, least],
    ['skewed', skewed, 400, 0.9],
  ] as const) {
    const large = draw(random('large errors'), 200_000)
    const exact = regressionMetrics(large.y, large.f)
    const found = coverage(
      draws,
      exact,
      stream => {
        const { y, f } = draw(stream, n)
        return regressionIntervals(y, f)
      },
      random(`errors ${what} ${n}`),
    )
    holds(found, `${n} ${what} rows`, floor)
  }
})

test('the BCa bootstrap holds metrics of 60 rows, and is the same for the same seed', () => {
  const large = twoClasses(random('large'), 200_000, 0.5, 1.5)
  const exact = binaryMetrics(large.y, large.s)
  const runs = 150
  const found = coverage(
    runs,
    exact,
    rng => {
      const { y, s } = twoClasses(rng, 60, 0.5, 1.5)
      return bootstrapIntervals(60, weight => binaryMetrics(y, s, { weight }), { draws: 200 }, rng)
    },
    random('bootstrap'),
  )
  for (const [name, rate] of Object.entries(found)) {
    assert.ok(rate >= binomialQuantile(1e-4, runs, 0.93) / runs, `${name} ${rate}`)
  }
  const again = (seed: number) =>
    bootstrapIntervals(
      truth.length,
      weight => ({ auc: rocAuc(truth, score, weight) }),
      { draws: 100, block: truth.map((_, i) => i % 30) },
      random(seed),
    ).auc
  assert.deepEqual(again(1), again(1))
  assert.notDeepEqual(again(1), again(2))
  assert.equal(again(1).method, 'BCa bootstrap of blocks')
})

test('the interval of a median holds it in 93 to 98 % of samples with weights, and by days', () => {
  const runs = 1000
  const rng = random('median')
  const exact = 0.6744897501960817 // of |error|, errors standard normal
  const held = { weights: 0, days: 0 }
  for (let run = 0; run < runs; run++) {
    const weight = Float64Array.from({ length: 60 }, () => 0.2 + 2 * rng.next() ** 2)
    const error = Float64Array.from({ length: 60 }, () => rng.normal())
    const zero = new Float64Array(60)
    const weighted = regressionIntervals(error, zero, { weight }).median_ae
    if (weighted.lower! <= exact && exact <= weighted.upper!) held.weights++
    // 25 days of 4 rows that share half of the variance of their errors.
    const day = Int32Array.from({ length: 100 }, (_, i) => i >> 2)
    const shared = Float64Array.from({ length: 25 }, () => rng.normal())
    const together = Float64Array.from(day, d => (shared[d]! + rng.normal()) * Math.SQRT1_2)
    const byDays = regressionIntervals(together, new Float64Array(100), { block: day }).median_ae
    if (byDays.lower! <= exact && exact <= byDays.upper!) held.days++
  }
  for (const [name, count] of Object.entries(held)) {
    assert.ok(count >= binomialQuantile(1e-4, runs, 0.93), `${name}: ${count / runs}`)
    assert.ok(count <= binomialQuantile(1 - 1e-4, runs, 0.98), `${name}: ${count / runs}`)
  }
})
