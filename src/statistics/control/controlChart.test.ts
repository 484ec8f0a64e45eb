import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { random } from '../../numeric/random.ts'
import { applyChart, type ChartPoint, type EwmaLimits, ewmaVariance, start, step } from './controlChart.ts'
import { dispersion, fitProportions } from './fitCounts.ts'
import { fitEwma, fitIndividuals, lagOneCorrelation } from './phaseOne.ts'

// NIST/SEMATECH e-Handbook; Montgomery; Wetherill and Brown
const examples = JSON.parse(
  readFileSync(new URL('../../../test/golden/control_chart_examples.json', import.meta.url), 'utf8'),
)

const near = (actual: number, expected: number, tolerance = 1e-9) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`)
const signals = (points: ChartPoint[]) => points.flatMap((point, i) => (point.signal ? [i + 1] : []))

test('the EWMA example of the NIST handbook: limits, averages and no signal', () => {
  const { x, lambda, mean, sd, L, ucl_asymptotic, lcl_asymptotic, z_rounded } = examples.nist_ewma_6_3_2_4
  const limits: EwmaLimits = {
    kind: 'ewma',
    lambda,
    L,
    arl0: 500,
    limits: 'asymptotic',
    mean,
    sd,
    correlation: 0,
    m: 20,
    excluded: [],
  }
  const points = applyChart(limits, Float64Array.from(x))
  near(points[0]!.upper, ucl_asymptotic, 5e-5)
  near(points[0]!.lower, lcl_asymptotic, 5e-5)
  for (const [i, point] of points.entries()) near(point.z, z_rounded[i], 0.006)
  assert.deepEqual(signals(points), [])
})

test('the individuals example of the NIST handbook: centre and limits from the moving range', () => {
  const { x, mean, ucl, lcl } = examples.nist_individuals_6_3_2_2
  const { limits } = fitIndividuals(Float64Array.from(x), { method: 'moving-range' })
  near(limits!.centre, mean)
  near(limits!.upper, ucl, 2e-3)
  near(limits!.lower, lcl, 2e-3)
})

test('the orange juice example: samples 15 and 23 are out of limits, and sample 21 once they are left out (Montgomery)', () => {
  const { D, size, trial } = examples.data.orangejuice
  const keep = (values: number[]) => Float64Array.from(values.filter((_, i) => trial[i]))
  const { limits } = fitProportions(keep(D), keep(size))
  assert.deepEqual(limits!.excluded, [14, 20, 22])
  const { pbar, ucl, lcl, out_1based } = examples.orangejuice_p_first_30
  const shares = keep(D).map((d, i) => d / keep(size)[i]!)
  const points = applyChart({ ...limits!, centre: shares.reduce((a, b) => a + b) / shares.length }, shares, keep(size))
  near(points[0]!.centre, pbar, 1e-6)
  near(points[0]!.upper, ucl, 1e-6)
  near(points[0]!.lower, lcl, 1e-6)
  assert.deepEqual(signals(points), out_1based)
})

test('prediction limits of 10 points raise 0.27 % false alarms, as three sigma limits of a known process do', () => {
  const rng = random('prediction')
  let alarms = 0
  const repeats = 30_000
  for (let i = 0; i < repeats; i++) {
    const points = Float64Array.from({ length: 9 }, () => rng.normal())
    const { limits } = fitIndividuals(points)
    if (step(start(limits!), limits!, rng.normal()).point.signal) alarms++
  }
  const rate = alarms / repeats
  near(rate, 0.0027, 3.5 * Math.sqrt(0.0027 / repeats))
})

test('Phase I leaves out at most two rounds and a tenth of the points, lists them, and forgets their level', () => {
  const rng = random('phase one')
  const points = Float64Array.from({ length: 40 }, () => rng.normal())
  points[7] = 30
  points[31] = -25
  const { limits } = fitIndividuals(points)
  assert.deepEqual(limits!.excluded, [7, 31])
  assert.equal(limits!.m, 38)
  near(limits!.centre, 0, 0.6)
  for (let i = 0; i < 12; i++) points[3 * i] = 1000 + i
  assert.ok(fitIndividuals(points).limits!.excluded.length <= 4)
})

test('an EWMA with limits from 28 stable days raises one false alarm in 500 days, whatever days the reference was', () => {
  const rng = random('days')
  const repeats = 2000
  const days = 250
  let alarms = 0
  const design = new Map<number, number>()
  for (let i = 0; i < repeats; i++) {
    const fit = fitEwma(
      Float64Array.from({ length: 28 }, () => 3 + 0.1 * rng.normal()),
      { arl0: 500 },
    ).limits!
    design.set(fit.m, fit.L)
    let state = start(fit)
    for (let day = 0; day < days; day++) {
      const next = step(state, fit, 3 + 0.1 * rng.normal())
      if (next.point.signal) alarms++
      state = next.point.signal ? start(fit) : next.state
    }
  }
  const rate = alarms / (repeats * days)
  assert.ok(rate > 0.8 / 500 && rate < 1.15 / 500, `one in ${1 / rate}`)
})

test('days that resemble their neighbours do not raise more alarms when the correlation is estimated', () => {
  const rng = random('correlated')
  const r = 0.4
  const series = (n: number) => {
    let x = rng.normal()
    return Float64Array.from({ length: n }, () => {
      x = r * x + Math.sqrt(1 - r * r) * rng.normal()
      return x
    })
  }
  const rate = (correlation: number | 'estimate') => {
    let alarms = 0
    for (let i = 0; i < 250; i++) {
      const both = series(28 + 300)
      const limits = fitEwma(both.slice(0, 28), { correlation }).limits!
      let state = start(limits)
      for (const x of both.slice(28)) {
        const next = step(state, limits, x)
        if (next.point.signal) alarms++
        state = next.point.signal ? start(limits) : next.state
      }
    }
    return alarms / (250 * 300)
  }
  const ignored = rate(0)
  const estimated = rate('estimate')
  assert.ok(ignored > 3 / 500, `ignored: one in ${1 / ignored}`)
  assert.ok(estimated < 2 / 500, `estimated: one in ${1 / estimated}`)
  assert.ok(Math.abs(lagOneCorrelation(series(5000)) - r) < 0.05)
})

test('a lasting shift of one sd is seen, and stays out of limits until the process comes back', () => {
  const rng = random('shift')
  const limits = fitEwma(Float64Array.from({ length: 60 }, () => rng.normal())).limits!
  const points = applyChart(
    limits,
    Float64Array.from({ length: 60 }, () => rng.normal() + 1.5),
  )
  const first = points.findIndex(point => point.signal === 'above')
  assert.ok(first >= 0 && first < 20)
  const after = points.slice(first + 5).filter(point => point.signal === 'above').length
  assert.ok(after > 0.8 * (55 - first))
})

test('a chart saved and restored between two points gives the same points', () => {
  const rng = random('restore')
  const limits = fitEwma(Float64Array.from({ length: 28 }, () => rng.normal())).limits!
  const xs = Float64Array.from({ length: 20 }, () => rng.normal())
  const whole = applyChart(limits, xs)
  let state = start(limits)
  const restored = Array.from(xs, x => {
    const next = step(JSON.parse(JSON.stringify(state)), JSON.parse(JSON.stringify(limits)), x)
    state = next.state
    return next.point
  })
  assert.deepEqual(restored, whole)
})

test('time-varying limits start at lambda L sd and end at the asymptotic ones, with or without correlation', () => {
  near(ewmaVariance(0.2, 1, 0.3), 0.04)
  near(ewmaVariance(0.2, 500, 0), 0.2 / 1.8)
  // By hand for n = 3: z = l x3 + l k x2 + l k^2 x1.
  const [l, k, r] = [0.2, 0.8, 0.5]
  const weights = [l, l * k, l * k * k]
  let variance = 0
  for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) variance += weights[i]! * weights[j]! * r ** Math.abs(i - j)
  near(ewmaVariance(0.2, 3, 0.5), variance, 1e-15)
  near(ewmaVariance(0.2, 1000, 0.5), ewmaVariance(0.2, Number.POSITIVE_INFINITY, 0.5), 1e-12)
})

test('a p chart of overdispersed shares alarms on nearly every day, the Laney form does not', () => {
  const rng = random('laney')
  const share = () => 0.2 + 0.03 * rng.normal()
  const draw = (n: number) => {
    const p = share()
    let count = 0
    for (let i = 0; i < n; i++) if (rng.next() < p) count++
    return count
  }
  const sizes = new Float64Array(60).fill(1000)
  const counts = sizes.map(draw)
  assert.ok(dispersion(counts, sizes).ratio > 3)
  assert.ok(dispersion(counts, sizes).p < 1e-6)
  const fresh = sizes.map(n => draw(n) / n)
  const alarms = (overdispersed: boolean) =>
    signals(applyChart(fitProportions(counts, sizes, { overdispersed }).limits!, fresh, sizes)).length
  assert.ok(alarms(false) > 6)
  assert.ok(alarms(true) <= 2)
})

test('too few or equal reference points give a reason instead of limits; an undefined point is refused', () => {
  assert.match(fitEwma(Float64Array.of(1, 2, 3)).reason!, /3 reference points, 5 are needed/)
  assert.match(fitIndividuals(new Float64Array(20)).reason!, /equal/)
  assert.match(fitProportions(new Float64Array(9), new Float64Array(9).fill(5)).reason!, /share of the reference is 0/)
  const limits = fitIndividuals(Float64Array.of(1, 2, 3, 4, 5, 6)).limits!
  assert.throws(() => step(start(limits), limits, Number.NaN), /value is NaN/)
  assert.throws(() => fitIndividuals(Float64Array.of(1, 2, Number.NaN, 4, 5)), /point 2 is NaN/)
})
