/** Count, mean, centred sums of powers 2 to 4, minimum and maximum of numbers: plain data that can be merged. */
export interface Moments {
  readonly n: number
  readonly mean: number
  readonly m2: number
  readonly m3: number
  readonly m4: number
  /** null without values. */
  readonly min: number | null
  readonly max: number | null
}

export const noMoments: Moments = { n: 0, mean: 0, m2: 0, m3: 0, m4: 0, min: null, max: null }

/** Numbers beyond this count as infinite: their fourth powers would overflow. */
export const largestFinite = 1e70

/** Moments of the values up to `largestFinite`; NaN and larger ones are passed over (they are counted elsewhere). */
export function momentsOf(values: Float64Array): Moments {
  let n = 0
  let mean = 0
  let m2 = 0
  let m3 = 0
  let m4 = 0
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  // One pass: Terriberry 2007 (Welford's update carried on to the fourth power).
  for (let i = 0; i < values.length; i++) {
    const x = values[i]! + 0 // -0 becomes 0
    if (!(Math.abs(x) <= largestFinite)) continue
    n++
    const d = x - mean
    const dn = d / n
    const term = d * dn * (n - 1)
    m4 += term * dn * dn * (n * n - 3 * n + 3) + 6 * dn * dn * m2 - 4 * dn * m3
    m3 += term * dn * (n - 2) - 3 * dn * m2
    m2 += term
    mean += dn
    if (x < min) min = x
    if (x > max) max = x
  }
  return n === 0 ? noMoments : { n, mean, m2, m3, m4, min, max }
}

/** Moments of both sets of values together (Chan, Golub and LeVeque 1979; Pebay 2008 for the higher ones). */
export function mergeMoments(a: Moments, b: Moments): Moments {
  if (a.n === 0) return b
  if (b.n === 0) return a
  const n = a.n + b.n
  const d = b.mean - a.mean
  const dn = d / n
  const m2 = a.m2 + b.m2 + d * dn * a.n * b.n
  const m3 = a.m3 + b.m3 + d * dn * dn * a.n * b.n * (a.n - b.n) + 3 * dn * (a.n * b.m2 - b.n * a.m2)
  const m4 =
    a.m4 +
    b.m4 +
    d * dn * dn * dn * a.n * b.n * (a.n * a.n - a.n * b.n + b.n * b.n) +
    6 * dn * dn * (a.n * a.n * b.m2 + b.n * b.n * a.m2) +
    4 * dn * (a.n * b.m3 - b.n * a.m3)
  return {
    n,
    mean: a.mean + dn * b.n,
    m2,
    m3,
    m4,
    min: Math.min(a.min!, b.min!),
    max: Math.max(a.max!, b.max!),
  }
}

/** Standard deviation with divisor n - 1; 0 for fewer than two values. */
export function sdOf({ n, m2 }: Moments): number {
  return n < 2 ? 0 : Math.sqrt(Math.max(0, m2) / (n - 1))
}
