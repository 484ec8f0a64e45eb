import { cramerVonMisesLimitSf } from '../distributions/limitLaws.ts'
import { type Pooled, pool, type Sample } from './pooled.ts'
import { type Tested, tooFew } from './tested.ts'

/**
 * Cramer-von Mises test of two samples with mid-ranks r, each sample sorted:
 *   U = n sum (r_ai - i)^2 + m sum (r_bj - j)^2,   T = U / (nm N) - (4nm - 1) / (6 N),   N = n + m
 * (Anderson, Annals of Mathematical Statistics 33 (1962) 1148). `asymptotic`: T with its mean and variance brought to
 * those of the limiting law. `exact`: all ways to label the pooled rows, with their ties. `auto`: exact up to 20 a side.
 */
export function cramerVonMises(a: Sample, b: Sample, mode: 'auto' | 'exact' | 'asymptotic' = 'auto'): Tested {
  return cramerVonMisesPooled(pool([a, b], 'cramerVonMises'), mode)
}

export function cramerVonMisesPooled(pooled: Pooled, mode: 'auto' | 'exact' | 'asymptotic' = 'auto'): Tested {
  const missing = tooFew(pooled.sizes, 1)
  if (missing) return missing
  const [n, m] = pooled.sizes as [number, number]
  const exact = mode === 'exact' || (mode === 'auto' && Math.max(n, m) <= 20)
  if (exact && Math.max(n, m) > 40) {
    throw new RangeError(`cramerVonMises: ${n} and ${m} values, the exact law is for at most 40; use 'asymptotic'`)
  }
  const statistic = cramerVonMisesStatistic(pooled)
  return { result: { statistic, p: exact ? exactP(pooled) : asymptoticP(n, m, statistic) } }
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
 * Share of the labellings with U at least the observed one. Forward over groups of equal values: ways[i] maps the partial
 * sum of 4 U to the number of ways to have i a's so far; a sum that is already large enough takes all its completions.
 */
function exactP(pooled: Pooled): number {
  const [n, m] = pooled.sizes as [number, number]
  const observed = scaledU(pooled)
  const choose = binomials(n + m)
  let ways = new Map<number, Map<number, number>>([[0, new Map([[0, 1]])]])
  let reached = 0
  let seen = 0
  for (let k = 0; k < pooled.values.length; k++) {
    const t = pooled.counts[0]![k]! + pooled.counts[1]![k]!
    const left = n + m - seen - t
    const next = new Map<number, Map<number, number>>()
    for (const [i, partial] of ways) {
      const j = seen - i
      for (let x = Math.max(0, t - (m - j)); x <= Math.min(t, n - i); x++) {
        const term = groupTerm(n, m, i, j, x, t - x)
        const labellings = choose[t]![x]!
        const completions = choose[left]![n - i - x]!
        const target = next.get(i + x) ?? new Map<number, number>()
        next.set(i + x, target)
        for (const [sum, count] of partial) {
          if (sum + term >= observed) reached += count * labellings * completions
          else target.set(sum + term, (target.get(sum + term) ?? 0) + count * labellings)
        }
      }
    }
    ways = next
    seen += t
  }
  return Math.min(1, reached / choose[n + m]![n]!)
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
