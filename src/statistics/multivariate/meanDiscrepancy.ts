/**
 * Maximum mean discrepancy of two samples of rows (Gretton and others, Journal of Machine Learning Research 13 (2012) 723)
 * with the kernel k(x, y) = exp(-|x - y|^2 / (2 sigma^2)), unbiased:
 *   MMD^2 = mean of k over pairs within a + mean within b - 2 mean between,   pairs of different rows
 * It sees any difference of the laws, correlations included. Distances need a common scale: standardise the columns first.
 */
import type { Random } from '../../numeric/random.ts'
import { selectInPlace } from '../../numeric/select.ts'
import { shuffle } from '../../numeric/shuffle.ts'
import { symmetricEigen } from '../../numeric/symmetricEigen.ts'
import { weightedChiSquareSf } from '../distributions/weightedChiSquare.ts'
import { permutationP } from '../hypothesis/permutation.ts'
import { type Tested, tooFew } from '../hypothesis/tested.ts'
import { type Columns, rowsOf, scatter } from './columns.ts'

export interface MeanDiscrepancyOptions {
  /** sigma; without it the median distance between rows of both samples (of 1000 rows drawn from them, if more). */
  readonly bandwidth?: number
  /** Permutations of the rows. */
  readonly replicates?: number
  /** Up to so many rows in all every pair is looked at, above them random features are. */
  readonly mostRows?: number
}

export type MeanDiscrepancyResult = Tested & {
  readonly bandwidth?: number
  readonly method?: 'permutation' | 'random features'
}

/**
 * - Up to `mostRows` (5000): all pairs, one row of the kernel at a time, and p by permutation: the share of dealt samples
 *   with a discrepancy as large (the upper tail). Time O(N^2), memory O(N (columns + replicates)).
 * - Above: 64 random frequencies w ~ N(0, 1 / sigma^2) stand for the kernel, k(x, y) ~ mean of cos w(x - y) (Rahimi and
 *   Recht 2007). Without drift nm/N |mean difference of features|^2 is a sum of chi-square variables weighted by the
 *   eigenvalues of their covariance, which gives p. Time O(N), memory O(features^2).
 */
export function meanDiscrepancy(
  a: Columns,
  b: Columns,
  { bandwidth, replicates = 199, mostRows = 5000 }: MeanDiscrepancyOptions,
  rng: Random,
): MeanDiscrepancyResult {
  const n = rowsOf('meanDiscrepancy', a)
  const m = rowsOf('meanDiscrepancy', b, a.length)
  const missing = tooFew([n, m], 2)
  if (missing) return missing
  if (bandwidth !== undefined && !(bandwidth > 0)) {
    throw new RangeError(`meanDiscrepancy: bandwidth is ${bandwidth}, must be above 0`)
  }
  const rows = { a, b, n, m }
  const sigma = bandwidth ?? medianDistance(rows, rng.fork('bandwidth'))
  if (!(sigma > 0)) return { reason: 'half of the pairs of rows are equal; give a bandwidth' }
  if (n + m > mostRows) return byFeatures(rows, sigma, rng.fork('features'))
  return byPermutation(rows, sigma, replicates, rng.fork('permutation'))
}

interface Rows {
  readonly a: Columns
  readonly b: Columns
  readonly n: number
  readonly m: number
}

/** The given pooled rows one after the other, row-major. */
function rowMajor({ a, b, n }: Rows, rows: ArrayLike<number>): Float64Array {
  const p = a.length
  const data = new Float64Array(rows.length * p)
  for (let j = 0; j < p; j++) {
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!
      data[i * p + j] = row < n ? a[j]![row]! : b[j]![row - n]!
    }
  }
  return data
}

/** |x_i - x_j|^2 of rows of `width` numbers. */
function squaredDistance(data: Float64Array, i: number, j: number, width: number): number {
  let sum = 0
  for (let k = 0, x = i * width, y = j * width; k < width; k++) {
    const gap = data[x + k]! - data[y + k]!
    sum += gap * gap
  }
  return sum
}

function medianDistance(rows: Rows, rng: Random): number {
  const total = rows.n + rows.m
  const chosen = choose(total, Math.min(1000, total), rng)
  const data = rowMajor(rows, chosen)
  const distances = new Float64Array((chosen.length * (chosen.length - 1)) / 2)
  let next = 0
  for (let i = 0; i < chosen.length; i++) {
    for (let j = 0; j < i; j++) distances[next++] = squaredDistance(data, i, j, rows.a.length)
  }
  const half = distances.length >> 1
  const upper = Math.sqrt(selectInPlace(distances, half))
  if (distances.length % 2 === 1) return upper
  return (upper + Math.sqrt(distances.subarray(0, half).reduce((most, value) => Math.max(most, value)))) / 2
}

/** `count` of the numbers below `total`, ascending, without repetition. */
function choose(total: number, count: number, rng: Random): Uint32Array {
  const order = Uint32Array.from({ length: total }, (_, i) => i)
  shuffle(order, rng, count)
  return order.slice(0, count).sort()
}

/**
 * Only sums of k within the smaller sample change with the labels: with T the sum over all pairs and R_i that of row i,
 * pairs between the samples have sum_{i in s} R_i - 2 S and those within the larger T - S less these.
 */
