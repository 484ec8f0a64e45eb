/** Categories: are their shares the same, and by how much do they differ? */
import { chiSquareSf } from '../distributions/distributions.ts'
import { chiSquareTest, twoProportions } from '../hypothesis/contingency.ts'
import { jensenShannonDivergence } from '../hypothesis/distances.ts'
import type { DriftPart } from './report.ts'

/**
 * Counts of each category in reference a and window b, and of all that is in no category of the reference as the last
 * entry. undefined where less than two cells are left.
 */
export function categoryPart(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  { complete }: { readonly complete: boolean },
): DriftPart | undefined {
  const cells = poolRareCategories(a, b, complete)
  if (cells.a.length < 2) return undefined
  const two = cells.a.length === 2
  const n = cells.a.reduce((sum, count) => sum + count)
  const m = cells.b.reduce((sum, count) => sum + count)
  const tested = two ? twoProportions(cells.a[0]!, n, cells.b[0]!, m).result! : chiSquare(cells.a, cells.b, n, m)
  return {
    test: two ? 'share of two values' : 'chi-square of categories',
    statistic: tested.statistic,
    pValue: tested.p,
    effect: excessDistance(cells.a, cells.b),
    effectName: 'JS distance',
    change: two ? 'the share of one of two values is another' : 'shares of the values are others',
  }
}

/** Pearson's where at least 5 rows are expected in every cell, else that of Cressie and Read. */
function chiSquare(a: readonly number[], b: readonly number[], n: number, m: number) {
  const least = Math.min(...a.map((count, k) => count + b[k]!))
  if ((least * Math.min(n, m)) / (n + m) < 5) return powerDivergence(a, b)
  return chiSquareTest(Float64Array.from(a), Float64Array.from(b)).result!
}

/**
 * Chi-square test of a two-row table in the form of Cressie and Read (Journal of the Royal Statistical Society B 46
 * (1984) 440), E from both margins:
 *   2 / (l (l + 1)) sum O ((O / E)^l - 1),  l = 2/3
 * between Pearson's (l = 1) and the likelihood ratio (l -> 0). Its tail follows the chi-square law down to expected counts
 * of 1, where Pearson's gives two to three times too many p-values below 0.001 (test). For large counts both are one.
 */
export function powerDivergence(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
): { readonly statistic: number; readonly p: number; readonly df: number } {
  let n = 0
  let m = 0
  for (let k = 0; k < a.length; k++) {
    n += a[k]!
    m += b[k]!
  }
  let sum = 0
  let cells = 0
  for (let k = 0; k < a.length; k++) {
    const both = a[k]! + b[k]!
    if (both === 0) continue
    cells++
    sum += term(a[k]!, (both * n) / (n + m)) + term(b[k]!, (both * m) / (n + m))
  }
  const df = cells - 1
  if (!(df > 0)) throw new RangeError(`powerDivergence: counts in ${cells} cells, at least 2 are needed`)
  const statistic = Math.max(0, (9 / 5) * sum)
  return { statistic, p: chiSquareSf(statistic, df), df }
}

function term(observed: number, expected: number): number {
  return observed === 0 ? 0 : observed * (Math.cbrt((observed / expected) ** 2) - 1)
}

/**
 * Categories of which few rows are expected go into one cell, and with them all that the reference has not got: such a
 * category can be seen as one only where the reference misses it by chance, which a small one does and a large one does
 * not. The bounds (5 rows in the reference, 1 in the window) hold for the expected counts, so the test stays level.
 * Where the list of categories ends before the reference's do, the last ones on it got there with luck: the bound is then
 * four standard errors above the least frequent one listed.
 */
export function poolRareCategories(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  complete: boolean,
): { a: number[]; b: number[] } {
  const last = a.length - 1
  let n = 0
  let m = 0
  let leastListed = Number.POSITIVE_INFINITY
  for (let k = 0; k <= last; k++) {
    n += a[k]!
    m += b[k]!
    if (k < last) leastListed = Math.min(leastListed, a[k]!)
  }
  const leastA = complete ? 5 : Math.max(5, leastListed + 4 * Math.sqrt(leastListed))
  const cellsA: number[] = []
  const cellsB: number[] = []
  let rareA = a[last]!
  let rareB = b[last]!
  for (let k = 0; k < last; k++) {
    const share = (a[k]! + b[k]!) / (n + m)
    if (share * n >= leastA && share * m >= 1) {
      cellsA.push(a[k]!)
      cellsB.push(b[k]!)
    } else {
      rareA += a[k]!
      rareB += b[k]!
    }
  }
  const rare = (rareA + rareB) / (n + m)
  if (rare * Math.min(n, m) >= 1 || cellsA.length === 0) {
    if (rare > 0) {
      cellsA.push(rareA)
      cellsB.push(rareB)
    }
    return { a: cellsA, b: cellsB }
  }
  // Too few even together: they join the smallest cell.
  let smallest = 0
  for (let k = 1; k < cellsA.length; k++) {
    if (cellsA[k]! + cellsB[k]! < cellsA[smallest]! + cellsB[smallest]!) smallest = k
  }
  cellsA[smallest]! += rareA
  cellsB[smallest]! += rareB
  return { a: cellsA, b: cellsB }
}

/** Whether any row is in a category of which fewer than 5 rows are expected in the reference, or in none of its own. */
export function hasRare(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  const last = a.length - 1
  let n = 0
  let m = 0
  for (let k = 0; k <= last; k++) {
    n += a[k]!
    m += b[k]!
  }
  if (a[last]! + b[last]! > 0) return true
  for (let k = 0; k < last; k++) {
    const both = a[k]! + b[k]!
    if (both > 0 && both * n < 5 * (n + m)) return true
  }
  return false
}

/**
 * Jensen-Shannon distance beyond chance: sqrt(JSD - (1/n + 1/m) (B - 1) / (8 ln 2)), at least 0, in base 2 for B cells;
 * what is taken away is the mean without drift.
 */
function excessDistance(a: readonly number[], b: readonly number[]): number {
  let n = 0
  let m = 0
  let cells = 0
  for (let k = 0; k < a.length; k++) {
    n += a[k]!
    m += b[k]!
    if (a[k]! + b[k]! > 0) cells++
  }
  const chance = ((1 / n + 1 / m) * (cells - 1)) / (8 * Math.LN2)
  return Math.sqrt(Math.max(0, jensenShannonDivergence(a, b) - chance))
}
