import { cramerVonMisesLimitSf } from '../distributions/limitLaws.ts'
import { weightedChiSquareSf } from '../distributions/weightedChiSquare.ts'
import { bridgeMoments, bridgeOf, bridgeWeights } from './bridge.ts'
import { type Pooled, pool, type Sample } from './pooled.ts'
import { type Tested, tooFew } from './tested.ts'

/**
 * - `exact`: the share of all ways to label the pooled rows; up to 20 a side.
 * - `asymptotic`: T with its mean and variance brought to those of the limiting law. It ignores ties, as scipy does: with
 *   many ties and unequal sizes it rejects everything.
 * - `auto`: exact up to 20 a side, else asymptotic, but by the limiting law of the ties where values repeat.
 * Where values repeat, p of `exact` and `auto` belongs to W = nm/N^2 sum l_g (F - G)^2, with the gap between the distribution
 * functions taken in the middle of each group g of l_g equal values: T itself grows with ties where n and m differ.
 */
export type CramerVonMisesMode = 'auto' | 'exact' | 'asymptotic'

/**
 * Cramer-von Mises test of two samples with mid-ranks r, each sample sorted:
 *   U = n sum (r_ai - i)^2 + m sum (r_bj - j)^2,   T = U / (nm N) - (4nm - 1) / (6 N),   N = n + m
 * (Anderson, Annals of Mathematical Statistics 33 (1962) 1148).
 */
export function cramerVonMises(a: Sample, b: Sample, mode: CramerVonMisesMode = 'auto'): Tested {
  return cramerVonMisesPooled(pool([a, b], 'cramerVonMises'), mode)
}

export function cramerVonMisesPooled(pooled: Pooled, mode: CramerVonMisesMode = 'auto'): Tested {
  const missing = tooFew(pooled.sizes, 1)
  if (missing) return missing
  const [n, m] = pooled.sizes as [number, number]
  const exact = mode === 'exact' || (mode === 'auto' && Math.max(n, m) <= 20)
  if (exact && Math.max(n, m) > 20) {
    throw new RangeError(`cramerVonMises: ${n} and ${m} values, the exact law is for at most 20; use 'auto'`)
  }
  const statistic = cramerVonMisesStatistic(pooled)
  if (exact) return { result: { statistic, p: exactP(pooled) } }
  const tied = mode === 'auto' && pooled.values.length < n + m
  return { result: { statistic, p: tied ? tiedP(pooled) : asymptoticP(n, m, statistic) } }
}

/** T of pooled samples, for permutation. */
export function cramerVonMisesStatistic(pooled: Pooled): number {
  const [n, m] = pooled.sizes as [number, number]
  return scaledU(pooled) / (4 * n * m * (n + m)) - (4 * n * m - 1) / (6 * (n + m))
}

function asymptoticP(n: number, m: number, t: number): number {
  const total = n + m
  const mean = (1 + 1 / total) / 6
  const variance = ((total + 1) * (4 * n * m * total - 3 * (n * n + m * m) - 2 * n * m)) / (180 * total * total * n * m)
  return cramerVonMisesLimitSf(1 / 6 + (t - mean) / Math.sqrt(45 * variance))
}

/** W by its limiting law: the weights are those of the bridge, times N / (N - 1). */
function tiedP(pooled: Pooled): number {
  const [n, m] = pooled.sizes as [number, number]
  const [a, b] = pooled.counts as [Uint32Array, Uint32Array]
  const bridge = bridgeOf(pooled)
  if (bridge.share.length < 2) return 1
  let sum = 0
  let below = 0
  for (let g = 0; g < bridge.share.length; g++) {
    // nm (F - G), a multiple of one half.
    const step = a[g]! * m - b[g]! * n
    sum += bridge.share[g]! * (below + step / 2) ** 2
    below += step
  }
  const w = (sum / (n * m) / (n + m)) * ((n + m - 1) / (n + m))
  if (bridge.share.length <= 64) return weightedChiSquareSf(w, bridgeWeights(bridge, false))
  const { mean, variance } = bridgeMoments(bridge, false)
  return cramerVonMisesLimitSf(1 / 6 + (w - mean) / Math.sqrt(45 * variance))
}

