/**
 * Distribution functions. `Cdf` is P(X <= x), `Sf` is P(X > x) computed directly (not 1 - cdf), `Quantile` is the
 * smallest x with cdf(x) >= p. Relative error below 1e-10 for cdf and sf, tails included, and for quantiles (test: scipy).
 */
import { erfc } from '../../numeric/errorFunction.ts'
import { betaLower, gammaLower, gammaUpper } from '../../numeric/gammaFunctions.ts'
import { root } from '../../numeric/root.ts'

export function normalDensity(x: number): number {
  return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI)
}

export function normalCdf(x: number): number {
  return 0.5 * erfc(-x * Math.SQRT1_2)
}

export function normalSf(x: number): number {
  return 0.5 * erfc(x * Math.SQRT1_2)
}

/** Inverse of normalCdf: M. J. Wichura, algorithm AS 241 (PPND16), Applied Statistics 37 (1988) 477. */
export function normalQuantile(p: number): number {
  checkProbability('normalQuantile', p)
  const q = p - 0.5
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q
    return (q * polynomial(wichuraA, r)) / polynomial(wichuraB, r)
  }
  const tail = q < 0 ? p : 1 - p
  if (tail === 0) return q < 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  let r = Math.sqrt(-Math.log(tail))
  if (r <= 5) {
    r -= 1.6
    return (Math.sign(q) * polynomial(wichuraC, r)) / polynomial(wichuraD, r)
  }
  r -= 5
  return (Math.sign(q) * polynomial(wichuraE, r)) / polynomial(wichuraF, r)
}

export function tCdf(x: number, df: number): number {
  return x <= 0 ? tTail(-x, df) : 1 - tTail(x, df)
}

export function tSf(x: number, df: number): number {
  return tCdf(-x, df)
}

/** P(T > x) for x >= 0. */
function tTail(x: number, df: number): number {
  const square = x * x
  return 0.5 * betaLower(df / 2, 0.5, df / (df + square), square / (df + square))
}

export function tQuantile(p: number, df: number): number {
  checkProbability('tQuantile', p)
  if (p === 0.5) return 0
  if (p > 0.5) return -tQuantile(1 - p, df)
  return -upperQuantile(
    x => tTail(x, df),
    x => 1 - tTail(x, df),
    1 - p,
    p,
  )
}

export function chiSquareCdf(x: number, df: number): number {
  return gammaLower(df / 2, x / 2)
}

export function chiSquareSf(x: number, df: number): number {
  return gammaUpper(df / 2, x / 2)
}

export function chiSquareQuantile(p: number, df: number): number {
  return 2 * gammaQuantile(p, df / 2)
}

export function gammaCdf(x: number, shape: number, scale = 1): number {
  return gammaLower(shape, x / scale)
}

export function gammaSf(x: number, shape: number, scale = 1): number {
  return gammaUpper(shape, x / scale)
}

export function gammaQuantile(p: number, shape: number, scale = 1): number {
  checkProbability('gammaQuantile', p)
  return (
    scale *
    upperQuantile(
      x => gammaUpper(shape, x),
      x => gammaLower(shape, x),
      p,
      1 - p,
    )
  )
}

export function fCdf(x: number, df1: number, df2: number): number {
  if (x <= 0) return 0
  return betaLower(df1 / 2, df2 / 2, (df1 * x) / (df1 * x + df2), df2 / (df1 * x + df2))
}

export function fSf(x: number, df1: number, df2: number): number {
  if (x <= 0) return 1
  return betaLower(df2 / 2, df1 / 2, df2 / (df1 * x + df2), (df1 * x) / (df1 * x + df2))
}

export function fQuantile(p: number, df1: number, df2: number): number {
  checkProbability('fQuantile', p)
  return upperQuantile(
    x => fSf(x, df1, df2),
    x => fCdf(x, df1, df2),
    p,
    1 - p,
  )
}

export function betaCdf(x: number, a: number, b: number): number {
  return betaLower(a, b, x)
}

