/**
 * What a short reference does to a chart. Its mean and standard deviation are those of the points one happened to have: a
 * wrong mean looks like a shift, a small sd like narrow limits. Designs therefore hold the false-alarm rate on average
 * over the references that one might have had.
 */
import { gaussLegendre } from '../../numeric/gaussLegendre.ts'
import { chiSquareQuantile, normalSf, tQuantile, tSf } from '../distributions/distributions.ts'
import { c4 } from './constants.ts'

/** What limits were estimated from; infinite where the parameter was given. */
export interface Reference {
  /** Points that the mean is an average of. */
  readonly points: number
  /** Degrees of freedom of the standard deviation. */
  readonly degrees: number
}

/** Nothing was estimated. */
export const knownExactly: Reference = { points: Number.POSITIVE_INFINITY, degrees: Number.POSITIVE_INFINITY }

/** The run length that limits were designed for, to be kept with them; a width L that is given wins over it. */
export const designedFor = ({ L, arl0 }: { L?: number; arl0?: number }): { arl0?: number } =>
  L === undefined && arl0 !== undefined ? { arl0 } : {}

export const referenceKey = (reference: Reference | undefined): string =>
  reference === undefined ? 'known' : `${reference.points},${reference.degrees}`

/**
 * Mean of rate(shift, scale) over references: in standard deviations the error of the mean is a ~ N(0, 1 / points), and
 * the estimated sd is scale = sqrt(chi2 / degrees) times the true one. Symmetric charts: shift is taken at least 0.
 */
export function averagedOverReferences(
  { points, degrees }: Reference,
  rate: (shift: number, scale: number) => number,
): number {
  const errors = meanErrors(points)
  let sum = 0
  let mass = 0
  for (const { scale, share } of scales(degrees)) {
    for (const { shift, share: half } of errors) {
      const part = share * half
      mass += part
      // Parts that nobody will see are not worth an integral equation.
      if (part > 1e-9) sum += part * rate(shift, scale)
    }
  }
  return sum / mass
}

/** Gauss-Legendre nodes on the absolute error of the mean, up to 4 standard errors. */
function meanErrors(points: number): readonly { readonly shift: number; readonly share: number }[] {
  if (points === Number.POSITIVE_INFINITY) return [{ shift: 0, share: 1 }]
  const { nodes, weights } = gaussLegendre(8)
  return Array.from(nodes, (node, i) => {
    const u = 2 * (node + 1)
    return { shift: u / Math.sqrt(points), share: weights[i]! * Math.exp(-0.5 * u * u) }
  })
}

/** The same on the estimated sd: density of q = sqrt(chi2 / df) is proportional to q^(df - 1) exp(-df q^2 / 2). */
function scales(degrees: number): readonly { readonly scale: number; readonly share: number }[] {
  if (degrees === Number.POSITIVE_INFINITY) return [{ scale: 1, share: 1 }]
  const low = Math.sqrt(chiSquareQuantile(1e-7, degrees) / degrees)
  const high = Math.sqrt(chiSquareQuantile(1 - 1e-5, degrees) / degrees)
  const { nodes, weights } = gaussLegendre(10)
  return Array.from(nodes, (node, i) => {
    const q = low + ((high - low) * (node + 1)) / 2
    // Relative to the density at q = 1, which is close to its largest.
    return { scale: q, share: weights[i]! * Math.exp((degrees - 1) * Math.log(q) - (degrees * (q * q - 1)) / 2) }
  })
}

/**
 * Width of limits of single points, in estimated standard deviations, that keeps the false-alarm rate 2 (1 - Phi(L)):
 *   t_{1 - a/2, degrees} sqrt(1 + 1 / points)
 * `unbiased`: the estimate of sigma is divided by its own mean (R / d2, S / c4), as those of ranges are; t is then
 * multiplied by c4(degrees + 1).
 */
export function predictionWidth(L: number, { points, degrees }: Reference, { unbiased = false } = {}): number {
  const known = degrees === Number.POSITIVE_INFINITY
  const quantile = known ? L : -tQuantile(normalSf(L), degrees) * (unbiased ? c4(degrees + 1) : 1)
  return quantile * Math.sqrt(1 + 1 / points)
}

/** The converse: how often limits of this width raise a false alarm, on average over references. */
export function expectedFalseAlarmRate(
  width: number,
  { points, degrees }: Reference,
  { unbiased = false } = {},
): number {
  const quantile = width / Math.sqrt(1 + 1 / points)
  if (degrees === Number.POSITIVE_INFINITY) return 2 * normalSf(quantile)
  return 2 * tSf(quantile / (unbiased ? c4(degrees + 1) : 1), degrees)
}
