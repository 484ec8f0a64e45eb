/**
 * Two classifiers on the same rows: which is right more often? Only the rows on which exactly one is right tell
 * (McNemar 1947). The statistic is the number of rows on which only the first is right minus that of the second.
 */
import { binomialCdf, chiSquareSf, normalQuantile } from '../distributions/distributions.ts'
import type { Tested } from '../hypothesis/tested.ts'
import type { Bounds } from '../metrics/bounds.ts'

/**
 * - `mid-p`: the exact test with half of the probability of what was seen; holds its level almost always and is the best
 *   default (Fagerland, Lydersen and Laake, BMC Medical Research Methodology 13 (2013) 91).
 * - `exact`: binomial, two-sided; never above its level, often far below.
 * - `chi-square`: (b - c)^2 / (b + c), for many rows; `corrected` with Edwards' (|b - c| - 1)^2.
 */
export type McNemarMode = 'mid-p' | 'exact' | 'chi-square' | 'corrected'

/** Rows on which only the first, and only the second, is right. */
export interface Discordant {
  readonly onlyFirst: number
  readonly onlySecond: number
  readonly rows: number
}

/** `first` and `second` say for each row whether the prediction is right. */
export function discordant(first: ArrayLike<boolean>, second: ArrayLike<boolean>): Discordant {
  if (first.length !== second.length) {
    throw new RangeError(`discordant: ${first.length} rows of the first model, ${second.length} of the second`)
  }
  let onlyFirst = 0
  let onlySecond = 0
  for (let i = 0; i < first.length; i++) {
    if (first[i] && !second[i]) onlyFirst++
    if (second[i] && !first[i]) onlySecond++
  }
  return { onlyFirst, onlySecond, rows: first.length }
}

export function mcnemar({ onlyFirst: b, onlySecond: c }: Discordant, mode: McNemarMode = 'mid-p'): Tested {
  for (const count of [b, c]) {
    if (!(Number.isInteger(count) && count >= 0)) {
      throw new RangeError(`mcnemar: a count is ${count}, must be a whole number of at least 0`)
    }
  }
  const n = b + c
  if (n === 0) return { reason: 'both models are right and wrong on the same rows' }
  return { result: { statistic: b - c, p: Math.min(1, pOf(b, c, n, mode)) } }
}

function pOf(b: number, c: number, n: number, mode: McNemarMode): number {
  const least = Math.min(b, c)
  switch (mode) {
    case 'exact':
      return 2 * binomialCdf(least, n, 0.5)
    case 'mid-p':
      return binomialCdf(least, n, 0.5) + binomialCdf(least - 1, n, 0.5)
    case 'chi-square':
      return chiSquareSf((b - c) ** 2 / n, 1)
    case 'corrected':
      return chiSquareSf(Math.max(0, Math.abs(b - c) - 1) ** 2 / n, 1)
  }
}

/**
 * Interval of the difference of the two accuracies: Wald's after half a row is added to each of the two counts, and one
 * to each half of the others (Bonett and Price, Journal of Educational and Behavioral Statistics 37 (2012) 479).
 */
export function accuracyDifferenceBounds(
  { onlyFirst, onlySecond, rows }: Discordant,
  { confidence = 0.95 }: { confidence?: number } = {},
): Bounds {
  if (rows === 0) return { reason: 'no rows' }
  const p = (onlyFirst + 1) / (rows + 2)
  const q = (onlySecond + 1) / (rows + 2)
  const half = normalQuantile((1 + confidence) / 2) * Math.sqrt((p + q - (p - q) ** 2) / (rows + 2))
  return { lower: Math.max(-1, p - q - half), upper: Math.min(1, p - q + half), method: 'Bonett and Price' }
}