export function betaSf(x: number, a: number, b: number): number {
  return betaLower(b, a, 1 - x, x)
}

export function betaQuantile(p: number, a: number, b: number): number {
  checkProbability('betaQuantile', p)
  // In the odds x / (1 - x) both ends have room; beta is F in disguise.
  const odds = upperQuantile(
    o => betaLower(b, a, 1 / (1 + o), o / (1 + o)),
    o => betaLower(a, b, o / (1 + o), 1 / (1 + o)),
    p,
    1 - p,
  )
  return odds === Number.POSITIVE_INFINITY ? 1 : odds / (1 + odds)
}

export function binomialCdf(k: number, n: number, p: number): number {
  const j = Math.floor(k)
  if (j < 0) return 0
  if (j >= n) return 1
  return betaLower(n - j, j + 1, 1 - p, p)
}

/** P(X > k). */
export function binomialSf(k: number, n: number, p: number): number {
  const j = Math.floor(k)
  if (j < 0) return 1
  if (j >= n) return 0
  return betaLower(j + 1, n - j, p, 1 - p)
}

export function binomialQuantile(probability: number, n: number, p: number): number {
  checkProbability('binomialQuantile', probability)
  return countQuantile(k => binomialCdf(k, n, p), probability, n)
}

export function poissonCdf(k: number, mean: number): number {
  return k < 0 ? 0 : gammaUpper(Math.floor(k) + 1, mean)
}

/** P(X > k). */
export function poissonSf(k: number, mean: number): number {
  return k < 0 ? 1 : gammaLower(Math.floor(k) + 1, mean)
}

export function poissonQuantile(probability: number, mean: number): number {
  checkProbability('poissonQuantile', probability)
  if (probability === 1) return Number.POSITIVE_INFINITY
  return countQuantile(k => poissonCdf(k, mean), probability, Number.POSITIVE_INFINITY)
}

/** x >= 0 with cdf(x) = p, by the smaller of the two tails on a logarithmic scale. */
function upperQuantile(sf: (x: number) => number, cdf: (x: number) => number, p: number, q: number): number {
  if (p === 0) return 0
  if (q === 0) return Number.POSITIVE_INFINITY
  const miss =
    p < q
      ? (u: number) => Math.log(Math.max(cdf(Math.exp(u)), Number.MIN_VALUE) / p)
      : (u: number) => -Math.log(Math.max(sf(Math.exp(u)), Number.MIN_VALUE) / q)
  let low = -1
  let high = 1
  while (miss(low) > 0 && low > -700) low *= 2
  while (miss(high) < 0 && high < 700) high *= 2
  if (miss(low) > 0) return 0
  return Math.exp(root(miss, low, high))
}

/** Smallest count with cdf(count) >= p, by doubling and halving. */
function countQuantile(cdf: (k: number) => number, p: number, most: number): number {
  let high = 1
  while (high < most && cdf(high) < p) high *= 2
  let low = -1
  high = Math.min(high, most)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (cdf(middle) >= p) high = middle
    else low = middle
  }
  return high
}

function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0
  for (let i = coefficients.length - 1; i >= 0; i--) sum = sum * x + coefficients[i]!
  return sum
}

function checkProbability(name: string, p: number): void {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`${name}: p is ${p}, must be in [0, 1]`)
}

const wichuraA = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
  33430.57558358813, 2509.0809287301227,
]
const wichuraB = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271, 28729.085735721943,
  5226.495278852854,
]
const wichuraC = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684, 0.2417807251774506,
  0.022723844989269184, 0.0007745450142783414,
]
const wichuraD = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
  0.0005475938084995345, 1.0507500716444169e-9,
]
const wichuraE = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
  0.0012426609473880784, 0.000027115555687434876, 2.0103343992922881e-7,
]
const wichuraF = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 0.000018463183175100548,
  1.421511758316446e-7, 2.0442631033899397e-15,
]
