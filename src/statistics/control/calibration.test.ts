/**
 * The stated run length holds: charts with limits from short references, and from references of unequal sizes, raise one
 * false alarm in as many points as they were designed for, on average over references. A short ARL0 keeps this quick.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Random, random } from '../../numeric/random.ts'
import { applyChart, type ChartLimits, start, step } from './controlChart.ts'
import { fitGaps, fitProportions, fitRates } from './fitCounts.ts'
import { fitResiduals } from './fitResiduals.ts'
import { fitSubgroups } from './fitSubgroups.ts'
import { fitHotelling, fitMewma } from './fitVectors.ts'
import { mewmaDesign } from './mewmaRunLength.ts'
import { fitIndividuals, fitMovingRanges } from './phaseOne.ts'
import { subgroups } from './subgroups.ts'

const arl0 = 100

interface Rate {
  readonly rate: number
  readonly error: number
}

/** False alarms a point times `arl0`, over references; `run` answers the alarms of one reference and its new points. */
function measured(references: number, points: number, run: () => number): Rate {
  let sum = 0
  let squares = 0
  for (let i = 0; i < references; i++) {
    const alarms = run()
    sum += alarms
    squares += alarms * alarms
  }
  const mean = sum / references
  const error = Math.sqrt((squares / references - mean * mean) / references)
  return { rate: (mean / points) * arl0, error: (error / points) * arl0 }
}

function assertNear({ rate, error }: Rate, from: number, to: number, what: string): void {
  const says = `${what}: ${rate.toFixed(3)} +- ${error.toFixed(3)} of the stated rate`
  assert.ok(rate > from - 3.5 * error && rate < to + 3.5 * error, says)
  assert.ok(error < 0.12, says)
}

const normals = (rng: Random, n: number) => Float64Array.from({ length: n }, () => rng.normal())

function alarmsOf(limits: ChartLimits, values: Float64Array, sizes?: Float64Array): number {
  let alarms = 0
  let state = start(limits)
  for (let i = 0; i < values.length; i++) {
    const next = step(state, limits, values[i]!, sizes?.[i])
    if (next.point.signal) alarms++
    state = next.state
  }
  return alarms
}

test('individuals: by standard deviation and by moving range, from 10 points', () => {
  for (const method of ['prediction', 'moving-range'] as const) {
    const rng = random(`individuals ${method}`)
    const found = measured(4000, 40, () =>
      alarmsOf(fitIndividuals(normals(rng, 10), { method, arl0, rounds: 0 }).limits!, normals(rng, 40)),
    )
    assertNear(found, 0.93, 1.07, method)
  }
})

test('individuals: leaving out what lies outside costs little of the run length', () => {
  const rng = random('left out')
  const found = measured(3000, 40, () => alarmsOf(fitIndividuals(normals(rng, 30), { arl0 }).limits!, normals(rng, 40)))
  assertNear(found, 0.95, 1.25, 'with two rounds')
})

test('moving ranges, from 20 points', () => {
  const rng = random('mr')
  const found = measured(2500, 60, () =>
    alarmsOf(fitMovingRanges(normals(rng, 20), { arl0, rounds: 0 }).limits!, normals(rng, 61)),
  )
  assertNear(found, 0.9, 1.1, 'moving range')
})

test('X-bar with R or S: from 8 subgroups of 4, and of 2 to 6', () => {
  for (const method of ['range', 'deviation', 'pooled'] as const) {
    for (const sizes of [[4], [2, 3, 6, 4]]) {
      const rng = random(`xbar ${method} ${sizes}`)
      const draw = (m: number) => {
        const labels = Array.from({ length: m }, (_, g) => Array<number>(sizes[g % sizes.length]!).fill(g)).flat()
        return subgroups(normals(rng, labels.length), { labels })
      }
      let spreadAlarms = 0
      const found = measured(900, 60, () => {
        const { means, spread } = fitSubgroups(draw(8), { method, arl0, rounds: 0 }).limits!
        const next = draw(60)
        if (sizes.length === 1) {
          spreadAlarms += alarmsOf(spread, method === 'range' ? next.ranges : next.deviations, next.sizes)
        }
        return alarmsOf(means, next.means, next.sizes)
      })
      assertNear(found, 0.92, 1.08, `${method} ${sizes}`)
      if (sizes.length === 1) {
        const rate = (spreadAlarms / 900 / 60) * arl0
        assert.ok(rate > 0.8 && rate < 1.2, `spread of ${method}: ${rate}`)
      }
    }
  }
})

