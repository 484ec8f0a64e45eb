/**
 * Classifier two-sample test (Lopez-Paz and Oquab 2017): a classifier learns to tell rows of the window from rows of the
 * reference; where it cannot on rows it did not learn from, nothing has changed. The classifier is passed in.
 */
import type { Random } from '../../numeric/random.ts'
import { shuffle } from '../../numeric/shuffle.ts'
import { normalSf } from '../distributions/distributions.ts'
import { pool } from '../hypothesis/pooled.ts'
import { mannWhitneyCounts } from '../hypothesis/rankTests.ts'
import { type Tested, tooFew } from '../hypothesis/tested.ts'
import { type Columns, shapeOf } from './columns.ts'

export type ClassifierTested = Tested & {
  /** Chance that a row of the window scores above one of the reference, over the folds. */
  readonly auc?: number
  /** 2 AUC - 1: 0 where nothing can be told, 1 where all can. */
  readonly effect?: number
}

/**
 * Scores `rows`, larger for rows that look like the window, after learning from `train`, where `isWindow` is 1 for rows of
 * the window.
 */
export type ScoreRows = (train: Columns, isWindow: Uint8Array, rows: Columns, rng: Random) => Float64Array

/**
 * Every row is scored by a classifier that learned from the other folds. What a missing value means is the classifier's own
 * business.
 */
export function classifierTest(
  reference: Columns,
  window: Columns,
  score: ScoreRows,
  { folds = 5 }: { readonly folds?: number },
  rng: Random,
): ClassifierTested {
  const n = shapeOf('classifierTest', reference)
  const m = shapeOf('classifierTest', window, reference.length)
  if (!(Number.isInteger(folds) && folds >= 2)) {
    throw new RangeError(`classifierTest: folds is ${folds}, must be an integer of at least 2`)
  }
  const missing = tooFew([n, m], 2 * folds)
  if (missing) return missing
  const fold = new Uint8Array(n + m)
  fold.set(foldsOf(n, folds, rng.fork('reference')))
  fold.set(foldsOf(m, folds, rng.fork('window')), n)
  const scores = new Float64Array(n + m)
  const isWindow = Uint8Array.from({ length: n + m }, (_, i) => Number(i >= n))
  for (let f = 0; f < folds; f++) {
    const others = pickRows(reference, window, n, fold, g => g !== f)
    const own = pickRows(reference, window, n, fold, g => g === f)
    const given = score(
      others,
      isWindow.filter((_, i) => fold[i] !== f),
      own,
      rng.fork(f),
    )
    if (given.length !== own[0]!.length) {
      throw new RangeError(`classifierTest: ${given.length} scores for ${own[0]!.length} rows`)
    }
    let next = 0
    for (let i = 0; i < n + m; i++) if (fold[i] === f) scores[i] = given[next++]!
  }
  return outOfFoldTest(scores, isWindow, fold)
}

/**
 * The test of scores that are there already; `fold` says which classifier gave each, none that one classifier gave all and
 * learned from none of these rows. Scores are compared within a fold only, since classifiers have scales of their own. U of
 * the folds added up, by the normal law with their tie-corrected variances; one-sided, because a classifier that has
 * learned something scores the window higher.
 *
 * With several folds every pair of rows counts twice, once with either in training, so that the folds rise and fall
 * together: for scores that are linear in the labels the variance of the sum is twice the sum of the variances. It is
 * doubled here; with the plain sum twice as many tests reject as should.
 */
export function outOfFoldTest(
  scores: Float64Array,
  isWindow: ArrayLike<number>,
  fold: ArrayLike<number> = new Uint8Array(scores.length),
): ClassifierTested {
  if (isWindow.length !== scores.length || fold.length !== scores.length) {
    throw new RangeError(
      `outOfFoldTest: ${scores.length} scores, ${isWindow.length} labels and ${fold.length} folds, one of each per row`,
    )
  }
  let sum = 0
  let pairs = 0
  let variance = 0
  const classifiers = new Set(Array.from(fold))
  for (const f of classifiers) {
    const counts = pool(
      [scores.filter((_, i) => fold[i] === f && isWindow[i]), scores.filter((_, i) => fold[i] === f && !isWindow[i])],
      'outOfFoldTest',
    )
    const [m, n] = counts.sizes as [number, number]
    if (n === 0 || m === 0) return { reason: `fold ${f} has ${n} rows of the reference and ${m} of the window` }
    const { u, ties } = mannWhitneyCounts(counts)
    const total = n + m
    sum += u
    pairs += n * m
    variance += ((n * m) / 12) * (total + 1 - ties / (total * (total - 1)))
  }
  if (pairs === 0) return { reason: 'no scores' }
  if (!(variance > 0)) return { reason: 'all scores are equal' }
  const auc = sum / pairs
  const z = (sum - pairs / 2) / Math.sqrt(classifiers.size > 1 ? 2 * variance : variance)
  return { result: { statistic: auc, p: normalSf(z) }, auc, effect: 2 * auc - 1 }
}

function foldsOf(n: number, folds: number, rng: Random): Uint8Array {
  const fold = Uint8Array.from({ length: n }, (_, i) => i % folds)
  shuffle(fold, rng)
  return fold
}

function pickRows(
  reference: Columns,
  window: Columns,
  n: number,
  fold: Uint8Array,
  wanted: (fold: number) => boolean,
): Float64Array[] {
  return reference.map((column, j) => {
    const both = new Float64Array(fold.length)
    both.set(column)
    both.set(window[j]!, n)
    return both.filter((_, i) => wanted(fold[i]!))
  })
}
