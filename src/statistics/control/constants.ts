/**
 * The constants of control charts for any subgroup size, and the distribution of the range that they come from. They
 * turn ranges and standard deviations of normal subgroups into sigma: sigma = R / d2 = S / c4.
 */

import { logGamma } from '../../numeric/gammaFunctions.ts'
import { integrate } from '../../numeric/gaussLegendre.ts'
import { root } from '../../numeric/root.ts'
import { chiSquareSf, normalCdf, normalDensity } from '../distributions/distributions.ts'

/**
 * Mean of a moving range of two points in sigma as it is printed and used since Shewhart (d2(2) = 1.128379): limits of
 * single points then agree with textbooks in all digits.
 */
export const movingRangeFactor = 1.128

/** Mean of the standard deviation of n normal values in sigma: sqrt(2 / (n - 1)) Gamma(n / 2) / Gamma((n - 1) / 2). */
export function c4(n: number): number {
  checkSize('c4', n)
  // Gamma ratios lose digits to cancellation for large n, where the series in 1 / (n - 1) has converged long before.
  if (n > 300) {
    const u = 1 / (n - 1)
    return 1 - u * (1 / 4 - u * (1 / 32 + u * (5 / 128 - (u * 21) / 2048)))
  }
  return Math.sqrt(2 / (n - 1)) * Math.exp(logGamma(n / 2) - logGamma((n - 1) / 2))
}

/** Mean of the range of n normal values in sigma: the integral of 1 - Phi^n - (1 - Phi)^n (Tippett 1925). */
export const d2 = perSize(
  'd2',
  n =>
    // Symmetric about 0.
    2 * integrate(x => 1 - normalCdf(x) ** n - normalCdf(-x) ** n, 0, 10, 80),
)

/** Standard deviation of the range of n normal values in sigma: E R^2 = 2 * integral of r P(R > r) dr. */
export const d3 = perSize('d3', n => Math.sqrt(2 * integrate(r => r * rangeSf(r, n), 0, 14, 80) - d2(n) ** 2))

/** P(R > r) for the range of n standard normal values; R <= r: n * integral of phi(x) (Phi(x + r) - Phi(x))^(n - 1) dx. */
export function rangeSf(r: number, n: number): number {
  checkSize('rangeSf', n)
  if (!(r > 0)) return 1
  if (n === 2) return chiSquareSf((r * r) / 2, 1)
  const below = integrate(x => n * normalDensity(x) * (normalCdf(x + r) - normalCdf(x)) ** (n - 1), -9, 8, 80)
  return Math.min(1, Math.max(0, 1 - below))
}

/**
 * Degrees of freedom that make an estimate of sigma with this squared coefficient of variation as uncertain as the
 * standard deviation of a normal sample: 1 / c4(df + 1)^2 - 1 = variation (Patnaik 1950). It lets ranges and moving
 * ranges use Student's t.
 */
export function equivalentDegrees(variation: number): number {
  const excess = (df: number) => Math.log((1 / c4(df + 1) ** 2 - 1) / variation)
  if (!(variation > 0)) throw new RangeError(`equivalentDegrees: variation is ${variation}, must be above 0`)
  if (excess(0.5) < 0) return 0.5
  return variation < 1e-6 ? 0.5 / variation : root(excess, 0.5, 1e6, 1e-10)
}

/**
 * Squared coefficient of variation of the mean moving range of m normal points: neighbouring ranges share a point, so
 * it is 0.57 / (m - 1) for the ranges themselves plus 0.26 / (m - 1) for their overlap.
 */
export function movingRangeVariation(m: number): number {
  const ranges = m - 1
  const variance = 2 - 4 / Math.PI
  // E|d1 d2| of two normal differences with correlation -1/2, variance 2.
  const rho = -0.5
  const covariance = (4 / Math.PI) * (Math.sqrt(1 - rho * rho) + rho * Math.asin(rho) - 1)
  return (((variance + (2 * (ranges - 1) * covariance) / ranges) / ranges) * Math.PI) / 4
}

function perSize(name: string, of: (n: number) => number): (n: number) => number {
  const known = new Map<number, number>()
  return n => {
    checkSize(name, n)
    const value = known.get(n) ?? of(n)
    known.set(n, value)
    return value
  }
}

function checkSize(name: string, n: number): void {
  if (!(n > 1 && Number.isFinite(n))) throw new RangeError(`${name}: n is ${n}, a subgroup needs at least 2 values`)
}
