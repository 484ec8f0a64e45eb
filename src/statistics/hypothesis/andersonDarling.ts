import { weightedChiSquareSf } from '../distributions/weightedChiSquare.ts'
import { bridgeMoments, bridgeOf, bridgeWeights } from './bridge.ts'
import { type Pooled, pool, type Sample } from './pooled.ts'
import { type Tested, tooFew } from './tested.ts'

/**
 * Anderson-Darling test of two or more samples in the mid-rank form (Scholz and Stephens, Journal of the American
 * Statistical Association 82 (1987) 918): sensitive in the tails. The statistic is (A^2 - (k - 1)) / sd.
 * - `limit`: p from the limiting law, a sum of chi-square variables with k - 1 degrees of freedom and weights
 *   1 / (j (j + 1)), brought to the sd of these sizes; with the weights of the ties where values repeat.
 * - `table`: p interpolated in the published table and cut to [0.001, 0.25], as scipy has it. It ignores ties, and
 *   adjustments for several tests cannot use it.
 */
export function andersonDarling(samples: readonly Sample[], mode: 'limit' | 'table' = 'limit'): Tested {
  return andersonDarlingPooled(pool(samples, 'andersonDarling'), mode)
}

export function andersonDarlingPooled(pooled: Pooled, mode: 'limit' | 'table' = 'limit'): Tested {
  const { sizes, values } = pooled
  const missing = tooFew(sizes, 1)
  if (missing) return missing
  const k = sizes.length
  const total = sizes.reduce((sum, size) => sum + size, 0)
  if (k < 2) return { reason: `${k} samples, 2 are needed` }
  if (total < 4) return { reason: `${total} values in all, 4 are needed` }
  if (values.length < 2) return { reason: 'all values are equal' }
  const square = andersonDarlingStatistic(pooled)
  const sd = standardDeviation(sizes, total)
  const statistic = (square - (k - 1)) / sd
  return { result: { statistic, p: mode === 'table' ? tableP(statistic, k - 1) : limitP(pooled, square, sd) } }
}

function limitP(pooled: Pooled, square: number, sd: number): number {
  const df = pooled.sizes.length - 1
  const total = pooled.sizes.reduce((sum, size) => sum + size, 0)
  if (pooled.values.length < total && pooled.values.length <= 64) {
    return weightedChiSquareSf(square, bridgeWeights(bridgeOf(pooled), true), df)
  }
  // Sum of 2 / (j (j + 1))^2 over j >= 1; ties spread the statistic more than the bridge seen everywhere.
  const limitVariance = (2 * (Math.PI ** 2 - 9)) / 3
  const ties = pooled.values.length < total ? bridgeMoments(bridgeOf(pooled), true).variance / limitVariance : 1
  const scale = Math.sqrt((df * limitVariance) / Math.max(1, ties)) / sd
  // The weights beyond the last add up to their mean, with next to no spread.
  return weightedChiSquareSf(df + (square - df) * scale - df / (limitWeights.length + 1), limitWeights, df)
}

const limitWeights = Float64Array.from({ length: 30 }, (_, j) => 1 / ((j + 1) * (j + 2)))

/**
 * A^2 = (N - 1)/N sum_i 1/n_i sum_j l_j/N (N M_ij - n_i B_j)^2 / (B_j (N - B_j) - N l_j / 4) over distinct values j, with
 * l_j rows at j, B_j rows below j plus l_j / 2, M_ij the same within sample i. For permutation.
 */
export function andersonDarlingStatistic({ counts, sizes, values }: Pooled): number {
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const within = new Float64Array(sizes.length)
  let below = 0
  let sum = 0
  for (let j = 0; j < values.length; j++) {
    let l = 0
    for (const count of counts) l += count[j]!
    const b = below + l / 2
    const weight = l / (b * (total - b) - (total * l) / 4)
    for (let i = 0; i < counts.length; i++) {
      const f = counts[i]![j]!
      const gap = total * (within[i]! + f / 2) - sizes[i]! * b
      sum += (weight * gap * gap) / sizes[i]!
      within[i]! += f
    }
    below += l
  }
  return ((total - 1) / (total * total)) * sum
}

/** Standard deviation of A^2 under the null (Scholz and Stephens 1987, formula 4). */
function standardDeviation(sizes: readonly number[], total: number): number {
  const k = sizes.length
  const bigH = sizes.reduce((sum, size) => sum + 1 / size, 0)
  let h = 1 / (total - 1)
  let g = 0
  // g = sum_{i=1}^{N-2} 1/(N - i) sum_{j=i+1}^{N-1} 1/j; h is the inner sum until the last round completes it.
  for (let i = total - 2; i >= 1; i--) {
    g += h / (total - i)
    h += 1 / i
  }
  const a = (4 * g - 6) * (k - 1) + (10 - 6 * g) * bigH
  const b = (2 * g - 4) * k * k + 8 * h * k + (2 * g - 14 * h - 4) * bigH - 8 * h + 4 * g - 6
  const c = (6 * h + 2 * g - 2) * k * k + (4 * h - 4 * g + 6) * k + (2 * h - 6) * bigH + 4 * h
  const d = (2 * h + 6) * k * k - 4 * h * k
  const numerator = a * total ** 3 + b * total ** 2 + c * total + d
  return Math.sqrt(numerator / ((total - 1) * (total - 2) * (total - 3)))
}

/**
 * ln p as the least-squares parabola through the critical values b0 + b1 / sqrt(m) + b2 / m, m = k - 1 (table 2 of Scholz
 * and Stephens), cut to [0.001, 0.25].
 */
function tableP(statistic: number, m: number): number {
  const x = b0.map((value, i) => value + b1[i]! / Math.sqrt(m) + b2[i]! / m)
  // Orthogonal polynomials on the seven points: no normal equations to solve.
  const size = x.length
  const mean = x.reduce((sum, value) => sum + value, 0) / size
  const linear = x.map(value => value - mean)
  const spread = linear.reduce((sum, value) => sum + value ** 2, 0)
  const slope = linear.reduce((sum, value) => sum + value ** 3, 0) / spread
  const quadratic = linear.map(value => value ** 2 - slope * value - spread / size)
  const curvature = quadratic.reduce((sum, value) => sum + value ** 2, 0)
  const logs = levels.map(Math.log)
  const dot = (basis: readonly number[]) => basis.reduce((sum, value, i) => sum + value * logs[i]!, 0)
  const centred = statistic - mean
  const logP =
    logs.reduce((sum, value) => sum + value, 0) / size +
    (dot(linear) / spread) * centred +
    (dot(quadratic) / curvature) * (centred ** 2 - slope * centred - spread / size)
  // The parabola turns upwards again beyond the table.
  if (statistic > x[size - 1]!) return 0.001
  if (statistic < x[0]!) return 0.25
  return Math.min(0.25, Math.max(0.001, Math.exp(logP)))
}

const levels = [0.25, 0.1, 0.05, 0.025, 0.01, 0.005, 0.001]
const b0 = [0.675, 1.281, 1.645, 1.96, 2.326, 2.573, 3.085]
const b1 = [-0.245, 0.25, 0.678, 1.149, 1.822, 2.364, 3.615]
const b2 = [-0.105, -0.305, -0.362, -0.391, -0.396, -0.345, -0.154]
