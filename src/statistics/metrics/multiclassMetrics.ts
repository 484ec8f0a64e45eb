/**
 * Metrics of a classifier with several classes, from the probability of each class or from the predicted class alone,
 * under the names of scikit-learn.
 */
import { type Measured, measured, undefinedBecause } from '../measured.ts'
import { weightedMean } from './binaryMetrics.ts'
import {
  type ConfusionMatrixMetrics,
  checkClasses,
  confusionMatrix,
  confusionMatrixMetricNames,
  confusionMatrixMetrics,
} from './confusionMatrix.ts'
import { checkWeights, rocAuc } from './ranking.ts'

export const multiclassMetricNames = [
  ...confusionMatrixMetricNames,
  'log_loss',
  'brier',
  'roc_auc_ovr_macro',
  'roc_auc_ovo_macro',
  'top2',
] as const

export type MulticlassMetricName = (typeof multiclassMetricNames)[number]
export type MulticlassMetrics = { readonly [name in MulticlassMetricName]: Measured }

export interface MulticlassRows {
  /** Names of the classes; all else speaks of them by their number, from 0. */
  readonly classes: readonly string[]
  readonly truth: Int32Array
  /** One row after the other, classes.length numbers each. */
  readonly probabilities?: Float64Array | undefined
  /** By default the most probable class, the first of equals. */
  readonly predicted?: Int32Array | undefined
  readonly weight?: Float64Array | undefined
}

/**
 * All metrics; without probabilities those that need them are undefined. `brier` is the mean over rows of the sum over
 * classes of (indicator - p)^2, from 0 to 2. `roc_auc_ovr_macro` is the mean AUC of each class against the rest,
 * `roc_auc_ovo_macro` that of each class against each other by its own probability (Hand and Till 2001). `top2` is the
 * share of rows whose class is among the two most probable.
 */
export function multiclassMetrics(rows: MulticlassRows): MulticlassMetrics {
  checkMulticlass(rows)
  const { classes, truth, weight } = rows
  const fromCells: ConfusionMatrixMetrics = confusionMatrixMetrics(
    confusionMatrix(truth, predictedClasses(rows), classes, weight),
  )
  const probabilities = rows.probabilities
  if (!probabilities) {
    const none = undefinedBecause('probabilities are needed')
    return { ...fromCells, log_loss: none, brier: none, roc_auc_ovr_macro: none, roc_auc_ovo_macro: none, top2: none }
  }
  return {
    ...fromCells,
    log_loss: weightedMean(multiclassLogLosses(truth, probabilities), weight),
    brier: weightedMean(multiclassSquaredErrors(truth, probabilities), weight),
    roc_auc_ovr_macro: meanOf(
      oneVersusRest(rows).map(({ positive, score }) => rocAuc(positive, score, weight)),
      classes,
    ),
    roc_auc_ovo_macro: oneVersusOneAuc(rows),
    top2: topK(truth, probabilities, 2, weight),
  }
}

/** Share of rows whose class is among the k most probable; of equal probabilities the earlier class counts as higher. */
export function topK(truth: Int32Array, probabilities: Float64Array, k: number, weight?: Float64Array): Measured {
  return weightedMean(inTopK(truth, probabilities, k), weight)
}

/** 1 where the class of the row is among its k most probable, else 0. */
export function inTopK(truth: Int32Array, probabilities: Float64Array, k: number): Float64Array {
  const width = probabilities.length / truth.length
  if (!(Number.isInteger(k) && k >= 1)) throw new RangeError(`topK: k is ${k}, must be a whole number of at least 1`)
  return Float64Array.from(truth, (y, i) => {
    const own = probabilities[i * width + y]!
    let above = 0
    for (let j = 0; j < width; j++) {
      const p = probabilities[i * width + j]!
      if (p > own || (p === own && j < y)) above++
    }
    return above < k ? 1 : 0
  })
}

/** -ln of the probability given to what happened, row by row; 0 is moved to 2^-52, as scikit-learn does. */
export function multiclassLogLosses(truth: Int32Array, probabilities: Float64Array): Float64Array {
  const width = probabilities.length / truth.length
  const tiny = 2 ** -52
  return Float64Array.from(
    truth,
    (y, i) => -Math.log(Math.min(Math.max(probabilities[i * width + y]!, tiny), 1 - tiny)),
  )
}

export function multiclassSquaredErrors(truth: Int32Array, probabilities: Float64Array): Float64Array {
  const width = probabilities.length / truth.length
  return Float64Array.from(truth, (y, i) => {
    let sum = 0
    for (let j = 0; j < width; j++) sum += ((j === y ? 1 : 0) - probabilities[i * width + j]!) ** 2
    return sum
  })
}

