/**
 * The procedure of Phase I: estimate, leave out what lies outside, estimate again; every point left out is listed, so
 * that a person can look for its cause and put it back (`rounds: 0` keeps them all).
 */

/** Limits, or the reason why there are none yet. */
export type Fit<L> =
  | { readonly limits: L; readonly reason?: undefined }
  | { readonly limits?: undefined; readonly reason: string }

/** Fewer reference points than this give no limits. */
export const leastReference = 5

/** Fewer subgroups than this give limits that are best widened or renewed soon. */
export const fewSubgroups = 25

/** What every kind of chart is told about its reference. */
export interface PhaseOneOptions {
  /** Most re-estimations after leaving points out: at most 2, 0 keeps all points. */
  readonly rounds?: number
  /** Width of the limits in standard deviations, 3 where neither it nor `arl0` is given. */
  readonly L?: number
  /** Instead of L: one false alarm in so many points, the uncertainty of the reference included. */
  readonly arl0?: number
  /** A given centre (a target) instead of the reference's. */
  readonly centre?: number
  /** A given standard deviation instead of the reference's. */
  readonly sigma?: number
}

/**
 * At most two rounds and at most a tenth of the points, the farthest first. `distance` is how far a point lies outside;
 * positive is out.
 */
export function phaseOne<L extends { readonly excluded: readonly number[] }>(
  total: number,
  { rounds = 2, least = leastReference }: { readonly rounds?: number | undefined; readonly least?: number },
  estimate: (kept: readonly number[]) => Fit<L>,
  distance: (limits: L, point: number) => number,
): Fit<L> {
  if (!(rounds >= 0 && rounds <= 2)) throw new RangeError(`phaseOne: rounds is ${rounds}, must be 0, 1 or 2`)
  if (total < least) return { reason: `${total} reference points, ${least} are needed` }
  let kept = Array.from({ length: total }, (_, i) => i)
  const allowed = Math.floor(total / 10)
  const excluded: number[] = []
  for (let round = 0; ; round++) {
    const fit = estimate(kept)
    if (!fit.limits) return fit
    const { limits } = fit
    const outside = kept
      .map(point => ({ point, far: distance(limits, point) }))
      .filter(({ far }) => far > 0)
      .sort((a, b) => b.far - a.far)
      .slice(0, allowed - excluded.length)
      .map(({ point }) => point)
    if (round === rounds || outside.length === 0) {
      return { limits: { ...limits, excluded: excluded.sort((a, b) => a - b), window: { from: 0, to: total - 1 } } }
    }
    excluded.push(...outside)
    const left = new Set(outside)
    kept = kept.filter(point => !left.has(point))
  }
}

export function checkFinite(name: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) throw new RangeError(`${name}: point ${i} is ${values[i]}, must be finite`)
  }
}

/** A given spread must be one. */
export function checkSigma(name: string, sigma: number | undefined): void {
  if (sigma !== undefined && !(sigma > 0 && Number.isFinite(sigma)))
    throw new RangeError(`${name}: sigma is ${sigma}, must be above 0`)
}
