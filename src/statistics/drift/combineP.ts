/**
 * One p-value from dependent ones by the Cauchy combination test: T = sum w cot(pi p), p = 1/2 - atan(T) / pi. Its level
 * is exact for independent and for equal p-values and close to it for any dependence, the closer the smaller it is (Liu
 * and Xie, Journal of the American Statistical Association 115 (2020) 393). Weights are made to add up to 1.
 *
 * p above 0.99 counts as 0.99: a single test that sees no difference at all must not outvote the others.
 */
export function cauchyCombination(p: readonly number[], weights: readonly number[]): number {
  if (p.length === 0 || p.length !== weights.length) {
    throw new RangeError(`cauchyCombination: ${p.length} p-values and ${weights.length} weights`)
  }
  let total = 0
  let sum = 0
  for (let i = 0; i < p.length; i++) {
    if (!(p[i]! >= 0 && p[i]! <= 1)) throw new RangeError(`cauchyCombination: p is ${p[i]}, must be in [0, 1]`)
    // cot(pi p) of 0 would be infinite and p smaller than that says nothing more.
    sum += weights[i]! / Math.tan(Math.PI * Math.min(0.99, Math.max(1e-300, p[i]!)))
    total += weights[i]!
  }
  const statistic = sum / total
  return statistic > 0 ? Math.atan(1 / statistic) / Math.PI : 0.5 - Math.atan(statistic) / Math.PI
}
