/**
 * Do two samples come from one law? Both are random: none is taken as the known truth. NaN is refused: missing values
 * are a finding of their own, to be compared as a share. p-values are two-sided and equal those of scipy (test).
 */
import { argsort } from '../../numeric/argsort.ts'
import { chiSquareSf, fSf, normalSf, tSf } from '../distributions/distributions.ts'
import { kolmogorovSf } from './kolmogorov.ts'

export interface TestResult {
  readonly statistic: number
  readonly p: number
}

/** A test, or the reason why it cannot be made. */
export type Tested =
  | { readonly result: TestResult; readonly reason?: undefined }
  | { readonly result?: undefined; readonly reason: string }

/**
 * Kolmogorov-Smirnov: D = sup |F_a - F_b|. `exact` counts lattice paths in O(nm); `asymptotic` is the one-sample law at
 * n' = round(nm / (n + m)); `auto` is exact up to 10,000 rows a side. Ties make the test conservative.
 */
export function kolmogorovSmirnov(
  a: Float64Array,
  b: Float64Array,
  mode: 'auto' | 'exact' | 'asymptotic' = 'auto',
): Tested {
  const missing = unusable('kolmogorovSmirnov', a, b, 1)
  if (missing) return missing
  const x = a.slice().sort()
  const y = b.slice().sort()
  const n = x.length
  const m = y.length
  let largest = 0
  for (let i = 0, j = 0; i < n && j < m; ) {
    const value = Math.min(x[i]!, y[j]!)
    while (i < n && x[i]! === value) i++
    while (j < m && y[j]! === value) j++
    largest = Math.max(largest, Math.abs(i * m - j * n))
  }
  const statistic = largest / (n * m)
  const exact = mode === 'exact' || (mode === 'auto' && Math.max(n, m) <= 10_000)
  const p = exact ? pathsOutside(n, m, largest) : kolmogorovSf(Math.max(1, Math.round((n * m) / (n + m))), statistic)
  return { result: { statistic, p } }
}

/** Share of the lattice paths from (0, 0) to (n, m) that reach |i m - j n| >= h: P(D >= h / (nm)) without ties. */
function pathsOutside(n: number, m: number, h: number): number {
  if (h === 0) return 1
  const outside = new Float64Array(m + 1)
  for (let i = 0; i <= n; i++) {
    for (let j = 0; j <= m; j++) {
      if (Math.abs(i * m - j * n) >= h) outside[j] = 1
      else if (j === 0) outside[j] = i === 0 ? 0 : outside[j]!
      else outside[j] = (i * outside[j]! + j * outside[j - 1]!) / (i + j)
    }
  }
  return outside[m]!
}

/** Mann-Whitney U of `a`, normal law with tie and continuity correction. */
export function mannWhitney(a: Float64Array, b: Float64Array): Tested {
  const missing = unusable('mannWhitney', a, b, 1)
  if (missing) return missing
  const n = a.length
  const m = b.length
  const { ranks, ties } = midRanks(a, b)
  let sum = 0
  for (let i = 0; i < n; i++) sum += ranks[i]!
  const u = sum - (n * (n + 1)) / 2
  const total = n + m
  const sd = Math.sqrt(((n * m) / 12) * (total + 1 - ties / (total * (total - 1))))
  if (!(sd > 0)) return { reason: 'all values are equal' }
  const z = (Math.max(u, n * m - u) - (n * m) / 2 - 0.5) / sd
  return { result: { statistic: u, p: Math.min(1, 2 * normalSf(z)) } }
}

/** Kruskal-Wallis H of two samples, with tie correction. */
export function kruskalWallis(a: Float64Array, b: Float64Array): Tested {
  const missing = unusable('kruskalWallis', a, b, 1)
  if (missing) return missing
  const n = a.length
  const m = b.length
  const total = n + m
  const { ranks, ties } = midRanks(a, b)
  let sum = 0
  for (let i = 0; i < n; i++) sum += ranks[i]!
  const rest = (total * (total + 1)) / 2 - sum
  const correction = 1 - ties / (total ** 3 - total)
  if (!(correction > 0)) return { reason: 'all values are equal' }
  const h = ((12 / (total * (total + 1))) * (sum ** 2 / n + rest ** 2 / m) - 3 * (total + 1)) / correction
  return { result: { statistic: h, p: chiSquareSf(Math.max(0, h), 1) } }
}

/** t-test of equal means with equal variances. */
export function studentT(a: Float64Array, b: Float64Array): Tested {
  return meanTest('studentT', a, b, (va, n, vb, m) => {
    const pooled = ((n - 1) * va + (m - 1) * vb) / (n + m - 2)
    return { error: Math.sqrt(pooled * (1 / n + 1 / m)), df: n + m - 2 }
  })
}

