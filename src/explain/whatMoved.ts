/** What moved the predictions: how the reasons of one set of rows differ from those of another. */
import type { ShapValues } from './treeShap.ts'

export interface MovedFeature {
  readonly feature: string
  /** Change of the mean contribution, in units of the raw score. Over all features it adds up to the change of the mean score. */
  readonly change: number
  /** Change of the mean absolute contribution: does the feature speak louder or more softly than before? */
  readonly changeOfWeight: number
  readonly reference: number
  readonly window: number
}

/**
 * Compares mean contributions per feature, the largest change first. Both sets of values come from the same model: else
 * their bases differ and the changes say nothing.
 */
export function whatMoved(features: readonly string[], reference: ShapValues, window: ShapValues): MovedFeature[] {
  if (Math.abs(reference.base - window.base) > 1e-9 * Math.max(1, Math.abs(reference.base))) {
    throw new RangeError(
      `whatMoved: the bases are ${reference.base} and ${window.base}; explain both sets of rows with one model`,
    )
  }
  const before = meanContributions(features.length, reference.values)
  const after = meanContributions(features.length, window.values)
  return features
    .map((feature, f) => ({
      feature,
      change: after.mean[f]! - before.mean[f]!,
      changeOfWeight: after.meanAbsolute[f]! - before.meanAbsolute[f]!,
      reference: before.mean[f]!,
      window: after.mean[f]!,
    }))
    .sort((a, b) => Math.abs(b.change) - Math.abs(a.change))
}

/** Mean and mean absolute contribution of each feature; `values` is rows x features. */
export function meanContributions(
  width: number,
  values: Float64Array,
): { mean: Float64Array; meanAbsolute: Float64Array; rows: number } {
  if (!(width > 0 && values.length > 0 && values.length % width === 0)) {
    throw new RangeError(`meanContributions: ${values.length} values are no rows of ${width} features`)
  }
  const rows = values.length / width
  const mean = new Float64Array(width)
  const meanAbsolute = new Float64Array(width)
  for (let i = 0; i < values.length; i++) {
    mean[i % width]! += values[i]! / rows
    meanAbsolute[i % width]! += Math.abs(values[i]!) / rows
  }
  return { mean, meanAbsolute, rows }
}
