/** The model that answers the mean label whatever it is asked: the baseline of every comparison. */
import type { Table } from '../base/table.ts'
import { floatTensor, node, tensorValue } from '../onnx/build.ts'
import { writeModel } from '../onnx/codec.ts'
import { ownModel } from '../onnx/rawColumns.ts'
import { outputName } from '../trees/boosted.ts'
import type { Encoder } from '../trees/encoder.ts'
import { linked } from '../trees/predict.ts'
import { type FitContext, type FittedModel, featuresOf } from './fitted.ts'
import { checkRows } from './label.ts'
import { meanLoss, startScore } from './loss.ts'
import type { ConstantRecipe } from './parameters.ts'

export function fitConstant(
  table: Table,
  label: Float64Array,
  recipe: ConstantRecipe,
  context: FitContext,
): FittedModel {
  checkRows(table, label, context)
  const { task, weights, validation } = context
  const score = startScore(task, label, weights)
  const answer = Math.fround(linked(task === 'binary' ? 'logistic' : 'identity', Float64Array.of(score))[0]!)
  const lossOn = (labels: Float64Array, w?: Float64Array) =>
    meanLoss(task, new Float64Array(labels.length).fill(score), labels, w)
  const features = featuresOf(table)
  const encoders = features.map(
    ({ kind, name }): Encoder => (kind === 'text' ? { kind, name, codes: new Map(), other: 0 } : { kind, name }),
  )
  return {
    recipe,
    task,
    features,
    encoders,
    importance: features.map(({ name }) => ({ feature: name, gain: 0, split: 0 })),
    curve: [
      {
        iteration: 1,
        train: lossOn(label, weights),
        ...(validation && { validation: lossOn(validation.label, validation.weights) }),
      },
    ],
    notes: [],
    predict: rows => new Float64Array(rows.rows).fill(answer),
    toOnnx: () => {
      const output = outputName(task === 'binary', features)
      const inputs = features.map(({ kind, name }) => tensorValue(name, kind === 'text' ? 'string' : 'float', ['N', 1]))
      const nodes = [
        node('Shape', [features[0]!.name], ['falconer.shape']),
        node('Expand', ['falconer.answer', 'falconer.shape'], [output]),
      ]
      const description = JSON.stringify({ format: 1, kind: recipe.kind, task, recipe })
      const answers = [floatTensor('falconer.answer', [1, 1], [answer])]
      return writeModel(ownModel({ inputs, nodes: [] }, nodes, answers, output, { 'falconer.model': description }))
    },
  }
}