export function predictedClasses({ classes, truth, probabilities, predicted }: MulticlassRows): Int32Array {
  if (predicted) return predicted
  if (!probabilities) throw new RangeError('multiclassMetrics: neither probabilities nor predicted classes are given')
  const width = classes.length
  return Int32Array.from(truth, (_, i) => {
    let best = 0
    for (let j = 1; j < width; j++) if (probabilities[i * width + j]! > probabilities[i * width + best]!) best = j
    return best
  })
}

/** Each class against the rest: 1 for its rows, and its probability. */
export function oneVersusRest({
  classes,
  truth,
  probabilities,
}: MulticlassRows): { positive: Float64Array; score: Float64Array }[] {
  const width = classes.length
  return classes.map((_, k) => ({
    positive: Float64Array.from(truth, y => (y === k ? 1 : 0)),
    score: Float64Array.from(truth, (_, i) => probabilities![i * width + k]!),
  }))
}

/** Rows of class a or b, each with its place in the table: does the probability of a tell them apart? */
export interface ClassPair {
  readonly rows: Int32Array
  readonly positive: Float64Array
  readonly score: Float64Array
  readonly weight: Float64Array | undefined
}

/** Both orders of every pair of classes. */
export function classPairs({ classes, truth, probabilities, weight }: MulticlassRows): ClassPair[] {
  const width = classes.length
  const rowsOf = classes.map((_, k) => Int32Array.from(truth.keys()).filter(i => truth[i] === k))
  const pairs: ClassPair[] = []
  for (let a = 0; a < width; a++) {
    for (let b = 0; b < width; b++) {
      if (a === b) continue
      const rows = Int32Array.from([...rowsOf[a]!, ...rowsOf[b]!])
      pairs.push({
        rows,
        positive: Float64Array.from(rows, i => (truth[i] === a ? 1 : 0)),
        score: Float64Array.from(rows, i => probabilities![i * width + a]!),
        weight: weight && Float64Array.from(rows, i => weight[i]!),
      })
    }
  }
  return pairs
}

function oneVersusOneAuc(rows: MulticlassRows): Measured {
  const { truth, classes, weight } = rows
  const mass = new Float64Array(classes.length)
  for (let i = 0; i < truth.length; i++) mass[truth[i]!]! += weight ? weight[i]! : 1
  const absent = mass.indexOf(0)
  if (absent >= 0) return undefinedBecause(`class ${classes[absent]} has no rows`)
  return meanOf(
    classPairs(rows).map(({ positive, score, weight }) => rocAuc(positive, score, weight)),
    [],
  )
}

/** The plain mean; undefined where one is, named by `names` where those are given. */
function meanOf(values: readonly Measured[], names: readonly string[]): Measured {
  let sum = 0
  for (const [k, { value, reason }] of values.entries()) {
    if (value === undefined) {
      return undefinedBecause(names[k] !== undefined && reason !== 'no rows' ? `class ${names[k]}: ${reason}` : reason)
    }
    sum += value
  }
  return values.length === 0 ? undefinedBecause('only one class') : measured(sum / values.length)
}

/** A sum of probabilities may miss 1 by rounding to two digits, not by more. */
export const sumTolerance = 0.011

function checkMulticlass({ classes, truth, probabilities, predicted, weight }: MulticlassRows): void {
  const name = 'multiclassMetrics'
  checkClasses(name, truth, classes, 'truth')
  if (predicted) checkClasses(name, predicted, classes, 'prediction')
  checkWeights(name, truth.length, weight)
  if (!probabilities) return
  const width = classes.length
  if (probabilities.length !== truth.length * width) {
    throw new RangeError(
      `${name}: ${probabilities.length} probabilities for ${truth.length} rows of ${width} classes, ` +
        `${truth.length * width} are wanted`,
    )
  }
  for (let i = 0; i < truth.length; i++) {
    let sum = 0
    for (let j = 0; j < width; j++) {
      const p = probabilities[i * width + j]!
      if (!(p >= 0 && p <= 1)) {
        throw new RangeError(`${name}: probability of ${classes[j]} in row ${i} is ${p}, must be in [0, 1]`)
      }
      sum += p
    }
    if (Math.abs(sum - 1) > sumTolerance) {
      throw new RangeError(`${name}: the probabilities of row ${i} sum to ${sum}, must sum to 1`)
    }
  }
}