/** t-test of equal means, variances may differ; Welch-Satterthwaite degrees of freedom. */
export function welchT(a: Float64Array, b: Float64Array): Tested {
  return meanTest('welchT', a, b, (va, n, vb, m) => {
    const square = va / n + vb / m
    return { error: Math.sqrt(square), df: square ** 2 / ((va / n) ** 2 / (n - 1) + (vb / m) ** 2 / (m - 1)) }
  })
}

/** Levene's test of equal spread around the medians (Brown and Forsythe 1974). */
export function leveneMedian(a: Float64Array, b: Float64Array): Tested {
  const missing = unusable('leveneMedian', a, b, 2)
  if (missing) return missing
  const distances = [a, b].map(values => {
    const middle = median(values)
    return values.map(value => Math.abs(value - middle))
  }) as [Float64Array, Float64Array]
  const [da, db] = distances
  const n = a.length
  const m = b.length
  const meanA = mean(da)
  const meanB = mean(db)
  const grand = (n * meanA + m * meanB) / (n + m)
  const between = n * (meanA - grand) ** 2 + m * (meanB - grand) ** 2
  const within = squaresAround(da, meanA) + squaresAround(db, meanB)
  if (within === 0) return { reason: 'no spread within the samples' }
  const statistic = (between * (n + m - 2)) / within
  return { result: { statistic, p: fSf(statistic, 1, n + m - 2) } }
}

/** Wasserstein distance of order 1: the integral of |F_a - F_b|. */
export function wasserstein(a: Float64Array, b: Float64Array): number {
  return integrateGap('wasserstein', a, b, gap => Math.abs(gap))
}

/** Energy distance: sqrt(2 integral of (F_a - F_b)^2). It carries the square root of the unit. */
export function energyDistance(a: Float64Array, b: Float64Array): number {
  return Math.sqrt(2 * integrateGap('energyDistance', a, b, gap => gap * gap))
}

function integrateGap(name: string, a: Float64Array, b: Float64Array, f: (gap: number) => number): number {
  const missing = unusable(name, a, b, 1)
  if (missing) throw new RangeError(`${name}: ${missing.reason}`)
  const x = a.slice().sort()
  const y = b.slice().sort()
  let sum = 0
  let previous = Math.min(x[0]!, y[0]!)
  for (let i = 0, j = 0; i < x.length || j < y.length; ) {
    const value = Math.min(x[i] ?? Number.POSITIVE_INFINITY, y[j] ?? Number.POSITIVE_INFINITY)
    if (value > previous) sum += f(i / x.length - j / y.length) * (value - previous)
    previous = value
    while (i < x.length && x[i]! === value) i++
    while (j < y.length && y[j]! === value) j++
  }
  return sum
}

/** Mid-ranks of a then b in the pooled sample, and the sum of t^3 - t over groups of t equal values. */
function midRanks(a: Float64Array, b: Float64Array): { ranks: Float64Array; ties: number } {
  const pooled = new Float64Array(a.length + b.length)
  pooled.set(a)
  pooled.set(b, a.length)
  const order = argsort(pooled)
  const ranks = new Float64Array(pooled.length)
  let ties = 0
  for (let i = 0; i < order.length; ) {
    let end = i
    while (end < order.length && pooled[order[end]!] === pooled[order[i]!]) end++
    for (let k = i; k < end; k++) ranks[order[k]!] = (i + end + 1) / 2
    ties += (end - i) ** 3 - (end - i)
    i = end
  }
  return { ranks, ties }
}

function meanTest(
  name: string,
  a: Float64Array,
  b: Float64Array,
  errorOf: (va: number, n: number, vb: number, m: number) => { error: number; df: number },
): Tested {
  const missing = unusable(name, a, b, 2)
  if (missing) return missing
  const meanA = mean(a)
  const meanB = mean(b)
  const va = squaresAround(a, meanA) / (a.length - 1)
  const vb = squaresAround(b, meanB) / (b.length - 1)
  const { error, df } = errorOf(va, a.length, vb, b.length)
  if (!(error > 0)) return { reason: 'no spread within the samples' }
  const statistic = (meanA - meanB) / error
  return { result: { statistic, p: 2 * tSf(Math.abs(statistic), df) } }
}

function mean(values: Float64Array): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum / values.length
}

function squaresAround(values: Float64Array, centre: number): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += (values[i]! - centre) ** 2
  return sum
}

function median(values: Float64Array): number {
  const sorted = values.slice().sort()
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

function unusable(name: string, a: Float64Array, b: Float64Array, least: number): { reason: string } | undefined {
  for (const values of [a, b]) {
    for (let i = 0; i < values.length; i++) {
      if (Number.isNaN(values[i]))
        throw new RangeError(`${name}: row ${i} is NaN; compare the share of missing values apart`)
    }
  }
  if (a.length >= least && b.length >= least) return undefined
  return { reason: `${a.length} and ${b.length} values, ${least} are needed on each side` }
}
