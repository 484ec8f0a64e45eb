/** Least squares and logistic regression with an L2 penalty on standardised columns; the intercept is free. */
import type { Table } from '../base/table.ts'
import type { Random } from '../numeric/random.ts'
import { linked } from '../trees/predict.ts'
import { blocksOf, notesOnBlocks, scoreOf, sparseRows } from './design.ts'
import { type FitContext, type FittedModel, featuresOf, type Importance } from './fitted.ts'
import { checkRows } from './label.ts'
import { encodersOf, type LinearScore, linearScores, writeLinear } from './linearScore.ts'
import { meanLoss } from './loss.ts'
import type { LinearRecipe, LogisticRecipe } from './parameters.ts'
import { normalEquations, type SparseRows, solveSymmetric, times } from './sparse.ts'

/** Ridge regression: minimises the weighted mean of (y - f)^2 / 2 plus ridge |w|^2 / 2, by the normal equations. */
export function fitLinear(
  table: Table,
  label: Float64Array,
  recipe: LinearRecipe,
  context: FitContext,
  random: Random,
): FittedModel {
  checkRows(table, label, context)
  const blocks = blocksOf(table, label, context.weights, recipe, random)
  const x = sparseRows(blocks, table.rows)
  const w = shares(table.rows, context.weights)
  const { matrix, right } = normalEquations(
    x,
    w,
    label.map((y, i) => w[i]! * y),
  )
  for (let c = 1; c < x.columns; c++) matrix[c * x.columns + c]! += recipe.ridge
  const weights = solveSymmetric(matrix, right)
  return modelOf(table, label, recipe, context, scoreOf(blocks, weights), notesOnBlocks(blocks))
}

/**
 * Logistic regression by Newton's method with halved steps: minimises the weighted mean log loss plus ridge |w|^2 / 2,
 * until no component of the gradient is above 1e-9.
 */
export function fitLogistic(
  table: Table,
  label: Float64Array,
  recipe: LogisticRecipe,
  context: FitContext,
  random: Random,
): FittedModel {
  checkRows(table, label, context)
  const blocks = blocksOf(table, label, context.weights, recipe, random)
  const x = sparseRows(blocks, table.rows)
  const found = minimiseLogLoss(x, label, shares(table.rows, context.weights), recipe.ridge, context.signal)
  const notes = notesOnBlocks(blocks)
  if (!found.converged) {
    notes.push('the classes can be told apart without error, so the weights grow without end: raise ridge')
  }
  return modelOf(table, label, recipe, context, scoreOf(blocks, found.weights), notes)
}

export function minimiseLogLoss(
  x: SparseRows,
  label: Float64Array,
  share: Float64Array,
  ridge: number,
  signal?: AbortSignal,
): { readonly weights: Float64Array; readonly converged: boolean } {
  const scores = new Float64Array(x.rows)
  const g = new Float64Array(x.rows)
  const h = new Float64Array(x.rows)
  let weights = new Float64Array(x.columns)
  let loss = penalised(x, label, share, ridge, weights, scores)
  for (let step = 0; step < 100; step++) {
    signal?.throwIfAborted()
    for (let i = 0; i < x.rows; i++) {
      const p = 1 / (1 + Math.exp(-scores[i]!))
      g[i] = share[i]! * (label[i]! - p)
      h[i] = share[i]! * p * (1 - p)
    }
    const { matrix, right } = normalEquations(x, h, g)
    let steepest = Math.abs(right[0]!)
    for (let c = 1; c < x.columns; c++) {
      right[c]! -= ridge * weights[c]!
      matrix[c * x.columns + c]! += ridge
      steepest = Math.max(steepest, Math.abs(right[c]!))
    }
    if (steepest < 1e-9) return { weights, converged: true }
    const direction = solveSymmetric(matrix, right)
    let taken = false
    for (let length = 1; length > 1e-6 && !taken; length /= 2) {
      const next = weights.map((w, c) => w + length * direction[c]!)
      const nextLoss = penalised(x, label, share, ridge, next, scores)
      // At the minimum rounding decides: a step that changes nothing is taken.
      if (nextLoss <= loss + 1e-15 * Math.abs(loss)) {
        weights = next
        loss = nextLoss
        taken = true
      }
    }
    if (!taken) return { weights, converged: steepest < 1e-7 }
  }
  return { weights, converged: false }
}

function penalised(
  x: SparseRows,
  label: Float64Array,
  share: Float64Array,
  ridge: number,
  weights: Float64Array,
  scores: Float64Array,
): number {
  times(x, weights, scores)
  let squares = 0
  for (let c = 1; c < weights.length; c++) squares += weights[c]! ** 2
  return meanLoss('binary', scores, label, share) + (ridge * squares) / 2
}

/** Row weights that add up to 1. */
function shares(rows: number, weights: Float64Array | undefined): Float64Array {
  if (!weights) return new Float64Array(rows).fill(1 / rows)
  const sum = weights.reduce((all, w) => all + w, 0)
  return weights.map(w => w / sum)
}

function modelOf(
  table: Table,
  label: Float64Array,
  recipe: LinearRecipe | LogisticRecipe,
  { task, weights, validation }: FitContext,
  score: LinearScore,
  notes: readonly string[],
): FittedModel {
  const train = linearScores(score, table)
  const held = validation && meanLoss(task, linearScores(score, validation.table), validation.label, validation.weights)
  return {
    recipe,
    task,
    features: featuresOf(table),
    encoders: encodersOf(score),
    importance: importanceOf(score, table),
    curve: [
      { iteration: 1, train: meanLoss(task, train, label, weights), ...(held !== undefined && { validation: held }) },
    ],
    notes,
    predict: rows => linked(task === 'binary' ? 'logistic' : 'identity', linearScores(score, rows)),
    toOnnx: () => writeLinear(score, task, recipe),
  }
}

/** How much the score varies by each term: its standard deviation over the training rows. */
function importanceOf(score: LinearScore, table: Table): Importance[] {
  return score.terms.map((term): Importance => {
    const part = linearScores({ intercept: 0, terms: [term] }, table)
    const mean = part.reduce((sum, v) => sum + v, 0) / part.length
    const variance = part.reduce((sum, v) => sum + (v - mean) ** 2, 0) / part.length
    return { feature: term.name, gain: Math.sqrt(variance), split: variance > 0 ? 1 : 0 }
  })
}
