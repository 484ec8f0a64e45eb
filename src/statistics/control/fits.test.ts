import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gaussLegendre } from '../../numeric/gaussLegendre.ts'
import { random } from '../../numeric/random.ts'
import { solveLinear } from '../../numeric/solveLinear.ts'
import { normalDensity } from '../distributions/distributions.ts'
import { expectedArl0, nominalArl0 } from './averageRunLength.ts'
import { applyChart, bandOf, start, step } from './controlChart.ts'
import { dispersion, fitGaps, fitProportions, fitRates } from './fitCounts.ts'
import { fitResiduals } from './fitResiduals.ts'
import { fitSubgroups } from './fitSubgroups.ts'
import { fitHotelling, fitMewma } from './fitVectors.ts'
import type { ChartLimits } from './limits.ts'
import { fitCusum, fitEwma, fitIndividuals, fitMovingRanges } from './phaseOne.ts'
import { ewmaDesign } from './runLength.ts'
import { subgroups } from './subgroups.ts'

const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`)
const rng = random('fits')
const normals = (n: number) => Float64Array.from({ length: n }, () => rng.normal())
const none = new Float64Array(0)

/** One of each kind, with points to judge. */
function everyKind(): { limits: ChartLimits; values: Float64Array | number[][]; sizes?: Float64Array }[] {
  const x = normals(40)
  const counts = x.map(z => Math.max(0, Math.round(10 + 3 * z)))
  const sizes = counts.map((_, i) => 40 + (i % 3) * 20)
  const groups = subgroups(normals(200), { size: 5 })
  const { means, spread } = fitSubgroups(groups).limits!
  const vectors = Array.from({ length: 40 }, () => [...normals(3)])
  return [
    { limits: fitIndividuals(x).limits!, values: x },
    { limits: fitMovingRanges(x).limits!, values: x },
    { limits: means, values: groups.means, sizes: groups.sizes },
    { limits: spread, values: groups.ranges, sizes: groups.sizes },
    {
      limits: fitSubgroups(groups, { method: 'pooled' }).limits!.spread,
      values: groups.deviations,
      sizes: groups.sizes,
    },
    { limits: fitProportions(counts, sizes).limits!, values: counts.map((c, i) => c / sizes[i]!), sizes },
    { limits: fitProportions(counts, sizes, { kind: 'np' }).limits!, values: counts, sizes },
    { limits: fitRates(counts, undefined).limits!, values: counts },
    {
      limits: fitRates(counts, sizes, { overdispersed: true }).limits!,
      values: counts.map((c, i) => c / sizes[i]!),
      sizes,
    },
    { limits: fitGaps(counts).limits!, values: counts },
    { limits: fitEwma(x).limits!, values: x },
    { limits: fitEwma(none, { centre: 0, sigma: 1 }).limits!, values: groups.means, sizes: groups.sizes },
    { limits: fitCusum(x, { headStart: 0.5 }).limits!, values: x },
    { limits: fitHotelling(vectors).limits!, values: vectors },
    { limits: fitMewma(vectors, { arl0: 100 }).limits!, values: vectors },
    { limits: fitResiduals(x, { model: 'ar1' }).limits!, values: x },
    { limits: fitResiduals(x, { model: { season: 7 }, chart: r => fitCusum(r) }).limits!, values: x },
  ]
}

test('limits and states of every kind are JSON: saved and restored between two points they give the same points', () => {
  for (const { limits, values, sizes } of everyKind()) {
    const whole = applyChart(limits, values, sizes)
    let state = start(limits)
    const restored = Array.from(values as ArrayLike<number | number[]>, (value, i) => {
      const next = step(JSON.parse(JSON.stringify(state)), JSON.parse(JSON.stringify(limits)), value, sizes?.[i])
      state = next.state
      return next.point
    })
    assert.deepEqual(restored, whole, limits.kind)
    for (const { z, lower, centre, upper } of whole) {
      assert.ok([z, lower, centre, upper].every(Number.isFinite), limits.kind)
      assert.ok(lower <= centre && centre <= upper, limits.kind)
    }
    assert.ok(nominalArl0(limits, sizes?.[0] ?? 1) > 1, limits.kind)
    assert.deepEqual(limits.window, limits.m === 0 ? undefined : { from: 0, to: values.length - 1 })
    assert.ok(limits.method)
  }
})

test('with centre and sigma given no reference is needed: UCL = mu + L sigma, LCL = mu - L sigma', () => {
  const given = { centre: 10, sigma: 2 }
  for (const method of ['prediction', 'moving-range'] as const) {
    const { limits } = fitIndividuals(none, { ...given, method })
    near(limits!.lower, 4, 1e-12)
    near(limits!.upper, 16, 1e-12)
  }
  const groups = { means: none, ranges: none, deviations: none, sizes: none }
  const { means, spread } = fitSubgroups(groups, { ...given, L: 2 }).limits!
  near(bandOf(means, 4).upper, 12, 1e-12)
  near(bandOf(means, 16).lower, 9, 1e-12)
  near(bandOf(spread, 5).centre, 2 * 2.3259, 1e-4)
  assert.equal(fitEwma(none, given).limits!.L, ewmaDesign(0.2, 500, { limits: 'time-varying' }))
  near(bandOf(fitProportions(none, none, { centre: 0.5 }).limits!, 100).upper, 0.65, 1e-12)
  near(bandOf(fitRates(none, undefined, { centre: 9 }).limits!).upper, 18, 1e-12)
  near(bandOf(fitGaps(none, { centre: 99 }).limits!).upper, 99 + 3 * Math.sqrt(9900), 1e-9)
  // A given mean leaves one error less than an estimated one.
  const x = normals(20)
  const half = (limits: { upper: number; lower: number }) => limits.upper - limits.lower
  assert.ok(half(fitIndividuals(x, { centre: 0, rounds: 0 }).limits!) < half(fitIndividuals(x, { rounds: 0 }).limits!))
})

test('a given share needs no reference, and a share near 1 can be designed for', () => {
  const sizes = Float64Array.of(20, 30)
  const { limits } = fitProportions(Float64Array.of(1, 2), sizes, { centre: 0.1, arl0: 100 })
  assert.equal(limits!.m, 0)
  assert.equal(limits!.method, 'given')
  const near1 = fitProportions(new Float64Array(8).fill(29), new Float64Array(8).fill(30), { arl0: 100 }).limits!
  assert.ok(near1.L > 0 && near1.L < 10)
})

test('limits of counts and spread are never below 0, of shares never above 1', () => {
  assert.equal(bandOf(fitRates(none, undefined, { centre: 2 }).limits!).lower, 0)
  assert.equal(bandOf(fitGaps(none, { centre: 5 }).limits!).lower, 0)
  assert.equal(bandOf(fitProportions(none, none, { centre: 0.97 }).limits!, 20).upper, 1)
})

test('an EWMA of means of subgroups follows the variance of just these sizes', () => {
  const { limits } = fitEwma(none, { centre: 0, sigma: 1, lambda: 0.5, L: 2 })
  const sizes = Float64Array.of(4, 1, 9)
  const points = applyChart(limits!, Float64Array.of(0, 0, 0), sizes)
  // By hand: v = (1 - l)^2 v + l^2 / n
  const variances = [0.25 / 4, 0.25 * 0.0625 + 0.25, 0.25 * 0.265625 + 0.25 / 9]
  for (const [i, v] of variances.entries()) near(points[i]!.upper, 2 * Math.sqrt(v), 1e-12)
})

test('what a short reference does to textbook limits is told: 3 sigma from 10 moving ranges is one in 40 points', () => {
  const x = normals(10)
  const textbook = fitIndividuals(x, { method: 'moving-range', rounds: 0 }).limits!
  near(nominalArl0(textbook), 370.4, 0.05)
  // Simulated here for this claim.
  let alarms = 0
  const references = 20_000
  for (let i = 0; i < references; i++) {
    const { lower, upper } = fitIndividuals(normals(10), { method: 'moving-range', rounds: 0 }).limits!
    const next = rng.normal()
    if (next > upper || next < lower) alarms++
  }
  const rate = alarms / references
  near(1 / expectedArl0(textbook)!, rate, 4 * Math.sqrt(rate / references))
  near(expectedArl0(fitIndividuals(x, { rounds: 0 }).limits!)!, 370.4, 0.5)
})

/** ARL of limits at +- limit for an AR(1) process of variance 1: A(x) = 1 + integral of A(y) phi((y - phi x) / e) / e dy. */
function ar1Arl(phi: number, limit: number): number {
  const { nodes, weights } = gaussLegendre(80)
  const e = Math.sqrt(1 - phi * phi)
  const density = (y: number, mean: number, sd: number) => normalDensity((y - mean) / sd) / sd
  const matrix = new Float64Array(80 * 80)
  for (let i = 0; i < 80; i++) {
    for (let j = 0; j < 80; j++) {
      const step = limit * weights[j]! * density(limit * nodes[j]!, phi * limit * nodes[i]!, e)
      matrix[i * 80 + j] = (i === j ? 1 : 0) - step
    }
  }
  const further = solveLinear(matrix, new Float64Array(80).fill(1))
  return nodes.reduce((sum, node, j) => sum + limit * weights[j]! * density(limit * node, 0, 1) * further[j]!, 1)
}

test('neighbours that resemble each other: with sigma from moving ranges an AR(1) process of phi 0.5 alarms once in 34 points', () => {
  // Known sigma: published.
  for (const [phi, arl] of [
    [0, 370.4],
    [0.25, 374.2],
    [0.5, 396.3],
    [0.75, 499.4],
  ] as const)
    near(ar1Arl(phi, 3), arl, 0.06)
  // The moving range sees only what changes from point to point: sigma sqrt(1 - phi).
  const phi = 0.5
  near(ar1Arl(phi, 3 * Math.sqrt(1 - phi)), 34.2, 0.05)
  let x = rng.normal()
  const next = () => {
    x = phi * x + Math.sqrt(1 - phi * phi) * rng.normal()
    return x
  }
  const long = Float64Array.from({ length: 40_000 }, next)
  const limits = fitIndividuals(long, { method: 'moving-range', rounds: 0 }).limits!
  let sum = 0
  const runs = 6000
  for (let run = 0; run < runs; run++) {
    x = rng.normal()
    let state = start(limits)
    for (let value = x, out = false; !out; value = next()) {
      const stepped = step(state, limits, value)
      state = stepped.state
      out = stepped.point.signal !== null
    }
    sum += state.points
  }
  near(sum / runs, ar1Arl(phi, 3 * Math.sqrt(1 - phi)), 3)
})

test('residuals of the right model are independent again, and a shift shows at once', () => {
  let before = 0
  const series = Float64Array.from({ length: 400 }, (_, t) => {
    before = 0.8 * before + rng.normal()
    return before + (t >= 300 ? 6 : 0)
  })
  const { limits } = fitResiduals(series.slice(0, 200), { model: 'ar1' })
  assert.ok(limits!.model.kind === 'ar1' && Math.abs(limits!.model.phi - 0.8) < 0.15)
  const points = applyChart(limits!, series)
  assert.equal(points[300]!.signal, 'above')
  assert.equal(points[0]!.value, series[0])
  const plain = fitIndividuals(series.slice(0, 200), { method: 'moving-range', rounds: 0 }).limits!
  const alarms = (limits: ChartLimits) => applyChart(limits, series.slice(0, 300)).filter(p => p.signal).length
  assert.ok(alarms(plain) > 15 && alarms(limits!) < 6)
})

test('subgroups go by a label in order of appearance, or by so many rows', () => {
  const values = Float64Array.of(1, 5, 2, 6, 9)
  const by = subgroups(values, { labels: ['a', 'b', 'a', 'b', 'c'] })
  assert.deepEqual([...by.means], [1.5, 5.5, 9])
  assert.deepEqual([...by.ranges], [1, 1, 0])
  assert.deepEqual([...by.sizes], [2, 2, 1])
  assert.deepEqual([...by.first], [0, 1, 4])
  assert.deepEqual([...subgroups(values, { size: 2 }).means], [3, 4, 9])
  assert.throws(() => subgroups(Float64Array.of(1, Number.NaN), { size: 2 }), /value 1 is NaN/)
})

test('what cannot give limits gives the reason', () => {
  const flat = new Float64Array(20).fill(7)
  assert.match(fitMovingRanges(flat).reason!, /equal/)
  assert.match(fitEwma(flat).reason!, /equal/)
  assert.match(fitSubgroups(subgroups(flat, { size: 4 })).reason!, /within the reference subgroups are equal/)
  assert.match(fitRates(new Float64Array(9), undefined).reason!, /no event/)
  assert.match(fitGaps(new Float64Array(9)).reason!, /all reference gaps are 0/)
  assert.match(fitRates(flat, undefined, { overdispersed: true }).reason!, /equal/)
  assert.match(fitResiduals(flat, { model: { season: 11 } }).reason!, /20 reference points, 22 are needed/)
  assert.match(fitHotelling(Array.from({ length: 5 }, () => [1, 2, 3])).reason!, /5 reference points, 6 are needed/)
  const twins = Array.from({ length: 20 }, (_, i) => [i % 7, 2 * (i % 7)])
  assert.match(fitHotelling(twins).reason!, /a combination of the others/)
})

test('wrong use says what was given and what was wanted', () => {
  const x = normals(20)
  assert.throws(() => fitIndividuals(x, { sigma: 0 }), /sigma is 0, must be above 0/)
  assert.throws(() => fitIndividuals(x, { rounds: 3 }), /rounds is 3/)
  assert.throws(() => fitProportions(Float64Array.of(5), Float64Array.of(3)), /5 of 3/)
  assert.throws(() => fitProportions(none, none, { centre: 1.2 }), /centre is 1.2/)
  assert.throws(() => fitCusum(x, { headStart: 2 }), /headStart is 2/)
  assert.throws(() => dispersion(Float64Array.of(0, 0)), /cannot differ by chance/)
  const { means } = fitSubgroups(subgroups(x, { size: 4 })).limits!
  assert.throws(() => step(start(means), means, 1), /how many a point stands for/)
  const t2 = fitHotelling(Array.from({ length: 20 }, () => [...normals(2)])).limits!
  assert.throws(() => step(start(t2), t2, [1, 2, 3]), /takes 2 numbers a point/)
  assert.throws(() => step(start(means), means, [1, 2], 2), /takes one number a point/)
})

test('a short series of ten thousand points is charted in milliseconds', () => {
  const x = normals(10_000)
  const { limits } = fitIndividuals(x, { method: 'moving-range' })
  applyChart(limits!, x)
  const times = Array.from({ length: 9 }, () => {
    const began = performance.now()
    applyChart(limits!, x)
    return performance.now() - began
  })
  assert.ok(Math.min(...times) < 20, `${times}`)
})
