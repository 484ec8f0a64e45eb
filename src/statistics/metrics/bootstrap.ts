/**
 * Bootstrap of any figures that take weights: a draw of rows (or of blocks of rows that vary together) is their number of
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

/** Figures, by name, on the rows with these weights. */
export type Figures<Name extends string> = (weight: Float64Array) => { readonly [name in Name]: Measured }

export interface Bootstrap {
  readonly estimate: number
  /** The figure in each draw where it is defined, ascending. */
  readonly draws: Float64Array
  /** A sixth of the skewness of the figure as units are left out, in at most 200 groups. */
  readonly acceleration: number
  readonly reason?: undefined
}

/** A draw may leave a figure undefined (no positive row); its bootstrap is refused when more than this share does. */
const mostUndefined = 0.1

/** Draws `draws` samples and computes the figures in each; for each the draws, or the reason why they say nothing. */
export function bootstrap<Name extends string>(
  rows: number,
  figures: Figures<Name>,
  { draws = 2000, weight, block }: BootstrapOptions,
  rng: Random,
): { readonly [name in Name]: Bootstrap | { readonly reason: string } } {
  if (!(Number.isInteger(draws) && draws >= 100)) {
    throw new RangeError(`bootstrap: draws is ${draws}, must be a whole number of at least 100`)
  }
  const base = weight ?? new Float64Array(rows).fill(1)
  const { unitOf, units } = unitsOf(rows, base, block)
  const estimates = figures(base)
  const names = Object.keys(estimates) as Name[]
  const drawn = new Map(names.map(name => [name, [] as number[]]))
  const left = new Map(names.map(name => [name, [] as number[]]))
  const collect = (found: Map<Name, number[]>, times: (unit: number) => number) => {
    const sample = new Float64Array(rows)
    for (let i = 0; i < rows; i++) sample[i] = unitOf[i]! < 0 ? 0 : base[i]! * times(unitOf[i]!)
    const values = figures(sample)
    for (const name of names) {
      const { value } = values[name]
      if (value !== undefined) found.get(name)!.push(value)
    }
  }
  if (units >= 2) {
    const times = new Float64Array(units)
    for (let draw = 0; draw < draws; draw++) {
      times.fill(0)
      for (let i = 0; i < units; i++) times[rng.below(units)]!++
      collect(drawn, unit => times[unit]!)
    }
    const groups = Math.min(200, units)
    for (let group = 0; group < groups; group++) collect(left, unit => (unit % groups === group ? 0 : 1))
  }
  const answer = (name: Name): Bootstrap | { readonly reason: string } => {
    const { value: estimate, reason } = estimates[name]
    if (estimate === undefined) return { reason }
    if (units < 2) return { reason: `${units} ${block ? 'blocks' : 'rows'}, 2 are needed` }
    const values = drawn.get(name)!
    if (values.length < (1 - mostUndefined) * draws) {
      return { reason: `it is undefined in ${draws - values.length} of ${draws} bootstrap samples` }
    }
    return { estimate, draws: Float64Array.from(values).sort(), acceleration: accelerationOf(left.get(name)!) }
  }
  return Object.fromEntries(names.map(name => [name, answer(name)])) as ReturnType<typeof bootstrap<Name>>
}

/**
 * Interval by BCa (Efron, Journal of the American Statistical Association 82 (1987) 171): percentiles of the draws, moved
 * for the bias (share of the draws below the estimate) and for the acceleration.
 */
export function bcaBounds(
  { estimate, draws, acceleration }: Bootstrap,
  { confidence = 0.95, block }: BootstrapOptions,
): Bounds {
  let below = 0
  for (const value of draws) below += value < estimate ? 1 : value === estimate ? 0.5 : 0
  if (below === 0 || below === draws.length) {
    return { reason: 'every bootstrap sample lies on one side of the estimate' }
  }
  const bias = normalQuantile(below / draws.length)
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

/** The BCa interval of each figure. */
export function bootstrapIntervals<Name extends string>(
  rows: number,
  figures: Figures<Name>,
  options: BootstrapOptions,
  rng: Random,
): { readonly [name in Name]: Bounds } {
  const found: [string, Bounds][] = Object.entries<Bootstrap | { readonly reason: string }>(
    bootstrap(rows, figures, options, rng),
  ).map(([name, of]) => [name, of.reason === undefined ? bcaBounds(of, options) : { reason: of.reason }])
  return Object.fromEntries(found) as { readonly [name in Name]: Bounds }
}

function accelerationOf(without: readonly number[]): number {
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
