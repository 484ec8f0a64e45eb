/** Run lengths and design of tabular CUSUM charts of independent normal points; `shift` is in standard deviations. */
import { gaussLegendre } from '../../numeric/gaussLegendre.ts'
import { root } from '../../numeric/root.ts'
import { solveLinear } from '../../numeric/solveLinear.ts'
import { normalCdf, normalDensity } from '../distributions/distributions.ts'
import { averagedOverReferences, type Reference, referenceKey } from './shortReference.ts'

/**
 * ARL of the upper CUSUM C = max(0, C + x - k), out above h, begun at `headStart`:
 *   A(s) = 1 + A(0) Phi(k - s - shift) + integral over [0, h] of A(y) phi(y + k - s - shift) dy
 * by Gauss-Legendre nodes; the mass at 0 is an unknown of its own (Page 1954, Vance 1986).
 */
export function cusumArl({ k, h, shift = 0, headStart = 0 }: CusumDesign & { headStart?: number }): number {
  check(k, h)
  if (!(headStart >= 0 && headStart <= h))
    throw new RangeError(`cusumArl: headStart is ${headStart}, must be in [0, h]`)
  const { nodes, weights } = gaussLegendre(nodeCount(h))
  const n = nodes.length
  const y = Float64Array.from(nodes, node => (h * (node + 1)) / 2)
  const size = n + 1
  const matrix = new Float64Array(size * size)
  // Unknown 0 is A(0), the others A at the nodes.
  for (let i = 0; i < size; i++) {
    const s = i === 0 ? 0 : y[i - 1]!
    matrix[i * size] = -normalCdf(k - s - shift)
    for (let j = 0; j < n; j++) {
      matrix[i * size + j + 1] = -((h * weights[j]!) / 2) * normalDensity(y[j]! + k - s - shift)
    }
    matrix[i * size + i]! += 1
  }
  const a = solveLinear(matrix, new Float64Array(size).fill(1))
  if (headStart === 0) return resolvable(a[0]!)
  let arl = 1 + a[0]! * normalCdf(k - headStart - shift)
  for (let j = 0; j < n; j++) {
    arl += ((h * weights[j]!) / 2) * normalDensity(y[j]! + k - headStart - shift) * a[j + 1]!
  }
  return resolvable(arl)
}

export interface CusumDesign {
  readonly k: number
  readonly h: number
  readonly shift?: number
}

/**
 * ARL of both sums together: 1 / A = 1 / A_up + 1 / A_down. With a head start s
 *   A = (A_up(s) A_down(0) + A_up(0) A_down(s) - A_up(0) A_down(0)) / (A_up(0) + A_down(0))
 * (Lucas and Crosier 1982); it holds because one sum is at 0 before the other signals.
 */
export function twoSidedCusumArl({ k, h, shift = 0, headStart = 0 }: CusumDesign & { headStart?: number }): number {
  const up = cusumArl({ k, h, shift })
  const down = shift === 0 ? up : cusumArl({ k, h, shift: -shift })
  if (headStart === 0) return resolvable(1 / (1 / up + 1 / down))
  const upFast = cusumArl({ k, h, shift, headStart })
  const downFast = shift === 0 ? upFast : cusumArl({ k, h, shift: -shift, headStart })
  // A sum that never signals leaves the other alone.
  if (up === Number.POSITIVE_INFINITY) return downFast
  if (down === Number.POSITIVE_INFINITY) return upFast
  return resolvable((upFast * down + up * downFast - up * down) / (up + down))
}

/**
 * h of a two-sided CUSUM that raises one false alarm in `arl0` points. `headStart` is a share of h: 0.5 for a fast
 * initial response. With a `reference` the false-alarm rate 1 / ARL0 holds on average over references, as in ewmaDesign.
 */
export function cusumDesign(
  k: number,
  arl0: number,
  { headStart = 0, reference }: { headStart?: number; reference?: Reference | undefined } = {},
): number {
  if (!(k >= 0)) throw new RangeError(`cusumDesign: k is ${k}, must be at least 0`)
  if (!(arl0 >= 2 && arl0 <= 1e7)) throw new RangeError(`cusumDesign: arl0 is ${arl0}, must be in [2, 1e7]`)
  const key = `${k}/${arl0}/${headStart}/${referenceKey(reference)}`
  const designed = designs.get(key)
  if (designed !== undefined) return designed
  const known = knownHeight(k, arl0, headStart)
  const h = reference === undefined ? known : widenedHeight(k, arl0, headStart, reference, known)
  designs.set(key, h)
  return h
}

function knownHeight(k: number, arl0: number, headStart: number): number {
  const excess = (h: number) => Math.log(twoSidedCusumArl({ k, h, headStart: headStart * h }) / arl0)
  let low = 0.25
  while (excess(low) > 0 && low > 1e-3) low /= 2
  let high = 1.5 * low
  while (excess(high) < 0) {
    low = high
    high *= 1.5
  }
  return root(excess, low, high, 1e-9)
}

/**
 * An average over references is eighty pairs of integral equations, so it is asked for few times: Siegmund's closed
 * form says where to look and how fast the rate falls, the equations correct it.
 */
function widenedHeight(k: number, arl0: number, headStart: number, reference: Reference, known: number): number {
  const rate = (h: number) =>
    averagedOverReferences(reference, (shift, scale) => {
      const scaled = { k: k * scale, h: h * scale, shift, headStart: headStart * h * scale }
      return 1 / twoSidedCusumArl(scaled)
    })
  const closedRate = (h: number) =>
    averagedOverReferences(
      reference,
      (shift, scale) => 1 / siegmund(k * scale - shift, h * scale) + 1 / siegmund(k * scale + shift, h * scale),
    )
  // The closed form is a little off for known parameters too: by the same factor.
  const off = (2 / siegmund(k, known)) * arl0
  let high = 1.3 * known
  while (closedRate(high) * arl0 > off) high *= 1.3
  let h = root(x => Math.log((closedRate(x) * arl0) / off), known / 1.3, high, 1e-6)
  for (let step = 0; step < 8; step++) {
    const excess = Math.log(rate(h) * arl0)
    if (Math.abs(excess) < 1e-4) break
    const slope = Math.log(closedRate(1.02 * h) / closedRate(h)) / (0.02 * h)
    h -= excess / slope
  }
  return h
}

/** ARL of a one-sided CUSUM of drift -d a point (Siegmund 1985, h + 1.166 for the overshoot), within some per cent. */
function siegmund(d: number, h: number): number {
  const b = h + 1.166
  const x = 2 * d * b
  // Towards no drift the terms cancel: b^2.
  return Math.abs(x) < 1e-3 ? b * b : (Math.exp(x) - 1 - x) / (2 * d * d)
}

const designs = new Map<string, number>()

/** The step density has width 1: several nodes for each unit of h. */
function nodeCount(h: number): number {
  return Math.min(160, Math.max(40, Math.ceil(5 * h)))
}

function resolvable(arl: number): number {
  return arl > 0 && arl < 1e12 ? arl : Number.POSITIVE_INFINITY
}

function check(k: number, h: number): void {
  if (!(k >= 0)) throw new RangeError(`cusumArl: k is ${k}, must be at least 0`)
  if (!(h > 0)) throw new RangeError(`cusumArl: h is ${h}, must be above 0`)
}
