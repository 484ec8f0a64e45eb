import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Random, random } from '../../numeric/random.ts'
import { binomialQuantile } from '../distributions/distributions.ts'
import { rocAuc } from '../metrics/ranking.ts'
import { falseAlarmRate } from '../testing/calibration.ts'
import { delongTest } from './delong.ts'
import { accuracyDifferenceBounds, discordant, type McNemarMode, mcnemar } from './mcnemar.ts'
import { pairedBootstrap, pairedT } from './pairedTests.ts'

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../test/golden/${name}`, import.meta.url), 'utf8'))
const rows = read('metrics.json')
// statsmodels 0.15, scipy 1.17, MLstatkit 0.1
const golden = read('metrics/metrics.json')

const near = (actual: number | undefined, expected: number, tolerance = 1e-9) =>
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) <= tolerance * Math.abs(expected),
    `${actual} is not ${expected}`,
  )

test("McNemar's test equals that of statsmodels: exact, chi-square and corrected", () => {
  for (const { onlyFirst, onlySecond, ...expected } of golden.mcnemar) {
    for (const [mode, p] of Object.entries<number>(expected)) {
      // Corrected, statsmodels has p = 0.68 for 3 against 3; R has 1, for nothing is left to correct.
      if (mode === 'corrected' && onlyFirst === onlySecond) continue
      near(mcnemar({ onlyFirst, onlySecond, rows: 200 }, mode as McNemarMode).result!.p, p)
    }
  }
})

test('the mid-p value is the exact one without half of the probability of what was seen', () => {
  // Fagerland, Lydersen and Laake 2013, table 1: 1 and 7 discordant pairs, exact 0.070, mid-p 0.039.
  const pairs = { onlyFirst: 1, onlySecond: 7, rows: 21 }
  near(mcnemar(pairs, 'exact').result!.p, 18 / 256)
  near(mcnemar(pairs).result!.p, 10 / 256)
  near(mcnemar(pairs, 'chi-square').result!.p, 0.0339, 2e-3)
  near(mcnemar({ onlyFirst: 4, onlySecond: 4, rows: 9 }).result!.p, 1)
  assert.match(mcnemar({ onlyFirst: 0, onlySecond: 0, rows: 9 }).reason!, /same rows/)
})

test('discordant rows are those on which exactly one model is right', () => {
  const found = discordant([true, true, false, false, true], [true, false, true, false, false])
  assert.deepEqual(found, { onlyFirst: 2, onlySecond: 1, rows: 5 })
  assert.throws(() => discordant([true], []), /1 rows of the first model, 0 of the second/)
})

test("DeLong's test of two scores on the same rows equals MLstatkit's", () => {
  const { other, z, p, first, second, variance } = golden.delong
  const truth = Float64Array.from(rows.binary.y_true)
  const { result } = delongTest(truth, Float64Array.from(rows.binary.score), Float64Array.from(other))
  near(result!.first, first)
  near(result!.second, second)
  near(result!.standardError ** 2, variance)
  near(result!.z, z)
  near(result!.p, p)
})

test('two scores that rank alike are not compared, nor classes of one row', () => {
  const truth = Float64Array.of(0, 1, 0, 1)
  const score = Float64Array.of(0.1, 0.4, 0.35, 0.8)
  const alike = delongTest(
    truth,
    score,
    score.map(s => s ** 3),
  )
  assert.equal(alike.reason, 'both scores rank the rows alike')
  assert.match(delongTest(Float64Array.of(0, 1, 0), score.subarray(0, 3), score.subarray(1)).reason!, /1 positive/)
})

test("the paired t-test equals scipy's", () => {
  const { result } = pairedT(Float64Array.from(golden.paired_t.differences))
  near(result!.statistic, golden.paired_t.statistic)
  near(result!.p, golden.paired_t.p)
  assert.equal(pairedT(Float64Array.of(1, 1, 1)).reason, 'all differences are equal')
  assert.equal(pairedT(Float64Array.of(1)).reason, '1 rows, 2 are needed')
})

/** Two models of equal worth that see different noise around the same signal. */
function equals(rng: Random, n: number, prevalence = 0.5) {
  const truth = Float64Array.from({ length: n }, () => (rng.next() < prevalence ? 1 : 0))
  const signal = truth.map(y => 1.2 * y + 0.7 * rng.normal())
  return {
    truth,
    first: signal.map(s => s + 0.7 * rng.normal()),
    second: signal.map(s => s + 0.7 * rng.normal()),
  }
}

test('models of equal worth are told apart no more often than the level says', () => {
  const right = (truth: Float64Array, score: Float64Array) => Array.from(truth, (y, i) => score[i]! > 0.6 === (y === 1))
  const tests: [string, number, number, (data: ReturnType<typeof equals>, rng: Random) => number | undefined][] = [
    [
      'McNemar',
      30,
      0.5,
      ({ truth, first, second }) => mcnemar(discordant(right(truth, first), right(truth, second))).result?.p,
    ],
    [
      'McNemar',
      300,
      0.2,
      ({ truth, first, second }) => mcnemar(discordant(right(truth, first), right(truth, second))).result?.p,
    ],
    ['DeLong', 60, 0.5, ({ truth, first, second }) => delongTest(truth, first, second).result?.p],
    ['DeLong', 300, 0.1, ({ truth, first, second }) => delongTest(truth, first, second).result?.p],
    ['t', 15, 0.5, ({ first, second }) => pairedT(first.map((a, i) => a - second[i]!)).result?.p],
  ]
  for (const [name, n, prevalence, p] of tests) {
    const found = falseAlarmRate(2000, rng => equals(rng, n, prevalence), p, random(`${name} ${n}`))
    // DeLong's variance is a little small where a class has few rows.
    const most = binomialQuantile(0.9999, 2000, name === 'DeLong' ? 0.06 : 0.05) / 2000
    assert.ok(found.rate <= most, `${name}, ${n} rows: ${found.rate}`)
    assert.ok(found.rate > 0.02, `${name}, ${n} rows: ${found.rate}`)
  }
})

test('the paired bootstrap of an AUC difference keeps its level, and agrees with DeLong', () => {
  const found = falseAlarmRate(
    200,
    rng => equals(rng, 80),
    ({ truth, first, second }, rng) => {
      const result = pairedBootstrap(
        truth.length,
        w => rocAuc(truth, first, w),
        w => rocAuc(truth, second, w),
        { draws: 200 },
        rng,
      )
      return result.reason === undefined ? result.p : undefined
    },
    random('paired bootstrap'),
  )
  assert.ok(found.rate <= found.upper, `${found.rate}`)

  const { truth, first } = equals(random('worse'), 400)
  const noise = random('noise')
  const worse = first.map(s => s + 1.5 * noise.normal())
  const delong = delongTest(truth, first, worse).result!
  const bootstrap = pairedBootstrap(
    400,
    w => rocAuc(truth, first, w),
    w => rocAuc(truth, worse, w),
    { draws: 1000 },
    random(1),
  )
  assert.equal(bootstrap.reason, undefined)
  near(bootstrap.difference, delong.difference)
  near(bootstrap.lower, delong.lower, 0.15)
  near(bootstrap.upper, delong.upper, 0.15)
  assert.ok(bootstrap.p < 0.01 && delong.p < 0.01)
})

test('the interval of a difference of accuracies holds it in 93 to 98 % of samples of 40 rows', () => {
  let held = 0
  const runs = 2000
  const rng = random('accuracies')
  for (let run = 0; run < runs; run++) {
    let onlyFirst = 0
    let onlySecond = 0
    for (let i = 0; i < 40; i++) {
      const u = rng.next()
      if (u < 0.2) onlyFirst++
      else if (u < 0.3) onlySecond++
    }
    const { lower, upper } = accuracyDifferenceBounds({ onlyFirst, onlySecond, rows: 40 })
    if (lower! <= 0.1 && 0.1 <= upper!) held++
  }
  assert.ok(held >= 0.93 * runs && held <= 0.98 * runs, `${held / runs}`)
  assert.equal(accuracyDifferenceBounds({ onlyFirst: 0, onlySecond: 0, rows: 0 }).reason, 'no rows')
})
