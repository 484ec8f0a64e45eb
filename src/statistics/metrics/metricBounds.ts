/** From the influence of the rows on a metric to its interval, in the form that suits the metric. */
import type { Measured } from '../measured.ts'
import {
  averageShareBounds,
  type Bounds,
  correlationBounds,
  criticalValue,
  logBounds,
  logitBounds,
  meanBounds,
  type SharePart,
  shareBounds,
} from './bounds.ts'
import { type Contributions, type Rows, skewOf, sumOfSquares } from './influence.ts'

/** Fewer blocks than this say nothing about how blocks differ. */
export const leastBlocks = 4

export interface IntervalOptions extends Rows {
  readonly confidence?: number | undefined
}

/**
 * What kind of figure it is: a `share` of rows, an `area` in [0, 1] over ranks, a `correlation` in [-1, 1], the mean
 * `loss` of the rows, the `root` of a mean loss (with the influence on that mean), or a share of the variance that is
 * `explained`, at most 1.
 */
type Form = 'share' | 'area' | 'correlation' | 'loss' | 'root' | 'explained'

export interface Figure {
  readonly metric: Measured
  readonly form: Form
  /** Asked for only where the metric is defined. */
  readonly contributions: () => Contributions
  /** How many rows are at stake where all are right or all wrong, so that the spread says nothing. */
  readonly atStake?: () => number
  /**
   * Degrees of freedom of the spread, where it is the sum of those of two classes of which one may be small; without it
   * independent rows are taken as many.
   */
  readonly df?: () => number
  /** How the spread was found, where that has a name of its own. */
  readonly method?: string
}

export function metricBounds(
  { metric, form, contributions, atStake, df, method }: Figure,
  options: IntervalOptions,
): Bounds {
  const { block, confidence = 0.95 } = options
  if (metric.value === undefined) return { reason: metric.reason }
  const value = metric.value
  const { values, units } = contributions()
  const square = sumOfSquares(values)
  const tooFew = tooFewUnits(units, options)
  if (tooFew) return tooFew
  const small = units / (units - 1)
  const named = (how: string) => (block ? `${how}, by blocks` : how)

  // A share of independent rows is binomial: its variance needs no correction and no t.
  const variance = block ? square * small : square
  const critical = () => criticalValue(confidence, block ? units - 1 : (df?.() ?? weightedDf()))
  const asShare = (p: number, rows: number) => shareBounds(p, rows, critical(), named('Wilson'))
  const rowsAtStake = () => atStake?.() ?? units
  // Weights make few rows count most, and the variance as unsure as they are few.
  const weightedDf = () => (options.weight ? Math.max(1, rowsAtStake() - 1) : undefined)

  const standardError = Math.sqrt(square * small)
  const t = () => criticalValue(confidence, units - 1)
  const asLoss = (mean: number): Bounds => {
    if (!(standardError > 0)) return { reason: 'the loss is the same in every row' }
    const bounds = meanBounds(mean, standardError, skewOf(values), t(), named('t, corrected for skewness'))
    return { ...bounds, lower: Math.max(0, bounds.lower) }
  }

  switch (form) {
    case 'share':
      return asShare(value, inside(value, 0, variance) ? (value * (1 - value)) / variance : rowsAtStake())
    case 'area': {
      if (!inside(value, 0, variance)) return asShare(value, rowsAtStake())
      return logitBounds(value, Math.sqrt(variance), critical(), named(method ?? 'delta method, logit scale'))
    }
    case 'correlation': {
      if (inside(value, -1, variance)) {
        return correlationBounds(value, Math.sqrt(variance), critical(), named('delta method, Fisher scale'))
      }
      const { lower, upper, ...rest } = asShare((1 + value) / 2, rowsAtStake())
      return { ...rest, lower: 2 * lower - 1, upper: 2 * upper - 1 }
    }
    case 'loss':
      return asLoss(value)
    case 'root': {
      const ofSquare = asLoss(value ** 2)
      if (ofSquare.reason !== undefined) return ofSquare
      return { ...ofSquare, lower: Math.sqrt(ofSquare.lower), upper: Math.sqrt(ofSquare.upper) }
    }
    case 'explained': {
      if (!(value < 1 && standardError > 0)) return { reason: 'the share is the same in every row' }
      const { lower, upper, ...rest } = logBounds(1 - value, standardError, t(), named('delta method, log scale'))
      return { ...rest, lower: 1 - upper, upper: 1 - lower }
    }
  }
}

/** The plain mean of shares, each with its own contributions of the same units and its own rows at stake. */
export function averageBounds(
  parts: readonly Required<Pick<Figure, 'metric' | 'contributions' | 'atStake'>>[],
  options: IntervalOptions,
): Bounds {
  const moves: Float64Array[] = []
  const shares: SharePart[] = []
  let units = 0
  for (const { metric, contributions, atStake } of parts) {
    if (metric.value === undefined) return { reason: metric.reason }
    const p = metric.value
    const found = contributions()
    units = found.units
    const variance = sumOfSquares(found.values) * (options.block ? units / (units - 1) : 1)
    moves.push(found.values)
    shares.push({ estimate: p, rows: inside(p, 0, variance) ? (p * (1 - p)) / variance : atStake() })
  }
  const tooFew = tooFewUnits(units, options)
  if (tooFew) return tooFew
  const correlation = (i: number, j: number) => {
    const [a, b] = [moves[i]!, moves[j]!]
    const size = Math.sqrt(sumOfSquares(a) * sumOfSquares(b))
    return size > 0 ? dot(a, b) / size : 0
  }
  const { confidence = 0.95, block } = options
  const least = () => Math.max(1, Math.min(...parts.map(({ atStake }) => atStake())) - 1)
  const critical = criticalValue(confidence, block ? units - 1 : options.weight ? least() : undefined)
  return averageShareBounds(shares, correlation, critical, block ? 'Wilson, by blocks' : 'Wilson')
}

function tooFewUnits(units: number, { block }: IntervalOptions): Bounds | undefined {
  if (block && units < leastBlocks) return { reason: `${units} blocks, ${leastBlocks} are needed` }
  return units < 2 ? { reason: `${units} rows, 2 are needed` } : undefined
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/** So close to an end, a figure is at it. */
const rounding = 1e-12

function inside(value: number, least: number, variance: number): boolean {
  return value > least + rounding && value < 1 - rounding && variance > rounding ** 2
}
