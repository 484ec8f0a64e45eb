/**
 * How sure is a difference between two models on the same rows? Rows of one day share their weather and their trouble,
 * so the day (or any block of rows) is the unit that varies, not the row: intervals come from blocks.
 */
import type { Random } from '../../numeric/random.ts'
import { tQuantile, tSf } from '../distributions/distributions.ts'
import { leastBlocks } from '../metrics/metricBounds.ts'
import { checkLabels, pairsWon, splitSorted } from '../metrics/ranking.ts'

/** A two-sided interval; each end alone is a one-sided bound at confidence (1 + confidence) / 2. */
export interface Interval {
  readonly estimate: number
  readonly lower: number
  readonly upper: number
  readonly standardError: number
  readonly confidence: number
  readonly rows: number
  readonly blocks: number
  readonly method: string
}

/** An interval, or the reason why there is none. */
export type Inference =
  | { readonly interval: Interval; readonly reason?: undefined }
  | { readonly interval?: undefined; readonly reason: string }

/**
 * t-interval of the mean of `differences` (per row: loss of one model minus loss of the other) by blocks:
 *   d = sum_b S_b / n,   se^2 = B / (B - 1) * sum_b (S_b - n_b d)^2 / n^2,   df = B - 1
 * (the ratio estimator of cluster sampling, Cochran 1977, section 11.8). `block` names the block of each row, such as
 * the number of its day.
 */
export function blockMeanInterval(
  differences: Float64Array,
  block: ArrayLike<number>,
  { confidence = 0.95 }: { confidence?: number } = {},
): Inference {
  const sums = blockSums('blockMeanInterval', differences, block)
  if (sums.size.length < leastBlocks) return tooFew(sums.size.length)
  const { mean, standardError } = clusterMean(sums.size, sums.sum)
  const t = tQuantile((1 + confidence) / 2, sums.size.length - 1)
  return {
    interval: {
      ...about(mean, standardError, -t, t),
      confidence,
      rows: differences.length,
      blocks: sums.size.length,
      method: 't by blocks',
    },
  }
}

/**
 * The same mean with a studentised bootstrap of whole blocks (Davison and Hinkley 1997, section 2.4): the quantiles of
 * (d* - d) / se* take the place of those of t, so that a skewed difference gets a skewed interval.
 */
export function blockBootstrapInterval(
  differences: Float64Array,
  block: ArrayLike<number>,
  { confidence = 0.95, draws = 2000 }: { confidence?: number; draws?: number } = {},
  rng: Random,
): Inference {
  const { size, sum } = blockSums('blockBootstrapInterval', differences, block)
  const blocks = size.length
  if (blocks < leastBlocks) return tooFew(blocks)
  const { mean, standardError } = clusterMean(size, sum)
  if (standardError === 0) return { reason: 'the difference is the same in every block' }
  const drawnSize = new Float64Array(blocks)
  const drawnSum = new Float64Array(blocks)
  const ratios = new Float64Array(draws)
  for (let draw = 0; draw < draws; ) {
    for (let b = 0; b < blocks; b++) {
      const pick = rng.below(blocks)
      drawnSize[b] = size[pick]!
      drawnSum[b] = sum[pick]!
    }
    const drawn = clusterMean(drawnSize, drawnSum)
    // All draws of one and the same block have no spread; with four blocks one draw in 64.
    if (drawn.standardError > 0) ratios[draw++] = (drawn.mean - mean) / drawn.standardError
  }
  ratios.sort()
  const at = (p: number) => ratios[Math.min(draws - 1, Math.max(0, Math.round(p * (draws + 1)) - 1))]!
  return {
    interval: {
      ...about(mean, standardError, -at((1 + confidence) / 2), -at((1 - confidence) / 2)),
      confidence,
      rows: differences.length,
      blocks,
      method: 'studentised bootstrap of blocks',
    },
  }
}

/**
 * Difference of the area under the ROC curve, score `a` minus score `b` on the same rows, with a t-interval from the
 * jackknife over blocks. Leaving out a block is cheap: the AUC is a sum over pairs of blocks of pairs of rows ranked
 * rightly, counted once.
 */
