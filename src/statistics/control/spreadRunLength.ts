/** Run lengths and designs of charts of spread (R, S, moving range) of normal points; `ratio` is the true sigma in those of the limits. */
import { gaussLegendre } from '../../numeric/gaussLegendre.ts'
import { root } from '../../numeric/root.ts'
import { solveLinear } from '../../numeric/solveLinear.ts'
import { chiSquareCdf, chiSquareSf, normalDensity } from '../distributions/distributions.ts'
import { c4, d2, d3, rangeSf } from './constants.ts'
import { chebyshev } from './interpolation.ts'
import { averagedOverReferences } from './shortReference.ts'

/** Chance that a subgroup of n is out of an R or S chart of width L, exactly. */
export function spreadSignalRate(kind: 'r' | 's', n: number, L: number, ratio = 1): number {
  const factor = kind === 'r' ? d2(n) : c4(n)
  const spread = kind === 'r' ? d3(n) : Math.sqrt(1 - factor * factor)
  const upper = (factor + L * spread) / ratio
  const lower = Math.max(0, factor - L * spread) / ratio
  if (kind === 'r') return rangeSf(upper, n) + (lower > 0 ? 1 - rangeSf(lower, n) : 0)
  const df = n - 1
  return chiSquareSf(df * upper * upper, df) + (lower > 0 ? chiSquareCdf(df * lower * lower, df) : 0)
}

/**
 * L of an R or S chart that raises one false alarm in `arl0` subgroups of n. With `degrees` of freedom of the estimated
 * sigma on average over references; `unbiased` where the estimate is divided by its own mean, as R / d2 and S / c4 are.
 */
export function spreadDesign(
  kind: 'r' | 's',
  n: number,
  arl0: number,
  { degrees = Number.POSITIVE_INFINITY, unbiased = true }: { degrees?: number; unbiased?: boolean } = {},
): number {
  return widthFor('spreadDesign', arl0, degrees, unbiased, (L, scale) => spreadSignalRate(kind, n, L, 1 / scale))
}

/** L of a chart of moving ranges that raises one false alarm in `arl0` points, `degrees` as in spreadDesign. */
export function movingRangeDesign(arl0: number, degrees = Number.POSITIVE_INFINITY): number {
  movingRangeLogArl ??= chebyshev(range => Math.log(Math.min(1e12, movingRangeArl({ range }))), 0.1, widestRange, 28)
  const logArl = movingRangeLogArl
  return widthFor('movingRangeDesign', arl0, degrees, true, (L, scale) => {
    const range = Math.max(0.1, (d2(2) + L * d3(2)) * scale)
    return range > widestRange ? 0 : Math.exp(-logArl(range))
  })
}

/** A chart of moving ranges has one parameter: all its designs read the same curve. */
let movingRangeLogArl: ((range: number) => number) | undefined
/** A range of 9 sigma is no false alarm that anybody lives to see. */
const widestRange = 9

function widthFor(
  name: string,
  arl0: number,
  degrees: number,
  unbiased: boolean,
  rateOf: (L: number, scale: number) => number,
): number {
  if (!(arl0 >= 3 && arl0 <= 1e7)) throw new RangeError(`${name}: arl0 is ${arl0}, must be in [3, 1e7]`)
  const reference = { points: Number.POSITIVE_INFINITY, degrees }
  const mean = unbiased && degrees < Number.POSITIVE_INFINITY ? c4(degrees + 1) : 1
  const rate = (L: number) => averagedOverReferences(reference, (_, scale) => rateOf(L, scale / mean))
  const excess = (L: number) => Math.log(rate(L) * arl0)
  let low = 3
  while (excess(low) < 0 && low > 1e-3) low /= 1.3
  let high = low * 1.3
  while (excess(high) > 0) {
    low = high
    high *= 1.3
  }
  return root(excess, low, high, 1e-8)
}

/**
 * ARL of a chart of moving ranges |x_i - x_{i-1}| that is out above `range` sigma, with `limit` also of the points
 * themselves beyond mean +- limit sigma (individuals and moving range together):
 *   A(x) = 1 + integral of A(y) phi(y - shift) dy over y within `range` of x and within the limits
 * The window cuts the kernel off, so A is a polynomial through Gauss-Legendre nodes on each of three panels, between
 * whose ends it is smooth, and each window is integrated piece by piece (Crowder, Technometrics 29 (1987) 331, has the
 * equation). `ratio` multiplies the spread of the points.
 */
