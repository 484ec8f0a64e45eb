/**
 * Gradient boosting of regression trees on histograms: each tree fits the gradients of the loss at the current scores.
 * Friedman, Annals of Statistics 29 (2001) 1189; Ke et al., LightGBM, NeurIPS 2017.
 *   binary      g = p - y, h = p (1 - p), p = 1 / (1 + e^-f);  start log(p / (1 - p)) of the mean label
 *   regression  g = f - y, h = 1;                               start at the mean label
 * Row weights multiply g and h.
 */
import type { Table } from '../base/table.ts'
import type { Random } from '../numeric/random.ts'
import { writeBoosted } from '../trees/boosted.ts'
import { type Encoder, encode } from '../trees/encoder.ts'
import { addTree, linked, rawScores } from '../trees/predict.ts'
import { binColumns } from './bins.ts'
import { type CurvePoint, type FitContext, type FittedModel, featuresOf, type Importance } from './fitted.ts'
import { type GrownTree, growTree, leafOf, type Workspace, workspace } from './grow.ts'
import { checkRows } from './label.ts'
import { gradients, meanLoss, startScore } from './loss.ts'
import { type BoostRecipe, completeRecipe } from './parameters.ts'
import { shuffled } from './shuffle.ts'
import { categoriesOf, orderedStatistics, targetEncoder } from './targetStatistics.ts'
import { cutTree, joinTrees, type RealTree } from './trees.ts'

/**
 * Fits boosted trees to all columns of the table. Text columns become ordered target statistics, in an order drawn
 * from `random`. With validation rows in the context the best iteration is kept.
 */
export async function fitBoost(
  table: Table,
  label: Float64Array,
  options: Partial<BoostRecipe>,
  context: FitContext,
  random: Random,
): Promise<FittedModel> {
  const recipe = completeRecipe({ ...options, kind: 'boost' }) as BoostRecipe
  const { task, weights, validation } = context
  checkRows(table, label, context)
  const { encoders, columns } = encodeForTraining(table, label, weights, recipe, random.fork('order'))
  const binned = binColumns(columns, table.rows, recipe.maxBins, random.fork('bins'))
  const space = workspace(binned, recipe.maxLeaves)
  const base = startScore(task, label, weights)
  const scores = new Float64Array(table.rows).fill(base)
  const pairs = new Float64Array(2 * table.rows)
  const held = validation && {
    columns: encode(validation.table, encoders),
    scores: new Float64Array(validation.table.rows).fill(base),
  }
  const draw = random.fork('draw')
  const trees: RealTree[] = []
  const curve: CurvePoint[] = []
  const notes = notesOn(columns, encoders, table.rows)
  let best = { iteration: 0, loss: Number.POSITIVE_INFINITY }

  for (let iteration = 1; iteration <= recipe.iterations; iteration++) {
    context.signal?.throwIfAborted()
    const count = drawRows(space, recipe.rowShare, draw)
    const wanted = drawLanes(binned.edges.length, recipe.featureShare, draw)
    const tree = growTree(space, count, gradients(task, scores, label, weights, pairs), wanted, recipe, weights)
    if (tree.lane[0]! < 0 && recipe.rowShare === 1 && recipe.featureShare === 1) {
      notes.push(`stopped after ${iteration - 1} of ${recipe.iterations} iterations: no cut improves the loss`)
      break
    }
    addToScores(space, tree, count, scores)
    const real = cutTree(tree, binned)
    trees.push(real)
    const trainLoss = meanLoss(task, scores, label, weights, Math.ceil(table.rows / 4096))
    let point: CurvePoint = { iteration, train: trainLoss }
    if (held && validation) {
      addTree(real, 0, held.columns, held.scores)
      const loss = meanLoss(task, held.scores, validation.label, validation.weights)
      point = { ...point, validation: loss }
      if (loss < best.loss) best = { iteration, loss }
    }
    curve.push(point)
    await context.progress?.(iteration, recipe.iterations, point)
    if (held && iteration - best.iteration >= recipe.patience) {
      notes.push(`stopped early after ${iteration} iterations: the validation loss was least after ${best.iteration}`)
      break
    }
  }

  const kept = held ? trees.slice(0, best.iteration) : trees
  const ensemble = joinTrees(
    kept,
    encoders.map(e => e.name),
    task === 'binary' ? 'logistic' : 'identity',
    base,
  )
  return {
    recipe,
    task,
    features: featuresOf(table),
    encoders,
    trees: ensemble,
    importance: importanceOf(kept, encoders),
    curve,
    notes,
    predict: rows => linked(ensemble.link, rawScores(ensemble, encode(rows, encoders), rows.rows)),
    toOnnx: () => writeBoosted({ ensemble, encoders, recipe }),
  }
}