export function blockAucDifference(
  truth: Float64Array,
  a: Float64Array,
  b: Float64Array,
  block: ArrayLike<number>,
  { confidence = 0.95 }: { confidence?: number } = {},
): Inference {
  checkLabels('blockAucDifference', truth, a)
  checkLabels('blockAucDifference', truth, b)
  const rowsOf = groupRows('blockAucDifference', truth.length, block)
  const blocks = rowsOf.length
  if (blocks < leastBlocks) return tooFew(blocks)
  const won = pairsByBlock(truth, a, rowsOf)
  const wonByOther = pairsByBlock(truth, b, rowsOf)
  for (let i = 0; i < won.length; i++) won[i]! -= wonByOther[i]!

  const positives = rowsOf.map(rows => rows.reduce((count, row) => count + truth[row]!, 0))
  const negatives = rowsOf.map((rows, i) => rows.length - positives[i]!)
  const allPositives = positives.reduce((x, y) => x + y, 0)
  const allNegatives = negatives.reduce((x, y) => x + y, 0)
  if (allPositives === 0) return { reason: 'no positive rows' }
  if (allNegatives === 0) return { reason: 'no negative rows' }
  const total = won.reduce((x, y) => x + y, 0)
  const estimate = total / (allPositives * allNegatives)

  const without = new Float64Array(blocks)
  for (let k = 0; k < blocks; k++) {
    let cross = -won[k * blocks + k]!
    for (let j = 0; j < blocks; j++) cross += won[k * blocks + j]! + won[j * blocks + k]!
    const pairs = (allPositives - positives[k]!) * (allNegatives - negatives[k]!)
    if (pairs === 0) return { reason: 'one block holds all rows of a class' }
    without[k] = (total - cross) / pairs
  }
  const centre = without.reduce((x, y) => x + y) / blocks
  const spread = without.reduce((sum, value) => sum + (value - centre) ** 2, 0)
  const standardError = Math.sqrt(((blocks - 1) / blocks) * spread)
  const t = tQuantile((1 + confidence) / 2, blocks - 1)
  return {
    interval: {
      ...about(estimate, standardError, -t, t),
      confidence,
      rows: truth.length,
      blocks,
      method: 'jackknife by blocks',
    },
  }
}

/** Probability of an estimate this far above `margin` or farther if the true value is `margin`: one-sided t. */
export function pAbove({ estimate, standardError, blocks }: Interval, margin = 0): number {
  if (standardError === 0) return estimate > margin ? 0 : 1
  return tSf((estimate - margin) / standardError, blocks - 1)
}

function about(estimate: number, standardError: number, low: number, high: number) {
  return { estimate, standardError, lower: estimate + low * standardError, upper: estimate + high * standardError }
}

function clusterMean(size: Float64Array, sum: Float64Array): { mean: number; standardError: number } {
  let rows = 0
  let total = 0
  for (let b = 0; b < size.length; b++) {
    rows += size[b]!
    total += sum[b]!
  }
  const mean = total / rows
  let square = 0
  for (let b = 0; b < size.length; b++) square += (sum[b]! - size[b]! * mean) ** 2
  return { mean, standardError: Math.sqrt((size.length / (size.length - 1)) * square) / rows }
}

function blockSums(
  name: string,
  values: Float64Array,
  block: ArrayLike<number>,
): { size: Float64Array; sum: Float64Array } {
  const rowsOf = groupRows(name, values.length, block)
  const sum = Float64Array.from(rowsOf, rows => rows.reduce((total, row) => total + values[row]!, 0))
  for (let b = 0; b < sum.length; b++) {
    if (!Number.isFinite(sum[b]))
      throw new RangeError(`${name}: a value of block ${block[rowsOf[b]![0]!]} is not finite`)
  }
  return { size: Float64Array.from(rowsOf, rows => rows.length), sum }
}

function groupRows(name: string, rows: number, block: ArrayLike<number>): number[][] {
  if (block.length !== rows) throw new RangeError(`${name}: ${block.length} block names for ${rows} rows`)
  const groups = new Map<number, number[]>()
  for (let row = 0; row < rows; row++) {
    const group = groups.get(block[row]!)
    if (group) group.push(row)
    else groups.set(block[row]!, [row])
  }
  return [...groups.values()]
}

/** Pairs ranked rightly: positives of block i (row of the result) over negatives of block j (column). */
function pairsByBlock(truth: Float64Array, score: Float64Array, rowsOf: readonly number[][]): Float64Array {
  const split = rowsOf.map(rows =>
    splitSorted(
      Float64Array.from(rows, row => truth[row]!),
      Float64Array.from(rows, row => score[row]!),
    ),
  )
  const won = new Float64Array(split.length ** 2)
  for (let i = 0; i < split.length; i++) {
    for (let j = 0; j < split.length; j++) {
      won[i * split.length + j] = pairsWon(split[i]!.positives, split[j]!.negatives)
    }
  }
  return won
}

function tooFew(blocks: number): Inference {
  return { reason: `${blocks} blocks, ${leastBlocks} are needed` }
}
