/**
 * e^x K_order(x), the modified Bessel function of the second kind scaled so that it does not underflow, x > 0:
 *   e^x K_v(x) = integral over t >= 0 of e^{-x (cosh t - 1)} cosh(v t)
 * by the trapezoidal rule, whose error falls exponentially in 1 / step for this integrand. All terms are positive.
 * Relative error below 1e-13 for orders up to 2 (test: mpmath).
 */
export function besselKScaled(order: number, x: number): number {
  if (!(x > 0 && x < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`besselKScaled: x is ${x}, must be above 0 and finite`)
  }
  const step = Math.min(0.2, 0.5 / Math.sqrt(x))
  let sum = 0.5
  for (let t = step; ; t += step) {
    const s = Math.sinh(t / 2)
    const term = Math.exp(-2 * x * s * s) * Math.cosh(order * t)
    sum += term
    if (term < 1e-18 * sum) return sum * step
  }
}
