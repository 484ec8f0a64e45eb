/**
 * Reliability: does p come true p of the time? Rows are put into bins by score; in each the mean score is held against
 * the share of positives.
 */
import { argsort } from '../../numeric/argsort.ts'
import { criticalValue, shareBounds } from '../metrics/bounds.ts'
import { checkLabels } from '../metrics/ranking.ts'

export interface Binning {
  /** Number of bins; empty ones are left out. */
  readonly bins?: number
  /** Bins of equal `width` on [0, 1], or of equal `count` (of weight), in which equal scores stay together. */
  readonly by?: 'width' | 'count'
  readonly weight?: Float64Array | undefined
}

export interface ReliabilityBin {
  /** Lowest and highest score in the bin. */
  readonly lowest: number
  readonly highest: number
  readonly rows: number
  readonly weight: number
  /** Sum of squared weights: weight^2 / weight2 is the number of equally weighted rows that would be as sure. */
  readonly weight2: number
  readonly meanScore: number
  /** Share of positives by weight. */
  readonly observed: number
}

/** The bins that hold rows with a weight above 0, by ascending score. `truth` is 0 or 1, `score` in [0, 1]. */
export function reliabilityBins(
  truth: Float64Array,
  score: Float64Array,
  { bins = 10, by = 'width', weight }: Binning = {},
): ReliabilityBin[] {
  checkLabels('reliabilityBins', truth, score, weight)
  if (!(Number.isInteger(bins) && bins >= 1))
    throw new RangeError(`reliabilityBins: bins is ${bins}, must be 1 or more`)
  const order = argsort(score)
  if (order.length > 0) checkProbability(score[order[0]!]!, order[0]!)
  if (order.length > 0) checkProbability(score[order.at(-1)!]!, order.at(-1)!)
  let total = 0
  for (let i = 0; i < truth.length; i++) total += weight ? weight[i]! : 1

  const found: ReliabilityBin[] = []
  let open = { ...emptyBin }
  let number = -1
  let before = 0
  for (let i = 0; i < order.length; ) {
    const tied = score[order[i]!]!
    const group = { rows: 0, weight: 0, weight2: 0, positive: 0 }
    for (; i < order.length && score[order[i]!]! === tied; i++) {
      const w = weight ? weight[order[i]!]! : 1
      if (w === 0) continue
      group.rows++
      group.weight += w
      group.weight2 += w * w
      group.positive += w * truth[order[i]!]!
    }
    if (group.rows === 0) continue
    // A group of equal scores goes to the bin in which its middle row falls.
    const bin = by === 'width' ? widthBin(tied, bins) : Math.floor((bins * (before + group.weight / 2)) / total)
    if (bin !== number && open.rows > 0) {
      found.push(closed(open))
      open = { ...emptyBin }
    }
    number = bin
    if (open.rows === 0) open.lowest = tied
    open.highest = tied
    open.rows += group.rows
    open.weight += group.weight
    open.weight2 += group.weight2
    open.scoreSum += group.weight * tied
    open.positive += group.positive
    before += group.weight
  }
  if (open.rows > 0) found.push(closed(open))
  return found
}

export interface ReliabilityPoint extends ReliabilityBin {
  /** Wilson's interval of `observed`. */
  readonly lower: number
  readonly upper: number
}

/** The bins with an interval each, to be drawn over the diagonal. */
export function reliabilityCurve(
  truth: Float64Array,
  score: Float64Array,
  { confidence = 0.95, ...binning }: Binning & { readonly confidence?: number } = {},
): ReliabilityPoint[] {
  const critical = criticalValue(confidence)
  return reliabilityBins(truth, score, binning).map(bin => {
    const { lower, upper } = shareBounds(bin.observed, bin.weight ** 2 / bin.weight2, critical)
    return { ...bin, lower, upper }
  })
}

const emptyBin = { lowest: 0, highest: 0, rows: 0, weight: 0, weight2: 0, scoreSum: 0, positive: 0 }

function closed({ scoreSum, positive, ...bin }: typeof emptyBin): ReliabilityBin {
  return { ...bin, meanScore: scoreSum / bin.weight, observed: positive / bin.weight }
}

/** Bins are (k / bins, (k + 1) / bins], the first with its lower end; the edges as they round, not p times bins. */
function widthBin(p: number, bins: number): number {
  let bin = Math.max(0, Math.ceil(p * bins) - 1)
  if (bin > 0 && p <= bin / bins) bin--
  if (p > (bin + 1) / bins) bin++
  return bin
}

function checkProbability(p: number, row: number): void {
  if (!(p >= 0 && p <= 1))
    throw new RangeError(`reliabilityBins: score of row ${row} is ${p}, must be a probability in [0, 1]`)
}
