/** Distances between two samples by their distribution functions. Their p-values come from permutation. */
import { type Pooled, pool, type Sample } from './pooled.ts'
import { tooFew } from './tested.ts'

/** Wasserstein distance of order 1, the integral of |F_a - F_b| dx; in the unit of the values. */
export function wasserstein(a: Sample, b: Sample): number {
  return wassersteinPooled(pool([a, b], 'wasserstein'))
}

export function wassersteinPooled(pooled: Pooled): number {
  return integrateGap('wasserstein', pooled, Math.abs)
}

/**
 * Energy distance sqrt(2 integral of (F_a - F_b)^2 dx). It carries the square root of the unit: divide by the square root
 * of the reference's standard deviation before any threshold.
 */
export function energyDistance(a: Sample, b: Sample): number {
  return energyDistancePooled(pool([a, b], 'energyDistance'))
}

export function energyDistancePooled(pooled: Pooled): number {
  return Math.sqrt(2 * integrateGap('energyDistance', pooled, gap => gap * gap))
}

function integrateGap(name: string, { values, counts, sizes }: Pooled, f: (gap: number) => number): number {
  const missing = tooFew(sizes, 1)
  if (missing) throw new RangeError(`${name}: ${missing.reason}`)
  if (!Number.isFinite(values[0]!) || !Number.isFinite(values[values.length - 1]!)) {
    throw new RangeError(`${name}: infinite values have no distance; count them apart`)
  }
  const [a, b] = counts as [Uint32Array, Uint32Array]
  const [n, m] = sizes as [number, number]
  let sum = 0
  // nm (F_a - F_b), a whole number.
  let gap = 0
  for (let k = 0; k + 1 < values.length; k++) {
    gap += a[k]! * m - b[k]! * n
    if (gap !== 0) sum += f(gap / n / m) * (values[k + 1]! - values[k]!)
  }
  return sum
}
