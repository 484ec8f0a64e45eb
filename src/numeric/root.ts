/**
 * A zero of a continuous function between a and b, where its signs differ: Brent's method (Algorithms for Minimization
 * without Derivatives, 1973, chapter 4), to the given relative error in x.
 */
export function root(f: (x: number) => number, a: number, b: number, precision = 1e-15): number {
  let fa = f(a)
  let fb = f(b)
  if (fa === 0) return a
  if (fb === 0) return b
  if (!(fa * fb < 0)) throw new RangeError(`root: f(${a}) = ${fa} and f(${b}) = ${fb} must have different signs`)
  let c = a
  let fc = fa
  let step = b - a
  let before = step
  for (let iteration = 0; iteration < 300; iteration++) {
    if (Math.sign(fb) === Math.sign(fc)) {
      c = a
      fc = fa
      step = before = b - a
    }
    if (Math.abs(fc) < Math.abs(fb)) {
      a = b
      b = c
      c = a
      fa = fb
      fb = fc
      fc = fa
    }
    const tolerance = precision * Math.abs(b) + Number.MIN_VALUE
    const half = (c - b) / 2
    if (Math.abs(half) <= tolerance || fb === 0) return b
    if (Math.abs(before) >= tolerance && Math.abs(fa) > Math.abs(fb)) {
      const s = fb / fa
      let p: number
      let q: number
      if (a === c) {
        p = 2 * half * s
        q = 1 - s
      } else {
        const r = fa / fc
        const t = fb / fc
        p = s * (2 * half * r * (r - t) - (b - a) * (t - 1))
        q = (r - 1) * (t - 1) * (s - 1)
      }
      if (p > 0) q = -q
      else p = -p
      if (2 * p < Math.min(3 * half * q - Math.abs(tolerance * q), Math.abs(before * q))) {
        before = step
        step = p / q
      } else {
        step = before = half
      }
    } else {
      step = before = half
    }
    a = b
    fa = fb
    b += Math.abs(step) > tolerance ? step : Math.sign(half) * tolerance
    fb = f(b)
  }
  return b
}
