export type Adjustment = 'bh' | 'by' | 'bonferroni' | 'holm'

/**
 * Adjusted p-values of several tests, in input order: rejecting where adjusted p < alpha keeps the expected share of
 * false rejections among all rejections (false discovery rate) below alpha; with no true effect at all that is the
 * chance of any rejection. Benjamini-Hochberg (1995) holds for independent and positively dependent tests,
 * Benjamini-Yekutieli (2001) for any. Bonferroni and Holm (1979, never less powerful) keep the
 * chance of any false rejection below alpha, for any tests. NaN stands for a test that was not made and stays NaN.
 */
export function adjustP(p: Float64Array, method: Adjustment = 'bh'): Float64Array {
  const tested: number[] = []
  for (let i = 0; i < p.length; i++) {
    if (Number.isNaN(p[i])) continue
    if (!(p[i]! >= 0 && p[i]! <= 1)) throw new RangeError(`adjustP: p of test ${i} is ${p[i]}, must be in [0, 1]`)
    tested.push(i)
  }
  const n = tested.length
  const adjusted = new Float64Array(p.length).fill(Number.NaN)
  if (method === 'bonferroni') {
    for (const i of tested) adjusted[i] = Math.min(1, n * p[i]!)
    return adjusted
  }
  if (method === 'holm') {
    tested.sort((i, j) => p[i]! - p[j]!)
    let most = 0
    for (let k = 0; k < n; k++) {
      const i = tested[k]!
      most = Math.max(most, Math.min(1, (n - k) * p[i]!))
      adjusted[i] = most
    }
    return adjusted
  }
  let factor = n
  if (method === 'by') factor *= tested.reduce((harmonic, _, k) => harmonic + 1 / (k + 1), 0)
  tested.sort((i, j) => p[j]! - p[i]!)
  let least = 1
  for (let k = 0; k < n; k++) {
    const i = tested[k]!
    least = Math.min(least, (factor * p[i]!) / (n - k))
    adjusted[i] = least
  }
  return adjusted
}
