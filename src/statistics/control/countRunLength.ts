/** How often charts of counts signal, exactly: counts are whole numbers, so 3 sigma limits are rarely 1 in 370. */
import { binomialCdf, binomialSf, normalSf, poissonCdf, poissonSf } from '../distributions/distributions.ts'
import { bandOf } from './controlChart.ts'
import type { GapLimits, ProportionLimits, RateLimits } from './limits.ts'

/**
 * Chance that a point of this size is out of limits when the true share, rate or mean gap is `truth`: binomial, Poisson or
 * geometric. Laney's charts follow the spread that points really have: normal.
 */
export function countSignalRate(
  limits: ProportionLimits | RateLimits | GapLimits,
  size: number,
  truth = limits.centre,
): number {
  const band = bandOf(limits, size)
  if (limits.kind !== 'g' && limits.spread !== 1) {
    const sigma = band.sigma!
    const at = limits.kind === 'np' ? size * truth : truth
    // A limit at the end of what is possible is never crossed.
    const below = band.lower > 0 ? normalSf((at - band.lower) / sigma) : 0
    return normalSf((band.upper - at) / sigma) + below
  }
  // The greatest count that is not above, the least that is not below; a hair for limits that are whole numbers.
  const perUnit = limits.kind === 'p' || limits.kind === 'u' ? size : 1
  const most = Math.floor(band.upper * perUnit * (1 + 1e-12))
  const least = Math.ceil(band.lower * perUnit * (1 - 1e-12))
  switch (limits.kind) {
    case 'p':
    case 'np':
      return binomialSf(most, size, truth) + (least > 0 ? binomialCdf(least - 1, size, truth) : 0)
    case 'c':
    case 'u': {
      const mean = truth * (limits.kind === 'u' ? size : 1)
      return poissonSf(most, mean) + (least > 0 ? poissonCdf(least - 1, mean) : 0)
    }
    case 'g': {
      const below = (k: number) => 1 - (truth / (truth + 1)) ** (k + 1)
      return 1 - below(most) + (least > 0 ? below(least - 1) : 0)
    }
  }
}
