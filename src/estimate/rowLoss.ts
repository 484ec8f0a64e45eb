/** Losses of a regression, row by row, and the metrics that are means of them or roots of such means. */
import type { LossMetricName } from './metrics.ts'

export type RowLossName = 'absolute' | 'squared' | 'relative' | 'squared_log'

export const lossOf: { readonly [metric in LossMetricName]: { readonly loss: RowLossName; readonly root: boolean } } = {
  mae: { loss: 'absolute', root: false },
  mse: { loss: 'squared', root: false },
  rmse: { loss: 'squared', root: true },
  mape: { loss: 'relative', root: false },
  msle: { loss: 'squared_log', root: false },
  rmsle: { loss: 'squared_log', root: true },
}

/**
 * |y - q|, (y - q)^2, |y - q| / |y| or (ln(1 + y) - ln(1 + q))^2. NaN where it is not defined: a truth of 0 in the
 * relative loss, a value of -1 or less in the logarithmic one.
 */
export function rowLosses(loss: RowLossName, truth: Float64Array, prediction: Float64Array): Float64Array {
  const of: (y: number, q: number) => number = {
    absolute: (y: number, q: number) => Math.abs(y - q),
    squared: (y: number, q: number) => (y - q) ** 2,
    relative: (y: number, q: number) => (y === 0 ? Number.NaN : Math.abs(y - q) / Math.abs(y)),
    squared_log: (y: number, q: number) => (y > -1 && q > -1 ? (Math.log1p(y) - Math.log1p(q)) ** 2 : Number.NaN),
  }[loss]
  const out = new Float64Array(truth.length)
  for (let i = 0; i < out.length; i++) out[i] = of(truth[i]!, prediction[i]!)
  return out
}

/** Why a row has no such loss. */
export const lossUndefined: { readonly [loss in RowLossName]: string } = {
  absolute: 'the truth or the prediction is missing',
  squared: 'the truth or the prediction is missing',
  relative: 'the truth is 0',
  squared_log: 'the truth or the prediction is -1 or less',
}
