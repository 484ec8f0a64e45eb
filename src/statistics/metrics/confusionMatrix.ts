/** Rows counted by true and predicted class, and the metrics that follow from the counts alone. */
import { type Measured, measured, ratio, undefinedBecause } from '../measured.ts'
import { checkWeights } from './ranking.ts'

/** Sums of weights, true class by row, predicted class by column: cells[i * classes.length + j]. */
export interface ConfusionMatrix {
  /** Names of the classes, in their order. */
  readonly classes: readonly string[]
  readonly cells: Float64Array
}

export const confusionMatrixMetricNames = [
  'accuracy',
  'balanced_accuracy',
  'precision_macro',
  'recall_macro',
  'f1_macro',
  'precision_micro',
  'recall_micro',
  'f1_micro',
  'precision_weighted',
  'recall_weighted',
  'f1_weighted',
  'mcc',
  'kappa',
  'kappa_quadratic',
] as const

export type ConfusionMatrixMetricName = (typeof confusionMatrixMetricNames)[number]
export type ConfusionMatrixMetrics = { readonly [name in ConfusionMatrixMetricName]: Measured }

/** `truth` and `predicted` are numbers of classes, from 0. */
export function confusionMatrix(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: readonly string[],
  weight?: Float64Array,
): ConfusionMatrix {
  checkClasses('confusionMatrix', truth, classes, 'truth')
  checkClasses('confusionMatrix', predicted, classes, 'prediction')
  checkWeights('confusionMatrix', truth.length, weight)
  if (predicted.length !== truth.length) {
    throw new RangeError(`confusionMatrix: ${predicted.length} predictions for ${truth.length} rows`)
  }
  const cells = new Float64Array(classes.length ** 2)
  for (let i = 0; i < truth.length; i++) {
    cells[truth[i]! * classes.length + predicted[i]!]! += weight ? weight[i]! : 1
  }
  return { classes, cells }
}

/** What one class looks like against all others. */
export interface ClassFigures {
  readonly name: string
  /** Its number. */
  readonly code: number
  /** Rows of the class, by weight. */
  readonly support: number
  readonly precision: Measured
  readonly recall: Measured
  readonly f1: Measured
}

/** Precision, recall and F1 of each class that occurs in the truth or in the predictions. */
export function classFigures({ classes, cells }: ConfusionMatrix): ClassFigures[] {
  const { actual, predicted } = margins(cells, classes.length)
  return classes.flatMap((name, k) => {
    const right = cells[k * classes.length + k]!
    if (actual[k] === 0 && predicted[k] === 0) return []
    return [
      {
        name,
        code: k,
        support: actual[k]!,
        precision: ratio(right, predicted[k]!, `class ${name} is never predicted`),
        recall: ratio(right, actual[k]!, `class ${name} does not occur in the truth`),
        f1: measured((2 * right) / (actual[k]! + predicted[k]!)),
      },
    ]
  })
}

/**
 * - `macro` is the plain mean over the classes that occur in the truth or in the predictions, `weighted` the mean by their
 *   share of the truth, `micro` that of all rows together, which is the accuracy. Where the figure of a class is not
 *   defined (precision of a class that is never predicted), so is the mean; scikit-learn puts 0 there.
 * - `balanced_accuracy` is the mean recall of the classes that occur in the truth.
 * - `mcc` is Matthews' coefficient (Gorodkin 2004), `kappa` Cohen's; `kappa_quadratic` weighs an error by the squared
 *   distance in the order of the classes, and means something only where they have one.
 */
