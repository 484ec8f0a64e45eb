import { binomialTerm } from '../../numeric/gammaFunctions.ts'

/**
 * P(D_n >= d) of Kolmogorov's one-sample statistic at finite n, the recipe of Simard and L'Ecuyer (2011): exact by
 * matrix power (Durbin; Marsaglia, Tsang and Wang 2003) where that is cheap, twice the one-sided law (Smirnov) in the
 * upper tail, the expansion of Pelz and Good (1976) elsewhere. Relative error below 1e-9 against scipy's kstwo.
 */
export function kolmogorovSf(n: number, d: number): number {
  if (!Number.isInteger(n) || n < 1) throw new RangeError(`kolmogorovSf: n is ${n}, must be an integer of at least 1`)
  if (d <= 0.5 / n) return 1
  if (d >= 1) return 0
  const nd2 = n * d * d
  // The cdf is below 1e-13 here, and the matrices below would be large.
  if (nd2 < 0.03) return 1
  if (nd2 > (n <= 140 ? 4 : 2.2) || d >= 0.5) return Math.min(1, 2 * smirnovSf(n, d))
  if (n <= 140 || n * d ** 1.5 <= 1.4) return 1 - matrixPowerCdf(n, d)
  return pelzGoodSf(n, d)
}

/**
 * P(D_n^+ >= d) of the one-sided statistic, exactly (Birnbaum and Tingey 1951):
 *   sum_{j=0}^{floor(n (1 - d))} C(n, j) p^j (1 - p)^{n-j} d / p,   p = d + j/n
 * All terms are positive. For large n they are a smooth function of j that vanishes with all derivatives at both ends like
 * e^{-nd}, so that its sum over a coarser grid is the same to the last digits.
 */
function smirnovSf(n: number, d: number): number {
  const step = n * d > 50 ? Math.max(1, n / 4096) : 1
  const last = n * (1 - d)
  let sum = 0
  for (let j = 0; j <= last; j += step) {
    const p = d + j / n
    const q = 1 - p
    sum += q > 0 ? (binomialTerm(j, n, p, q) * d) / p : j === n ? d / p : 0
  }
  return Math.min(1, step * sum)
}

/** P(D_n < d) as an entry of the n-th power of a matrix of size 2k - 1, k = ceil(n d). */
function matrixPowerCdf(n: number, d: number): number {
  const k = Math.ceil(n * d)
  const size = 2 * k - 1
  const h = k - n * d
  let base: Float64Array = new Float64Array(size * size)
  for (let i = 0; i < size; i++) for (let j = 0; j <= Math.min(i + 1, size - 1); j++) base[i * size + j] = 1
  for (let i = 0; i < size; i++) {
    base[i * size]! -= h ** (i + 1)
    base[(size - 1) * size + i]! -= h ** (size - i)
  }
  base[(size - 1) * size]! += Math.max(0, 2 * h - 1) ** size
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= Math.min(i + 1, size - 1); j++) {
      for (let g = 1; g <= i - j + 1; g++) base[i * size + j]! /= g
    }
  }
  let power: Float64Array = new Float64Array(size * size)
  for (let i = 0; i < size; i++) power[i * size + i] = 1
  // Powers overflow and underflow: exponents of 2 are kept apart.
  let exponent = 0
  let baseExponent = 0
  for (let left = n; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) {
      power = multiply(power, base, size)
      exponent += baseExponent + rescale(power, size, k)
    }
    base = multiply(base, base, size)
    baseExponent = 2 * baseExponent + rescale(base, size, k)
  }
  let p = power[(k - 1) * size + k - 1]!
  for (let i = 1; i <= n; i++) {
    p *= i / n
    if (p < 1e-140) {
      p *= 2 ** 460
      exponent -= 460
    }
  }
  return p * 2 ** exponent
}

function multiply(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const out = new Float64Array(size * size)
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const factor = a[i * size + j]!
      if (factor === 0) continue
      for (let l = 0; l < size; l++) out[i * size + l]! += factor * b[j * size + l]!
    }
  }
  return out
}

/** Divides by a power of 2 when the middle entry gets large; returns that power. */
function rescale(a: Float64Array, size: number, k: number): number {
  if (a[(k - 1) * size + k - 1]! < 1e140) return 0
  for (let i = 0; i < a.length; i++) a[i]! *= 2 ** -460
  return 460
}

/** K_0(z) + K_1(z) n^-1/2 + K_2(z) / n + K_3(z) n^-3/2 with z = d sqrt(n), as sums over theta functions. */
function pelzGoodSf(n: number, d: number): number {
  const z = Math.sqrt(n) * d
  const z2 = z * z
  const z4 = z2 * z2
  const z6 = z4 * z2
  const pi2 = Math.PI ** 2
  const pi4 = pi2 * pi2
  const pi6 = pi4 * pi2
  const q = -pi2 / 8 / z2
  const root2pi = Math.sqrt(2 * Math.PI)
  const terms = Math.ceil((16 * z) / Math.PI)
  let k0 = 0
  let k1 = 0
  let k2 = 0
  let k3 = 0
  for (let k = terms; k >= 1; k--) {
    const m2 = (2 * k - 1) ** 2
    const m4 = m2 * m2
    const m6 = m4 * m2
    const e = Math.exp(q * m2)
    k0 += e
    k1 += e * (-z2 + (pi2 / 4) * m2)
    k2 += e * (6 * z6 + 2 * z4 + ((2 * z4 - 5 * z2) * pi2 * m2) / 4 + (pi4 * (1 - 2 * z2) * m4) / 16)
    k3 +=
      e *
      (-30 * z6 -
        90 * z4 * z4 +
        (pi2 * (135 * z4 - 96 * z6) * m2) / 4 +
        (pi4 * (-60 * z2 + 212 * z4) * m4) / 16 +
        (pi6 * (5 - 30 * z2) * m6) / 64)
  }
  k0 *= root2pi / z
  k1 *= root2pi / (6 * z4)
  k2 *= root2pi / (72 * z6 * z)
  k3 *= root2pi / (6480 * z6 * z4)
  let extra2 = 0
  let extra3 = 0
  for (let k = terms; k >= 1; k--) {
    const kk = k * k
    const e = kk * Math.exp((-pi2 / 2 / z2) * kk)
    extra2 += e
    extra3 += e * (3 * z2 - pi2 * kk)
  }
  k2 -= (extra2 * pi2 * root2pi) / (36 * z2 * z)
  k3 += (extra3 * pi2 * root2pi) / (216 * z6)
  const sf = 1 - k0 - k1 / Math.sqrt(n) - k2 / n - k3 / n ** 1.5
  return Math.min(1, Math.max(0, sf))
}
