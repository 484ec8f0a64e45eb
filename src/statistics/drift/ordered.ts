/**
 * Numbers: Kolmogorov-Smirnov and its companions within one error budget, and how far the window has moved. Both samples
 * are given as counts in the same cells in ascending order: bins of sketches, or the distinct values of rows.
 */
import { normalQuantile } from '../distributions/distributions.ts'
import { cauchyCombination } from './combineP.ts'
import { type Groups, groupCells, type RankTests, rankTests } from './rankScores.ts'
import type { DriftPart, DriftTest } from './report.ts'

/**
 * Kolmogorov-Smirnov sees any difference but is weak on spread: half of the budget. Two scores of location have a sixth
 * each, Mood's spread and the smooth test of order 4 a twelfth each; one p by the Cauchy combination. Chosen by simulation:
 * at equal false alarms a multiple of the power on spread, and no less than Kolmogorov-Smirnov alone on shifts, be the
 * column normal or heavy-tailed (bench/drift/power.md).
 */
const budget = { kolmogorov: 6, location: 2, median: 2, spread: 1, shape: 1 } as const

/** `kolmogorov` is the statistic and its p, by rows or on bins. */
export function orderedPart(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  kolmogorov: { readonly statistic: number; readonly p: number },
): DriftPart {
  const fine = groupCells(a, b, 0)
  const ranks = rankTests(expectsAll(fine, 5) ? fine : groupCells(a, b, 5))
  const tests: { test: DriftTest; statistic: number; p: number; weight: number }[] = [
    { test: 'Kolmogorov-Smirnov', ...kolmogorov, weight: budget.kolmogorov },
  ]
  if (ranks) {
    tests.push({ test: 'location of ranks', ...ranks.location, weight: budget.location })
    tests.push({ test: 'median of ranks', ...ranks.median, weight: budget.median })
  }
  if (ranks?.spread) tests.push({ test: 'spread of ranks', ...ranks.spread, weight: budget.spread })
  if (ranks?.shape) tests.push({ test: 'shape of ranks', ...ranks.shape, weight: budget.shape })
  const loudest = tests.reduce((best, next) => (next.p / next.weight < best.p / best.weight ? next : best))
  return {
    test: loudest.test,
    statistic: loudest.statistic,
    pValue: cauchyCombination(
      tests.map(({ p }) => p),
      tests.map(({ weight }) => weight),
    ),
    effect: normalScoreDistance(fine),
    effectName: 'standard deviations',
    change: changeOf(ranks),
  }
}

/** Whether both samples may expect `least` rows in every group as it is. */
function expectsAll({ total, n, m }: Groups, least: number): boolean {
  const enough = (least * (n + m)) / Math.min(n, m)
  return total.every(count => count >= enough)
}

/** The clearest of location, spread and shape, in a word. */
function changeOf(ranks: RankTests | undefined): string {
  if (!ranks) return 'values are distributed otherwise'
  const { location, median, spread, shape } = ranks
  const shifted = Math.min(location.p, median.p)
  const least = Math.min(shifted, spread?.p ?? 1)
  if (least > 0.01 && shape && shape.p < least) return 'values have another shape'
  if (spread && spread.p < shifted) return spread.statistic > 0 ? 'values spread wider' : 'values spread less'
  return location.statistic > 0 ? 'values are higher' : 'values are lower'
}

/**
 * Largest difference of the two distribution functions at the ends of the cells. The true one of the rows is at most the
 * largest min(share of a, share of b) in a cell above it.
 */
export function largestGap(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let n = 0
  let m = 0
  for (let k = 0; k < a.length; k++) {
    n += a[k]!
    m += b[k]!
  }
  let gap = 0
  let largest = 0
  for (let k = 0; k < a.length; k++) {
    gap += a[k]! * m - b[k]! * n
    largest = Math.max(largest, Math.abs(gap))
  }
  return largest / (n * m)
}

/**
 * Wasserstein distance W = integral |F_a - F_b| dz over normal scores z of the reference a, that is in its standard
 * deviations once it is made normal: a shift of a normal column by d sd gives d, a spread of 1 + s times gives about
 * 0.8 s. No monotone change of scale alters it and no outlier decides it. Beyond chance: sqrt(W^2 - W_0^2), at least 0,
 * with W_0 = sqrt(2/pi (1/n + 1/m)) integral sqrt(F (1 - F)) dz its mean without drift.
 */
export function normalScoreDistance({ total, hits, n, m }: Groups): number {
  let distance = 0
  let chance = 0
  let beforeA = 0
  let beforeB = 0
  let z = 0
  for (let g = 0; g < total.length; g++) {
    const inA = total[g]! - hits[g]!
    const score = normalQuantile((beforeA + inA / 2 + 0.5) / (n + 1))
    if (g > 0) {
      const pooled = (beforeA + beforeB) / (n + m)
      distance += Math.abs(beforeA / n - beforeB / m) * (score - z)
      chance += Math.sqrt(pooled * (1 - pooled)) * (score - z)
    }
    z = score
    beforeA += inA
    beforeB += hits[g]!
  }
  chance *= Math.sqrt((2 / Math.PI) * (1 / n + 1 / m))
  return Math.sqrt(Math.max(0, distance ** 2 - chance ** 2))
}
