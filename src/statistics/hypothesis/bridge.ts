/**
 * The laws of rank tests for tied values. Without drift the gap between the distribution functions of two samples,
 * taken in the middle of each group of equal values, is a Brownian bridge seen at few points: with B_g rows below group g
 * plus half of its own l_g, the gaps at g < h have the covariance B_g (N - B_h), and at g the variance
 * V_g = B_g (N - B_g) - N l_g / 4, up to a common factor. Statistics sum l_g gap_g^2 and sum l_g gap_g^2 / V_g are then
 * sums of chi-square variables whose weights are the eigenvalues of that covariance.
 */
import { symmetricEigen } from '../../numeric/symmetricEigen.ts'
import type { Pooled } from './pooled.ts'

/** Rows at each distinct value in units of N, and the middle of their ranks. */
interface Bridge {
  readonly share: Float64Array
  readonly middle: Float64Array
}

export function bridgeOf({ counts, sizes, values }: Pooled): Bridge {
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const share = new Float64Array(values.length)
  const middle = new Float64Array(values.length)
  let below = 0
  for (let g = 0; g < values.length; g++) {
    let l = 0
    for (const count of counts) l += count[g]!
    share[g] = l / total
    middle[g] = (below + l / 2) / total
    below += l
  }
  return { share, middle }
}

/** Weights of the chi-square variables in sum l gap^2 (or / V where `standardised`), for a few dozen distinct values. */
export function bridgeWeights({ share, middle }: Bridge, standardised: boolean): Float64Array {
  const d = share.length
  const a = new Float64Array(d * d)
  for (let h = 0; h < d; h++) {
    for (let g = 0; g <= h; g++) {
      const covariance = g === h ? variance(share[g]!, middle[g]!) : middle[g]! * (1 - middle[h]!)
      const scale = standardised ? Math.sqrt(variance(share[g]!, middle[g]!) * variance(share[h]!, middle[h]!)) : 1
      a[h * d + g] = (covariance * Math.sqrt(share[g]! * share[h]!)) / scale
    }
  }
  // Rounding leaves tiny negative ones.
  return symmetricEigen(a, d).values.map(value => Math.max(0, value))
}

/** Mean and variance of the same sums, for any number of distinct values. */
export function bridgeMoments({ share, middle }: Bridge, standardised: boolean): { mean: number; variance: number } {
  let mean = 0
  let squares = 0
  // sum over g < h of l_g B_g^2 / V_g
  let before = 0
  for (let h = 0; h < share.length; h++) {
    const v = variance(share[h]!, middle[h]!)
    const weight = share[h]! / (standardised ? v : 1)
    mean += weight * v
    squares += weight * weight * v * v + 2 * weight * (1 - middle[h]!) ** 2 * before
    before += weight * middle[h]! ** 2
  }
  return { mean, variance: 2 * squares }
}

function variance(share: number, middle: number): number {
  return middle * (1 - middle) - share / 4
}
