/**
 * Distances between two distributions over the same categories or bins, given as counts; each is turned into shares
 * first. All but PSI need no filling of empty cells.
 */

/** Square root of the Jensen-Shannon divergence in bits: 0 for equal shares, 1 where nothing overlaps. */
export function jensenShannonDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.sqrt(jensenShannonDivergence(a, b))
}

/** Jensen-Shannon divergence in bits. */
export function jensenShannonDivergence(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  eachShare('jensenShannonDivergence', a, b, (p, q) => {
    const middle = (p + q) / 2
    if (p > 0) sum += (p / 2) * Math.log2(p / middle)
    if (q > 0) sum += (q / 2) * Math.log2(q / middle)
  })
  return Math.min(1, Math.max(0, sum))
}

/** sqrt(1/2 sum (sqrt p - sqrt q)^2), in [0, 1]. */
export function hellinger(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  eachShare('hellinger', a, b, (p, q) => {
    sum += (Math.sqrt(p) - Math.sqrt(q)) ** 2
  })
  return Math.sqrt(sum / 2)
}

/** Total variation distance: half the sum of |p - q|. */
export function totalVariation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  eachShare('totalVariation', a, b, (p, q) => {
    sum += Math.abs(p - q)
  })
  return sum / 2
}

/** The largest |p - q| of any category. */
export function largestShareGap(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = 0
  eachShare('largestShareGap', a, b, (p, q) => {
    largest = Math.max(largest, Math.abs(p - q))
  })
  return largest
}

/** Kullback-Leibler divergence of a from b in nats; infinite where b has no mass and a has some. */
export function kullbackLeibler(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  eachShare('kullbackLeibler', a, b, (p, q) => {
    if (p > 0) sum += p * Math.log(p / q)
  })
  return sum
}

/**
 * Population stability index sum (p - q) ln(p / q) with p = (count + 1/2) / (n + B/2) over the B bins, so that an empty
 * bin does not blow up. Without drift it is about (1/n + 1/m) chi-square with B - 1 degrees of freedom: a fixed limit
 * such as 0.1 means nothing without n and m.
 */
export function populationStabilityIndex(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const smooth = (counts: ArrayLike<number>) => Float64Array.from(counts, count => count + 0.5)
  let sum = 0
  eachShare('populationStabilityIndex', smooth(a), smooth(b), (p, q) => {
    sum += (p - q) * Math.log(p / q)
  })
  return sum
}

function eachShare(
  name: string,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  visit: (p: number, q: number) => void,
): void {
  if (a.length !== b.length) throw new RangeError(`${name}: ${a.length} and ${b.length} counts`)
  let n = 0
  let m = 0
  for (let i = 0; i < a.length; i++) {
    n += a[i]!
    m += b[i]!
  }
  if (!(n > 0 && m > 0)) throw new RangeError(`${name}: the counts add up to ${n} and ${m}, both must be above 0`)
  for (let i = 0; i < a.length; i++) visit(a[i]! / n, b[i]! / m)
}
