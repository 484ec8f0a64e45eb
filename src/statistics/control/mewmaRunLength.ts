/**
 * Run lengths and design of the multivariate EWMA Z = r X + (1 - r) Z of independent normal vectors, charted as
 * T^2 = Z' S_Z^{-1} Z against h4 with S_Z = r / (2 - r) S. Only the length of the shift matters: `shift` is that of the
 * mean vector in standard deviations (Mahalanobis).
 */
import { gaussLegendre } from '../../numeric/gaussLegendre.ts'
import { root } from '../../numeric/root.ts'
import { solveLinear } from '../../numeric/solveLinear.ts'
import { chiSquareQuantile, normalDensity } from '../distributions/distributions.ts'
import { nonCentralChiSquareDensity } from '../distributions/nonCentralChiSquare.ts'
import { chebyshev } from './interpolation.ts'
import { ewmaArl } from './runLength.ts'

export interface MewmaDesign {
  readonly r: number
  /** Columns. */
  readonly p: number
  readonly h4: number
  readonly shift?: number
}

/**
 * ARL from Z = 0. Without a shift in one dimension, q = |Z|^2 in [0, H], H = h4 r / (2 - r) (Rigdon 1995):
 *   A(q) = 1 + integral of A(y) f(y / r^2; p, ((1 - r) / r)^2 q) / r^2 dy,   f the non-central chi-square density,
 * with y = u^2, which takes the root out of the density at 0. With a shift in two: the component along it (normal) and
 * the squared length of the rest (p - 1 degrees of freedom), on a half disc with nodes sqrt(H) sin(theta) so that they
 * crowd at its ends.
 */
export function mewmaArl({ r, p, h4, shift = 0 }: MewmaDesign): number {
  if (!(r > 0 && r <= 1)) throw new RangeError(`mewmaArl: r is ${r}, must be in (0, 1]`)
  if (!(Number.isInteger(p) && p >= 1))
    throw new RangeError(`mewmaArl: p is ${p}, must be a whole number of at least 1`)
  if (!(h4 > 0)) throw new RangeError(`mewmaArl: h4 is ${h4}, must be above 0`)
  const H = (h4 * r) / (2 - r)
  // T^2 of one column is the square of an EWMA chart.
  if (p === 1) return ewmaArl({ lambda: r, L: Math.sqrt(h4), shift })
  return shift === 0 ? radial(r, p, H) : alongShift(r, p, H, shift)
}

/**
 * h4 that raises one false alarm in `arl0` points; with a `reference` of so many points, whose mean and covariance the
 * chart uses, on average over references (see mewmaFalseAlarmRate).
 */
export function mewmaDesign(r: number, p: number, arl0: number, { reference }: { reference?: number } = {}): number {
  if (!(arl0 >= 2 && arl0 <= 1e6)) throw new RangeError(`mewmaDesign: arl0 is ${arl0}, must be in [2, 1e6]`)
  const key = `${r}/${p}/${arl0}/${reference ?? 'known'}`
  const designed = designs.get(key) ?? design(r, p, arl0, reference)
  designs.set(key, designed)
  return designed
}

const designs = new Map<string, number>()

function design(r: number, p: number, arl0: number, reference: number | undefined): number {
  // Without memory h4 is a quantile; smoothing only narrows it.
  const high = chiSquareQuantile(1 - 1 / arl0, p)
  const excess = (h4: number) => Math.log(mewmaArl({ r, p, h4 }) / arl0)
  let low = high / 2
  while (excess(low) > 0) low /= 2
  const known = r === 1 ? high : root(excess, low, high * 1.001, 1e-9)
  if (reference === undefined) return known
  const rate = shortReferenceRate(r, p, reference)
  const tooOften = (h4: number) => Math.log(rate(h4) * arl0)
  let wide = known
  while (tooOften(wide) > 0) wide *= 1.3
  return wide === known ? known : root(tooOften, known, wide, 1e-7)
}

/**
 * False alarms a point, on average over references of m points.
 *
 * - The estimated covariance changes the distance in a fixed direction by the factor chi2_{m - p} / (m - 1), exactly.
 * - The error of the mean, N(0, S / m), stays for ever: seen over references Z has the variance v' = v + 1 / m in place of
 *   v = r / (2 - r), and how often a wandering point crosses a far boundary goes with its density there. So the rate
 *   1 / ARL is multiplied by the ratio of the densities, (v / v')^{p/2} exp(H / 2 (1 / v - 1 / v')), H = v h4.
 *
 * An approximation, on the safe side: charts designed by it alarm 0.75 to 1 times as often as asked for (test; by the
 * exact double average for one column 0.97).
 */
