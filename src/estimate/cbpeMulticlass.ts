/**
 * The same for several classes: each class against the rest has its scores calibrated, and the row's probabilities are
 * divided by their sum. Metrics are means over the classes; accuracy is the mean probability of the predicted class.
 */
import type { Random } from '../numeric/random.ts'
import { type Measured, ratio, undefinedBecause } from '../statistics/measured.ts'
import { type Calibrator, calibrate, fitCalibrator } from './calibrator.ts'
import type { CbpeOptions } from './cbpe.ts'
import { type Estimate, estimateOf } from './estimate.ts'
import { expectedMetrics } from './expected.ts'
import { type FrozenMetric, freeze, leastRows, referenceWindows, type WindowOptions } from './freeze.ts'
import { centred, influence, spreadOf } from './influence.ts'
import type { MulticlassEstimateName } from './metrics.ts'
import { meanOfMeasured, realisedMetric } from './realised.ts'
import { type LeftOut, usable } from './scoredRows.ts'
import { rangeOf, type Support, shareOutside } from './support.ts'
import { type Evidence, reliabilityOf } from './validity.ts'
import { placesIn } from './windows.ts'

export interface ClassScores {
  /** One column per class, in the order of the classes: probabilities in [0, 1]. */
  readonly scores: readonly Float64Array[]
  /** Number of the predicted class; -1 where it is none of the classes. Absent: the class of the highest score. */
  readonly prediction?: Int32Array | undefined
}

export interface LabelledClassScores extends ClassScores {
  /** Number of the true class; -1 where it is not known. */
  readonly truth: Int32Array
}

export interface MulticlassReference {
  readonly kind: 'cbpe-multiclass'
  readonly classes: readonly string[]
  readonly rows: number
  readonly leftOut: readonly LeftOut[]
  /** By class. */
  readonly calibrators: readonly Calibrator[]
  readonly support: readonly Support[]
  readonly metrics: { readonly [name in MulticlassEstimateName]?: FrozenMetric }
}

export interface MulticlassOptions extends WindowOptions {
  readonly metrics?: readonly MulticlassEstimateName[] | undefined
  readonly calibrate?: CbpeOptions['calibrate']
}

export const defaultMulticlassMetrics = [
  'roc_auc',
  'accuracy',
  'f1',
] as const satisfies readonly MulticlassEstimateName[]

export function multiclassFit(
  classes: readonly string[],
  rows: LabelledClassScores,
  options: MulticlassOptions,
  random: Random,
): MulticlassReference {
  if (classes.length < 2) throw new RangeError(`multiclassFit: ${classes.length} classes, needs 2 or more`)
  const { metrics = defaultMulticlassMetrics, calibrate: when = 'auto' } = options
  const used = completeClasses(classes, rows, true)
  const n = used.rows.length
  if (n < leastRows) throw new RangeError(`multiclassFit: ${usable(n, used.leftOut)}, needs ${leastRows}`)
  const truths = classes.map((_, k) => indicator(used.truth, k))
  const calibrators = used.scores.map((score, k) =>
    fitCalibrator(score, truths[k]!, { when }, random.fork(`class ${k}`)),
  )
  const pieces = referenceWindows(rows.truth.length, options).map(window => {
    const piece = cut(used, ...placesIn(used.rows, window))
    return { ...piece, p: probabilities(calibrators, piece.scores) }
  })
  return {
    kind: 'cbpe-multiclass',
    classes,
    rows: n,
    leftOut: used.leftOut,
    calibrators,
    support: used.scores.map(rangeOf),
    metrics: Object.fromEntries(
      metrics.map(metric => [
        metric,
        freeze(
          metric,
          spreadOf(meanInfluence(metric, used)),
          pieces.map(piece => ({
            rows: piece.truth.length,
            realised: realisedMulticlass(metric, piece),
            estimated: expectedMulticlass(metric, piece, piece.p),
          })),
          options,
        ),
      ]),
    ),
  }
}

export function multiclassEstimate(
  reference: MulticlassReference,
  window: ClassScores,
  evidence: Omit<Evidence, 'outsideSupport'> = {},
): Estimate[] {
  const { classes, calibrators, support, metrics } = reference
  const used = completeClasses(classes, window, false)
  const names = Object.keys(metrics) as MulticlassEstimateName[]
  const p = probabilities(calibrators, used.scores)
  const outside = Math.max(...support.map((range, k) => shareOutside(window.scores[k]!, range)))
  const reliability = reliabilityOf({ ...evidence, outsideSupport: outside })
  const sizes = { rows: used.rows.length, referenceRows: reference.rows }
  return names.map(name => estimateOf(name, expectedMulticlass(name, used, p), metrics[name]!, sizes, reliability))
}

/** The metric as it turned out. Every class must occur, or a mean over classes is undefined. */
export function realisedMulticlass(metric: MulticlassEstimateName, rows: JudgedClasses): Measured {
  const { scores, prediction, truth } = rows
  switch (metric) {
    case 'accuracy':
      return mean(truth.length, i => (prediction[i] === truth[i] ? 1 : 0))
    case 'log_loss':
      return mean(truth.length, i => -Math.log(inside(scores[truth[i]!]![i]!)))
    case 'brier':
      return mean(truth.length, i => squaredDistance(scores, i, truth[i]!))
    default:
      return meanOfMeasured(scores.map((score, k) => realisedMetric(metric, oneAgainstRest(rows, score, k))))
  }
}

export interface JudgedClasses {
  readonly scores: readonly Float64Array[]
  readonly prediction: Int32Array
  readonly truth: Int32Array
}

interface CompleteClasses extends JudgedClasses {
  readonly rows: Int32Array
  readonly leftOut: readonly LeftOut[]
}

