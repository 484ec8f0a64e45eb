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
  /** z of the sign of u - 1/2, the median test of Mood (1950): best where tails are heavy. */
  readonly median: RankTest
  /** z of Mood's squared distance from the middle (1954); positive where b is wider. */
  readonly spread?: RankTest
  /** Sum of the squares of the first four Legendre components (Neyman's smooth test, 1937): location to kurtosis. */
  readonly shape?: RankTest
}

/**
 * Of groups of cells that either sample expects some rows in, for the normal law to hold (groupCells with 5); undefined
 * for fewer than two. For a score s(u) of the mid-ranks u in (0, 1), over all ways to label N = n + m rows, the sum over
 * the rows of b has mean m/N sum c s and, with another score t, covariance
 *   nm / (N (N - 1)) (sum c s t - sum c s sum c t / N),  c the rows of a group.
 */
export function rankTests({ total, hits, n, m }: Groups): RankTests | undefined {
  const size = total.length
  if (size < 2) return undefined
  const rows = n + m
  const score = new Float64Array(scores)
  const excess = new Float64Array(scores)
  const sums = new Float64Array(scores)
  // Of the single scores the squares, of the Legendre components all products.
  const products = new Float64Array(scores * scores)
  let before = 0
  for (let g = 0; g < size; g++) {
    const count = total[g]!
    const x = (2 * before + count) / rows - 1
    before += count
    score[0] = Math.sin((Math.PI / 2) * x) // -cos(pi u)
    score[1] = meanSign(x, count / rows)
    score[2] = x * x
    score[3] = x
    score[4] = (3 * x * x - 1) / 2
    score[5] = ((5 * x * x - 3) * x) / 2
    score[6] = ((35 * x * x - 30) * x * x + 3) / 8
    const more = hits[g]! - (count * m) / rows
    for (let i = 0; i < scores; i++) {
      const s = score[i]!
      excess[i]! += more * s
      sums[i]! += count * s
      for (let j = Math.min(i, legendre); j <= i; j++) products[scores * i + j]! += count * s * score[j]!
    }
  }
  const unit = (n * m) / (rows - 1) / rows
  const covariance = (i: number, j: number) => unit * (products[scores * i + j]! - (sums[i]! * sums[j]!) / rows)
  const single = (i: number): RankTest => {
    const statistic = excess[i]! / Math.sqrt(covariance(i, i))
    return { statistic, p: 2 * normalSf(Math.abs(statistic)) }
  }
  const location = single(0)
  const median = single(1)
  if (size < 3) return { location, median }
  const spread = single(2)
  const df = Math.min(4, size - 1)
  const matrix = new Float64Array(df * df)
  for (let i = 0; i < df; i++) for (let j = 0; j <= i; j++) matrix[i * df + j] = covariance(legendre + i, legendre + j)
  const root = cholesky(matrix, df)
  if (!root) return { location, median, spread }
  const statistic = choleskyLength(root, excess.slice(legendre, legendre + df))
  return { location, median, spread, shape: { statistic, p: chiSquareSf(statistic, df) } }
}

const scores = 7
/** The first of the four Legendre components among the scores. */
const legendre = 3

/** Mean of the sign over a group with middle x in (-1, 1) that has this share of the rows. */
function meanSign(x: number, share: number): number {
  return Math.abs(x) >= share ? Math.sign(x) : x / share
}

export interface Groups {
  /** Rows of both samples, and of b, per group. */
  readonly total: Float64Array
  readonly hits: Float64Array
  readonly n: number
  readonly m: number
}

/**
 * Neighbouring cells together until the group is expected to have `least` rows of either sample and at least one in 256
 * of all: bounds taken from the pooled rows, so that the test stays level.
 */
export function groupCells(a: ArrayLike<number>, b: ArrayLike<number>, least: number): Groups {
  let n = 0
  let m = 0
  for (let k = 0; k < a.length; k++) {
    n += a[k]!
    m += b[k]!
  }
  const enough = Math.max((n + m) / 256, (least * (n + m)) / Math.min(n, m))
  const total = new Float64Array(257)
  const hits = new Float64Array(257)
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
