/** Tests of "p comes true p of the time", on rows that the model was not fitted on. p-values are two-sided. */
import { chiSquareSf, normalQuantile, normalSf } from '../distributions/distributions.ts'
import type { Tested } from '../hypothesis/tested.ts'
import { checkLabels } from '../metrics/ranking.ts'
import { fitLogisticLine } from './logisticLine.ts'
import { reliabilityBins } from './reliability.ts'

/**
 * z = sum (y - p)(1 - 2p) / sqrt(sum (1 - 2p)^2 p (1 - p)): is the Brier score what the probabilities promise?
 * (Spiegelhalter, Statistics in Medicine 5 (1986) 421). No bins; blind to errors that cancel around 1/2.
 */
export function spiegelhalter(truth: Float64Array, score: Float64Array): Tested {
  checkProbabilities('spiegelhalter', truth, score)
  let sum = 0
  let variance = 0
  for (let i = 0; i < truth.length; i++) {
    const p = score[i]!
    sum += (truth[i]! - p) * (1 - 2 * p)
    variance += (1 - 2 * p) ** 2 * p * (1 - p)
  }
  if (!(variance > 0)) return { reason: 'every score is 0, 1/2 or 1 (or there are no rows)' }
  const z = sum / Math.sqrt(variance)
  return { result: { statistic: z, p: 2 * normalSf(Math.abs(z)) } }
}

/** Fewer positive or negative rows than this are not expected in any bin of Hosmer and Lemeshow's test. */
const leastExpected = 4

/**
 * Hosmer and Lemeshow: sum over bins of equal count of (observed - expected)^2 / (n p (1 - p)), chi-square with as many
 * degrees of freedom as bins (on rows of the fit, two fewer: `fitted`). Neighbouring bins are joined until each expects 4
 * rows of either class, so that the law holds.
 */
export function hosmerLemeshow(
  truth: Float64Array,
  score: Float64Array,
  { bins = 10, fitted = false }: { bins?: number; fitted?: boolean } = {},
): Tested & { readonly df?: number } {
  checkProbabilities('hosmerLemeshow', truth, score)
  const joined: { rows: number; expected: number; observed: number }[] = []
  let open = { rows: 0, expected: 0, observed: 0 }
  const isEnough = (bin: typeof open) => Math.min(bin.expected, bin.rows - bin.expected) >= leastExpected
  for (const { rows, meanScore, observed } of reliabilityBins(truth, score, { bins, by: 'count' })) {
    open = {
      rows: open.rows + rows,
      expected: open.expected + rows * meanScore,
      observed: open.observed + rows * observed,
    }
    if (!isEnough(open)) continue
    joined.push(open)
    open = { rows: 0, expected: 0, observed: 0 }
  }
  const last = joined.at(-1)
  if (last) {
    last.rows += open.rows
    last.expected += open.expected
    last.observed += open.observed
  }
  const df = joined.length - (fitted ? 2 : 0)
  if (df < 1) return { reason: `${joined.length} bins expect ${leastExpected} rows of either class, too few` }
  let statistic = 0
  for (const { rows, expected, observed } of joined) {
    statistic += (observed - expected) ** 2 / (expected * (1 - expected / rows))
  }
  return { result: { statistic, p: chiSquareSf(statistic, df) }, df }
}

export interface CalibrationLine {
  /** 1 where calibrated; below 1 the probabilities are too extreme, above 1 too timid. */
  readonly slope: number
  /** 0 where calibrated, given the slope. */
  readonly intercept: number
  readonly slopeBounds: { readonly lower: number; readonly upper: number }
  readonly interceptBounds: { readonly lower: number; readonly upper: number }
  /** Likelihood ratio of the line against slope 1 and intercept 0, chi-square with 2 degrees of freedom. */
  readonly statistic: number
  readonly p: number
}

/** The line logit P(y = 1) = intercept + slope logit(p) (Cox 1958), with Wald intervals. */
export function calibrationLine(
  truth: Float64Array,
  score: Float64Array,
  { confidence = 0.95 }: { confidence?: number } = {},
):
  | { readonly result: CalibrationLine; readonly reason?: undefined }
  | { readonly result?: undefined; readonly reason: string } {
  checkProbabilities('calibrationLine', truth, score)
  if (score.some(p => p === 0 || p === 1)) return { reason: 'a score is 0 or 1, whose logit is infinite' }
  let asPromised = 0
  for (let i = 0; i < truth.length; i++) asPromised += Math.log(truth[i] === 1 ? score[i]! : 1 - score[i]!)
  const line = fitLogisticLine(
    score.map(p => Math.log(p / (1 - p))),
    truth,
  )
  if (!line) return { reason: 'the scores are constant or tell the classes apart without error: no line is best' }
  const statistic = Math.max(0, 2 * (line.logLikelihood - asPromised))
  const z = normalQuantile((1 + confidence) / 2)
  const around = (value: number, variance: number) => ({
    lower: value - z * Math.sqrt(variance),
    upper: value + z * Math.sqrt(variance),
  })
  return {
    result: {
      slope: line.slope,
      intercept: line.intercept,
      slopeBounds: around(line.slope, line.slopeVariance),
      interceptBounds: around(line.intercept, line.interceptVariance),
      statistic,
      p: chiSquareSf(statistic, 2),
    },
  }
}

function checkProbabilities(name: string, truth: Float64Array, score: Float64Array): void {
  checkLabels(name, truth, score)
  const wrong = score.findIndex(p => !(p >= 0 && p <= 1))
  if (wrong >= 0) {
    throw new RangeError(`${name}: score of row ${wrong} is ${score[wrong]}, must be a probability in [0, 1]`)
  }
}