/** Rows with all their scores, and with a truth where one is needed. */
export function completeClasses(
  classes: readonly string[],
  { scores, prediction, truth }: ClassScores & { readonly truth?: Int32Array },
  needsTruth: boolean,
): CompleteClasses {
  if (scores.length !== classes.length) {
    throw new RangeError(`class scores: ${scores.length} columns of scores for ${classes.length} classes`)
  }
  const n = scores[0]!.length
  const lengths = [...scores, prediction, truth].flatMap(values => (values ? [values.length] : []))
  if (lengths.some(length => length !== n)) {
    throw new RangeError(`class scores: columns have ${lengths.join(', ')} rows, must have the same number`)
  }
  const rows: number[] = []
  const reasons = new Map<string, number>()
  for (let i = 0; i < n; i++) {
    const reason = objection(scores, prediction?.[i], needsTruth ? truth?.[i] : undefined, i)
    if (reason === undefined) rows.push(i)
    else reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  }
  return {
    scores: scores.map(score => Float64Array.from(rows, i => score[i]!)),
    prediction: Int32Array.from(rows, i => prediction?.[i] ?? highest(scores, i)),
    truth: Int32Array.from(rows, i => truth?.[i] ?? -1),
    rows: Int32Array.from(rows),
    leftOut: [...reasons].map(([reason, count]) => ({ reason, rows: count })),
  }
}

function objection(
  scores: readonly Float64Array[],
  prediction: number | undefined,
  truth: number | undefined,
  i: number,
): string | undefined {
  for (const score of scores) {
    if (Number.isNaN(score[i]!)) return 'a score is missing'
    if (!(score[i]! >= 0 && score[i]! <= 1)) return 'a score is no probability in [0, 1]'
  }
  if (prediction === -1) return 'the prediction is none of the classes'
  if (truth === -1) return 'the truth is not known or none of the classes'
  return undefined
}

function expectedMulticlass(
  metric: MulticlassEstimateName,
  rows: Omit<JudgedClasses, 'truth'>,
  p: readonly Float64Array[],
): Measured {
  const { scores, prediction } = rows
  const n = prediction.length
  const overClasses = (i: number, value: (k: number) => number) => p.reduce((sum, pk, k) => sum + pk[i]! * value(k), 0)
  switch (metric) {
    case 'accuracy':
      return mean(n, i => p[prediction[i]!]![i]!)
    case 'log_loss':
      return mean(n, i => overClasses(i, k => -Math.log(inside(scores[k]![i]!))))
    case 'brier':
      return mean(n, i => overClasses(i, k => squaredDistance(scores, i, k)))
    default:
      return meanOfMeasured(
        scores.map(
          (score, k) =>
            expectedMetrics({ score, p: p[k]!, prediction: indicator(prediction, k) }, [metric]).get(metric)!,
        ),
      )
  }
}

/** Influence of the rows on a mean over classes: the mean of their influences, so that classes may go together. */
function meanInfluence(metric: MulticlassEstimateName, rows: JudgedClasses): Float64Array | undefined {
  const { scores, prediction, truth } = rows
  const n = truth.length
  switch (metric) {
    case 'accuracy':
      return centred(n, i => (prediction[i] === truth[i] ? 1 : 0))
    case 'log_loss':
      return centred(n, i => -Math.log(inside(scores[truth[i]!]![i]!)))
    case 'brier':
      return centred(n, i => squaredDistance(scores, i, truth[i]!))
    default: {
      const sum = new Float64Array(n)
      for (const [k, score] of scores.entries()) {
        const one = influence(metric, oneAgainstRest(rows, score, k))
        if (!one) return undefined
        for (let i = 0; i < n; i++) sum[i]! += one[i]! / scores.length
      }
      return sum
    }
  }
}

function oneAgainstRest({ prediction, truth }: JudgedClasses, score: Float64Array, k: number) {
  return { score, prediction: indicator(prediction, k), truth: indicator(truth, k) }
}

/** Calibrated probabilities of the classes, divided by their sum in each row; a row of zeros becomes uniform. */
function probabilities(calibrators: readonly Calibrator[], scores: readonly Float64Array[]): Float64Array[] {
  const out = scores.map((score, k) => calibrate(calibrators[k]!, score).slice())
  for (let i = 0; i < out[0]!.length; i++) {
    let sum = 0
    for (const column of out) sum += column[i]!
    for (const column of out) column[i] = sum === 0 ? 1 / out.length : column[i]! / sum
  }
  return out
}

/** Brier score of a row: sum over classes of (score - 1 of the true class)^2. */
function squaredDistance(scores: readonly Float64Array[], i: number, truth: number): number {
  let sum = 0
  for (const [k, score] of scores.entries()) sum += (score[i]! - (k === truth ? 1 : 0)) ** 2
  return sum
}

function inside(probability: number): number {
  return Math.min(Math.max(probability, 2 ** -52), 1 - 2 ** -52)
}

function highest(scores: readonly Float64Array[], i: number): number {
  let best = 0
  for (let k = 1; k < scores.length; k++) if (scores[k]![i]! > scores[best]![i]!) best = k
  return best
}

function indicator(classes: Int32Array, k: number): Float64Array {
  return Float64Array.from(classes, c => (c === k ? 1 : 0))
}

function cut({ scores, prediction, truth }: CompleteClasses, from: number, to: number): JudgedClasses {
  return {
    scores: scores.map(score => score.subarray(from, to)),
    prediction: prediction.subarray(from, to),
    truth: truth.subarray(from, to),
  }
}

function mean(n: number, value: (i: number) => number): Measured {
  if (n === 0) return undefinedBecause('no rows')
  let sum = 0
  for (let i = 0; i < n; i++) sum += value(i)
  return ratio(sum, n, 'no rows')
}