/**
 * 4 U. For x a's and y b's of one value after i a's and j b's, the a's add x (j + y/2)^2 + (x^3 - x)/12 to the sum of
 * (r - i)^2, the b's likewise. Terms are whole numbers; their sum is compensated, because T is a small difference.
 */
function scaledU({ counts, sizes, values }: Pooled): number {
  const [a, b] = counts as [Uint32Array, Uint32Array]
  const [n, m] = sizes as [number, number]
  let sum = 0
  let lost = 0
  let i = 0
  let j = 0
  for (let k = 0; k < values.length; k++) {
    const term = groupTerm(n, m, i, j, a[k]!, b[k]!) - lost
    const next = sum + term
    lost = next - sum - term
    sum = next
    i += a[k]!
    j += b[k]!
  }
  return sum
}

function groupTerm(n: number, m: number, i: number, j: number, x: number, y: number): number {
  return (
    n * (x * (2 * j + y) * (2 * j + y) + (x * x * x - x) / 3) +
    m * (y * (2 * i + x) * (2 * i + x) + (y * y * y - y) / 3)
  )
}

/**
 * Share of the labellings that give the observed statistic or more, in whole numbers: the sum of (i m - j n)^2 after every
 * row, which is nm N^2 T, or with ties the sum of l_g (2 i m - 2 j n)^2 in the middle of every group, as in `tiedP`.
 * Forward over groups of equal values: ways[i][s] counts the ways to have i a's and the sum s so far. Sums that reach the
 * observed one take all their completions along and leave.
 */
function exactP(pooled: Pooled): number {
  const [n, m] = pooled.sizes as [number, number]
  const [a, b] = pooled.counts as [Uint32Array, Uint32Array]
  const tied = pooled.values.length < n + m
  const unit = greatestCommonDivisor(n, m)
  const [u, v] = [n / unit, m / unit]
  /** What x a's and y b's of one value add after i a's and j b's. */
  const term = (i: number, j: number, x: number, y: number) =>
    tied ? (x + y) * ((2 * i + x) * v - (2 * j + y) * u) ** 2 : ((i + x) * v - (j + y) * u) ** 2
  let observed = 0
  for (let g = 0, i = 0, j = 0; g < pooled.values.length; i += a[g]!, j += b[g]!, g++)
    observed += term(i, j, a[g]!, b[g]!)
  const choose = binomials(n + m)
  let ways = new Map<number, Float64Array>([[0, Float64Array.of(1)]])
  let reached = 0
  let seen = 0
  for (let g = 0; g < pooled.values.length; g++) {
    const t = a[g]! + b[g]!
    const left = n + m - seen - t
    const next = new Map<number, Float64Array>()
    // Sums that can occur up to here are shorter than the observed one.
    const lengths = new Map<number, number>()
    const steps: [i: number, x: number, add: number][] = []
    for (const [i, partial] of ways) {
      for (let x = Math.max(0, t - (m - seen + i)); x <= Math.min(t, n - i); x++) {
        const add = term(i, seen - i, x, t - x)
        steps.push([i, x, add])
        lengths.set(i + x, Math.max(lengths.get(i + x) ?? 0, Math.min(observed, partial.length + add)))
      }
    }
    for (const [i, length] of lengths) next.set(i, new Float64Array(length))
    for (const [i, x, add] of steps) {
      const partial = ways.get(i)!
      const target = next.get(i + x)!
      const labellings = choose[t]![x]!
      const inside = Math.min(partial.length, Math.max(0, observed - add))
      for (let s = 0; s < inside; s++) target[s + add]! += partial[s]! * labellings
      let beyond = 0
      for (let s = inside; s < partial.length; s++) beyond += partial[s]!
      reached += beyond * labellings * choose[left]![n - i - x]!
    }
    ways = next
    seen += t
  }
  return Math.min(1, reached / choose[n + m]![n]!)
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}

/** Pascal's triangle. */
function binomials(n: number): Float64Array[] {
  const rows = [Float64Array.of(1)]
  for (let k = 1; k <= n; k++) {
    const above = rows[k - 1]!
    rows.push(Float64Array.from({ length: k + 1 }, (_, i) => (above[i - 1] ?? 0) + (above[i] ?? 0)))
  }
  return rows
}