export function movingRangeArl({
  range,
  limit = Number.POSITIVE_INFINITY,
  shift = 0,
  ratio = 1,
}: {
  readonly range: number
  readonly limit?: number
  readonly shift?: number
  readonly ratio?: number
}): number {
  if (!(range > 0 && limit > 0))
    throw new RangeError(`movingRangeArl: range is ${range}, limit ${limit}, must be above 0`)
  const u = range / ratio
  const delta = shift / ratio
  // Beyond 8 standard deviations there is nothing to integrate over.
  const low = Math.max(-limit / ratio - delta, -8)
  const high = Math.min(limit / ratio - delta, 8)
  const ends = panelEnds(low, high, u)
  const perPanel = 12
  const { nodes, weights } = gaussLegendre(perPanel)
  const x = new Float64Array(perPanel * (ends.length - 1))
  for (let panel = 0; panel < ends.length - 1; panel++) {
    const [a, b] = [ends[panel]!, ends[panel + 1]!]
    for (let i = 0; i < perPanel; i++) x[panel * perPanel + i] = (a + b) / 2 + ((b - a) / 2) * nodes[i]!
  }
  const n = x.length
  /** Row of weights w_j with sum w_j A(x_j) = integral of A phi over [from, to]. */
  const row = (from: number, to: number): Float64Array => {
    const out = new Float64Array(n)
    for (let panel = 0; panel < ends.length - 1; panel++) {
      const a = Math.max(from, ends[panel]!)
      const b = Math.min(to, ends[panel + 1]!)
      if (!(b > a)) continue
      for (let q = 0; q < perPanel; q++) {
        const y = (a + b) / 2 + ((b - a) / 2) * nodes[q]!
        const w = ((b - a) / 2) * weights[q]! * normalDensity(y)
        spreadOver(out, x, panel * perPanel, perPanel, weights, nodes, y, w)
      }
    }
    return out
  }
  const matrix = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    const weight = row(x[i]! - u, x[i]! + u)
    for (let j = 0; j < n; j++) matrix[i * n + j] = (i === j ? 1 : 0) - weight[j]!
  }
  const a = solveLinear(matrix, new Float64Array(n).fill(1))
  // The first point has no range.
  const first = row(low, high)
  let arl = 1
  for (let j = 0; j < n; j++) arl += first[j]! * a[j]!
  return arl > 0 && arl < 1e12 ? arl : Number.POSITIVE_INFINITY
}

/**
 * Where a window of half width u begins or ends to be cut off by the limits, and by the cuts of the windows there; wide
 * panels are halved until the normal density is a polynomial on each.
 */
function panelEnds(low: number, high: number, u: number): number[] {
  const ends = [low, high]
  for (let k = 1; k <= 4; k++) {
    for (const end of [low + k * u, high - k * u]) if (end > low && end < high) ends.push(end)
  }
  const sorted = ends.sort((a, b) => a - b)
  const panels = [low]
  for (const end of sorted) {
    const before = panels.at(-1)!
    if (end - before < 1e-9) continue
    const parts = Math.ceil((end - before) / 2)
    for (let part = 1; part <= parts; part++) panels.push(before + ((end - before) * part) / parts)
  }
  return panels
}

/**
 * Adds w times the Lagrange polynomials of a panel at y, in barycentric form; the barycentric weight of Gauss-Legendre
 * node i is (-1)^i sqrt((1 - t_i^2) w_i) (Wang and Xiang 2012).
 */
function spreadOver(
  out: Float64Array,
  x: Float64Array,
  at: number,
  n: number,
  weights: Float64Array,
  nodes: Float64Array,
  y: number,
  w: number,
): void {
  let sum = 0
  const terms = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    const distance = y - x[at + i]!
    if (distance === 0) {
      out[at + i]! += w
      return
    }
    const term = ((i % 2 === 0 ? 1 : -1) * Math.sqrt((1 - nodes[i]! * nodes[i]!) * weights[i]!)) / distance
    terms[i] = term
    sum += term
  }
  for (let i = 0; i < n; i++) out[at + i]! += (w * terms[i]!) / sum
}
