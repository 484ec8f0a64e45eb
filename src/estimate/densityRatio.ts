/**
 * Weights that make the rows of the reference look like those of the window: w(x) = f_window(x) / f_reference(x), from
 * the odds that a classifier gives for the window. Each row is judged by a model that has not seen it, and those scores
 * are calibrated (isotonic): where nothing tells the sides apart all weights come out near 1 instead of following noise.
 */

import type { Table } from '../base/table.ts'
import { take } from '../base/table.ts'
import type { BoostRecipe } from '../learn/parameters.ts'
import type { Random } from '../numeric/random.ts'
import { sortAscending } from '../numeric/sortAscending.ts'
import { isotonicFit, isotonicPredict } from '../statistics/calibration/isotonic.ts'
import { domainRecipe, drawSides, type OutOfFold, outOfFold, type Sides, tooFew } from './domainClassifier.ts'
import { inNumbers } from './ordinal.ts'

export interface DensityWeights {
  /** One per row of the reference, with mean 1. */
  readonly weights: Float64Array
  /** (sum w)^2 / sum w^2: to how many equally weighted rows they amount. */
  readonly effectiveRows: number
}

export interface DensityOptions {
  /** At most so many rows of each side are learned from; rows of the reference beyond are judged by all models. */
  readonly sampleRows?: number
  readonly folds?: number
  readonly recipe?: Partial<BoostRecipe>
  /** Weights above this quantile are moved to it. */
  readonly clipAt?: number
}

export async function densityWeights(
  reference: Table,
  window: Table,
  { sampleRows = 20_000, folds = 5, recipe = domainRecipe, clipAt = 0.99 }: DensityOptions,
  random: Random,
): Promise<DensityWeights | { readonly reason: string }> {
  const few = tooFew(reference, window)
  if (few) return { reason: few }
  const sides = drawSides(reference, window, { sampleRows, folds }, random.fork('draw'))
  const found = await outOfFold(sides, recipe, random.fork('fit'))
  const fit = isotonicFit(found.scores, sides.label)
  const p = isotonicPredict(fit, scoresOfAll(reference, sides, found))
  return weightsOf(p, sides.drawn.length, sides.windowRows, clipAt)
}

/**
 * w = p / (1 - p) times reference rows over window rows, clipped and divided by its mean. A probability is at most
 * 1 - 1/n, so that no weight is infinite.
 */
export function weightsOf(p: Float64Array, referenceRows: number, windowRows: number, clipAt: number): DensityWeights {
  const most = 1 - 1 / (referenceRows + windowRows)
  const odds = p.map(value => {
    const inside = Math.min(value, most)
    return ((inside / (1 - inside)) * referenceRows) / windowRows
  })
  const limit = sortAscending(odds)[Math.min(odds.length - 1, Math.floor(clipAt * odds.length))]!
  let sum = 0
  for (let i = 0; i < odds.length; i++) sum += odds[i] = Math.min(odds[i]!, limit)
  // All odds are 0 where no row of the reference is like the window.
  const weights = sum > 0 ? odds.map(w => (w * odds.length) / sum) : odds.fill(1)
  let squares = 0
  for (let i = 0; i < weights.length; i++) squares += weights[i]! ** 2
  return { weights, effectiveRows: weights.length ** 2 / squares }
}

/** Scores of all rows of the reference: out of fold for those that were drawn, the mean of all models for the others. */
function scoresOfAll(reference: Table, { drawn, inputs }: Sides, { scores, models }: OutOfFold): Float64Array {
  const out = new Float64Array(reference.rows)
  const isDrawn = new Uint8Array(reference.rows)
  drawn.forEach((row, i) => {
    isDrawn[row] = 1
    out[row] = scores[i]!
  })
  const others = Int32Array.from(out.keys()).filter(row => !isDrawn[row])
  if (others.length === 0) return out
  const rows = inNumbers(take(reference, others), inputs)
  for (const model of models) {
    model.predict(rows).forEach((score, i) => {
      out[others[i]!]! += score / models.length
    })
  }
  return out
}
