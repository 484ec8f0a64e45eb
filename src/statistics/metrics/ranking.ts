/**
 * How well a score ranks: area under the ROC curve and average precision, with ties and weights.
 * Rows count by their weight; a weight of 0 takes a row out. NaN is refused.
 */
import { argsort } from '../../numeric/argsort.ts'
import { sortAscending } from '../../numeric/sortAscending.ts'
import { type Measured, measured, undefinedBecause } from '../measured.ts'

/**
 * Probability that a random positive scores higher than a random negative, ties counted half (Mann-Whitney).
 * Equals the trapezoid area under the ROC curve.
 */
export function rocAuc(truth: Float64Array, score: Float64Array, weight?: Float64Array): Measured {
  checkLabels('rocAuc', truth, score, weight)
  if (truth.length === 0) return undefinedBecause('no rows')
  if (weight) return weightedRocAuc(truth, score, weight)
  return rocAucOf(splitSorted(truth, score))
}

/**
 * Average precision: sum over distinct scores, from the highest down, of (recall_k - recall_{k-1}) precision_k,
 * without interpolation.
 */
export function averagePrecision(truth: Float64Array, score: Float64Array, weight?: Float64Array): Measured {
  checkLabels('averagePrecision', truth, score, weight)
  if (truth.length === 0) return undefinedBecause('no rows')
  return weight ? weightedAveragePrecision(truth, score, weight) : averagePrecisionOf(splitSorted(truth, score))
}

/** Average precision of the scores of either class, ascending. */
export function averagePrecisionOf({ positives, negatives }: SplitScores): Measured {
  if (positives.length === 0) return undefinedBecause('no positive rows')
  let sum = 0
  let below = negatives.length
  for (let end = positives.length; end > 0; ) {
    const tied = positives[end - 1]!
    let start = end
    while (start > 0 && positives[start - 1]! === tied) start--
    while (below > 0 && negatives[below - 1]! >= tied) below--
    const found = positives.length - start
    sum += ((end - start) * found) / (found + negatives.length - below)
    end = start
  }
  return measured(Math.min(1, sum / positives.length))
}

/** Area under the ROC curve of the scores of either class, ascending. */
export function rocAucOf({ positives, negatives }: SplitScores): Measured {
  if (positives.length === 0) return undefinedBecause('no positive rows')
  if (negatives.length === 0) return undefinedBecause('no negative rows')
  return measured(pairsWon(positives, negatives) / (positives.length * negatives.length))
}

function weightedAveragePrecision(truth: Float64Array, score: Float64Array, weight: Float64Array): Measured {
  let totalPositive = 0
  for (let i = 0; i < truth.length; i++) totalPositive += truth[i]! * weight[i]!
  if (totalPositive === 0) return undefinedBecause('no positive rows')
  const order = argsort(score)
  let positive = 0
  let all = 0
  let sum = 0
  for (let end = order.length - 1; end >= 0; ) {
    const tied = score[order[end]!]!
    const before = positive
    for (; end >= 0 && score[order[end]!]! === tied; end--) {
      const row = order[end]!
      positive += truth[row]! * weight[row]!
      all += weight[row]!
    }
    if (positive > before) sum += ((positive - before) / totalPositive) * (positive / all)
  }
  return measured(Math.min(1, sum))
}

/**
 * For each positive row the share of the negative weight that scores lower (ties half), for each negative row the share
 * of the positive weight that scores higher: the placements of DeLong, DeLong and Clarke-Pearson (1988), whose mean in
 * either class is the area under the ROC curve. One sort (Sun and Xu 2014). Both classes must have weight.
 */
