/** Tests on tables of counts: one row per sample, one column per category. All margins are taken as random. */
import { logGamma } from '../../numeric/gammaFunctions.ts'
import { chiSquareSf, normalSf } from '../distributions/distributions.ts'
import type { Tested } from './twoSample.ts'

/**
 * Chi-square test of a two-row table, sum (O - E)^2 / E with E from both margins. Columns without counts are left out.
 * `yates` moves every |O - E| of a 2 x 2 table half towards 0. The law holds for E >= 5: see poolRare.
 */
export function chiSquareTest(a: Float64Array, b: Float64Array, { yates = false } = {}): Tested & { df?: number } {
  const table = expected('chiSquareTest', a, b)
  if (table.reason !== undefined) return table
  const { columns, share } = table
  const shift = yates && columns.length === 2
  let statistic = 0
  for (const [x, y] of columns) {
    const e = (x + y) * share
    const f = (x + y) * (1 - share)
    const gap = shift ? Math.max(0, Math.abs(x - e) - 0.5) : x - e
    statistic += gap ** 2 * (1 / e + 1 / f)
  }
  const df = columns.length - 1
  return { result: { statistic, p: chiSquareSf(statistic, df) }, df }
}

/** Likelihood-ratio test G = 2 sum O ln(O / E) of the same table. */
export function gTest(a: Float64Array, b: Float64Array): Tested & { df?: number } {
  const table = expected('gTest', a, b)
  if (table.reason !== undefined) return table
  const { columns, share } = table
  let statistic = 0
  for (const [x, y] of columns) {
    if (x > 0) statistic += 2 * x * Math.log(x / ((x + y) * share))
    if (y > 0) statistic += 2 * y * Math.log(y / ((x + y) * (1 - share)))
  }
  const df = columns.length - 1
  return { result: { statistic, p: chiSquareSf(Math.max(0, statistic), df) }, df }
}

/**
 * Two shares: z-test with the pooled share in the standard error (z^2 is the chi-square of the 2 x 2 table) where all
 * expected counts are at least 5, Fisher's exact test otherwise. The statistic is z in both cases.
 */
export function twoProportions(hitsA: number, n: number, hitsB: number, m: number): Tested {
  if (!(n > 0 && m > 0)) return { reason: `${n} and ${m} rows, 1 is needed on each side` }
  const pooled = (hitsA + hitsB) / (n + m)
  if (pooled === 0 || pooled === 1) return { result: { statistic: 0, p: 1 } }
  const z = (hitsB / m - hitsA / n) / Math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
  const leastExpected = Math.min(n, m) * Math.min(pooled, 1 - pooled)
  const p = leastExpected >= 5 ? 2 * normalSf(Math.abs(z)) : fisherExact(hitsA, n - hitsA, hitsB, m - hitsB)
  return { result: { statistic: z, p: Math.min(1, p) } }
}

/** Fisher's exact test of [[a, b], [c, d]], two-sided: all tables with these margins that are as improbable or more. */
export function fisherExact(a: number, b: number, c: number, d: number): number {
  const n = a + b
  const m = c + d
  const hits = a + c
  const low = Math.max(0, hits - m)
  const high = Math.min(n, hits)
  const logChoose = (total: number, k: number) => logGamma(total + 1) - logGamma(k + 1) - logGamma(total - k + 1)
  const logAll = logChoose(n + m, hits)
  const probability = (x: number) => Math.exp(logChoose(n, x) + logChoose(m, hits - x) - logAll)
  const limit = probability(a) * (1 + 1e-7)
  let sum = 0
  for (let x = low; x <= high; x++) {
    const px = probability(x)
    if (px <= limit) sum += px
  }
  return Math.min(1, sum)
}

/**
 * Puts columns whose smaller expected count is below `least` together, the rarest first, until their sum reaches it, so
 * that the chi-square law holds. Which columns are pooled depends on the margins alone, which keeps the test level.
 */
export function poolRare(a: Float64Array, b: Float64Array, least = 5): { a: Float64Array; b: Float64Array } {
  const n = sum(a)
  const m = sum(b)
  const smaller = Math.min(n, m) / (n + m)
  const order = Array.from(a.keys())
    .filter(i => a[i]! + b[i]! > 0)
    .sort((i, j) => a[i]! + b[i]! - a[j]! - b[j]!)
  const pooledA: number[] = []
  const pooledB: number[] = []
  let x = 0
  let y = 0
  for (const i of order) {
    x += a[i]!
    y += b[i]!
    if ((x + y) * smaller < least) continue
    pooledA.push(x)
    pooledB.push(y)
    x = y = 0
  }
  if (x + y > 0) {
    // The rest joins the largest column.
    if (pooledA.length === 0) {
      pooledA.push(0)
      pooledB.push(0)
    }
    pooledA[pooledA.length - 1]! += x
    pooledB[pooledB.length - 1]! += y
  }
  return { a: Float64Array.from(pooledA), b: Float64Array.from(pooledB) }
}

type Expected =
  | { readonly reason: string }
  | { readonly columns: [number, number][]; readonly share: number; readonly reason?: undefined }

function expected(name: string, a: Float64Array, b: Float64Array): Expected {
  if (a.length !== b.length) throw new RangeError(`${name}: rows of ${a.length} and ${b.length} counts`)
  const columns: [number, number][] = []
  for (let i = 0; i < a.length; i++) {
    if (!(a[i]! >= 0 && b[i]! >= 0)) throw new RangeError(`${name}: counts of column ${i} are ${a[i]} and ${b[i]}`)
    if (a[i]! + b[i]! > 0) columns.push([a[i]!, b[i]!])
  }
  const n = sum(a)
  const m = sum(b)
  if (n === 0 || m === 0) return { reason: `${n} and ${m} rows, 1 is needed on each side` }
  if (columns.length < 2) return { reason: 'only one category' }
  return { columns, share: n / (n + m) }
}

function sum(values: Float64Array): number {
  let total = 0
  for (let i = 0; i < values.length; i++) total += values[i]!
  return total
}
