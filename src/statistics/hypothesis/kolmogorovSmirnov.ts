import { kolmogorovSf } from './kolmogorov.ts'
import { type Pooled, pool, type Sample } from './pooled.ts'
import { type Tested, tooFew } from './tested.ts'

/**
 * - `exact` counts lattice paths, in O(nm) at worst and in much less where D is small; with ties it is conservative.
 * - `exactTies` is exact for tied values too: the share of all ways to label the pooled rows that give D or more.
 * - `asymptotic` is the one-sample law at n' = round(nm / (n + m)), not its limit.
 * - `auto` is exact up to 10,000 rows a side.
 */
export type KolmogorovSmirnovMode = 'auto' | 'exact' | 'exactTies' | 'asymptotic'

/** Kolmogorov-Smirnov: D = sup |F_a - F_b|, two-sided. */
export function kolmogorovSmirnov(a: Sample, b: Sample, mode: KolmogorovSmirnovMode = 'auto'): Tested {
  return kolmogorovSmirnovPooled(pool([a, b], 'kolmogorovSmirnov'), mode)
}

export function kolmogorovSmirnovPooled(pooled: Pooled, mode: KolmogorovSmirnovMode = 'auto'): Tested {
  const missing = tooFew(pooled.sizes, 1)
  if (missing) return missing
  const [n, m] = pooled.sizes as [number, number]
  const largest = largestGap(pooled)
  const statistic = largest / (n * m)
  if (mode === 'asymptotic' || (mode === 'auto' && Math.max(n, m) > 10_000)) {
    return { result: { statistic, p: kolmogorovSf(Math.max(1, Math.round((n * m) / (n + m))), statistic) } }
  }
  return { result: { statistic, p: crossing(n, m, largest, mode === 'exactTies' ? pooled : undefined) } }
}

/** D of pooled samples, for permutation. */
export function kolmogorovSmirnovStatistic(pooled: Pooled): number {
  return largestGap(pooled) / (pooled.sizes[0]! * pooled.sizes[1]!)
}

/** nm D, a whole number. */
function largestGap({ counts, sizes, values }: Pooled): number {
  const [a, b] = counts as [Uint32Array, Uint32Array]
  const [n, m] = sizes as [number, number]
  let gap = 0
  let largest = 0
  for (let k = 0; k < values.length; k++) {
    gap += a[k]! * m - b[k]! * n
    if (gap > largest) largest = gap
    else if (-gap > largest) largest = -gap
  }
  return largest
}

/**
 * Chance that a random order of n a's and m b's reaches |i m - j n| >= h after some i a's and j b's: P(D >= h / (nm)).
 * Forward over rows in order: share[i] is the chance of i a's without having crossed; what crosses is added up and
 * leaves. Only sums of positive numbers, so that small tails keep their digits. Tied values come together: with `ties` a
 * crossing counts at the end of a group only (Schroer and Trenkler, Computational Statistics and Data Analysis 20 (1995)).
 */
function crossing(n: number, m: number, h: number, ties?: Pooled): number {
  if (h === 0) return 1
  // P <= 2 e exp(-2 d^2 nm / (n + m)) (Wei and Dudley 2012) is below the smallest double here.
  if ((2 * (h / n) * (h / m)) / (n + m) > 760) return 0
  const share = new Float64Array(n + 1)
  share[0] = 1
  let low = 0
  let high = 0
  let crossed = 0
  let group = 0
  let end = ties ? ties.counts[0]![0]! + ties.counts[1]![0]! : 1
  for (let rows = 1; rows <= n + m; rows++) {
    const left = n + m - rows + 1
    if (high < n) high++
    for (let i = high; i >= low; i--) {
      // Row number `rows` is an a with chance (n - i + 1) / left, a b with (m - (rows - 1 - i)) / left.
      const stay = share[i]! * Math.max(0, m - rows + 1 + i)
      const step = i > low ? share[i - 1]! * (n - i + 1) : 0
      share[i] = (stay + step) / left
    }
    if (rows < end) continue
    // i m - j n with j = rows - i.
    while (low <= high && low * m - (rows - low) * n <= -h) {
      crossed += share[low]!
      share[low++] = 0
    }
    while (high >= low && high * m - (rows - high) * n >= h) {
      crossed += share[high]!
      share[high--] = 0
    }
    if (low > high) break
    group++
    end += ties ? (ties.counts[0]![group] ?? 0) + (ties.counts[1]![group] ?? 0) : 1
  }
  return Math.min(1, crossed)
}
