/**
 * Which features moved the performance: the change of the mean loss that comes from other rows, split over the features
 * by Shapley values.
 *
 * The value of a set S of features is the mean loss of the reference reweighted so that S is distributed as in the window:
 *   v(S) = mean of w_S(x) loss,   w_S = f_window(x_S) / f_reference(x_S),   phi_j = mean over orders of v(before + j) - v(before)
 * The phi add up to v(all) - v(none) exactly (efficiency). What is left of the real change, rows being equal, is the
 * part that no distribution of the features explains: the truth follows new rules.
 */
import { select, type Table } from '../../base/table.ts'
import type { BoostRecipe } from '../../learn/parameters.ts'
import type { Random } from '../../numeric/random.ts'
import { shuffled } from '../../numeric/shuffle.ts'
import { isotonicFit, isotonicPredict } from '../../statistics/calibration/isotonic.ts'
import { weightsOf } from '../densityRatio.ts'
import { drawSides, outOfFold, tooFew } from '../domainClassifier.ts'

export interface FeatureEffect {
  readonly feature: string
  /** What its new distribution adds to the mean loss. */
  readonly contribution: number
  /** Standard error from the orders that were drawn; 0 where all orders were counted. It does not hold the noise of v. */
  readonly error: number
}

export interface PerformanceSplit {
  /** v(all) - v(none): what the window's rows explain. The contributions add up to it. */
  readonly explained: number
  /** Window's mean loss minus reference's minus explained; null without the losses of the window. */
  readonly unexplained: number | null
  readonly change: number | null
  /** Largest contribution first, by absolute value. */
  readonly features: readonly FeatureEffect[]
  /** Rows that the reference amounts to when reweighted by all features: below 100 the split says little. */
  readonly effectiveRows: number
}

export interface SplitRows {
  readonly features: Table
  /** Loss of each row, realised or expected. */
  readonly loss: Float64Array
}

export interface SplitOptions {
  /** Up to so many features all sets are counted; beyond, orders are drawn in pairs, each with its reverse. */
  readonly exactUpTo?: number
  readonly orderPairs?: number
  /** At most so many rows are drawn from each side. */
  readonly sampleRows?: number
  readonly folds?: number
  readonly recipe?: Partial<BoostRecipe>
}

/** Smaller trees than those of the domain classifier: there are many fits, and each should find little in noise. */
const splitRecipe: Partial<BoostRecipe> = { iterations: 25, maxLeaves: 6, learningRate: 0.15, minRows: 40 }

/** `loss` of the window may be left out: then only the explained part is given. */
export async function performanceSplit(
  reference: SplitRows,
  window: { readonly features: Table; readonly loss?: Float64Array | undefined },
  { exactUpTo = 8, orderPairs = 8, sampleRows = 2000, folds = 2, recipe = splitRecipe }: SplitOptions,
  random: Random,
): Promise<PerformanceSplit | { readonly reason: string }> {
  if (reference.loss.length !== reference.features.rows) {
    throw new RangeError(`performanceSplit: ${reference.loss.length} losses for ${reference.features.rows} rows`)
  }
  const few = tooFew(reference.features, window.features)
  if (few) return { reason: few }
  const names = reference.features.columns.map(({ name }) => name)
  const sides = drawSides(reference.features, window.features, { sampleRows, folds }, random.fork('draw'))
  const drawnLoss = Float64Array.from(sides.drawn, row => reference.loss[row]!)
  const draw = random.fork('value')
  const reweighted = async (key: string, subset: readonly string[]) => {
    const rows = select(sides.rows, subset)
    const { scores } = await outOfFold({ ...sides, rows }, recipe, draw.fork(key))
    const p = isotonicPredict(isotonicFit(scores, sides.label), scores.subarray(0, drawnLoss.length))
    return weightsOf(p, drawnLoss.length, sides.windowRows, 0.99)
  }
  let effectiveRows = drawnLoss.length
  const known = new Map<string, number>()
  const value = async (members: readonly boolean[]): Promise<number> => {
    const key = members.map(Number).join('')
    const before = known.get(key)
    if (before !== undefined) return before
    const subset = names.filter((_, j) => members[j])
    let found = mean(drawnLoss)
    if (subset.length > 0) {
      const { weights, effectiveRows: effective } = await reweighted(key, subset)
      found = mean(drawnLoss.map((loss, i) => loss * weights[i]!))
      if (subset.length === names.length) effectiveRows = effective
    }
    known.set(key, found)
    return found
  }
  const all = await value(names.map(() => true))
  const none = await value(names.map(() => false))
  const effects =
    names.length <= exactUpTo
      ? await allSets(names.length, value)
      : await drawnOrders(names.length, orderPairs, value, random.fork('orders'))
  const change = window.loss ? mean(window.loss) - mean(reference.loss) : null
  return {
    explained: all - none,
    unexplained: change === null ? null : change - (all - none),
    change,
    features: names
      .map((feature, j) => ({ feature, ...effects[j]! }))
      .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution)),
    effectiveRows,
  }
}

type Value = (members: readonly boolean[]) => Promise<number>
type Effect = Omit<FeatureEffect, 'feature'>

/** phi_j = sum over sets S without j of |S|! (d - |S| - 1)! / d! (v(S + j) - v(S)). */
async function allSets(d: number, value: Value): Promise<Effect[]> {
  const weight = Float64Array.from({ length: d }, (_, size) => 1 / (d * choose(d - 1, size)))
  const phi = new Float64Array(d)
  for (let set = 0; set < 2 ** d; set++) {
    const members = Array.from({ length: d }, (_, j) => ((set >> j) & 1) === 1)
    const size = members.filter(Boolean).length
    const here = await value(members)
    for (let j = 0; j < d; j++) {
      if (members[j]) phi[j]! += weight[size - 1]! * here
      else phi[j]! -= weight[size]! * here
    }
  }
  return Array.from(phi, contribution => ({ contribution, error: 0 }))
}

/** Means over drawn orders and their reverses; each pair sums to v(all) - v(none), so the means do too. */
async function drawnOrders(d: number, pairs: number, value: Value, random: Random): Promise<Effect[]> {
  const found = Array.from({ length: d }, () => new Float64Array(pairs))
  for (let pair = 0; pair < pairs; pair++) {
    const order = shuffled(d, random)
    for (const way of [order, order.slice().reverse()]) {
      const members = Array.from({ length: d }, () => false)
      let before = await value(members)
      for (const j of way) {
        members[j] = true
        const after = await value(members)
        found[j]![pair]! += (after - before) / 2
        before = after
      }
    }
  }
  return found.map(values => {
    const contribution = mean(values)
    const squares = values.reduce((sum, x) => sum + (x - contribution) ** 2, 0)
    return { contribution, error: pairs > 1 ? Math.sqrt(squares / (pairs - 1) / pairs) : Number.POSITIVE_INFINITY }
  })
}

function choose(n: number, k: number): number {
  let product = 1
  for (let i = 1; i <= k; i++) product = (product * (n - k + i)) / i
  return product
}

function mean(values: Float64Array): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum / values.length
}