export function confusionMatrixMetrics(matrix: ConfusionMatrix): ConfusionMatrixMetrics {
  const { cells } = matrix
  const k = matrix.classes.length
  const { actual, predicted, total, right } = margins(cells, k)
  if (total === 0) return everywhere(undefinedBecause('no rows'))
  const figures = classFigures(matrix)
  const accuracy = measured(right / total)
  const macro = (pick: (of: ClassFigures) => Measured) => average(figures, pick, () => 1)
  const weighted = (pick: (of: ClassFigures) => Measured) => average(figures, pick, of => of.support)
  return {
    accuracy,
    balanced_accuracy: average(
      figures,
      of => of.recall,
      of => (of.support > 0 ? 1 : 0),
    ),
    precision_macro: macro(of => of.precision),
    recall_macro: macro(of => of.recall),
    f1_macro: macro(of => of.f1),
    precision_micro: accuracy,
    recall_micro: accuracy,
    f1_micro: accuracy,
    precision_weighted: weighted(of => of.precision),
    recall_weighted: weighted(of => of.recall),
    f1_weighted: weighted(of => of.f1),
    mcc: matthews(actual, predicted, total, right),
    kappa: kappa(cells, actual, predicted, total, (i, j) => (i === j ? 0 : 1)),
    kappa_quadratic: kappa(cells, actual, predicted, total, (i, j) => (i - j) ** 2),
  }
}

/** Weighted mean of a figure over classes; a class without weight need not have the figure. */
function average(
  figures: readonly ClassFigures[],
  pick: (of: ClassFigures) => Measured,
  weight: (of: ClassFigures) => number,
): Measured {
  let sum = 0
  let total = 0
  for (const of of figures) {
    const w = weight(of)
    if (w === 0) continue
    const { value, reason } = pick(of)
    if (value === undefined) return undefinedBecause(reason)
    sum += w * value
    total += w
  }
  return ratio(sum, total, 'no rows')
}

/** (c s - sum t p) / sqrt((s^2 - sum p^2)(s^2 - sum t^2)), c rows right of s, t true and p predicted per class. */
function matthews(actual: Float64Array, predicted: Float64Array, total: number, right: number): Measured {
  let both = 0
  let actualSquares = 0
  let predictedSquares = 0
  for (let k = 0; k < actual.length; k++) {
    both += actual[k]! * predicted[k]!
    actualSquares += actual[k]! ** 2
    predictedSquares += predicted[k]! ** 2
  }
  const spread = Math.sqrt(total ** 2 - actualSquares) * Math.sqrt(total ** 2 - predictedSquares)
  if (spread === 0) return undefinedBecause('only one class in the truth or in the predictions')
  return measured(Math.min(1, Math.max(-1, (right * total - both) / spread)))
}

/** 1 - observed disagreement / disagreement expected from the margins. */
function kappa(
  cells: Float64Array,
  actual: Float64Array,
  predicted: Float64Array,
  total: number,
  distance: (i: number, j: number) => number,
): Measured {
  const k = actual.length
  let observed = 0
  let expected = 0
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < k; j++) {
      const d = distance(i, j)
      observed += d * cells[i * k + j]!
      expected += (d * actual[i]! * predicted[j]!) / total
    }
  }
  return expected === 0 ? undefinedBecause('only one class') : measured(1 - observed / expected)
}

function margins(cells: Float64Array, k: number) {
  const actual = new Float64Array(k)
  const predicted = new Float64Array(k)
  let total = 0
  let right = 0
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < k; j++) {
      const cell = cells[i * k + j]!
      actual[i]! += cell
      predicted[j]! += cell
      total += cell
    }
    right += cells[i * k + i]!
  }
  return { actual, predicted, total, right }
}

export function checkClasses(
  name: string,
  values: ArrayLike<number>,
  classes: readonly string[],
  what: 'truth' | 'prediction',
): void {
  for (let i = 0; i < values.length; i++) {
    const k = values[i]!
    if (!(Number.isInteger(k) && k >= 0 && k < classes.length)) {
      throw new RangeError(`${name}: ${what} of row ${i} is class ${k}, must be a whole number below ${classes.length}`)
    }
  }
}

function everywhere(value: Measured): ConfusionMatrixMetrics {
  return Object.fromEntries(confusionMatrixMetricNames.map(name => [name, value])) as ConfusionMatrixMetrics
}
