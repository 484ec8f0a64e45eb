/**
 * Gradient boosting of regression trees on histograms: each tree fits the gradients of the loss at the current scores.
 * Friedman, Annals of Statistics 29 (2001) 1189; Ke et al., LightGBM, NeurIPS 2017.
 *   binary      g = p - y, h = p (1 - p), p = 1 / (1 + e^-f);  start log(p / (1 - p)) of the mean label
 *   regression  g = f - y, h = 1;                               start at the mean label
 * Row weights multiply g and h.
 */
import type { Table } from '../base/table.ts'
import type { Random } from '../numeric/random.ts'
import { shuffled } from '../numeric/shuffle.ts'
import { writeBoosted } from '../trees/boosted.ts'
import { type Encoder, encode } from '../trees/encoder.ts'
import { addScores, linked, rawScores } from '../trees/predict.ts'
import { type Allocate, type BinnedColumns, binColumns } from './bins.ts'
import {
  type CurvePoint,
  type FitContext,
  type FittedModel,
  featuresOf,
  type Importance,
  type LabelledTable,
} from './fitted.ts'
import { type GrownTree, growTree, leafOf, workspace } from './grow.ts'
import { checkRows } from './label.ts'
import { gradients, meanLoss, startScore } from './loss.ts'
import { type BoostRecipe, completeRecipe } from './parameters.ts'
import type { Workspace } from './search.ts'
import type { SplitRules } from './split.ts'
import { type Categories, categoriesOf, orderedStatistics, targetEncoder } from './targetStatistics.ts'
import { alone, type Searchers, together } from './threads.ts'
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
  const { task, weights } = context
  checkRows(table, label, context)
  const { encoders, columns } = encodeForTraining(table, label, weights, recipe, random.fork('order'))
  const sharing = context.parallel && context.parallel.threads > 1 ? context.parallel : undefined
  const bytes: Allocate = size => (sharing ? new SharedArrayBuffer(size) : new ArrayBuffer(size))
  const binned = binColumns(columns, table.rows, recipe.maxBins, random.fork('bins'), bytes)
  const space = workspace(binned, rulesOf(binned, encoders, recipe), recipe, bytes)
  const base = startScore(task, label, weights)
  const held = context.validation && heldOut(context.validation, encoders, base)
  const searchers = sharing ? together(space, sharing) : alone(space)
  let grown: Grown
  try {
    grown = await growTrees({ space, searchers, label, base, recipe, context, held, random: random.fork('draw') })
  } finally {
    searchers.stop()
  }
  const names = encoders.map(encoder => encoder.name)
  const ensemble = joinTrees(grown.trees, names, task === 'binary' ? 'logistic' : 'identity', base)
  return {
    recipe,
    task,
    features: featuresOf(table),
    encoders,
    trees: ensemble,
    importance: importanceOf(grown.trees, encoders),
    curve: grown.curve,
    notes: [...notesOn(columns, encoders), ...grown.notes],
    predict: rows => linked(ensemble.link, rawScores(ensemble, encode(rows, encoders), rows.rows)),
    toOnnx: () => writeBoosted({ ensemble, encoders, recipe }),
  }
}

/**
 * Cuts of categories pay more: their codes were made from the labels. They have an L2 penalty of their own and need
 * more rows on each side (a fiftieth of all rows where that is less), as in LightGBM.
 */
function rulesOf(binned: BinnedColumns, encoders: readonly Encoder[], recipe: BoostRecipe): SplitRules[] {
  const { lambda, minRows, minCategoryRows, categoryLambda } = recipe
  const forCategories = {
    ...recipe,
    lambda: lambda + categoryLambda,
    minRows: Math.max(minRows, Math.min(minCategoryRows, Math.floor(binned.rows / 50))),
  }
  return Array.from(binned.column, column => (encoders[column]!.kind === 'text' ? forCategories : recipe))
}

interface HeldOut extends LabelledTable {
  readonly columns: readonly Float32Array[]
  readonly scores: Float64Array
}

function heldOut(rows: LabelledTable, encoders: readonly Encoder[], base: number): HeldOut {
  const scores = new Float64Array(rows.table.rows).fill(base)
  return { ...rows, columns: encode(rows.table, encoders), scores }
}

interface Growing {
  readonly space: Workspace
  readonly searchers: Searchers
  readonly label: Float64Array
  readonly base: number
  readonly recipe: BoostRecipe
  readonly context: FitContext
  readonly held: HeldOut | undefined
  readonly random: Random
}