test('p, np, c, u, g: never more often than stated, because counts come in steps; sizes may differ', () => {
  const rng = random('counts')
  const binomial = (n: number, p: number) => {
    let count = 0
    for (let i = 0; i < n; i++) if (rng.next() < p) count++
    return count
  }
  const poisson = (mean: number) => {
    let count = -1
    for (let product = 1; product > Math.exp(-mean); count++) product *= rng.next()
    return count
  }
  const units = (m: number, sizes: number[]) => Float64Array.from({ length: m }, (_, i) => sizes[i % sizes.length]!)
  const p = (kind: 'p' | 'np', sizes: number[]) =>
    measured(500, 60, () => {
      const old = units(12, sizes)
      const limits = fitProportions(
        old.map(n => binomial(n, 0.2)),
        old,
        { kind, arl0, rounds: 0 },
      ).limits!
      const next = units(60, sizes)
      return alarmsOf(
        limits,
        next.map(n => binomial(n, 0.2) / (kind === 'p' ? n : 1)),
        next,
      )
    })
  assertNear(p('p', [30, 80, 50]), 0.6, 1.05, 'p')
  assertNear(p('np', [60]), 0.3, 1.05, 'np')
  const u = measured(1500, 60, () => {
    const old = units(12, [1, 2, 4])
    const limits = fitRates(
      old.map(n => poisson(3 * n)),
      old,
      { arl0, rounds: 0 },
    ).limits!
    const next = units(60, [1, 2, 4])
    return alarmsOf(
      limits,
      next.map(n => poisson(3 * n) / n),
      next,
    )
  })
  assertNear(u, 0.6, 1.05, 'u')
  const c = measured(1500, 60, () => {
    const limits = fitRates(
      units(15, [0]).map(() => poisson(6)),
      undefined,
      { arl0, rounds: 0 },
    ).limits!
    return alarmsOf(
      limits,
      units(60, [0]).map(() => poisson(6)),
    )
  })
  assertNear(c, 0.3, 1.05, 'c')
  const gap = () => Math.floor(Math.log(1 - rng.next()) / Math.log(1 - 0.05))
  const g = measured(1500, 60, () => {
    const limits = fitGaps(units(25, [0]).map(gap), { arl0, rounds: 0 }).limits!
    return alarmsOf(limits, units(60, [0]).map(gap))
  })
  assertNear(g, 0.7, 1.1, 'g')
})

test('Laney: shares and rates that differ by more than chance', () => {
  const rng = random('laney')
  const sizes = Float64Array.from({ length: 90 }, (_, i) => [800, 1500, 1000][i % 3]!)
  const draw = (m: number) =>
    sizes.slice(0, m).map(n => Math.round(n * Math.min(1, Math.max(0, 0.2 + Math.sqrt(0.16 / n) * 3 * rng.normal()))))
  const found = measured(2500, 60, () => {
    const limits = fitProportions(draw(30), sizes.slice(0, 30), { arl0, overdispersed: true, rounds: 0 }).limits!
    const next = draw(60)
    return alarmsOf(
      limits,
      next.map((x, i) => x / sizes[i]!),
      sizes.slice(0, 60),
    )
  })
  assertNear(found, 0.9, 1.12, "p'")
})

test('T^2 of new vectors and of subgroup means, from a short reference', () => {
  const rng = random('t2')
  const vector = (p: number) => {
    const common = rng.normal()
    return Array.from({ length: p }, (_, i) => common * (i + 1) + rng.normal())
  }
  const count = (points: readonly { signal: string | null }[]) => points.filter(({ signal }) => signal).length
  const singles = measured(1500, 40, () => {
    const reference = Array.from({ length: 15 }, () => vector(3))
    const limits = fitHotelling(reference, { confidence: 1 - 1 / arl0, rounds: 0 }).limits!
    return count(
      applyChart(
        limits,
        Array.from({ length: 40 }, () => vector(3)),
      ),
    )
  })
  assertNear(singles, 0.9, 1.1, 'single vectors')
  // Phase I judges the reference's own points.
  const own = measured(2000, 15, () => {
    const reference = Array.from({ length: 15 }, () => vector(3))
    return count(
      applyChart(fitHotelling(reference, { confidence: 1 - 1 / arl0, phase: 1, rounds: 0 }).limits!, reference),
    )
  })
  assertNear(own, 0.9, 1.1, 'Phase I')
})

test('multivariate EWMA: known parameters, and a mean and covariance from 30 vectors', () => {
  const rng = random('mewma')
  const run = (reference: number | undefined) =>
    measured(reference === undefined ? 300 : 700, 300, () => {
      const limits =
        reference === undefined
          ? fitMewma([], { mean: [0, 0, 0], covariance: [1, 0, 0, 0, 1, 0, 0, 0, 1], r: 0.2, arl0 }).limits!
          : fitMewma(
              Array.from({ length: reference }, () => [...normals(rng, 3)]),
              { r: 0.2, arl0, rounds: 0 },
            ).limits!
      let alarms = 0
      let state = start(limits)
      for (let i = 0; i < 300; i++) {
        const next = step(state, limits, normals(rng, 3))
        if (next.point.signal) alarms++
        state = next.point.signal ? start(limits) : next.state
      }
      return alarms
    })
  assertNear(run(undefined), 0.95, 1.05, 'known')
  assertNear(run(30), 0.7, 1.05, 'from 30')
  assert.ok(mewmaDesign(0.2, 3, arl0, { reference: 30 }) > mewmaDesign(0.2, 3, arl0))
})

test('residuals: of AR(1) with phi from 60 points, and of a season of 7 from 6 weeks', () => {
  const rng = random('residuals')
  const phi = 0.7
  const ar = measured(1200, 100, () => {
    let x = rng.normal() / Math.sqrt(1 - phi * phi)
    const series = Float64Array.from({ length: 160 }, () => {
      x = phi * x + rng.normal()
      return x
    })
    const chart = (residuals: Float64Array) => fitIndividuals(residuals, { arl0, rounds: 0 })
    const limits = fitResiduals(series.slice(0, 60), { model: 'ar1', chart }).limits!
    return alarmsOf(limits, series.slice(60))
  })
  assertNear(ar, 0.85, 1.2, 'AR(1)')
  const season = measured(1500, 70, () => {
    const series = Float64Array.from({ length: 112 }, (_, t) => 3 * (t % 7) + rng.normal())
    const chart = (residuals: Float64Array) => fitIndividuals(residuals, { arl0, rounds: 0 })
    const limits = fitResiduals(series.slice(0, 42), { model: { season: 7 }, chart }).limits!
    return alarmsOf(limits, series.slice(42))
  })
  assertNear(season, 0.8, 1.15, 'season')
})
