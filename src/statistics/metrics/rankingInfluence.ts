/** Influence of every row (see influence.ts) on the figures of ranking.ts. Both classes must have weight. */
import { argsort } from '../../numeric/argsort.ts'
import { placements } from './ranking.ts'

/**
 * Area under the ROC curve: (W / W_class) (placement - AUC). Without weights each class is stretched by
 * sqrt(n / (n - 1)), so that the squares add up to DeLong's unbiased variance.
 */
export function aucInfluence(truth: Float64Array, score: Float64Array, weight?: Float64Array): Float64Array {
  const influence = placements(truth, score, weight)
  const mass = [0, 0]
  const sum = [0, 0]
  for (let i = 0; i < truth.length; i++) {
    const w = weight ? weight[i]! : 1
    mass[truth[i]!]! += w
    sum[truth[i]!]! += w * influence[i]!
  }
  const total = mass[0]! + mass[1]!
  const factor = mass.map(n => (total / n) * (weight || n < 2 ? 1 : Math.sqrt(n / (n - 1))))
  for (let i = 0; i < truth.length; i++) {
    const y = truth[i]!
    influence[i] = factor[y]! * (influence[i]! - sum[y]! / mass[y]!)
  }
  return influence
}

/**
 * Average precision, AP = sum_i y_i T_i / (P A_i) with T and A the positive and the whole weight that scores at least as
 * high and P the positive weight. A little more weight on row k adds to T and A of all rows that score no higher:
 *   (W / P) (y_k (T_k / A_k - AP + sum y_i / A_i) - sum y_i T_i / A_i^2),   both sums over s_i <= s_k
 */
export function averagePrecisionInfluence(
  truth: Float64Array,
  score: Float64Array,
  weight?: Float64Array,
): Float64Array {
  const order = argsort(score)
  const n = order.length
  const precision = new Float64Array(n)
  const all = new Float64Array(n)
  let positive = 0
  let total = 0
  let averagePrecision = 0
  for (let end = n; end > 0; ) {
    const tied = score[order[end - 1]!]!
    const before = positive
    let start = end
    for (; start > 0 && score[order[start - 1]!]! === tied; start--) {
      const row = order[start - 1]!
      const w = weight ? weight[row]! : 1
      positive += truth[row]! * w
      total += w
    }
    const here = total > 0 ? positive / total : 0
    if (positive > before) averagePrecision += (positive - before) * here
    for (let i = start; i < end; i++) {
      precision[order[i]!] = here
      all[order[i]!] = total
    }
    end = start
  }
  averagePrecision /= positive
  const influence = new Float64Array(n)
  let inverse = 0
  let diluted = 0
  for (let start = 0; start < n; ) {
    const tied = score[order[start]!]!
    let end = start
    let tiedPositive = 0
    for (; end < n && score[order[end]!]! === tied; end++) {
      const row = order[end]!
      tiedPositive += truth[row]! * (weight ? weight[row]! : 1)
    }
    if (tiedPositive > 0) {
      const first = order[start]!
      inverse += tiedPositive / all[first]!
      diluted += (tiedPositive * precision[first]!) / all[first]!
    }
    for (let i = start; i < end; i++) {
      const row = order[i]!
      const gained = truth[row]! * (precision[row]! - averagePrecision + inverse)
      influence[row] = (total / positive) * (gained - diluted)
    }
    start = end
  }
  return influence
}

/**
 * Degrees of freedom of a variance that two classes contribute to (Welch and Satterthwaite):
 *   (v_0 + v_1)^2 / (v_0^2 / (n_0 - 1) + v_1^2 / (n_1 - 1)),   v_c = sum of (w influence)^2 over class c
 * with n_c the equally weighted rows that would be as sure as those of the class.
 */
export function classDf(truth: Float64Array, influence: Float64Array, weight?: Float64Array): number {
  const v = [0, 0]
  const sum = [0, 0]
  const square = [0, 0]
  for (let i = 0; i < truth.length; i++) {
    const w = weight ? weight[i]! : 1
    const y = truth[i]!
    v[y]! += (w * influence[i]!) ** 2
    sum[y]! += w
    square[y]! += w * w
  }
  const n = sum.map((total, y) => total ** 2 / square[y]!)
  const part = (y: number) => v[y]! ** 2 / (n[y]! - 1)
  return (v[0]! + v[1]!) ** 2 / (part(0) + part(1))
}