interface Grown {
  readonly trees: readonly RealTree[]
  readonly curve: readonly CurvePoint[]
  readonly notes: readonly string[]
}

const onlyRoot = Int32Array.of(0)

async function growTrees({ space, searchers, label, base, recipe, context, held, random }: Growing): Promise<Grown> {
  const { task, weights } = context
  const { iterations, rowShare, featureShare, patience } = recipe
  const { rows } = space.binned
  const scores = new Float64Array(rows).fill(base)
  const trees: RealTree[] = []
  const curve: CurvePoint[] = []
  const notes: string[] = []
  let best = { iteration: 0, loss: Number.POSITIVE_INFINITY }
  for (let iteration = 1; iteration <= iterations; iteration++) {
    context.signal?.throwIfAborted()
    const count = drawRows(space.rows, rowShare, random)
    drawLanes(space.wanted, featureShare, random)
    const maxHessian = gradients(task, scores, label, weights, space.pairs)
    const grown = growTree(space, searchers, count, maxHessian, recipe, weights)
    if (grown.lane[0]! < 0 && rowShare === 1 && featureShare === 1) {
      notes.push(`stopped after ${iteration - 1} of ${iterations} iterations: no cut improves the loss`)
      break
    }
    addToScores(space, grown, count, scores)
    const tree = cutTree(grown, space.binned)
    trees.push(tree)
    let point: CurvePoint = { iteration, train: meanLoss(task, scores, label, weights, Math.ceil(rows / 4096)) }
    if (held) {
      addScores(tree, onlyRoot, held.columns, held.scores)
      const loss = meanLoss(task, held.scores, held.label, held.weights)
      point = { ...point, validation: loss }
      if (loss < best.loss) best = { iteration, loss }
    }
    curve.push(point)
    await context.progress?.(iteration, iterations, point)
    if (held && iteration - best.iteration >= patience) {
      notes.push(`stopped early after ${iteration} iterations: the validation loss was least after ${best.iteration}`)
      break
    }
  }
  return { trees: held ? trees.slice(0, best.iteration) : trees, curve, notes }
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
      columns.push(saysNothing(categories) ?? orderedStatistics(categories, label, recipe.priorRows, order, weights))
    } else {
      encoders.push({ kind: 'number', name: column.name })
      columns.push(new Float32Array(column.values))
    }
  }
  return { encoders, columns }
}

/** A column of one category, or of none, whose statistics would be noise: constant, or missing throughout. */
function saysNothing({ names, codes }: Categories): Float32Array | undefined {
  if (names.length > 1 || (names.length === 1 && codes.includes(-1))) return undefined
  return new Float32Array(codes.length).fill(names.length === 1 ? 0 : Number.NaN)
}

function notesOn(columns: readonly Float32Array[], encoders: readonly Encoder[]): string[] {
  const notes: string[] = []
  for (let c = 0; c < columns.length; c++) {
    const values = columns[c]!
    let missing = 0
    let different = false
    let first = Number.NaN
    for (let i = 0; i < values.length; i++) {
      const x = values[i]!
      if (Number.isNaN(x)) missing++
      else if (Number.isNaN(first)) first = x
      else if (x !== first) different = true
    }
    const { name } = encoders[c]!
    if (missing === values.length) notes.push(`column ${name} is ignored: all values are missing`)
    else if (!different && missing === 0) notes.push(`column ${name} is ignored: it is constant`)
  }
  return notes
}

/** Puts the rows of this tree into the workspace, ascending, and returns how many they are. */
function drawRows(rows: Int32Array, share: number, random: Random): number {
  if (share === 1) {
    for (let i = 0; i < rows.length; i++) rows[i] = i
    return rows.length
  }
  let count = 0
  for (let i = 0; i < rows.length; i++) if (random.next() < share) rows[count++] = i
  return count
}

/** Marks the lanes that this tree may cut: all, or a share drawn without replacement. */
function drawLanes(wanted: Uint8Array, share: number, random: Random): void {
  if (share === 1) {
    wanted.fill(1)
    return
  }
  const chosen = shuffled(wanted.length, random).subarray(0, Math.max(1, Math.round(share * wanted.length)))
  wanted.fill(0)
  for (const lane of chosen) wanted[lane] = 1
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
