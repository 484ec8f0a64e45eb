/** Phase I of multivariate charts: Hotelling's T^2 and the multivariate EWMA. */
import { betaQuantile, chiSquareQuantile, fQuantile } from '../distributions/distributions.ts'
import { type Fit, phaseOne } from './exclusion.ts'
import type { HotellingLimits, MewmaLimits } from './limits.ts'
import { mewmaArl, mewmaDesign } from './mewmaRunLength.ts'
import { cholesky, meanAndCovariance, squaredDistance } from './vectors.ts'

export interface VectorOptions {
  readonly rounds?: number
  /** Given instead of the reference's; the covariance row-major. */
  readonly mean?: readonly number[]
  readonly covariance?: readonly number[]
}

/**
 * Upper limit of T^2 that holds `confidence` of the points while nothing changes, p columns, m reference points:
 * - known parameters: chi-square(p)
 * - Phase I, single vectors: (m - 1)^2 / m Beta(p / 2, (m - p - 1) / 2); Phase II: p (m + 1) (m - 1) / (m (m - p)) F(p, m - p)
 * - subgroups of n, covariance pooled within: p (m -+ 1) (n - 1) / (m n - m - p + 1) F(p, m n - m - p + 1), minus in Phase I
 * (Tracy, Young and Mason 1992).
 */
export function hotellingLimit({
  p,
  m,
  n = 1,
  confidence,
  phase,
}: {
  readonly p: number
  readonly m: number
  readonly n?: number
  readonly confidence: number
  readonly phase: 1 | 2
}): number {
  if (!(confidence > 0 && confidence < 1))
    throw new RangeError(`hotellingLimit: confidence is ${confidence}, must be between 0 and 1`)
  if (m === Number.POSITIVE_INFINITY) return chiSquareQuantile(confidence, p)
  if (n > 1) {
    const df = m * n - m - p + 1
    if (!(df > 0)) throw new RangeError(`hotellingLimit: ${m} subgroups of ${n} are too few for ${p} columns`)
    return ((p * (phase === 1 ? m - 1 : m + 1) * (n - 1)) / df) * fQuantile(confidence, p, df)
  }
  if (!(m > p + 1)) throw new RangeError(`hotellingLimit: ${m} points are too few for ${p} columns, needs ${p + 2}`)
  return phase === 1
    ? ((m - 1) ** 2 / m) * betaQuantile(confidence, p / 2, (m - p - 1) / 2)
    : ((p * (m + 1) * (m - 1)) / (m * (m - p))) * fQuantile(confidence, p, m - p)
}

/** The share within limits that p charts of 3 sigma would have together: 0.9973^p. */
export const usualConfidence = (p: number): number => 0.9973 ** p

/**
 * Limits of a T^2 chart of single vectors, or with `within` of means of subgroups of `n`: their pooled covariance within.
 * `phase` 2 (default) judges new points, 1 the reference's own.
 */
export function fitHotelling(
  vectors: readonly ArrayLike<number>[],
  {
    confidence,
    phase = 2,
    within,
    ...options
  }: VectorOptions & {
    readonly confidence?: number
    readonly phase?: 1 | 2
    readonly within?: { readonly covariances: readonly ArrayLike<number>[]; readonly n: number }
  } = {},
): Fit<HotellingLimits> {
  const { rounds, mean, covariance } = options
  const n = within?.n ?? 1
  if (mean && covariance) {
    const share = confidence ?? usualConfidence(mean.length)
    const upper = hotellingLimit({ p: mean.length, m: Number.POSITIVE_INFINITY, n, confidence: share, phase })
    return {
      limits: { kind: 't2', mean, covariance, upper, confidence: share, phase, m: 0, excluded: [], method: 'given' },
    }
  }
  const p = columnsOf('fitHotelling', vectors)
  const share = confidence ?? usualConfidence(p)
  return phaseOne<HotellingLimits>(
    vectors.length,
    { rounds, least: n > 1 ? Math.max(2, Math.floor((p - 1) / (n - 1)) + 2) : p + 3 },
    kept => {
      const basis = estimate(vectors, kept, options, within?.covariances)
      if ('reason' in basis) return basis
      const upper = hotellingLimit({ p, m: kept.length, n, confidence: share, phase })
      return { limits: { kind: 't2', ...basis, upper, confidence: share, phase, m: kept.length, excluded: [] } }
    },
    // Points of the reference are judged as such, whatever phase the limits are for.
    (limits, i) =>
      distance(limits, vectors[i]!) * n - hotellingLimit({ p, m: limits.m, n, confidence: share, phase: 1 }),
  )
}

