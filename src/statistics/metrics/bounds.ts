/**
 * Intervals of a figure from its estimate and how much it varies, each in the form that suits its range: a share never
 * leaves [0, 1], a correlation never [-1, 1], and a skewed loss gets a skewed interval. `critical` is the quantile of the
 * normal or t-distribution that the confidence asks for, such as 1.96.
 */
import { binomialCdf, normalQuantile, tQuantile } from '../distributions/distributions.ts'

export interface FoundBounds {
  readonly lower: number
  readonly upper: number
  readonly method: string
  readonly reason?: undefined
}

/** Where the true value lies with the wanted confidence, and how that was found; or the reason why there is no interval. */
export type Bounds =
  | FoundBounds
  | { readonly lower?: undefined; readonly upper?: undefined; readonly method?: undefined; readonly reason: string }

/** Two-sided quantile: of the normal distribution, or of t where the variance itself is estimated with few `df`. */
export function criticalValue(confidence: number, df = Number.POSITIVE_INFINITY): number {
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(`criticalValue: confidence is ${confidence}, must be in (0, 1)`)
  }
  const p = (1 + confidence) / 2
  return Number.isFinite(df) ? tQuantile(p, df) : normalQuantile(p)
}

/**
 * A share p of n rows: all q with |p - q| <= critical sqrt(q (1 - q) / n) (Wilson 1927). n need not be whole: of a share
 * with variance v it is p (1 - p) / v.
 */
export function shareBounds(p: number, n: number, critical: number, method = 'Wilson'): FoundBounds {
  const c2 = critical * critical
  const centre = (p + c2 / (2 * n)) / (1 + c2 / n)
  const half = (critical / (1 + c2 / n)) * Math.sqrt((p * (1 - p)) / n + c2 / (4 * n * n))
  return {
    lower: p === 0 ? 0 : Math.max(0, centre - half),
    upper: p === 1 ? 1 : Math.min(1, centre + half),
    method,
  }
}

/** An area in (0, 1) such as AUC: normal on the scale ln(p / (1 - p)). */
export function logitBounds(p: number, standardError: number, critical: number, method: string): FoundBounds {
  const centre = Math.log(p / (1 - p))
  const half = (critical * standardError) / (p * (1 - p))
  return { lower: 1 / (1 + Math.exp(half - centre)), upper: 1 / (1 + Math.exp(-half - centre)), method }
}

/** A correlation in (-1, 1): normal on Fisher's scale artanh r. */
export function correlationBounds(r: number, standardError: number, critical: number, method: string): FoundBounds {
  const centre = Math.atanh(r)
  const half = (critical * standardError) / (1 - r * r)
  return { lower: Math.tanh(centre - half), upper: Math.tanh(centre + half), method }
}

/** A positive figure: normal on the scale of its logarithm. */
export function logBounds(value: number, standardError: number, critical: number, method: string): FoundBounds {
  const factor = Math.exp((critical * standardError) / value)
  return { lower: value / factor, upper: value * factor, method }
}

/**
 * A mean of rows (or of blocks) whose contributions are skewed, `skew` = sum c^3 / (sum c^2)^(3/2) of their centred
 * contributions c. With T = (estimate - truth) / standardError, T + skew T^2 / 3 + skew^2 T^3 / 27 + skew / 6 is closer
 * to the normal (t) distribution than T (Hall, Journal of the Royal Statistical Society B 54 (1992) 221), and is
 * solved for the truth.
 */
export function meanBounds(
  mean: number,
  standardError: number,
  skew: number,
  critical: number,
  method = 't, corrected for skewness',
): FoundBounds {
  const t = (x: number) => (Math.abs(skew) < 1e-8 ? x : (3 / skew) * (Math.cbrt(1 + skew * (x - skew / 6)) - 1))
  return { lower: mean - standardError * t(critical), upper: mean - standardError * t(-critical), method }
}

/** One of the shares that a mean is made of. */
export interface SharePart {
  readonly estimate: number
  /** Rows, equally weighted and independent, that would be as sure. */
  readonly rows: number
}

/**
 * The plain mean of shares of different groups of rows, Wilson's with the number of rows that matches its variance. The
 * standard deviation of each share comes from p moved towards 1/2 by two rows of either kind (Agresti and Coull 1998):
 * a group of three that are all right is not sure. `correlation` is that of share i with share j.
 */
export function averageShareBounds(
  parts: readonly SharePart[],
  correlation: (i: number, j: number) => number,
  critical: number,
  method: string,
): FoundBounds {
  const share = 1 / parts.length
  const softened = parts.map(({ estimate, rows }) => (rows * estimate + 2) / (rows + 4))
  const sd = softened.map((p, i) => Math.sqrt((p * (1 - p)) / parts[i]!.rows))
  let mean = 0
  let centre = 0
  let variance = 0
  for (let i = 0; i < parts.length; i++) {
    mean += share * parts[i]!.estimate
    centre += share * softened[i]!
    for (let j = 0; j < parts.length; j++) variance += share ** 2 * (i === j ? 1 : correlation(i, j)) * sd[i]! * sd[j]!
  }
  return shareBounds(Math.min(1, mean), (centre * (1 - centre)) / variance, critical, method)
}

/**
 * The median of independent rows: between two order statistics, whose chance of enclosing it is binomial, interpolated
 * between the two widths next to the confidence (Hettmansperger and Sheather, Statistics and Probability Letters 4
 * (1986) 75). `sorted` ascending.
 */
export function medianBounds(sorted: Float64Array, confidence: number): Bounds {
  const n = sorted.length
  const coverage = (d: number) => 1 - 2 * binomialCdf(d - 1, n, 0.5)
  if (n < 2 || coverage(1) < confidence) return { reason: `${n} rows are too few for this confidence` }
  let low = 1
  let high = Math.floor(n / 2) + 1
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (coverage(middle) >= confidence) low = middle
    else high = middle
  }
  const d = low
  const share = (coverage(d) - confidence) / (coverage(d) - coverage(d + 1))
  const inwards = ((n - d) * share) / (d + (n - 2 * d) * share)
  return {
    lower: sorted[d - 1]! + inwards * (sorted[d]! - sorted[d - 1]!),
    upper: sorted[n - d]! - inwards * (sorted[n - d]! - sorted[n - d - 1]!),
    method: 'order statistics',
  }
}
