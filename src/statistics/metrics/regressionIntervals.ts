/** Intervals of all regression metrics, for independent rows or for blocks of rows (days, customers) that vary together. */
import { argsort } from '../../numeric/argsort.ts'
import { sortAscending } from '../../numeric/sortAscending.ts'
import { type Bounds, criticalValue, medianBounds, shareBounds } from './bounds.ts'
import { centred, effectiveRows, rowContributions, sumOfSquares } from './influence.ts'
import { type IntervalOptions, metricBounds } from './metricBounds.ts'
import { type RegressionMetricName, regressionMetrics } from './regressionMetrics.ts'

export type RegressionIntervals = { readonly [name in RegressionMetricName]: Bounds }

/**
 * The interval of each metric of `regressionMetrics`, with the reason of the metric where it is undefined.
 * - Mean losses: t corrected for skewness; `rmse` and `rmsle` are the roots of the intervals of their squares.
 * - `r2` and `explained_variance`: normal on the scale of the logarithm of the variance that is left.
 * - `median_ae`: order statistics; with weights or blocks Woodruff's, the quantiles at the ends of the interval of 1/2.
 * - `max_error` has none: it grows with the number of rows.
 */
export function regressionIntervals(
  truth: Float64Array,
  prediction: Float64Array,
  options: IntervalOptions = {},
): RegressionIntervals {
  const { weight, block, confidence = 0.95 } = options
  const metrics = regressionMetrics(truth, prediction, { weight })
  const error = truth.map((y, i) => y - prediction[i]!)
  const absolute = error.map(Math.abs)

  const each = (of: (i: number) => number) => {
    const values = new Float64Array(truth.length)
    for (let i = 0; i < values.length; i++) values[i] = of(i)
    return values
  }
  const loss = (name: RegressionMetricName, of: (i: number) => number): Bounds =>
    metricBounds(
      {
        metric: metrics[name],
        form: 'loss',
        contributions: () => rowContributions(centred(each(of), metrics[name].value!), options),
      },
      options,
    )
  const root = (name: 'rmse' | 'rmsle', of: (i: number) => number): Bounds =>
    metricBounds(
      {
        metric: metrics[name],
        form: 'root',
        contributions: () => rowContributions(centred(each(of), metrics[name].value! ** 2), options),
      },
      options,
    )
  /** 1 - sum w (e - centre)^2 / sum w (y - mean)^2; moving a centre that is a mean changes neither sum. */
  const explained = (name: 'r2' | 'explained_variance', centre: number): Bounds =>
    metricBounds(
      {
        metric: metrics[name],
        form: 'explained',
        contributions: () => {
          const mean = average(truth, weight)
          const spread = average(
            truth.map(y => (y - mean) ** 2),
            weight,
          )
          const rest = 1 - metrics[name].value!
          const influence = truth.map((y, i) => (rest * (y - mean) ** 2 - (error[i]! - centre) ** 2) / spread)
          return rowContributions(influence, options)
        },
      },
      options,
    )
  const squared = (i: number) => error[i]! ** 2
  const logSquared = (i: number) => (Math.log1p(truth[i]!) - Math.log1p(prediction[i]!)) ** 2
  const median = (): Bounds => {
    if (metrics.median_ae.value === undefined) return { reason: metrics.median_ae.reason }
    if (!weight && !block) return medianBounds(sortAscending(absolute), confidence)
    return woodruff(absolute, metrics.median_ae.value, options)
  }
  return {
    mae: loss('mae', i => absolute[i]!),
    mse: loss('mse', squared),
    rmse: root('rmse', squared),
    r2: explained('r2', 0),
    mape: loss('mape', i => absolute[i]! / Math.abs(truth[i]!)),
    median_ae: median(),
    max_error: { reason: metrics.max_error.reason ?? 'the largest error grows with the number of rows' },
    explained_variance: explained('explained_variance', average(error, weight)),
    pinball_09: loss('pinball_09', i => Math.max(0.9 * error[i]!, -0.1 * error[i]!)),
    msle: loss('msle', logSquared),
    rmsle: root('rmsle', logSquared),
    smape: loss('smape', i => {
      const size = Math.abs(truth[i]!) + Math.abs(prediction[i]!)
      return size > 0 ? (2 * absolute[i]!) / size : 0
    }),
  }
}

/**
 * The share of the weight at or below the median varies as any share does; the quantiles at the ends of the interval of
 * 1/2 enclose the median (Woodruff, Journal of the American Statistical Association 47 (1952) 635).
 */
function woodruff(values: Float64Array, median: number, options: IntervalOptions): Bounds {
  const { weight, block, confidence = 0.95 } = options
  const below = values.map(value => (value <= median ? 1 : 0))
  const share = average(below, weight)
  const { values: moves, units } = rowContributions(centred(below, share), options)
  if (units < leastUnits) return { reason: `${units} ${block ? 'blocks' : 'rows'}, ${leastUnits} are needed` }
  const all = effectiveRows(values.length, () => true, options)
  const variance = (sumOfSquares(moves) * units) / (units - 1)
  const rows = variance > 0 && share < 1 ? (share * (1 - share)) / variance : all
  const ends = shareBounds(0.5, rows, criticalValue(confidence, all - 1))
  const [lower, upper] = weightedQuantiles(values, [ends.lower, ends.upper], weight)
  return { lower: lower!, upper: upper!, method: block ? 'Woodruff, by blocks' : 'Woodruff' }
}

/** Fewer rows or blocks say nothing about how a median varies. */
const leastUnits = 6

/** The smallest value at which a share p of the weight is reached, for ascending p. */
function weightedQuantiles(values: Float64Array, p: readonly number[], weight?: Float64Array): number[] {
  const order = argsort(values)
  const total = weight ? weight.reduce((a, b) => a + b, 0) : values.length
  const found: number[] = []
  let reached = 0
  for (let i = 0; i < order.length && found.length < p.length; i++) {
    reached += weight ? weight[order[i]!]! : 1
    while (found.length < p.length && reached >= p[found.length]! * total) found.push(values[order[i]!]!)
  }
  while (found.length < p.length) found.push(values[order.at(-1)!]!)
  return found
}

function average(values: Float64Array, weight?: Float64Array): number {
  let sum = 0
  let total = 0
  for (let i = 0; i < values.length; i++) {
    const w = weight ? weight[i]! : 1
    sum += w * values[i]!
    total += w
  }
  return sum / total
}
