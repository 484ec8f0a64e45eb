/**
 * Average run length (ARL): the mean number of points until a chart signals, and the limit width that gives a wanted
 * ARL0 (no change, so every signal is false). Points are independent normal; `shift` is in standard deviations.
 */
import { gaussLegendre } from '../../numeric/gaussLegendre.ts'
import { root } from '../../numeric/root.ts'
import { solveLinear } from '../../numeric/solveLinear.ts'
import { normalCdf, normalQuantile, normalSf } from '../distributions/distributions.ts'
import { chebyshev } from './interpolation.ts'
import { averagedOverReferences, type Reference, referenceKey } from './shortReference.ts'

/**
 * `asymptotic` limits are constant; `time-varying` ones start narrow and widen with the variance of the EWMA, so that a
 * change right at the start is seen sooner.
 */
export type EwmaLimitKind = 'asymptotic' | 'time-varying'

/** ARL of a chart of single points with limits at mean +- L sd. */
export function shewhartArl(L: number, shift = 0): number {
  return 1 / (normalSf(L - shift) + normalCdf(-L - shift))
}

/** L of a chart of single points that raises one false alarm in `arl0` points. */
export function shewhartDesign(arl0: number): number {
  checkArl0('shewhartDesign', arl0)
  return -normalQuantile(0.5 / arl0)
}

/**
 * ARL of a two-sided EWMA chart, started at the mean, limits at mean +- L sd sqrt(lambda / (2 - lambda)).
 *   A(z) = 1 + 1/lambda * integral over [-H, H] of A(y) phi((y - (1 - lambda) z) / lambda - shift) dy
 * by Gauss-Legendre nodes (Crowder 1987); time-varying limits propagate the density of z step by step until the limits
 * are constant. Relative error below 1e-5 for lambda >= 0.03 (test: R package spc).
 */
export function ewmaArl({
  lambda,
  L,
  shift = 0,
  limits = 'asymptotic',
}: {
  lambda: number
  L: number
  shift?: number
  limits?: EwmaLimitKind
}): number {
  if (!(lambda > 0 && lambda <= 1)) throw new RangeError(`ewmaArl: lambda is ${lambda}, must be in (0, 1]`)
  if (!(L > 0)) throw new RangeError(`ewmaArl: L is ${L}, must be above 0`)
  if (lambda === 1) return shewhartArl(L, shift)
  if (limits === 'asymptotic') return asymptoticArl(lambda, L, shift, nodeCount(lambda, L))
  const rule = gaussLegendre(nodeCount(lambda, L))
  const halfWidth = L * Math.sqrt(lambda / (2 - lambda))
  return timeVaryingArl(lambda, halfWidth, shift, rule, remainingRunLength(lambda, halfWidth, shift, rule))
}

function asymptoticArl(lambda: number, L: number, shift: number, nodes: number): number {
  const rule = gaussLegendre(nodes)
  const halfWidth = L * Math.sqrt(lambda / (2 - lambda))
  const remaining = remainingRunLength(lambda, halfWidth, shift, rule)
  let arl = 1
  for (let j = 0; j < remaining.length; j++) {
    arl += halfWidth * rule.weights[j]! * stepDensity(halfWidth * rule.nodes[j]!, 0, lambda, shift) * remaining[j]!
  }
  return resolvable(arl)
}

/**
 * L of an EWMA chart that raises one false alarm in `arl0` points.
 *
 * With `reference` = m the mean and sd come from m earlier points (or from what a Reference says). A wrong mean looks
 * like a shift and a small sd like narrow limits, so L of a known process alarms too often: with m = 28, lambda 0.2 and
 * ARL0 500 three times as often. L is widened so that the false-alarm rate 1 / ARL, averaged over the references one
 * might have drawn, is 1 / arl0; the same idea as the prediction limits of a single point, which are the case lambda = 1.
 */
export function ewmaDesign(
  lambda: number,
  arl0: number,
  {
    limits = 'asymptotic',
    reference = Number.POSITIVE_INFINITY,
  }: { limits?: EwmaLimitKind; reference?: number | Reference } = {},
): number {
  checkArl0('ewmaDesign', arl0)
  const from = asReference(reference)
  if (!(from.points >= 5 && from.degrees >= 4))
    throw new RangeError(`ewmaDesign: reference is ${from.points} points, needs at least 5`)
  const key = `${lambda}/${arl0}/${limits}/${referenceKey(from)}`
  const designed = designs.get(key) ?? design(lambda, arl0, limits, from)
  designs.set(key, designed)
  return designed
}

/** Designs already solved: a widened one takes about 50 ms, and monitors ask for the same few again and again. */
const designs = new Map<string, number>()

function design(lambda: number, arl0: number, limits: EwmaLimitKind, reference: Reference): number {
  // Smoothing narrows the limits of single points a little.
  const asymptotic = widthFor(L => 1 / ewmaArl({ lambda, L }), arl0, 0.85 * shewhartDesign(arl0))
  // Time-varying limits widen them by less than 1 % where false alarms are rare.
  const known =
    limits === 'asymptotic' ? asymptotic : widthFor(L => 1 / ewmaArl({ lambda, L, limits }), arl0, asymptotic, 1.02)
  if (reference.points === Number.POSITIVE_INFINITY && reference.degrees === Number.POSITIVE_INFINITY) return known
  // That move of the known process is added to the widened asymptotic L.
  return widthFor(tabulatedRate(lambda, reference), arl0, 0.99 * asymptotic) + known - asymptotic
}

