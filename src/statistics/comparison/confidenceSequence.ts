/**
 * An interval of the mean of x in [0, 1] that may be looked at after every value: with probability 1 - alpha it holds the
 * mean at all times at once. Empirical Bernstein with predictable plug-in (Waudby-Smith and Ramdas, Journal of the Royal
 * Statistical Society B 86 (2024) 1, theorem 2): after n values
 *   sum l_i x_i / sum l_i  +-  (ln(2 / alpha) + sum (x_i - m_{i-1})^2 (-ln(1 - l_i) - l_i)) / sum l_i
 *   l_i = min(1/2, sqrt(2 ln(2 / alpha) / (s_{i-1} i ln(1 + i))))
 *   m_i = (1/2 + x_1 + ... + x_i) / (i + 1),   s_i = (1/4 + sum (x_j - m_j)^2) / (i + 1)
 * intersected over time. Each x must have the same mean given the past.
 */

/** Plain data: store it after every value and go on from it. */
export interface ConfidenceSequence {
  readonly alpha: number
  readonly n: number
  readonly sum: number
  /** 1/4 + sum of (x - m)^2. */
  readonly squares: number
  readonly weight: number
  readonly weighted: number
  readonly penalty: number
  readonly lower: number
  readonly upper: number
}

export function confidenceSequence(alpha: number): ConfidenceSequence {
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`confidenceSequence: alpha is ${alpha}, must be in (0, 1)`)
  return { alpha, n: 0, sum: 0, squares: 0.25, weight: 0, weighted: 0, penalty: 0, lower: 0, upper: 1 }
}

export function confidenceSequenceStep(state: ConfidenceSequence, x: number): ConfidenceSequence {
  if (!(x >= 0 && x <= 1)) throw new RangeError(`confidenceSequenceStep: x is ${x}, must be in [0, 1]`)
  const { alpha } = state
  const n = state.n + 1
  const meanBefore = (0.5 + state.sum) / n
  const varianceBefore = state.squares / n
  const evidence = Math.log(2 / alpha)
  const stake = Math.min(0.5, Math.sqrt((2 * evidence) / (varianceBefore * n * Math.log(1 + n))))
  const sum = state.sum + x
  const squares = state.squares + (x - (0.5 + sum) / (n + 1)) ** 2
  const weight = state.weight + stake
  const weighted = state.weighted + stake * x
  const penalty = state.penalty + (x - meanBefore) ** 2 * (-Math.log1p(-stake) - stake)
  const centre = weighted / weight
  const half = (evidence + penalty) / weight
  const lower = Math.max(state.lower, centre - half)
  const upper = Math.min(state.upper, centre + half)
  return { alpha, n, sum, squares, weight, weighted, penalty, lower, upper }
}