function byPermutation(rows: Rows, sigma: number, replicates: number, rng: Random): MeanDiscrepancyResult {
  const { n, m, a } = rows
  const total = n + m
  const size = Math.min(n, m)
  const firstOfSmaller = n <= m ? 0 : n
  // The first set is the one that was observed.
  const sets: Uint32Array[] = [Uint32Array.from({ length: size }, (_, i) => firstOfSmaller + i)]
  for (let r = 0; r < replicates; r++) sets.push(choose(total, size, rng))
  const data = rowMajor(
    rows,
    Uint32Array.from({ length: total }, (_, i) => i),
  )
  const kernel = new Float64Array(total)
  const rowSums = new Float64Array(total)
  const within = new Float64Array(sets.length)
  const position = new Uint32Array(sets.length)
  const factor = -1 / (2 * sigma * sigma)
  for (let i = 0; i < total; i++) {
    let sum = 0
    for (let j = i + 1; j < total; j++) {
      const k = Math.exp(factor * squaredDistance(data, i, j, a.length))
      kernel[j] = k
      rowSums[j]! += k
      sum += k
    }
    rowSums[i]! += sum
    for (let r = 0; r < sets.length; r++) {
      const set = sets[r]!
      if (set[position[r]!] !== i) continue
      position[r]!++
      let inside = 0
      for (let k = position[r]!; k < size; k++) inside += kernel[set[k]!]!
      within[r]! += inside
    }
  }
  const all = rowSums.reduce((sum, value) => sum + value, 0) / 2
  const other = total - size
  const discrepancy = (r: number) => {
    let touching = 0
    for (const i of sets[r]!) touching += rowSums[i]!
    const between = touching - 2 * within[r]!
    const outside = all - within[r]! - between
    return (
      (2 * within[r]!) / (size * (size - 1)) + (2 * outside) / (other * (other - 1)) - (2 * between) / (size * other)
    )
  }
  let next = 0
  const statistic = discrepancy(0)
  const p = permutationP(statistic, () => discrepancy(++next), replicates)
  return { result: { statistic, p }, bandwidth: sigma, method: 'permutation' }
}

const frequencies = 64

function byFeatures(rows: Rows, sigma: number, rng: Random): MeanDiscrepancyResult {
  const { a, b, n, m } = rows
  const width = a.length
  const weights = Float64Array.from({ length: frequencies * width }, () => rng.normal() / sigma)
  const meanA = featureMeans(a, n, weights)
  const meanB = featureMeans(b, m, weights)
  let lengthA = 0
  let lengthB = 0
  let inner = 0
  for (let f = 0; f < meanA.length; f++) {
    lengthA += meanA[f]! * meanA[f]!
    lengthB += meanB[f]! * meanB[f]!
    inner += meanA[f]! * meanB[f]!
  }
  const statistic = (n * lengthA - 1) / (n - 1) + (m * lengthB - 1) / (m - 1) - 2 * inner
  const biased = lengthA + lengthB - 2 * inner
  const total = n + m
  const chosen = choose(total, Math.min(10_000, total), rng)
  const data = rowMajor(rows, chosen)
  const features = Array.from({ length: 2 * frequencies }, () => new Float64Array(chosen.length))
  for (let i = 0; i < chosen.length; i++) {
    for (let f = 0; f < frequencies; f++) {
      let angle = 0
      for (let j = 0; j < width; j++) angle += weights[f * width + j]! * data[i * width + j]!
      features[2 * f]![i] = Math.cos(angle) * scale
      features[2 * f + 1]![i] = Math.sin(angle) * scale
    }
  }
  const centre = features.map(feature => feature.reduce((sum, value) => sum + value, 0) / chosen.length)
  const covariance = scatter(features, centre).map(sum => sum / (chosen.length - 1))
  const { values } = symmetricEigen(covariance, 2 * frequencies)
  const spread = values.filter(value => value > 1e-10 * values[0]!)
  if (spread.length === 0) return { reason: 'no spread in the rows' }
  const p = weightedChiSquareSf(((n * m) / total) * biased, spread)
  return { result: { statistic, p }, bandwidth: sigma, method: 'random features' }
}

/** Features have the squared length 1, as k(x, x) has. */
const scale = 1 / Math.sqrt(frequencies)

/** Means of cos and sin of the frequencies, by tiles of rows. */
function featureMeans(columns: Columns, n: number, weights: Float64Array): Float64Array {
  const width = columns.length
  const tile = 512
  const angles = new Float64Array(tile)
  const means = new Float64Array(2 * frequencies)
  for (let begin = 0; begin < n; begin += tile) {
    const size = Math.min(tile, n - begin)
    for (let f = 0; f < frequencies; f++) {
      angles.fill(0)
      for (let j = 0; j < width; j++) {
        const column = columns[j]!
        const weight = weights[f * width + j]!
        for (let i = 0; i < size; i++) angles[i]! += weight * column[begin + i]!
      }
      let cosines = 0
      let sines = 0
      for (let i = 0; i < size; i++) {
        cosines += Math.cos(angles[i]!)
        sines += Math.sin(angles[i]!)
      }
      means[2 * f]! += cosines
      means[2 * f + 1]! += sines
    }
  }
  return means.map(sum => (sum * scale) / n)
}
