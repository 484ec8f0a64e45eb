/**
 * Isotonic regression: the non-decreasing function of a score that is closest to the truth in weighted squares. Maps the
 * scores of a classifier to probabilities without assuming a shape.
 *
 * Equal scores are averaged first, then pools of neighbours that violate the order are merged until none does (pool
 * adjacent violators, Ayer et al. 1955), in O(n) after sorting. Equals scikit-learn's IsotonicRegression to 1e-12 (test).
 */
import { argsort } from '../../numeric/argsort.ts'
import { splitSorted } from '../metrics/ranking.ts'
import { checkFit } from './fitRows.ts'

/** Knots: `x` strictly ascending, `y` non-decreasing, equally long, at least one. Plain data for an ONNX graph. */
export interface IsotonicFit {
  readonly x: Float64Array
  readonly y: Float64Array
}

/**
 * Fits truth (0 and 1, or any finite numbers) as a non-decreasing function of the score. Rows with a weight of 0 are left
 * out. Of a constant stretch only the two ends are kept as knots.
 */
export function isotonicFit(score: Float64Array, truth: Float64Array, weight?: Float64Array): IsotonicFit {
  checkFit('isotonicFit', score, truth, weight)
  const groups =
    !weight && truth.every(y => y === 0 || y === 1) ? binaryGroups(score, truth) : groupsOf(score, truth, weight)
  // A pool is a stretch of scores with one fitted value, its mean truth; pools take the place of the groups they join.
  const { lowest, mean, mass } = groups
  const highest = lowest.slice()
  let pools = 0
  for (let group = 0; group < groups.count; group++) {
    let value = mean[group]!
    let total = mass[group]!
    let from = lowest[group]!
    const to = from
    while (pools > 0 && mean[pools - 1]! >= value) {
      pools--
      const merged = mass[pools]! + total
      value += ((mean[pools]! - value) * mass[pools]!) / merged
      total = merged
      from = lowest[pools]!
    }
    mean[pools] = value
    mass[pools] = total
    lowest[pools] = from
    highest[pools] = to
    pools++
  }
  const x: number[] = []
  const y: number[] = []
  for (let pool = 0; pool < pools; pool++) {
    x.push(lowest[pool]!)
    y.push(mean[pool]!)
    if (highest[pool] === lowest[pool]) continue
    x.push(highest[pool]!)
    y.push(mean[pool]!)
  }
  return { x: Float64Array.from(x), y: Float64Array.from(y) }
}

/**
 * Values of the fit: linear between knots, the value of the nearest knot outside them. A missing score (NaN) stays NaN.
 */
export function isotonicPredict({ x, y }: IsotonicFit, score: Float64Array): Float64Array {
  const out = new Float64Array(score.length)
  const last = x.length - 1
  for (let i = 0; i < score.length; i++) {
    const s = score[i]!
    if (Number.isNaN(s)) out[i] = s
    else if (s <= x[0]!) out[i] = y[0]!
    else if (s >= x[last]!) out[i] = y[last]!
    else {
      let low = 0
      let high = last
      while (high - low > 1) {
        const middle = (low + high) >> 1
        if (x[middle]! <= s) low = middle
        else high = middle
      }
      const share = (s - x[low]!) / (x[high]! - x[low]!)
      out[i] = y[low]! + share * (y[high]! - y[low]!)
    }
  }
  return out
}

/** The first `count` entries: a score, the mean truth of the rows that have it, and their weight. Scores ascend. */
interface Groups {
  readonly count: number
  readonly lowest: Float64Array
  readonly mean: Float64Array
  readonly mass: Float64Array
}

function groupsOf(score: Float64Array, truth: Float64Array, weight: Float64Array | undefined): Groups {
  const order = argsort(score)
  const lowest = new Float64Array(order.length)
  const mean = new Float64Array(order.length)
  const mass = new Float64Array(order.length)
  let count = 0
  for (let i = 0; i < order.length; ) {
    const tied = score[order[i]!]!
    let sum = 0
    let total = 0
    for (; i < order.length && score[order[i]!]! === tied; i++) {
      const row = order[i]!
      const w = weight ? weight[row]! : 1
      sum += w * truth[row]!
      total += w
    }
    if (total === 0) continue
    lowest[count] = tied
    mean[count] = sum / total
    mass[count] = total
    count++
  }
  return { count, lowest, mean, mass }
}

/** The same for truths of 0 and 1, by sorting the scores of each class: several times as fast, for no row is looked up. */
function binaryGroups(score: Float64Array, truth: Float64Array): Groups {
  const { positives, negatives } = splitSorted(truth, score)
  const lowest = new Float64Array(score.length)
  const mean = new Float64Array(score.length)
  const mass = new Float64Array(score.length)
  let count = 0
  let p = 0
  let q = 0
  while (p < positives.length || q < negatives.length) {
    const at = Math.min(positives[p] ?? Number.POSITIVE_INFINITY, negatives[q] ?? Number.POSITIVE_INFINITY)
    const [fromP, fromQ] = [p, q]
    while (p < positives.length && positives[p]! === at) p++
    while (q < negatives.length && negatives[q]! === at) q++
    lowest[count] = at
    mass[count] = p - fromP + q - fromQ
    mean[count] = (p - fromP) / mass[count]!
    count++
  }
  return { count, lowest, mean, mass }
}