/** The encoders of the served model, and the columns as the trainer sees them. */
function encodeForTraining(
  table: Table,
  label: Float64Array,
  weights: Float64Array | undefined,
  recipe: BoostRecipe,
  random: Random,
): { encoders: Encoder[]; columns: Float32Array[] } {
  const order = shuffled(table.rows, random)
  const encoders: Encoder[] = []
  const columns: Float32Array[] = []
  for (const column of table.columns) {
    if (column.kind === 'text') {
      const categories = categoriesOf(column)
      encoders.push(targetEncoder(column.name, categories, label, recipe.priorRows, weights))
      columns.push(orderedStatistics(categories, label, recipe.priorRows, order, weights))
    } else {
      encoders.push({ kind: 'number', name: column.name })
      columns.push(new Float32Array(column.values))
    }
  }
  return { encoders, columns }
}

function notesOn(columns: readonly Float32Array[], encoders: readonly Encoder[], rows: number): string[] {
  const notes: string[] = []
  for (let c = 0; c < columns.length; c++) {
    const values = columns[c]!
    let missing = 0
    let different = false
    let first = Number.NaN
    for (let i = 0; i < rows; i++) {
      const x = values[i]!
      if (Number.isNaN(x)) missing++
      else if (Number.isNaN(first)) first = x
      else if (x !== first) different = true
    }
    const { name } = encoders[c]!
    if (missing === rows) notes.push(`column ${name} is ignored: all values are missing`)
    else if (!different && missing === 0) notes.push(`column ${name} is ignored: it is constant`)
  }
  return notes
}

/** Puts the rows of this tree into the workspace, ascending, and returns how many they are. */
function drawRows({ rows }: Workspace, share: number, random: Random): number {
  if (share === 1) {
    for (let i = 0; i < rows.length; i++) rows[i] = i
    return rows.length
  }
  let count = 0
  for (let i = 0; i < rows.length; i++) if (random.next() < share) rows[count++] = i
  return count
}

/** 1 for the lanes that this tree may cut: all, or a share drawn without replacement. */
function drawLanes(lanes: number, share: number, random: Random): Uint8Array {
  if (share === 1) return new Uint8Array(lanes).fill(1)
  const chosen = shuffled(lanes, random).subarray(0, Math.max(1, Math.round(share * lanes)))
  const wanted = new Uint8Array(lanes)
  for (const lane of chosen) wanted[lane] = 1
  return wanted
}

function addToScores(space: Workspace, tree: GrownTree, count: number, scores: Float64Array): void {
  const { rows, binned } = space
  for (const { node, start, end } of tree.leaves) {
    const value = tree.value[node]!
    for (let i = start; i < end; i++) scores[rows[i]!]! += value
  }
  if (count === binned.rows) return
  const drawn = new Uint8Array(binned.rows)
  for (let i = 0; i < count; i++) drawn[rows[i]!] = 1
  for (let row = 0; row < binned.rows; row++) {
    if (!drawn[row]) scores[row]! += tree.value[leafOf(tree, binned, row)]!
  }
}

function importanceOf(trees: readonly RealTree[], encoders: readonly Encoder[]): Importance[] {
  const gain = new Float64Array(encoders.length)
  const split = new Int32Array(encoders.length)
  for (const tree of trees) {
    for (let n = 0; n < tree.feature.length; n++) {
      const f = tree.feature[n]!
      if (f < 0) continue
      gain[f]! += tree.gain[n]!
      split[f]! += 1
    }
  }
  return encoders.map(({ name }, f) => ({ feature: name, gain: gain[f]!, split: split[f]! }))
}
