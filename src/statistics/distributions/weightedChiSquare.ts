/**
 * P(Q > x) of Q = sum_j w_j X_j with independent chi-square X_j of df degrees of freedom each and weights w_j > 0: the
 * limiting law of quadratic statistics (Anderson-Darling, maximum mean discrepancy). With the cumulant function
 * K(s) = -df/2 sum ln(1 - 2 w_j s),
 *   P(Q > x) = 1/(2 pi i) * integral of e^{K(s) - s x} / s
 * along a parabola that crosses the real axis at the saddlepoint K'(s) = x and opens to the right, around the singular
 * points; the trapezoidal rule converges exponentially there, and its result is relative to the size of the tail.
 * Relative error below 1e-9 (test: closed forms).
 */
export function weightedChiSquareSf(x: number, weights: Float64Array, df = 1): number {
  if (!(df > 0)) throw new RangeError(`weightedChiSquareSf: df is ${df}, must be above 0`)
  let largest = 0
  for (let j = 0; j < weights.length; j++) {
    if (!(weights[j]! >= 0 && weights[j]! < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`weightedChiSquareSf: weight ${j} is ${weights[j]}, must be at least 0 and finite`)
    }
    largest = Math.max(largest, weights[j]!)
  }
  if (largest === 0) throw new RangeError('weightedChiSquareSf: no weight is above 0')
  if (Number.isNaN(x)) throw new RangeError('weightedChiSquareSf: x is NaN')
  if (x <= 0) return 1
  if (x === Number.POSITIVE_INFINITY) return 0
  // In units of the largest weight: singular from 1/2 on.
  const w = weights.filter(weight => weight > 0).map(weight => weight / largest)
  const q = x / largest
  const start = crossing(q, w, df)
  const tail = contourIntegral(q, w, df, start)
  return Math.min(1, Math.max(0, start > 0 ? tail : 1 + tail))
}

/** The saddlepoint, kept away from the pole at 0: there either side will do, and the tail beyond the mean is taken. */
function crossing(q: number, w: Float64Array, df: number): number {
  const slope = (s: number) => {
    let sum = 0
    for (let j = 0; j < w.length; j++) sum += w[j]! / (1 - 2 * w[j]! * s)
    return df * sum
  }
  let low = -1
  while (slope(low) > q) low *= 4
  let high = 0.5 - 1e-12
  if (slope(high) < q) return high
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (slope(middle) < q) low = middle
    else high = middle
  }
  return Math.abs(low) < 0.1 ? 0.1 : low
}

function contourIntegral(q: number, w: Float64Array, df: number, start: number): number {
  let curvature = 0
  for (let j = 0; j < w.length; j++) curvature += 2 * df * (w[j]! / (1 - 2 * w[j]! * start)) ** 2
  const width = 1 / Math.sqrt(curvature)
  // The rule is refined by the points between; what it has so far is kept.
  let step = 0.5
  let sum = halfLine(q, w, df, start, width, 0, step)
  for (let round = 0; round < 8; round++) {
    const between = halfLine(q, w, df, start, width, step / 2, step)
    const change = Math.abs(between - sum)
    sum += between
    step /= 2
    if (change < 1e-10 * Math.abs(sum)) break
  }
  return (sum * step) / Math.PI
}

/**
 * Sum of the real part of the integrand at u = first, first + step, ... on s(u) = start + width (u^2 / 4 + i u), half of it
 * at u = 0: conjugate halves of the line give twice the real part.
 */
function halfLine(
  q: number,
  w: Float64Array,
  df: number,
  start: number,
  width: number,
  first: number,
  step: number,
): number {
  const half = df / 2
  let sum = 0
  for (let u = first; ; u += step) {
    const re = start + (width * u * u) / 4
    const im = width * u
    let logSize = 0
    let angle = 0
    for (let j = 0; j < w.length; j++) {
      const a = 1 - 2 * w[j]! * re
      const b = -2 * w[j]! * im
      logSize += Math.log(a * a + b * b) / 2
      angle += Math.atan2(b, a)
    }
    const size = Math.exp(-half * logSize - q * re)
    const turn = -half * angle - q * im
    // e^{...} / s * s'(u) / i, s' = width (u/2 + i).
    const norm = re * re + im * im
    const cosine = Math.cos(turn)
    const sine = Math.sin(turn)
    const realPart = (cosine * re + sine * im) / norm
    const imaginaryPart = (sine * re - cosine * im) / norm
    // (A + iB)(u/2 + i) / i = A + B u/2 + i (...)
    const term = size * width * (realPart + (imaginaryPart * u) / 2)
    sum += u === 0 ? term / 2 : term
    if (size * width * (1 + u) < 1e-14 * Math.abs(sum) * Math.sqrt(norm) || u > 1e4) return sum
  }
}
