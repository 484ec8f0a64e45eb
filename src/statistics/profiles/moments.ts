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

/**
 * Moments of the values up to `largestFinite`; NaN and larger ones are passed over (they are counted elsewhere).
 * Blocks of values are centred on their own mean and merged: two plain passes over what the cache holds cost a fifth of
 * an update with its division per value, and the rounding is smaller.
 */
export function momentsOf(values: Float64Array): Moments {
  let total = noMoments
  for (let from = 0; from < values.length; from += blockValues) {
    total = mergeMoments(total, blockMoments(values, from, Math.min(values.length, from + blockValues)))
  }
  return total
}

/** 8 KiB: both passes read from the first cache. */
const blockValues = 1024

function blockMoments(values: Float64Array, from: number, to: number): Moments {
  let n = 0
  let sum = 0
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (let i = from; i < to; i++) {
    const x = values[i]!
    // False for NaN too.
    if (x >= -largestFinite && x <= largestFinite) {
      n++
      sum += x
      if (x < min) min = x
      if (x > max) max = x
    }
  }
  if (n === 0) return noMoments
  const centre = sum / n
  let d1 = 0
  let d2 = 0
  let d3 = 0
  let d4 = 0
  for (let i = from; i < to; i++) {
    const x = values[i]!
    if (x >= -largestFinite && x <= largestFinite) {
      const d = x - centre
      const square = d * d
      d1 += d
      d2 += square
      d3 += square * d
      d4 += square * square
    }
  }
  // What rounding left in the centre is taken out again; of the powers above the second it is not to be seen.
  const rest = d1 / n
  // + 0 makes 0 of -0.
  return {
    n,
    mean: centre + rest + 0,
    m2: Math.max(0, d2 - rest * d1),
    m3: d3 - 3 * rest * d2,
    m4: d4,
    min: min + 0,
    max: max + 0,
  }
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