export function placements(truth: Float64Array, score: Float64Array, weight?: Float64Array): Float64Array {
  const order = argsort(score)
  const out = new Float64Array(truth.length)
  let positiveTotal = 0
  let negativeTotal = 0
  for (let i = 0; i < truth.length; i++) {
    const w = weight ? weight[i]! : 1
    if (truth[i] === 1) positiveTotal += w
    else negativeTotal += w
  }
  let positiveBelow = 0
  let negativeBelow = 0
  for (let start = 0; start < order.length; ) {
    const tied = score[order[start]!]!
    let positive = 0
    let negative = 0
    let end = start
    for (; end < order.length && score[order[end]!]! === tied; end++) {
      const row = order[end]!
      const w = weight ? weight[row]! : 1
      if (truth[row] === 1) positive += w
      else negative += w
    }
    const won = (negativeBelow + negative / 2) / negativeTotal
    const lost = 1 - (positiveBelow + positive / 2) / positiveTotal
    for (let i = start; i < end; i++) out[order[i]!] = truth[order[i]!] === 1 ? won : lost
    positiveBelow += positive
    negativeBelow += negative
    start = end
  }
  return out
}

/** Scores of the positive and of the negative rows, each ascending. */
export interface SplitScores {
  readonly positives: Float64Array
  readonly negatives: Float64Array
}

export function splitSorted(truth: Float64Array, score: Float64Array): SplitScores {
  let count = 0
  for (let i = 0; i < truth.length; i++) count += truth[i]!
  const positives = new Float64Array(count)
  const negatives = new Float64Array(truth.length - count)
  let p = 0
  let q = 0
  for (let i = 0; i < truth.length; i++) {
    if (truth[i] === 1) positives[p++] = score[i]!
    else negatives[q++] = score[i]!
  }
  return { positives: sortAscending(positives), negatives: sortAscending(negatives) }
}

/** Number of pairs (positive, negative) in which the positive is higher, ties counted half. Both ascending. */
export function pairsWon(positives: Float64Array, negatives: Float64Array): number {
  let below = 0
  let notAbove = 0
  let won = 0
  for (let i = 0; i < positives.length; i++) {
    const score = positives[i]!
    while (below < negatives.length && negatives[below]! < score) below++
    if (notAbove < below) notAbove = below
    while (notAbove < negatives.length && negatives[notAbove]! <= score) notAbove++
    won += (below + notAbove) / 2
  }
  return won
}

function weightedRocAuc(truth: Float64Array, score: Float64Array, weight: Float64Array): Measured {
  const order = argsort(score)
  let negativeBelow = 0
  let positiveTotal = 0
  let won = 0
  for (let i = 0; i < order.length; ) {
    const tied = score[order[i]!]!
    let positive = 0
    let negative = 0
    for (; i < order.length && score[order[i]!]! === tied; i++) {
      const row = order[i]!
      if (truth[row] === 1) positive += weight[row]!
      else negative += weight[row]!
    }
    won += positive * (negativeBelow + negative / 2)
    negativeBelow += negative
    positiveTotal += positive
  }
  if (positiveTotal === 0) return undefinedBecause('no positive rows')
  if (negativeBelow === 0) return undefinedBecause('no negative rows')
  return measured(won / (positiveTotal * negativeBelow))
}

/** Throws unless truth is 0 or 1, scores are numbers and weights are finite and not negative. */
export function checkLabels(name: string, truth: Float64Array, score: Float64Array, weight?: Float64Array): void {
  checkWeights(name, truth.length, weight)
  if (score.length !== truth.length) {
    throw new RangeError(`${name}: ${score.length} scores for ${truth.length} rows`)
  }
  for (let i = 0; i < truth.length; i++) {
    if (truth[i] !== 0 && truth[i] !== 1)
      throw new RangeError(`${name}: truth of row ${i} is ${truth[i]}, must be 0 or 1`)
    if (Number.isNaN(score[i])) throw new RangeError(`${name}: score of row ${i} is NaN`)
  }
}

export function checkWeights(name: string, rows: number, weight?: Float64Array): void {
  if (!weight) return
  if (weight.length !== rows) throw new RangeError(`${name}: ${weight.length} weights for ${rows} rows`)
  for (let i = 0; i < rows; i++) {
    if (!(weight[i]! >= 0 && weight[i]! < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`${name}: weight of row ${i} is ${weight[i]}, must be finite and at least 0`)
    }
  }
}
