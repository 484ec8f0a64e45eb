/**
 * Rank tests of two samples that are counted in the same ordered cells: is the window higher, wider, or of another
 * shape? Every score of a rank has its exact mean and variance over all ways to label the pooled rows, whatever is tied,
 * so that the tests hold for bins and for repeated values as well as for rows.
 */
import { cholesky, choleskyLength } from '../../numeric/cholesky.ts'
import { chiSquareSf, normalSf } from '../distributions/distributions.ts'

export interface RankTest {
  readonly statistic: number
  readonly p: number
}

export interface RankTests {
  /** z of the score -cos(pi u), the first component of Cramer-von Mises; positive where b is higher. */
  readonly location: RankTest
  /** z of Mood's squared distance from the middle (1954); positive where b is wider. */
  readonly spread?: RankTest
  /** Sum of the squares of the first four Legendre components (Neyman's smooth test, 1937): location to kurtosis. */
  readonly shape?: RankTest
}

/**
 * Of counts per cell in ascending order. Neighbouring cells are put together until both samples may expect 5 rows, for
 * the normal law to hold; undefined where fewer than two groups are left. Mid-ranks u in (0, 1).
 */
export function rankTests(a: ArrayLike<number>, b: ArrayLike<number>): RankTests | undefined {
  const groups = groupCells(a, b, 5)
  const { total, hits, n, m } = groups
  const size = total.length
  if (size < 2) return undefined
  const rows = n + m
  const scores = Array.from({ length: 6 }, () => new Float64Array(size))
  let before = 0
  for (let g = 0; g < size; g++) {
    const u = (before + total[g]! / 2) / rows
    before += total[g]!
    const x = 2 * u - 1
    scores[0]![g] = -Math.cos(Math.PI * u)
    scores[1]![g] = x * x
    scores[2]![g] = x
    scores[3]![g] = (3 * x * x - 1) / 2
    scores[4]![g] = ((5 * x * x - 3) * x) / 2
    scores[5]![g] = ((35 * x * x - 30) * x * x + 3) / 8
  }
  for (const score of scores) centre(score, total, rows)
  const unit = (n * m) / (rows - 1) / rows
  const covariance = (s: Float64Array, t: Float64Array) => {
    let sum = 0
    for (let g = 0; g < size; g++) sum += total[g]! * s[g]! * t[g]!
    return unit * sum
  }
  const sum = (s: Float64Array) => {
    let value = 0
    for (let g = 0; g < size; g++) value += hits[g]! * s[g]!
    return value
  }
  const single = (s: Float64Array): RankTest => {
    const statistic = sum(s) / Math.sqrt(covariance(s, s))
    return { statistic, p: 2 * normalSf(Math.abs(statistic)) }
  }
  const location = single(scores[0]!)
  if (size < 3) return { location }
  const spread = single(scores[1]!)
  const df = Math.min(4, size - 1)
  const basis = scores.slice(2, 2 + df)
  const matrix = new Float64Array(df * df)
  for (let i = 0; i < df; i++) for (let j = 0; j < df; j++) matrix[i * df + j] = covariance(basis[i]!, basis[j]!)
  const root = cholesky(matrix, df)
  if (!root) return { location, spread }
  const statistic = choleskyLength(root, Float64Array.from(basis, sum))
  return { location, spread, shape: { statistic, p: chiSquareSf(statistic, df) } }
}

function centre(score: Float64Array, total: Float64Array, rows: number): void {
  let mean = 0
  for (let g = 0; g < score.length; g++) mean += (total[g]! * score[g]!) / rows
  for (let g = 0; g < score.length; g++) score[g]! -= mean
}

export interface Groups {
  /** Rows of both samples, and of b, per group. */
  readonly total: Float64Array
  readonly hits: Float64Array
  readonly n: number
  readonly m: number
}

/**
 * Neighbouring cells together until the group is expected to have `least` rows of either sample and at least one in 512
 * of all: bounds taken from the pooled rows, so that the test stays level.
 */
export function groupCells(a: ArrayLike<number>, b: ArrayLike<number>, least: number): Groups {
  let n = 0
  let m = 0
  for (let k = 0; k < a.length; k++) {
    n += a[k]!
    m += b[k]!
  }
  const enough = Math.max((n + m) / 512, (least * (n + m)) / Math.min(n, m))
  const total = new Float64Array(520)
  const hits = new Float64Array(520)
  let size = 0
  let open = 0
  let openHits = 0
  for (let k = 0; k < a.length; k++) {
    open += a[k]! + b[k]!
    openHits += b[k]!
    if (open < enough) continue
    total[size] = open
    hits[size++] = openHits
    open = openHits = 0
  }
  if (open > 0) {
    // The last cells are too few for a group of their own.
    const last = Math.max(0, size - 1)
    total[last]! += open
    hits[last]! += openHits
    size = last + 1
  }
  return { total: total.subarray(0, size), hits: hits.subarray(0, size), n, m }
}
