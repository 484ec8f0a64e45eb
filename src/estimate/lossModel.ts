/**
 * A model of the loss: boosted trees from the features and the prediction to the loss of a row. For `dle.ts`, and for
 * attributions of the loss (`attribution/lossReasons.ts`).
 */
import { type Column, type Table, take } from '../base/table.ts'
import { fitBoost } from '../learn/boost.ts'
import type { BoostRecipe } from '../learn/parameters.ts'
import type { Random } from '../numeric/random.ts'
import { shuffled } from '../numeric/shuffle.ts'
import { readBoosted } from '../trees/boosted.ts'
import type { TreeEnsemble } from '../trees/ensemble.ts'
import { rawScores } from '../trees/predict.ts'
import { inNumbers, type OrdinalInput, ordinalInputs } from './ordinal.ts'

/** Frozen: plain data. */
export interface LossModel {
  /** ONNX file of the trees, base64; its inputs are the columns in numbers. */
  readonly onnx: string
  /** The features, in the order of the trees' inputs, and last the prediction. */
  readonly inputs: readonly OrdinalInput[]
}

/** 100 trees of 31 leaves, rate 0.1: what LightGBM, and NannyML with it, does by default. */
export const lossRecipe: Partial<BoostRecipe> = { iterations: 100, maxLeaves: 31, learningRate: 0.1, minRows: 20 }

/** Name of the prediction among the inputs. No feature may have it. */
export const predictionInput = 'prediction'

/** Fits the loss of every row; losses are finite. */
export async function fitLossModel(
  features: Table,
  prediction: Float64Array,
  loss: Float64Array,
  recipe: Partial<BoostRecipe>,
  random: Random,
): Promise<LossModel> {
  const inputs = ordinalInputs(withPrediction(features, prediction))
  const table = numbered(inNumbers(withPrediction(features, prediction), inputs))
  const fitted = await fitBoost(table, loss, recipe, { task: 'regression' }, random)
  return { onnx: Buffer.from(fitted.toOnnx()).toString('base64'), inputs }
}

/** Expected losses, never negative. */
export function expectedLosses(model: LossModel, features: Table, prediction: Float64Array): Float64Array {
  const { trees, columns } = openLossModel(model, features, prediction)
  return rawScores(trees, columns, features.rows).map(loss => Math.max(0, loss))
}

/** The trees, and the rows as they see them. */
export function openLossModel(
  { onnx, inputs }: LossModel,
  features: Table,
  prediction: Float64Array,
): { readonly trees: TreeEnsemble; readonly columns: readonly Float32Array[] } {
  const { columns } = inNumbers(withPrediction(features, prediction), inputs)
  return {
    trees: readBoosted(Buffer.from(onnx, 'base64')).ensemble,
    columns: columns.map(({ values }) => new Float32Array(values as Float64Array)),
  }
}

/** For every row the expected loss by a model that has not seen it: `folds` models, each fitted on the other folds. */
export async function outOfFoldLosses(
  features: Table,
  prediction: Float64Array,
  loss: Float64Array,
  recipe: Partial<BoostRecipe>,
  folds: number,
  random: Random,
): Promise<Float64Array> {
  const order = shuffled(features.rows, random)
  const pick = (values: Float64Array, rows: Int32Array) => Float64Array.from(rows, row => values[row]!)
  const out = new Float64Array(features.rows)
  for (let fold = 0; fold < folds; fold++) {
    const inside = order.filter((_, i) => i % folds === fold)
    const outside = order.filter((_, i) => i % folds !== fold)
    const seen = [take(features, outside), pick(prediction, outside), pick(loss, outside)] as const
    const model = await fitLossModel(...seen, recipe, random.fork(fold))
    const expected = expectedLosses(model, take(features, inside), pick(prediction, inside))
    inside.forEach((row, i) => {
      out[row] = expected[i]!
    })
  }
  return out
}

function withPrediction(features: Table, prediction: Float64Array): Table {
  if (features.columns.some(({ name }) => name === predictionInput)) {
    throw new RangeError(`loss model: a feature is named ${predictionInput}, the name of the prediction; rename it`)
  }
  const own: Column = { name: predictionInput, kind: 'number', values: prediction }
  return { rows: features.rows, columns: [...features.columns, own] }
}

/** Inputs of the file are numbered: a name may be one that the file itself uses. */
function numbered({ rows, columns }: Table): Table {
  return { rows, columns: columns.map((column, i) => ({ ...column, name: `input ${i}` })) }
}
