/** Tests on ranks alone: any monotone transformation of the values gives the same answer. */
import { chiSquareSf, normalSf } from '../distributions/distributions.ts'
import { type Pooled, pool, type Sample } from './pooled.ts'
import { type Tested, tooFew } from './tested.ts'

/** Mann-Whitney U of `a` from mid-ranks, two-sided by the normal law with tie and continuity correction. */
export function mannWhitney(a: Sample, b: Sample): Tested {
  return mannWhitneyPooled(pool([a, b], 'mannWhitney'))
}

export function mannWhitneyPooled(pooled: Pooled): Tested {
  const missing = tooFew(pooled.sizes, 1)
  if (missing) return missing
  const [n, m] = pooled.sizes as [number, number]
  const { u, ties } = mannWhitneyCounts(pooled)
  const total = n + m
  const sd = Math.sqrt(((n * m) / 12) * (total + 1 - ties / (total * (total - 1))))
  if (!(sd > 0)) return { reason: 'all values are equal' }
  const z = (Math.max(u, n * m - u) - (n * m) / 2 - 0.5) / sd
  return { result: { statistic: u, p: Math.min(1, 2 * normalSf(z)) } }
}

/** U of the first sample (pairs in which it is larger, ties half) and the sum of t^3 - t over groups of t equal values. */
export function mannWhitneyCounts({ counts, values }: Pooled): { u: number; ties: number } {
  const [a, b] = counts as [Uint32Array, Uint32Array]
  let u = 0
  let ties = 0
  let below = 0
  for (let k = 0; k < values.length; k++) {
    u += a[k]! * (below + b[k]! / 2)
    below += b[k]!
    const t = a[k]! + b[k]!
    if (t > 1) ties += t * t * t - t
  }
  return { u, ties }
}

/** |U - nm/2|, for permutation. */
export function mannWhitneyStatistic(pooled: Pooled): number {
  return Math.abs(mannWhitneyCounts(pooled).u - (pooled.sizes[0]! * pooled.sizes[1]!) / 2)
}

/** Kruskal-Wallis H of two or more samples, with tie correction, by the chi-square law with k - 1 degrees of freedom. */
export function kruskalWallis(samples: readonly Sample[]): Tested {
  return kruskalWallisPooled(pool(samples, 'kruskalWallis'))
}

export function kruskalWallisPooled({ counts, sizes, values }: Pooled): Tested {
  const missing = tooFew(sizes, 1)
  if (missing) return missing
  if (sizes.length < 2) return { reason: `${sizes.length} samples, 2 are needed` }
  const total = sizes.reduce((sum, size) => sum + size, 0)
  // Sums of ranks minus their mean (N + 1) / 2, so that nothing cancels in H.
  const sums = new Float64Array(sizes.length)
  let ties = 0
  let below = 0
  for (let k = 0; k < values.length; k++) {
    let t = 0
    for (const count of counts) t += count[k]!
    const rank = below + (t + 1) / 2 - (total + 1) / 2
    for (let i = 0; i < counts.length; i++) sums[i]! += counts[i]![k]! * rank
    below += t
    ties += t * t * t - t
  }
  const correction = 1 - ties / (total ** 3 - total)
  if (!(correction > 0)) return { reason: 'all values are equal' }
  let h = 0
  for (let i = 0; i < sizes.length; i++) h += sums[i]! ** 2 / sizes[i]!
  const statistic = (12 * h) / (total * (total + 1)) / correction
  return { result: { statistic, p: chiSquareSf(statistic, sizes.length - 1) } }
}

/**
 * Rank-biserial correlation 2U/(nm) - 1, in [-1, 1]: how much more often a value of `a` is above one of `b` than below.
 * Equal to Cliff's delta and to 2 AUC - 1.
 */
export function rankBiserial(a: Sample, b: Sample): number | undefined {
  const pooled = pool([a, b], 'rankBiserial')
  const pairs = pooled.sizes[0]! * pooled.sizes[1]!
  return pairs > 0 ? (2 * mannWhitneyCounts(pooled).u) / pairs - 1 : undefined
}