/**
 * ewmaFalseAlarmRate as a function of L that costs next to nothing: the chart depends on L only through the product of L
 * and the sd ratio, so log ARL is solved at Chebyshev nodes of that product, once for each error of the mean, and
 * interpolated. Beyond the last node no alarm is left to count. Good to 1e-3 in the rate.
 */
function tabulatedRate(lambda: number, reference: Reference): (L: number) => number {
  const narrowest = 0.1
  // Six standard deviations of the average beyond where the shift takes it.
  const widestOf = (shift: number) => 6 + shift / Math.sqrt(lambda / (2 - lambda))
  const tables = new Map<number, (width: number) => number>()
  const logArl = (shift: number, width: number) => {
    let table = tables.get(shift)
    if (table === undefined) {
      const exact = (L: number) => Math.log(Math.min(1e12, ewmaArl({ lambda, L, shift })))
      table = chebyshev(exact, narrowest, widestOf(shift), 20)
      tables.set(shift, table)
    }
    return table(width)
  }
  return L =>
    averagedOverReferences(reference, (shift, scale) => {
      const width = Math.max(narrowest, L * scale)
      return width > widestOf(shift) ? 0 : Math.exp(-logArl(shift, width))
    })
}

/** L at which a rate that falls with L is 1 / arl0, looked for from `low` upwards, or below it, by this factor. */
function widthFor(rate: (L: number) => number, arl0: number, low: number, factor = 1.2): number {
  const excess = (L: number) => Math.log(rate(L) * arl0)
  while (excess(low) < 0) low /= factor
  let high = low * factor
  while (excess(high) > 0) {
    low = high
    high *= factor
  }
  return root(excess, low, high, 1e-9)
}

/**
 * Mean of 1 / ARL over references (see shortReference.ts): the chart is that of a known process with the error of the
 * mean as its shift and limits L times the ratio of the sds.
 */
export function ewmaFalseAlarmRate(lambda: number, L: number, reference: number | Reference): number {
  return averagedOverReferences(asReference(reference), (shift, scale) => 1 / ewmaArl({ lambda, L: L * scale, shift }))
}

function asReference(reference: number | Reference): Reference {
  return typeof reference === 'number' ? { points: reference, degrees: reference - 1 } : reference
}

/** Enough nodes that the normal density of one step spans several of them. */
function nodeCount(lambda: number, L: number): number {
  return Math.min(300, Math.max(24, Math.ceil((4 * L) / Math.sqrt(lambda * (2 - lambda)))))
}

/** Density of the next EWMA at y, given that it is at z. */
function stepDensity(y: number, z: number, lambda: number, shift: number): number {
  const u = (y - (1 - lambda) * z) / lambda - shift
  return Math.exp(-0.5 * u * u) / (lambda * Math.sqrt(2 * Math.PI))
}

/** A at the nodes: expected further points of a chart with constant limits whose EWMA stands there. */
function remainingRunLength(
  lambda: number,
  halfWidth: number,
  shift: number,
  { nodes, weights }: { nodes: Float64Array; weights: Float64Array },
): Float64Array {
  const n = nodes.length
  const matrix = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      matrix[i * n + j] =
        (i === j ? 1 : 0) -
        halfWidth * weights[j]! * stepDensity(halfWidth * nodes[j]!, halfWidth * nodes[i]!, lambda, shift)
    }
  }
  return solveLinear(matrix, new Float64Array(n).fill(1))
}

/** Sum over n of P(no signal in the first n points); after the limits have settled the rest is the integral of f A. */
function timeVaryingArl(
  lambda: number,
  settled: number,
  shift: number,
  { nodes, weights }: { nodes: Float64Array; weights: Float64Array },
  remaining: Float64Array,
): number {
  const n = nodes.length
  let halfWidth = settled * Math.sqrt(1 - (1 - lambda) ** 2)
  let density = Float64Array.from(nodes, y => stepDensity(halfWidth * y, 0, lambda, shift))
  let arl = 1
  for (let step = 1; (1 - lambda) ** (2 * step) > 1e-12; step++) {
    for (let j = 0; j < n; j++) arl += halfWidth * weights[j]! * density[j]!
    const nextHalfWidth = settled * Math.sqrt(1 - (1 - lambda) ** (2 * (step + 1)))
    const next = new Float64Array(n)
    for (let i = 0; i < n; i++) {
      let sum = 0
      for (let j = 0; j < n; j++) {
        sum += weights[j]! * density[j]! * stepDensity(nextHalfWidth * nodes[i]!, halfWidth * nodes[j]!, lambda, shift)
      }
      next[i] = halfWidth * sum
    }
    density = next
    halfWidth = nextHalfWidth
  }
  for (let j = 0; j < n; j++) arl += halfWidth * weights[j]! * density[j]! * remaining[j]!
  return resolvable(arl)
}

/** Beyond 1e12 points the equations are singular in double precision; nobody will wait for that alarm. */
function resolvable(arl: number): number {
  return arl > 0 && arl < 1e12 ? arl : Number.POSITIVE_INFINITY
}

function checkArl0(name: string, arl0: number): void {
  if (!(arl0 >= 2 && arl0 <= 1e7)) throw new RangeError(`${name}: arl0 is ${arl0}, must be in [2, 1e7]`)
}
