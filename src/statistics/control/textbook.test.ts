/** Every textbook example of the golden file, made from its raw data. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { applyChart, bandOf, type ChartPoint } from './controlChart.ts'
import { dispersion, fitProportions, fitRates } from './fitCounts.ts'
import { fitSubgroups } from './fitSubgroups.ts'
import { fitHotelling, hotellingLimit } from './fitVectors.ts'
import { fitCusum, fitEwma, fitIndividuals, fitMovingRanges } from './phaseOne.ts'
import { subgroups } from './subgroups.ts'

// NIST/SEMATECH e-Handbook; Montgomery; Wetherill and Brown; limits as printed there or by qcc 2.7
const golden = JSON.parse(
  readFileSync(new URL('../../../test/golden/control_chart_examples.json', import.meta.url), 'utf8'),
)
const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`)
/** Positions from 1, as books count. */
const out = (points: ChartPoint[]) => points.flatMap((point, i) => (point.signal ? [i + 1] : []))
const trial = (set: { trial: boolean[] }, values: number[]) => Float64Array.from(values.filter((_, i) => set.trial[i]))
const textbook = { rounds: 0 } as const

test('NIST 6.3.2.2, individuals: mean, limits from the moving range, and its chart', () => {
  const { x, mean, ucl, lcl, moving_range_mean } = golden.nist_individuals_6_3_2_2
  const points = Float64Array.from(x)
  const { limits } = fitIndividuals(points, { method: 'moving-range', ...textbook })
  near(limits!.centre, mean, 1e-9)
  near(limits!.upper, ucl, 6e-5)
  near(limits!.lower, lcl, 6e-5)
  const ranges = fitMovingRanges(points, textbook).limits!
  near(ranges.centre, moving_range_mean, 6e-5)
  near(bandOf(ranges).upper / ranges.centre, 3.267, 6e-4)
  assert.equal(bandOf(ranges).lower, 0)
})

test('NIST 6.3.2.3, CUSUM with given target: C+ as printed, first signal at point 14', () => {
  const { x, target, k, h, first_signal_1based } = golden.nist_cusum_6_3_2_3
  const { limits } = fitCusum(new Float64Array(0), { centre: target, sigma: 1, k, h })
  const points = applyChart(limits!, Float64Array.from(x))
  assert.equal(out(points)[0], first_signal_1based)
  for (const [i, sum] of [3.01, 4.94, 7.45, 10.63, 11.99, 14.44, 16.0].entries())
    near(points[12 + i]!.sums![0], sum, 0.006)
  near(points[19]!.sums![0], 19.04, 0.006)
})

test('NIST 6.3.2.4, EWMA with given mean and sd', () => {
  const { x, mean, sd, lambda, L, ucl_asymptotic, lcl_asymptotic, signals } = golden.nist_ewma_6_3_2_4
  const { limits } = fitEwma(new Float64Array(0), { centre: mean, sigma: sd, lambda, L })
  near(bandOf(limits!).upper, ucl_asymptotic, 6e-6)
  near(bandOf(limits!).lower, lcl_asymptotic, 6e-6)
  assert.deepEqual(out(applyChart(limits!, Float64Array.from(x))), signals)
})

test('orange juice cans: p and np chart of the first 30 samples (Montgomery)', () => {
  const set = golden.data.orangejuice
  const [counts, sizes] = [trial(set, set.D), trial(set, set.size)]
  const { pbar, ucl, lcl, out_1based, np } = golden.orangejuice_p_first_30
  const { limits } = fitProportions(counts, sizes, textbook)
  near(limits!.centre, pbar, 6e-7)
  near(bandOf(limits!, 50).upper, ucl, 6e-7)
  near(bandOf(limits!, 50).lower, lcl, 6e-7)
  const shares = counts.map((d, i) => d / sizes[i]!)
  assert.deepEqual(out(applyChart(limits!, shares, sizes)), out_1based)
  const numbers = fitProportions(counts, sizes, { ...textbook, kind: 'np' }).limits!
  const band = bandOf(numbers, 50)
  near(band.centre, np.center, 6e-5)
  near(band.lower, np.lcl, 6e-5)
  near(band.upper, np.ucl, 6e-4)
  assert.deepEqual(out(applyChart(numbers, counts, sizes)), out_1based)
})