export function mewmaFalseAlarmRate({ r, p, h4 }: MewmaDesign, reference: number): number {
  return shortReferenceRate(r, p, reference)(h4)
}

function shortReferenceRate(r: number, p: number, m: number): (h4: number) => number {
  if (!(m > p + 4))
    throw new RangeError(`mewmaDesign: reference is ${m} points, needs at least ${p + 5} for ${p} columns`)
  const df = m - p
  const low = chiSquareQuantile(1e-7, df)
  const high = chiSquareQuantile(1 - 1e-5, df)
  const { nodes, weights } = gaussLegendre(12)
  const v = r / (2 - r)
  const wider = v + 1 / m
  // Beyond this no false alarm is left to count, even with a wrong mean.
  const widest = chiSquareQuantile(1 - 1e-9, p) * (wider / v)
  const logArl = chebyshev(h4 => Math.log(Math.min(1e12, mewmaArl({ r, p, h4 }))), 0.05, widest, 24)
  return h4 => {
    let sum = 0
    let mass = 0
    for (let i = 0; i < nodes.length; i++) {
      const x = low + ((high - low) * (nodes[i]! + 1)) / 2
      const share = weights[i]! * Math.exp((df / 2 - 1) * Math.log(x / df) - (x - df) / 2)
      mass += share
      const effective = Math.max(0.05, (h4 * x) / (m - 1))
      if (effective > widest) continue
      const density = (v / wider) ** (p / 2) * Math.exp((v * effective * (1 / v - 1 / wider)) / 2)
      sum += share * Math.min(1, density * Math.exp(-logArl(effective)))
    }
    return sum / mass
  }
}

function radial(r: number, p: number, H: number): number {
  const n = Math.min(200, Math.max(30, Math.ceil((6 * Math.sqrt(H)) / r)))
  const { nodes, weights } = gaussLegendre(n)
  const edge = Math.sqrt(H)
  const u = Float64Array.from(nodes, node => (edge * (node + 1)) / 2)
  const matrix = new Float64Array(n * n)
  const kernel = (from: number, j: number) => {
    const to = u[j]!
    const density = nonCentralChiSquareDensity((to * to) / (r * r), p, (((1 - r) / r) * from) ** 2) / (r * r)
    return density * 2 * to * ((edge * weights[j]!) / 2)
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) matrix[i * n + j] = (i === j ? 1 : 0) - kernel(u[i]!, j)
  }
  const a = solveLinear(matrix, new Float64Array(n).fill(1))
  let arl = 1
  for (let j = 0; j < n; j++) arl += kernel(0, j) * a[j]!
  return resolvable(arl)
}

function alongShift(r: number, p: number, H: number, shift: number): number {
  const edge = Math.sqrt(H)
  const along = gaussLegendre(Math.min(60, Math.max(24, Math.ceil((4 * edge) / r))))
  const across = gaussLegendre(Math.min(40, Math.max(12, Math.ceil((2.5 * edge) / r))))
  const n = along.nodes.length * across.nodes.length
  const z = new Float64Array(n)
  const rest = new Float64Array(n)
  const weight = new Float64Array(n)
  let at = 0
  for (let i = 0; i < along.nodes.length; i++) {
    const theta = (Math.PI / 2) * along.nodes[i]!
    const height = edge * Math.cos(theta)
    for (let j = 0; j < across.nodes.length; j++) {
      const w = (height * (across.nodes[j]! + 1)) / 2
      z[at] = edge * Math.sin(theta)
      rest[at] = w
      // dz = edge cos(theta) dtheta, d(w^2) = 2 w dw
      weight[at] = (Math.PI / 2) * along.weights[i]! * height * 2 * w * ((height * across.weights[j]!) / 2)
      at++
    }
  }
  const kernel = (fromZ: number, fromRest: number, j: number) =>
    (weight[j]! *
      normalDensity((z[j]! - (1 - r) * fromZ) / r - shift) *
      nonCentralChiSquareDensity((rest[j]! / r) ** 2, p - 1, (((1 - r) / r) * fromRest) ** 2)) /
    (r * r * r)
  const matrix = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) matrix[i * n + j] = (i === j ? 1 : 0) - kernel(z[i]!, rest[i]!, j)
  }
  const a = solveLinear(matrix, new Float64Array(n).fill(1))
  let arl = 1
  for (let j = 0; j < n; j++) arl += kernel(0, 0, j) * a[j]!
  return resolvable(arl)
}

function resolvable(arl: number): number {
  return arl > 0 && arl < 1e12 ? arl : Number.POSITIVE_INFINITY
}
