/**
 * Always-valid sequential test of H0 "the mean of x is at most m", x in [0, 1]: it may be looked at after every value,
 * and the chance of ever rejecting a true H0 is at most alpha.
 *
 * A gambler stakes a share lambda_i of the capital on x_i > m: K_i = K_{i-1} (1 + lambda_i (x_i - m)). Under H0 no
 * strategy that looks only backwards makes money, so K reaches 1/alpha with probability at most alpha (Ville 1939).
 *   lambda_i = min(1 / (2 m), sqrt(2 ln(1/alpha) / (v_{i-1} ln(i + 1))))
 *   v_i = 1/4 + sum over j <= i of (x_j - (1/2 + x_1 + ... + x_j) / (j + 1))^2
 * (Waudby-Smith and Ramdas 2024, predictable plug-in). To compare two models on the same rows use
 * x = (1 + loss of the new - loss of the old) / 2 and m = 1/2 + margin / 2, losses in [0, 1].
 *
 * Each x must have a mean of at most m given the past. Rows that share a bad day do not if m is exactly the mean over
 * all days: after a few rows of that day the rest are known to be bad. Then leave a margin as wide as days differ (good
 * for finding a broken model within hours), or test by days with sequentialDays.ts.
 */
export interface SequentialDesign {
  /** Largest mean that is still fine. */
  readonly mean: number
  readonly alpha: number
}

/** Plain data: store it after every value and go on from it. */
export interface SequentialState {
  readonly n: number
  readonly sum: number
  readonly v: number
  readonly logCapital: number
  /** Number of the value at which H0 was rejected, 0 before that. A rejection stays. */
  readonly rejectedAt: number
}

export const sequentialStart: SequentialState = { n: 0, sum: 0, v: 0.25, logCapital: 0, rejectedAt: 0 }

export function sequentialStep(state: SequentialState, { mean, alpha }: SequentialDesign, x: number): SequentialState {
  if (!(x >= 0 && x <= 1)) throw new RangeError(`sequentialStep: x is ${x}, must be in [0, 1]`)
  if (!(mean > 0 && mean < 1)) throw new RangeError(`sequentialStep: mean is ${mean}, must be in (0, 1)`)
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`sequentialStep: alpha is ${alpha}, must be in (0, 1)`)
  const n = state.n + 1
  const stake = Math.min(0.5 / mean, Math.sqrt((2 * Math.log(1 / alpha)) / (state.v * Math.log(n + 1))))
  const logCapital = state.logCapital + Math.log1p(stake * (x - mean))
  const sum = state.sum + x
  const v = state.v + (x - (0.5 + sum) / (n + 1)) ** 2
  const rejected = logCapital >= -Math.log(alpha)
  return { n, sum, v, logCapital, rejectedAt: state.rejectedAt || (rejected ? n : 0) }
}

/**
 * Evidence against H0 so far as a p-value that may be read at any time: 1 / K, at most 1. The capital can fall again,
 * so `rejectedAt` and not this number is the decision.
 */
export function sequentialP({ logCapital }: SequentialState): number {
  return Math.min(1, Math.exp(-logCapital))
}
