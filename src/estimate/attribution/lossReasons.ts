/**
 * SHAP of the loss over time: which features the loss of each window comes from. A model of the loss, frozen with the
 * reference, gives every row a loss to expect; its exact Shapley values add up over the features, and their means over
 * a window say what its rows bring with them. The rest is what the model of the loss did not expect.
 */
import type { Table } from '../../base/table.ts'
import { treeShap } from '../../explain/treeShap.ts'
import { meanContributions } from '../../explain/whatMoved.ts'
import { type LossModel, openLossModel } from '../lossModel.ts'

export interface LossWindow {
  readonly features: Table
  readonly prediction: Float64Array
  /** Loss of each row where outcomes have come. */
  readonly loss?: Float64Array | undefined
}

export interface LossReasons {
  readonly rows: number
  /** Mean loss of the reference rows that the model was fitted to. */
  readonly base: number
  /** Mean contribution of each input to the expected loss, in the order of the model's inputs. */
  readonly features: readonly { readonly feature: string; readonly contribution: number }[]
  /** base + all contributions. */
  readonly expected: number
  readonly realised: number | null
  /** realised - expected: no feature's doing. It grows when the truth follows new rules. */
  readonly unexpected: number | null
}

/** One entry per window, in order; a window without rows gives null. */
export function lossReasons(model: LossModel, windows: readonly LossWindow[]): (LossReasons | null)[] {
  const names = model.inputs.map(({ name }) => name)
  return windows.map(({ features, prediction, loss }) => {
    if (features.rows === 0) return null
    const { trees, columns } = openLossModel(model, features, prediction)
    const { base, values } = treeShap(trees, columns, features.rows)
    const { mean } = meanContributions(names.length, values)
    const expected = mean.reduce((sum, contribution) => sum + contribution, base)
    const realised = loss ? loss.reduce((sum, x) => sum + x, 0) / loss.length : null
    return {
      rows: features.rows,
      base,
      features: names.map((feature, j) => ({ feature, contribution: mean[j]! })),
      expected,
      realised,
      unexpected: realised === null ? null : realised - expected,
    }
  })
}