test('piston rings: X-bar with R and with S, Phase II, EWMA and CUSUM of the means (Montgomery)', () => {
  const { diameter, sample, trial: isTrial } = golden.data.pistonrings
  const expected = golden.pistonrings_xbar_first_25
  const all = subgroups(Float64Array.from(diameter), { labels: sample })
  const first = subgroups(Float64Array.from(diameter.filter((_: number, i: number) => isTrial[i])), {
    labels: sample.filter((_: number, i: number) => isTrial[i]),
  })
  assert.equal(first.means.length, 25)
  const { means, spread } = fitSubgroups(first, textbook).limits!
  near(means.centre, expected.center, 1e-6)
  near(means.sigma, expected.sd_from_ranges, 1e-9)
  near(bandOf(means, 5).lower, expected.lcl, 1e-6)
  near(bandOf(means, 5).upper, expected.ucl, 1e-6)
  near(bandOf(spread, 5).centre, expected.rbar, 1e-8)
  near(bandOf(spread, 5).upper / expected.rbar, 2.114, 1e-3) // D4 of n = 5
  assert.equal(bandOf(spread, 5).lower, 0)
  const byDeviation = fitSubgroups(first, { ...textbook, method: 'deviation' }).limits!
  near(byDeviation.means.sigma, expected.sd_from_sbar, 1e-9)
  near(bandOf(byDeviation.spread, 5).centre, expected.sbar, 1e-9)
  near(bandOf(byDeviation.spread, 5).upper / expected.sbar, 2.089, 1e-3) // B4 of n = 5
  assert.deepEqual(out(applyChart(means, all.means, all.sizes)), expected.phase2_out_1based)

  const given = { centre: means.centre, sigma: means.sigma }
  const ewma = fitEwma(new Float64Array(0), { ...given, lambda: 0.2, L: 3, limits: 'asymptotic' }).limits!
  near(bandOf(ewma, 5).lower, expected['ewma_lambda_0.2'].asymptotic_lcl, 6e-5)
  near(bandOf(ewma, 5).upper, expected['ewma_lambda_0.2'].asymptotic_ucl, 6e-6)
  assert.deepEqual(out(applyChart(ewma, all.means, all.sizes)), expected['ewma_lambda_0.2'].out_1based)
  const varying = { ...ewma, limits: 'time-varying' } as const
  assert.deepEqual(out(applyChart(varying, all.means, all.sizes)), expected['ewma_lambda_0.2'].out_1based)
  const cusum = fitCusum(new Float64Array(0), { ...given, k: 0.5, h: 5 }).limits!
  assert.deepEqual(out(applyChart(cusum, all.means, all.sizes)), expected['cusum_k_0.5_h_5_out_1based'])
})

test('circuit boards: c chart of the first 26 samples (Montgomery)', () => {
  const { center, lcl, ucl, out_1based } = golden.circuit_c_first_26
  const counts = trial(golden.data.circuit, golden.data.circuit.x)
  const limits = fitRates(counts, undefined, textbook).limits!
  near(limits.centre, center, 6e-6)
  near(bandOf(limits).lower, lcl, 6e-6)
  near(bandOf(limits).upper, ucl, 6e-6)
  assert.deepEqual(out(applyChart(limits, counts)), out_1based)
})

test('personal computers and dyed cloth: u charts of equal and of different sizes (Montgomery)', () => {
  for (const [name, first] of [
    ['pcmanufact', ['lcl', 'ucl']],
    ['dyedcloth', ['first_lcl', 'first_ucl']],
  ] as const) {
    const set = golden.data[name]
    const expected = golden[`${name}_u`]
    const [counts, sizes] = [Float64Array.from(set.x), Float64Array.from(set.size)]
    const limits = fitRates(counts, sizes, textbook).limits!
    near(limits.centre, expected.center, 6e-7)
    const points = applyChart(
      limits,
      counts.map((x, i) => x / sizes[i]!),
      sizes,
    )
    near(points[0]!.lower, expected[first[0]], 6e-6)
    near(points[0]!.upper, expected[first[1]], 6e-6)
    assert.deepEqual(out(points), expected.out_1based)
  }
})

test('boiler temperatures: T^2 of single vectors, Phase I and II (Mason and Young 2002)', () => {
  const { m, p, confidence, phase1_ucl, phase2_ucl, max_t2, max_at_1based } = golden.boiler_t2_individuals
  const columns: number[][] = Object.values(golden.data.boiler)
  const vectors = columns[0]!.map((_, i) => columns.map(column => column[i]!))
  const limits = fitHotelling(vectors, { ...textbook, phase: 1 }).limits!
  assert.equal(limits.m, m)
  near(limits.confidence, confidence, 6e-7)
  near(limits.upper, phase1_ucl, 6e-6)
  near(fitHotelling(vectors, textbook).limits!.upper, phase2_ucl, 6e-6)
  near(
    hotellingLimit({ p, m, confidence: 0.999, phase: 1 }),
    golden.boiler_t2_individuals['confidence_0.999'].phase1_ucl,
    6e-6,
  )
  near(
    hotellingLimit({ p, m, confidence: 0.999, phase: 2 }),
    golden.boiler_t2_individuals['confidence_0.999'].phase2_ucl,
    6e-6,
  )
  const points = applyChart(limits, vectors)
  const largest = points.reduce((best, point, i) => (point.z > points[best]!.z ? i : best), 0)
  assert.equal(largest + 1, max_at_1based)
  near(points[largest]!.z, max_t2, 6e-5)
})

test('Wetherill and Brown: Poisson counts that differ by a little more than chance', () => {
  const x = [
    11, 8, 13, 11, 13, 17, 25, 23, 11, 16, 9, 15, 10, 16, 12, 8, 9, 15, 4, 12, 12, 12, 15, 17, 14, 17, 12, 12, 7, 16,
  ]
  const { ratio, statistic, p } = dispersion(Float64Array.from(x))
  near(ratio, 1.4722, 6e-6)
  near(statistic, 42.69388, 6e-6)
  near(p, 0.04858, 6e-6)
})
