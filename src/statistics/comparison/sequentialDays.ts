/**
 * Always-valid t-test by days: H0 "the mean daily difference is at most 0", looked at after every day. One value per day
 * (or other block), such as the mean over its rows of the loss of the new model minus that of the old: rows of one day
 * share their trouble and are no independent evidence.
 *
 * The evidence E is the ratio of two marginal likelihoods of the days, both with the scale-free prior 1/sd, one with mean
 * 0, the other with mean / sd half-normal of scale tau:
 *   E = 2 P(t_n < q) (1 + n tau^2)^{-1/2} [(1 + t^2/(n-1)) / (1 + t^2/((n-1)(1 + n tau^2)))]^{n/2}
 * with t the t-statistic and q the posterior t-quantile of mean 0. For normal days it is a nonnegative martingale of
 * mean 1 under mean 0 whatever the sd (Perez-Ortiz, Lardy, de Heide and Grunwald 2024), so it ever reaches 1/alpha with
 * probability at most alpha. Means over hundreds of rows are close to normal; skewed ones are in the test.
 */
import { tCdf } from '../distributions/distributions.ts'

export interface SequentialDaysState {
  readonly n: number
  readonly mean: number
  /** Sum of squared deviations from the mean. */
  readonly m2: number
  readonly evidence: number
  /** Number of the day at which H0 was rejected, 0 before that. A rejection stays. */
  readonly rejectedAt: number
}

export const sequentialDaysStart: SequentialDaysState = { n: 0, mean: 0, m2: 0, evidence: 1, rejectedAt: 0 }

/** `margin` is subtracted from every difference: a new model may be worse by that much. */
export function sequentialDaysStep(
  state: SequentialDaysState,
  { alpha, margin = 0, tau = 1 }: { alpha: number; margin?: number; tau?: number },
  difference: number,
): SequentialDaysState {
  if (!Number.isFinite(difference)) {
    throw new RangeError(`sequentialDaysStep: difference is ${difference}, must be finite`)
  }
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`sequentialDaysStep: alpha is ${alpha}, must be in (0, 1)`)
  const d = difference - margin
  const n = state.n + 1
  const mean = state.mean + (d - state.mean) / n
  const m2 = state.m2 + (d - state.mean) * (d - mean)
  const evidence = evidenceAbove(n, mean, m2, tau)
  return { n, mean, m2, evidence, rejectedAt: state.rejectedAt || (evidence * alpha >= 1 ? n : 0) }
}

function evidenceAbove(n: number, mean: number, m2: number, tau: number): number {
  // One day says nothing about the spread of days, and days without any spread would be infinitely sure.
  if (n < 2 || m2 <= 1e-24 * n * mean * mean) return 1
  const t2 = (n * mean * mean) / m2 // t^2 / (n - 1)
  const shrink = 1 + n * tau * tau
  const twoSided = ((1 + t2) / (1 + t2 / shrink)) ** (n / 2) / Math.sqrt(shrink)
  const precision = n + 1 / (tau * tau)
  const posteriorMean = (n * mean) / precision
  const posteriorScale = Math.sqrt((m2 + (n * mean * mean) / shrink) / (n * precision))
  return 2 * tCdf(posteriorMean / posteriorScale, n) * twoSided
}
