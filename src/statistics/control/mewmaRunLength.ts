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

/** h4 that raises one false alarm in `arl0` points. */
export function mewmaDesign(r: number, p: number, arl0: number): number {
  if (!(arl0 >= 2 && arl0 <= 1e6)) throw new RangeError(`mewmaDesign: arl0 is ${arl0}, must be in [2, 1e6]`)
  const key = `${r}/${p}/${arl0}`
  const known = designs.get(key)
  if (known !== undefined) return known
  // Without memory h4 is a quantile; smoothing only narrows it.
  const high = chiSquareQuantile(1 - 1 / arl0, p)
  const excess = (h4: number) => Math.log(mewmaArl({ r, p, h4 }) / arl0)
  let low = high / 2
  while (excess(low) > 0) low /= 2
  const h4 = r === 1 ? high : root(excess, low, high * 1.001, 1e-9)
  designs.set(key, h4)
  return h4
}

const designs = new Map<string, number>()

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
