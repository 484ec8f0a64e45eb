import { hypergeometricTerm } from '../../numeric/gammaFunctions.ts'

/**
 * Fisher's exact test of [[a, b], [c, d]], two-sided: the chance of all tables with these margins that are as improbable
 * or more, with the tolerance 1 + 1e-7 of R and scipy. O(standard deviation) whatever the counts.
 */
export function fisherExact(a: number, b: number, c: number, d: number): number {
  for (const count of [a, b, c, d]) {
    if (!(Number.isInteger(count) && count >= 0)) {
      throw new RangeError(`fisherExact: a count is ${count}, must be an integer of at least 0`)
    }
  }
  const n = a + b
  const m = c + d
  const hits = a + c
  if (n === 0 || m === 0 || hits === 0 || b + d === 0) return 1
  const low = Math.max(0, hits - m)
  const high = Math.min(n, hits)
  const mode = Math.min(high, Math.max(low, Math.floor(((hits + 1) * (n + 1)) / (n + m + 2))))
  const probability = (x: number) => hypergeometricTerm(x, n + m, n, hits)
  const observed = probability(a)
  const limit = observed * (1 + 1e-7)
  if (probability(mode) <= limit) return 1
  const ratioUp = (x: number) => ((n - x) * (hits - x)) / ((x + 1) * (m - hits + x + 1))
  /** Sum of probabilities from x outwards, away from the mode. */
  const tail = (x: number, step: 1 | -1) => {
    let term = probability(x)
    let sum = 0
    for (let k = x; k >= low && k <= high; k += step) {
      sum += term
      if (term < 1e-17 * sum) break
      term *= step === 1 ? ratioUp(k) : 1 / ratioUp(k - 1)
    }
    return sum
  }
  // On the far side of the mode the improbable tables begin where the probability falls to the limit.
  if (a > mode) {
    let inside = mode
    let outside = low - 1
    while (inside - outside > 1) {
      const middle = Math.floor((inside + outside) / 2)
      if (probability(middle) <= limit) outside = middle
      else inside = middle
    }
    return Math.min(1, tail(a, 1) + (outside >= low ? tail(outside, -1) : 0))
  }
  let inside = mode
  let outside = high + 1
  while (outside - inside > 1) {
    const middle = Math.floor((inside + outside) / 2)
    if (probability(middle) <= limit) outside = middle
    else inside = middle
  }
  return Math.min(1, tail(a, -1) + (outside <= high ? tail(outside, 1) : 0))
}
