/**
 * Whether rows of a window can be told from rows of the reference, all columns together: boosted trees learn to tell
 * them apart, and are asked about rows that they have not seen. It finds what no single column shows, such as a
 * correlation that is gone, and its importances name the columns.
 */
import { type Column, type Table, take } from '../base/table.ts'
import { fitBoost } from '../learn/boost.ts'
import type { FittedModel } from '../learn/fitted.ts'
import type { BoostRecipe } from '../learn/parameters.ts'
import type { Random } from '../numeric/random.ts'
import { shuffled } from '../numeric/shuffle.ts'
import { outOfFoldTest } from '../statistics/multivariate/classifierTest.ts'
import { inNumbers, type OrdinalInput, ordinalInputs, sameColumn } from './ordinal.ts'

export interface DomainOptions {
  /** At most so many rows are drawn from each side. */
  readonly sampleRows?: number
  readonly folds?: number
  readonly recipe?: Partial<BoostRecipe>
  /** So many permutations of the labels give p instead of the normal law, sharper but as many times as slow. */
  readonly permutations?: number
}

export interface DomainComparison {
  readonly referenceRows: number
  readonly rows: number
  /** Chance that a row of the window is held more window-like than one of the reference; 0.5: cannot be told apart. */
  readonly auc: number
  /** 2 AUC - 1. */
  readonly effect: number
  /** Of an AUC as large when both come from one law. */
  readonly p: number
  /** Columns by their share of the gain of all cuts, the largest first. */
  readonly columns: readonly { readonly column: string; readonly share: number }[]
}

/** Fewer rows than this on either side are not compared. */
export const leastDomainRows = 50

/** Small trees: the question is whether there is anything to learn, and noise is learned as readily. */
export const domainRecipe: Partial<BoostRecipe> = { iterations: 40, maxLeaves: 8, learningRate: 0.1, minRows: 20 }

export async function domainClassifier(
  reference: Table,
  window: Table,
  { sampleRows = 5000, folds = 5, recipe = domainRecipe, permutations = 0 }: DomainOptions,
  random: Random,
): Promise<DomainComparison | { readonly reason: string }> {
  const few = tooFew(reference, window)
  if (few) return { reason: few }
  const sides = drawSides(reference, window, { sampleRows, folds }, random.fork('draw'))
  const { scores, gains } = await outOfFold(sides, recipe, random.fork('fit'))
  const { auc, p } = told(sides, scores)
  const total = gains.reduce((sum, gain) => sum + gain, 0)
  const columns = sides.rows.columns.map(({ name }, c) => ({
    column: name,
    share: total > 0 ? gains[c]! / total : 0,
  }))
  return {
    referenceRows: sides.label.length - sides.windowRows,
    rows: sides.windowRows,
    auc,
    effect: 2 * auc - 1,
    p: permutations > 0 ? await permutationP(auc, sides, recipe, permutations, random) : p,
    columns: columns.sort((a, b) => b.share - a.share),
  }
}

export function tooFew(reference: Table, window: Table): string | undefined {
  for (const [name, { rows }] of [
    ['reference', reference],
    ['window', window],
  ] as const) {
    if (rows < leastDomainRows) return `not enough data: the ${name} has ${rows} rows, needs ${leastDomainRows}`
  }
  return reference.columns.length === 0 ? 'there are no columns to compare' : undefined
}

/** Drawn rows of both sides, dealt out into folds. */
export interface Sides {
  /** In numbers, those of the reference first. */
  readonly rows: Table
  readonly inputs: readonly OrdinalInput[]
  /** 1 for rows of the window. */
  readonly label: Float64Array
  readonly windowRows: number
  readonly fold: Int32Array
  /** Which rows of the reference were drawn, in the order of `rows`. */
  readonly drawn: Int32Array
}

