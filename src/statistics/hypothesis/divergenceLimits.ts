/**
 * What divergences between binned samples of n and m rows are worth. Without drift, with B bins that all have mass,
 *   PSI and the like ~ c (1/n + 1/m) chi-square with B - 1 degrees of freedom,
 * c = 1 for PSI, 1/2 for Kullback-Leibler (nats), 1/8 for Jensen-Shannon in nats and for the squared Hellinger distance,
 * from the second-order expansion of each. A fixed limit such as PSI 0.1 has a false-alarm rate of 81 % at 1000 against
 * 100 rows and never alarms at a million. Holds where expected counts are at least 5,
 * Kullback-Leibler for the divergence of the smaller sample from the larger.
 */
import { chiSquareQuantile, chiSquareSf } from '../distributions/distributions.ts'

export type Divergence =
  | 'populationStabilityIndex'
  | 'kullbackLeibler'
  | 'jensenShannonDivergence'
  | 'jensenShannonDistance'
  | 'hellinger'

/** The value that a divergence between samples of n and m rows over B bins exceeds with chance alpha without drift. */
export function divergenceLimit(kind: Divergence, n: number, m: number, bins: number, alpha: number): number {
  check('divergenceLimit', n, m, bins)
  const limit = factors[kind].c * (1 / n + 1 / m) * chiSquareQuantile(1 - alpha, bins - 1)
  return factors[kind].root ? Math.sqrt(limit) : limit
}

/** The chance of such a divergence or a larger one without drift. */
export function divergenceP(kind: Divergence, value: number, n: number, m: number, bins: number): number {
  check('divergenceP', n, m, bins)
  if (!(value >= 0)) throw new RangeError(`divergenceP: the divergence is ${value}, must be at least 0`)
  const square = factors[kind].root ? value * value : value
  return chiSquareSf(square / (factors[kind].c * (1 / n + 1 / m)), bins - 1)
}

/** `root`: the distance is the square root of the divergence. Jensen-Shannon is in bits, as distances.ts gives it. */
const factors: Readonly<Record<Divergence, { readonly c: number; readonly root: boolean }>> = {
  populationStabilityIndex: { c: 1, root: false },
  kullbackLeibler: { c: 1 / 2, root: false },
  jensenShannonDivergence: { c: 1 / (8 * Math.LN2), root: false },
  jensenShannonDistance: { c: 1 / (8 * Math.LN2), root: true },
  hellinger: { c: 1 / 8, root: true },
}

function check(name: string, n: number, m: number, bins: number): void {
  if (!(n >= 1 && m >= 1)) throw new RangeError(`${name}: ${n} and ${m} rows, 1 is needed on each side`)
  if (!(Number.isInteger(bins) && bins >= 2)) {
    throw new RangeError(`${name}: ${bins} bins, must be an integer of at least 2`)
  }
}
