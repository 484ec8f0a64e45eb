/**
 * Bootstrap of any figure that takes weights: a draw of rows (or of blocks of rows that vary together) is their number of
 * times drawn, and no row is copied.
 */
import type { Random } from '../../numeric/random.ts'
import { normalCdf, normalQuantile } from '../distributions/distributions.ts'
import type { Measured } from '../measured.ts'
import type { Bounds } from './bounds.ts'

export interface BootstrapOptions {
  readonly draws?: number
  readonly confidence?: number | undefined
  /** Weight of each row in the sample; multiplied by how often it is drawn. */
  readonly weight?: Float64Array | undefined
  /** Number of the block of each row, such as its day: blocks are drawn whole. */
  readonly block?: ArrayLike<number> | undefined
}

/** The figure on the rows with these weights. */
export type Figure = (weight: Float64Array) => Measured

export interface Bootstrap {
  readonly estimate: number
  /** The figure in each draw, ascending. */
  readonly draws: Float64Array
  readonly units: number
}

/** A draw may leave the figure undefined (no positive row); the bootstrap is refused when more than this share does. */
const mostUndefined = 0.1

/**
 * Draws `draws` samples and computes the figure in each. Draws in which it is undefined are left out.
 */
export function bootstrapDraws(
  rows: number,
  figure: Figure,
  { draws = 2000, weight, block }: BootstrapOptions,
  rng: Random,
): (Bootstrap & { readonly reason?: undefined }) | { readonly reason: string } {
  if (!(Number.isInteger(draws) && draws >= 100))
    throw new RangeError(`bootstrap: draws is ${draws}, must be a whole number of at least 100`)
  const base = weight ?? new Float64Array(rows).fill(1)
  const { value: estimate, reason } = figure(base)
  if (estimate === undefined) return { reason }
  const { unitOf, units } = unitsOf(rows, base, block)
  if (units < 2) return { reason: `${units} ${block ? 'blocks' : 'rows'}, 2 are needed` }
  const values: number[] = []
  const times = new Float64Array(units)
  const drawn = new Float64Array(rows)
  for (let draw = 0; draw < draws; draw++) {
    times.fill(0)
    for (let i = 0; i < units; i++) times[rng.below(units)]!++
    for (let i = 0; i < rows; i++) drawn[i] = unitOf[i]! < 0 ? 0 : base[i]! * times[unitOf[i]!]!
    const { value } = figure(drawn)
    if (value !== undefined) values.push(value)
  }
  if (values.length < (1 - mostUndefined) * draws) {
    return { reason: `it is undefined in ${draws - values.length} of ${draws} bootstrap samples` }
  }
  return { estimate, draws: Float64Array.from(values).sort(), units }
}

/**
 * Interval of the figure by BCa (Efron 1987): percentiles of the draws, moved for the bias (share of draws below the
 * estimate) and for the acceleration (skewness of the figure when units are left out, in at most 200 groups).
 */
export function bootstrapInterval(rows: number, figure: Figure, options: BootstrapOptions, rng: Random): Bounds {
  const bootstrap = bootstrapDraws(rows, figure, options, rng)
  if (bootstrap.reason !== undefined) return { reason: bootstrap.reason }
  return bootstrapBounds(rows, figure, options, bootstrap)
}

/** The interval from draws that were made. */
export function bootstrapBounds(
  rows: number,
  figure: Figure,
  options: BootstrapOptions,
  { draws, estimate }: Bootstrap,
): Bounds {
  const { confidence = 0.95, weight, block } = options
  let below = 0
  for (const value of draws) below += value < estimate ? 1 : value === estimate ? 0.5 : 0
  if (below === 0 || below === draws.length)
    return { reason: 'every bootstrap sample lies on one side of the estimate' }
  const bias = normalQuantile(below / draws.length)
  const acceleration = accelerationOf(rows, figure, weight ?? new Float64Array(rows).fill(1), block)
  const percentile = (p: number) => {
    const z = bias + normalQuantile(p)
    const moved = normalCdf(bias + z / (1 - acceleration * z))
    return draws[Math.min(draws.length - 1, Math.max(0, Math.round(moved * (draws.length + 1)) - 1))]!
  }
  return {
    lower: percentile((1 - confidence) / 2),
    upper: percentile((1 + confidence) / 2),
    method: block ? 'BCa bootstrap of blocks' : 'BCa bootstrap',
  }
}

function accelerationOf(rows: number, figure: Figure, base: Float64Array, block?: ArrayLike<number>): number {
  const { unitOf, units } = unitsOf(rows, base, block)
  const groups = Math.min(200, units)
  const without: number[] = []
  const rest = new Float64Array(rows)
  for (let group = 0; group < groups; group++) {
    for (let i = 0; i < rows; i++) rest[i] = unitOf[i]! >= 0 && unitOf[i]! % groups !== group ? base[i]! : 0
    const { value } = figure(rest)
    if (value !== undefined) without.push(value)
  }
  const mean = without.reduce((a, b) => a + b, 0) / without.length
  let square = 0
  let cube = 0
  for (const value of without) {
    square += (mean - value) ** 2
    cube += (mean - value) ** 3
  }
  return square > 0 ? cube / (6 * square ** 1.5) : 0
}

/** Number of the unit of each row, from 0; -1 for rows without weight. */
function unitsOf(
  rows: number,
  base: Float64Array,
  block?: ArrayLike<number>,
): { readonly unitOf: Int32Array; readonly units: number } {
  if (block && block.length !== rows) throw new RangeError(`bootstrap: ${block.length} block names for ${rows} rows`)
  const numberOf = new Map<number, number>()
  let units = 0
  const unitOf = new Int32Array(rows).fill(-1)
  for (let i = 0; i < rows; i++) {
    if (!(base[i]! > 0)) continue
    if (!block) unitOf[i] = units++
    else {
      const known = numberOf.get(block[i]!)
      if (known === undefined) numberOf.set(block[i]!, units)
      unitOf[i] = known ?? units++
    }
  }
  return { unitOf, units }
}