export function drawSides(
  reference: Table,
  window: Table,
  { sampleRows, folds }: { sampleRows: number; folds: number },
  random: Random,
): Sides {
  const drawn = [reference, window].map((side, k) => shuffled(side.rows, random.fork(k)).slice(0, sampleRows))
  const referenceRows = drawn[0]!.length
  const both = joined(take(reference, drawn[0]!), take(window, drawn[1]!))
  // Ranks of categories come from both sides: those of one side alone would already tell the sides apart.
  const inputs = ordinalInputs(both)
  const label = Float64Array.from({ length: both.rows }, (_, i) => (i < referenceRows ? 0 : 1))
  // The rows of each side were drawn in random order, so dealing them out in turn makes stratified folds.
  const fold = Int32Array.from(label, (y, i) => (y === 0 ? i : i - referenceRows) % folds)
  return { rows: inNumbers(both, inputs), inputs, label, windowRows: drawn[1]!.length, fold, drawn: drawn[0]! }
}

export interface OutOfFold {
  /** Probability of the window for each row, by the model that has not seen it. */
  readonly scores: Float64Array
  /** Gain of the cuts of each column, over all models. */
  readonly gains: Float64Array
  readonly models: readonly FittedModel[]
}

export async function outOfFold(
  { rows, label, fold }: Pick<Sides, 'rows' | 'label' | 'fold'>,
  recipe: Partial<BoostRecipe>,
  random: Random,
): Promise<OutOfFold> {
  const scores = new Float64Array(label.length)
  const gains = new Float64Array(rows.columns.length)
  const models: FittedModel[] = []
  for (let k = 0; k < foldsOf(fold); k++) {
    const outside = indices(fold, other => other !== k)
    const inside = indices(fold, other => other === k)
    const known = Float64Array.from(outside, i => label[i]!)
    const model = await fitBoost(take(rows, outside), known, recipe, { task: 'binary' }, random.fork(k))
    const said = model.predict(take(rows, inside))
    inside.forEach((i, at) => {
      scores[i] = said[at]!
    })
    model.importance.forEach(({ gain }, c) => {
      gains[c]! += gain
    })
    models.push(model)
  }
  return { scores, gains, models }
}

/** Pairs of one fold only are compared; where all scores are equal nothing can be told. */
function told({ label, fold }: Sides, scores: Float64Array): { auc: number; p: number } {
  const { result } = outOfFoldTest(scores, label, fold)
  return result ? { auc: result.statistic, p: result.p } : { auc: 0.5, p: 1 }
}

function foldsOf(fold: Int32Array): number {
  return fold.reduce((most, k) => Math.max(most, k + 1), 0)
}

/** Share of AUCs at least as large when rows of both sides are exchanged; the folds stay stratified. */
async function permutationP(
  auc: number,
  sides: Sides,
  recipe: Partial<BoostRecipe>,
  permutations: number,
  random: Random,
): Promise<number> {
  let asLarge = 0
  for (let k = 0; k < permutations; k++) {
    const draw = random.fork(`permutation ${k}`)
    const exchanged = { ...sides, rows: take(sides.rows, shuffled(sides.label.length, draw)) }
    const { scores } = await outOfFold(exchanged, recipe, draw)
    if (told(exchanged, scores).auc >= auc) asLarge++
  }
  return (1 + asLarge) / (1 + permutations)
}

/** The rows of the reference, then those of the window. */
function joined(reference: Table, window: Table): Table {
  return {
    rows: reference.rows + window.rows,
    columns: reference.columns.map((column): Column => {
      const other = sameColumn(window, column)
      if (column.kind === 'text')
        return { ...column, values: [...column.values, ...(other.values as (string | null)[])] }
      const values = new Float64Array(reference.rows + window.rows)
      values.set(column.values)
      values.set(other.values as Float64Array, reference.rows)
      return { ...column, values }
    }),
  }
}

function indices(of: Int32Array, wanted: (value: number) => boolean): Int32Array {
  const found: number[] = []
  for (let i = 0; i < of.length; i++) if (wanted(of[i]!)) found.push(i)
  return Int32Array.from(found)
}
