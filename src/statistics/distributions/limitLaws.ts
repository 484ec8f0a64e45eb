/** Limiting laws of tests that compare distribution functions. Both tails keep their digits (test: mpmath, 1e-10). */
import { besselKScaled } from '../../numeric/besselK.ts'
import { gaussLegendre } from '../../numeric/gaussLegendre.ts'

/**
 * P(K > x) of Kolmogorov's law, the limit of sqrt(n) D_n: 2 sum_{k>=1} (-1)^{k-1} e^{-2 k^2 x^2}, for small x as
 * 1 - sqrt(2 pi)/x sum_{k>=1} e^{-(2k-1)^2 pi^2 / (8 x^2)}. Below some thousand rows kolmogorovSf(n, d) is better.
 */
export function kolmogorovLimitSf(x: number): number {
  if (!(x > 0)) return 1
  let sum = 0
  if (x < 1) {
    for (let k = 1; k <= 5; k++) sum += Math.exp(-(((2 * k - 1) * Math.PI) ** 2) / (8 * x * x))
    return 1 - (Math.sqrt(2 * Math.PI) / x) * sum
  }
  for (let k = 5; k >= 1; k--) sum = Math.exp(-2 * k * k * x * x) - sum
  return 2 * sum
}

/**
 * P(W > x) of the limit of the Cramer-von Mises statistic. Its cdf for small x (Csorgo and Faraway 1996):
 *   sum_k Gamma(k + 1/2) / (Gamma(k + 1) pi^{3/2} sqrt x) sqrt(y) e^{-q} K_{1/4}(q),  y = 4k + 1, q = y^2 / (16 x);
 * from 0.3 on the tail itself (Smirnov 1936), alternating over k >= 1:
 *   1/pi * integral from (2k-1) pi to 2k pi of 2 sqrt(-1 / (s sin s)) e^{-x s^2 / 2} ds.
 */
export function cramerVonMisesLimitSf(x: number): number {
  // The cdf is below 1e-15 here.
  if (!(x > 0.003)) return 1
  return x < 0.3 ? 1 - lowerCramerVonMises(x) : upperCramerVonMises(x)
}

function lowerCramerVonMises(x: number): number {
  let sum = 0
  // Gamma(k + 1/2) / Gamma(k + 1)
  let ratio = Math.sqrt(Math.PI)
  for (let k = 0; ; k++) {
    const y = 4 * k + 1
    const q = (y * y) / (16 * x)
    const term = ratio * Math.sqrt(y) * Math.exp(-2 * q) * besselKScaled(0.25, q)
    sum += term
    if (term < 1e-17 * sum) break
    ratio *= (k + 0.5) / (k + 1)
  }
  return sum / (Math.PI ** 1.5 * Math.sqrt(x))
}

/** s = (2k - 1) pi + u with u = pi (1 - cos t) / 2 takes the roots at both ends away; then -sin s = sin u. */
function upperCramerVonMises(x: number): number {
  const { nodes, weights } = gaussLegendre(40)
  let total = 0
  for (let k = 1; k < 10; k++) {
    const start = (2 * k - 1) * Math.PI
    let sum = 0
    for (let i = 0; i < nodes.length; i++) {
      const t = ((nodes[i]! + 1) * Math.PI) / 2
      const half = Math.sin(t / 2) ** 2
      const s = start + Math.PI * half
      // sin u, from the nearer end.
      const sine = Math.sin(Math.PI * Math.min(half, Math.cos(t / 2) ** 2))
      sum += (weights[i]! * Math.sin(t) * Math.exp((-x * s * s) / 2)) / Math.sqrt(s * sine)
    }
    // 2 / pi from the formula, pi / 2 sin t from du, pi / 2 from the nodes.
    const term = (sum * Math.PI) / 2
    total += k % 2 === 1 ? term : -term
    if (term < 1e-17 * total) break
  }
  return total
}
