/** What every trainer returns, and what it is asked on the way. */
import type { Table } from '../base/table.ts'
import type { Encoder } from '../trees/encoder.ts'
import type { TreeEnsemble } from '../trees/ensemble.ts'
import type { Recipe } from './parameters.ts'
import type { Parallel } from './threads.ts'

export type Task = 'binary' | 'regression'

/** A raw column that the model reads. Booleans and instants are numbers. */
export interface Feature {
  readonly name: string
  readonly kind: 'number' | 'text'
}

export interface Importance {
  readonly feature: string
  /** Sum of the gains of its cuts; for a linear model the standard deviation of its part of the score. */
  readonly gain: number
  /** Number of its cuts; for a linear model 1 where the weight is not 0. */
  readonly split: number
}

/** Mean loss after an iteration: log loss, or squared error. The training loss is that of every k-th row, 4096 at most. */
export interface CurvePoint {
  readonly iteration: number
  readonly train: number
  readonly validation?: number
}

export interface FittedModel {
  /** The recipe with every parameter filled in. */
  readonly recipe: Recipe
  readonly task: Task
  readonly features: readonly Feature[]
  readonly encoders: readonly Encoder[]
  /** Present for boosted trees; its features are the encoded columns, in the order of `features`. */
  readonly trees?: TreeEnsemble
  readonly importance: readonly Importance[]
  readonly curve: readonly CurvePoint[]
  /** What the user should know: columns that carry nothing, early stopping. */
  readonly notes: readonly string[]
  /** Probability of label 1, or the predicted value, of every row; extra columns are ignored. */
  predict(rows: Table): Float64Array
  /** The model as an ONNX file: one input [N, 1] per feature, output `probability` or `prediction` [N, 1]. */
  toOnnx(): Uint8Array
}

export interface LabelledTable {
  readonly table: Table
  readonly label: Float64Array
  readonly weights?: Float64Array
}

export interface FitContext {
  readonly task: Task
  readonly weights?: Float64Array
  /** Rows for early stopping, later than the training rows where time matters. */
  readonly validation?: LabelledTable
  /** Called after every iteration; what it returns is awaited, so it may let other work run. */
  readonly progress?: (done: number, of: number, point: CurvePoint) => void | Promise<void>
  /** Looked at before every iteration; aborted, the fit throws its reason. */
  readonly signal?: AbortSignal
  /** Other threads that may help; without them the result has the same bits. */
  readonly parallel?: Parallel
}

/** The features of a table: all its columns. */
export function featuresOf(table: Table): Feature[] {
  return table.columns.map(({ name, kind }) => ({ name, kind: kind === 'text' ? 'text' : 'number' }))
}
