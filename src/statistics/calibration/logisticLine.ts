/**
 * Logistic regression on one number: p = 1 / (1 + exp(-(slope x + intercept))), by Newton steps on the log-likelihood,
 * halved while they do not help (Lin, Lin and Weng, Machine Learning 68 (2007) 267).
 */

export interface LogisticLine {
  readonly slope: number
  readonly intercept: number
}

/** The line with the inverse of the information matrix at it: its covariance under the model. */
export interface FittedLine extends LogisticLine {
  readonly slopeVariance: number
  readonly interceptVariance: number
  readonly covariance: number
  readonly logLikelihood: number
}

/**
 * `target` in [0, 1]. Undefined where no finite line is best: the targets are all 0 or all 1 or split by x without
 * overlap, or x is constant.
 */
export function fitLogisticLine(x: Float64Array, target: Float64Array, weight?: Float64Array): FittedLine | undefined {
  // Centred and scaled x keep the two parameters nearly orthogonal, whatever the unit of the score.
  const { centre, scale } = centreAndScale(x, weight)
  if (!(scale > 0)) return undefined
  const z = x.map(value => (value - centre) / scale)
  let slope = 0
  let intercept = 0
  let at = derivatives(z, target, weight, slope, intercept)
  for (let step = 0; step < 100; step++) {
    const determinant = at.h11 * at.h00 - at.h10 * at.h10
    if (!(determinant > 1e-12 * at.h11 * at.h00)) return undefined
    const slopeStep = (at.h00 * at.g1 - at.h10 * at.g0) / determinant
    const interceptStep = (at.h11 * at.g0 - at.h10 * at.g1) / determinant
    const gain = slopeStep * at.g1 + interceptStep * at.g0
    if (gain <= 1e-22 * Math.max(1, Math.abs(at.value))) {
      return inUnitsOfX({ slope, intercept, ...at, determinant, centre, scale })
    }
    // Close to the optimum the rounding of the sum hides the gain, and the full step is right.
    const rounding = 1e-12 * Math.abs(at.value)
    let length = 1
    let next = derivatives(z, target, weight, slope + slopeStep, intercept + interceptStep)
    while (next.value < at.value + 1e-4 * length * gain - rounding && length > 1e-10) {
      length /= 2
      next = derivatives(z, target, weight, slope + length * slopeStep, intercept + length * interceptStep)
    }
    slope += length * slopeStep
    intercept += length * interceptStep
    if (Math.abs(slope) + Math.abs(intercept) > 1e4) return undefined
    at = next
  }
  return undefined
}

export function logistic(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : 1 - 1 / (1 + Math.exp(x))
}

function centreAndScale(x: Float64Array, weight?: Float64Array): { centre: number; scale: number } {
  let total = 0
  let centre = 0
  let square = 0
  for (let i = 0; i < x.length; i++) {
    const w = weight ? weight[i]! : 1
    if (w === 0) continue
    total += w
    const gap = x[i]! - centre
    centre += (gap * w) / total
    square += w * gap * (x[i]! - centre)
  }
  return { centre, scale: Math.sqrt(square / total) }
}

/** Log-likelihood, its gradient (g1 slope, g0 intercept) and minus its second derivatives. */
interface Derivatives {
  readonly value: number
  readonly g1: number
  readonly g0: number
  readonly h11: number
  readonly h10: number
  readonly h00: number
}

function derivatives(
  z: Float64Array,
  target: Float64Array,
  weight: Float64Array | undefined,
  slope: number,
  intercept: number,
): Derivatives {
  let value = 0
  let g1 = 0
  let g0 = 0
  let h11 = 0
  let h10 = 0
  let h00 = 0
  for (let i = 0; i < z.length; i++) {
    const w = weight ? weight[i]! : 1
    if (w === 0) continue
    const u = slope * z[i]! + intercept
    const p = logistic(u)
    // t ln p + (1 - t) ln(1 - p) = t u - ln(1 + e^u), without overflow.
    value += w * (target[i]! * u - Math.max(u, 0) - Math.log1p(Math.exp(-Math.abs(u))))
    const d = w * (target[i]! - p)
    const v = w * p * (1 - p)
    g1 += d * z[i]!
    g0 += d
    h11 += v * z[i]! * z[i]!
    h10 += v * z[i]!
    h00 += v
  }
  return { value, g1, g0, h11, h10, h00 }
}

function inUnitsOfX({
  slope,
  intercept,
  value,
  h11,
  h10,
  h00,
  determinant,
  centre,
  scale,
}: Derivatives & LogisticLine & { determinant: number; centre: number; scale: number }): FittedLine {
  const slopeVariance = h00 / determinant / scale ** 2
  const covariance = -h10 / determinant / scale
  return {
    slope: slope / scale,
    intercept: intercept - (slope * centre) / scale,
    slopeVariance,
    interceptVariance: h11 / determinant - 2 * centre * covariance + centre ** 2 * slopeVariance,
    covariance: covariance - centre * slopeVariance,
    logLikelihood: value,
  }
}