/**
 * Limits of a multivariate EWMA that raises one false alarm in `arl0` points, the uncertainty of a short reference
 * included (see mewmaDesign); or of a given h4, whose ARL0 with known parameters is then noted.
 */
export function fitMewma(
  vectors: readonly ArrayLike<number>[],
  {
    r = 0.1,
    h4,
    arl0 = 500,
    ...options
  }: VectorOptions & { readonly r?: number; readonly h4?: number; readonly arl0?: number } = {},
): Fit<MewmaLimits> {
  const width = (p: number, reference: { reference?: number }) => ({
    r,
    h4: h4 ?? mewmaDesign(r, p, arl0, reference),
    arl0: h4 === undefined ? arl0 : mewmaArl({ r, p, h4 }),
  })
  const { mean, covariance } = options
  if (mean && covariance) {
    return {
      limits: { kind: 'mewma', mean, covariance, ...width(mean.length, {}), m: 0, excluded: [], method: 'given' },
    }
  }
  // Which points are out is asked of T^2, each for itself.
  const basis = fitHotelling(vectors, { ...options, phase: 1, confidence: 0.9973 })
  if (!basis.limits) return basis
  const { kind: _, upper: _upper, confidence: _confidence, phase: _phase, ...where } = basis.limits
  const p = where.mean.length
  if (h4 === undefined && where.m < p + 5) return { reason: `${where.m} reference points, ${p + 5} are needed` }
  return { limits: { kind: 'mewma', ...where, ...width(p, { reference: where.m }) } }
}

function estimate(
  vectors: readonly ArrayLike<number>[],
  kept: readonly number[],
  given: VectorOptions,
  within: readonly ArrayLike<number>[] | undefined,
): Pick<HotellingLimits, 'mean' | 'covariance' | 'method'> | { readonly reason: string } {
  const found = meanAndCovariance(kept.map(i => vectors[i]!))
  const mean = given.mean ?? found.mean
  const covariance = given.covariance ?? (within ? pooled(kept.map(i => within[i]!)) : found.covariance)
  if (!cholesky(covariance, mean.length))
    return { reason: 'a column of the reference is constant or a combination of the others' }
  const parts = [
    given.mean ? 'given mean' : 'mean',
    given.covariance ? 'given covariance' : within ? 'covariance within subgroups' : 'covariance',
  ]
  return { mean, covariance, method: parts.join(', ') }
}

function pooled(covariances: readonly ArrayLike<number>[]): number[] {
  return Array.from(covariances[0]!, (_, k) => covariances.reduce((sum, c) => sum + c[k]!, 0) / covariances.length)
}

function distance({ mean, covariance }: HotellingLimits, x: ArrayLike<number>): number {
  return squaredDistance(
    cholesky(covariance, mean.length)!,
    mean.map((mu, i) => x[i]! - mu),
  )
}

function columnsOf(name: string, vectors: readonly ArrayLike<number>[]): number {
  const p = vectors[0]?.length ?? 0
  if (p === 0) throw new RangeError(`${name}: no vectors, wanted a reference or a given mean and covariance`)
  for (const [i, vector] of vectors.entries()) {
    if (vector.length !== p) throw new RangeError(`${name}: point ${i} has ${vector.length} numbers, the first ${p}`)
    for (let j = 0; j < p; j++) {
      if (!Number.isFinite(vector[j])) throw new RangeError(`${name}: point ${i} is ${vector[j]}, must be finite`)
    }
  }
  return p
}
