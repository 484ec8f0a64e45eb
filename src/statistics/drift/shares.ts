/** Missing rows, numbers beyond the reference's range, and categories the reference has not got: drift of their own. */
import { twoProportions } from '../hypothesis/contingency.ts'
import type { DriftPart } from './report.ts'

/** `hitsA` of n rows and `hitsB` of m are missing. */
export function missingPart(hitsA: number, n: number, hitsB: number, m: number): DriftPart {
  const { statistic, p } = twoProportions(hitsA, n, hitsB, m).result!
  const difference = hitsB / m - hitsA / n
  return {
    test: 'share missing',
    statistic,
    pValue: p,
    effect: Math.abs(difference),
    effectName: 'share of rows',
    change: `${percent(hitsB / m)} missing, ${percent(hitsA / n)} in the reference`,
  }
}

/**
 * `outside` of m window values lie beyond the least and the largest of n reference values. Where reference and window are
 * alike every order of the rows is as likely; the number beyond both ends is that of window rows before the second
 * reference row in a random order, so
 *   P(K >= k) = ((m)_{k+1} + (k + 1) n (m)_k) / (N)_{k+1},  (x)_k = x (x - 1) ... (x - k + 1), N = n + m
 * exactly; ties make it too large. `reference` values outside are there only where the bins were not made from it.
 */
export function outsidePart(reference: number, n: number, outside: number, m: number): DriftPart {
  const excess = Math.max(0, outside / m - (reference > 0 ? reference : Math.min(2, n)) / n)
  const p = reference > 0 ? oneSided(reference, n, outside, m) : beyondRange(n, outside, m)
  return {
    test: 'share outside the range',
    statistic: outside / m,
    pValue: p,
    effect: excess,
    effectName: 'share of rows',
    change: `${percent(outside / m)} of the values are outside the range of the reference`,
  }
}

export function beyondRange(n: number, k: number, m: number): number {
  if (k <= 0) return 1
  // Product of the first k factors (m - i) / (N - i), then the two cases of the last row.
  let p = 1
  for (let i = 0; i < k && p > 0; i++) p *= (m - i) / (n + m - i)
  return Math.min(1, (p * (m - k + (k + 1) * n)) / (n + m - k))
}

/**
 * Of counts per category, the last entry for all that the reference a has not got. A new row is expected to be such with
 * chance f1 / n, f1 the categories that the reference has once (Good 1953); what is unseen comes in clumps, because a
 * category missed by chance may have several rows in the window. Both counts are divided by the size of a clump,
 *   1 + m / n (2 f2 + 1) / (f1 + 1),  f2 the categories that the reference has twice,
 * and compared as two shares, one-sided.
 */
export function unseenPart(a: ArrayLike<number>, b: ArrayLike<number>): DriftPart {
  let n = 0
  let m = 0
  let once = 0
  let twice = 0
  for (let k = 0; k < a.length; k++) {
    n += a[k]!
    m += b[k]!
    if (a[k] === 1) once++
    else if (a[k] === 2) twice++
  }
  const unseen = b[b.length - 1]!
  const clump = once === 0 ? 1 : 1 + ((m / n) * (2 * twice + 1)) / (once + 1)
  const p = oneSided(once, n, Math.round(unseen / clump), Math.max(1, Math.round(m / clump)))
  return {
    test: 'share of unseen categories',
    statistic: unseen / m,
    pValue: p,
    effect: Math.max(0, unseen / m - once / n),
    effectName: 'share of rows',
    change: `${percent(unseen / m)} of the rows have a category that the reference has not got`,
  }
}

/** p of two shares where only more in the window counts: 1 where there is less. */
function oneSided(hitsA: number, n: number, hitsB: number, m: number): number {
  if (hitsB / m <= hitsA / n) return 1
  return twoProportions(hitsA, n, hitsB, m).result!.p
}

function percent(share: number): string {
  const value = 100 * share
  return `${value >= 10 || value === 0 ? value.toFixed(0) : value.toPrecision(2)} %`
}
