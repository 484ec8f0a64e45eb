/**
 * What the metrics of a binary classifier are expected to be, when the truth of a row is 1 with probability p. Rows are
 * independent, so the cells are sums of p; ratios are ratios of expectations, with an error of order 1/n.
 */
import { argsort } from '../numeric/argsort.ts'
import { type Measured, measured, ratio, undefinedBecause } from '../statistics/measured.ts'
import { type Confusion, confusionMetrics } from '../statistics/metrics/binaryMetrics.ts'
import type { BinaryEstimateName } from './metrics.ts'

/** What a prediction is worth, by what it was and what it should have been. */
export type CellValues = Confusion

export interface ExpectedRows {
  /** Score as the model gave it: it ranks the rows. */
  readonly score: Float64Array
  /** Calibrated probability of 1. */
  readonly p: Float64Array
  /** What the model answered, 0 or 1. */
  readonly prediction: Float64Array
}

/** The metrics of that name, undefined with a reason where a class or an answer is not expected at all. */
export function expectedMetrics(
  rows: ExpectedRows,
  metrics: readonly BinaryEstimateName[],
  values?: CellValues,
): Map<BinaryEstimateName, Measured> {
  const cells = expectedConfusion(rows)
  const ranked = metrics.some(metric => metric === 'roc_auc' || metric === 'average_precision')
    ? expectedRanking(rows)
    : undefined
  return new Map(metrics.map(metric => [metric, expectedMetric(metric, rows, cells, ranked, values)]))
}

/** TP = sum of p over rows answered 1, FP = sum of 1 - p over them, FN and TN the same over rows answered 0. */
export function expectedConfusion({ p, prediction }: ExpectedRows): Confusion {
  let [tn, fp, fn, tp] = [0, 0, 0, 0]
  for (let i = 0; i < p.length; i++) {
    if (prediction[i] === 1) {
      tp += p[i]!
      fp += 1 - p[i]!
    } else {
      fn += p[i]!
      tn += 1 - p[i]!
    }
  }
  return { tn, fp, fn, tp }
}

/**
 * Area under the expected ROC curve and expected average precision. Rows from the highest score down; tp and fp are the
 * sums of p and 1 - p so far. Equal scores are one step of both curves, so that the order of the rows does not matter.
 */
export function expectedRanking({ score, p }: Pick<ExpectedRows, 'score' | 'p'>): {
  auc: Measured
  averagePrecision: Measured
} {
  const order = argsort(score)
  let tp = 0
  let fp = 0
  let area = 0
  let precisionSum = 0
  for (let end = order.length - 1; end >= 0; ) {
    const tied = score[order[end]!]!
    const before = { tp, fp }
    for (; end >= 0 && score[order[end]!]! === tied; end--) {
      const positive = p[order[end]!]!
      tp += positive
      fp += 1 - positive
    }
    area += ((fp - before.fp) * (tp + before.tp)) / 2
    precisionSum += ((tp - before.tp) * tp) / (tp + fp)
  }
  if (order.length === 0) return { auc: undefinedBecause('no rows'), averagePrecision: undefinedBecause('no rows') }
  const noPositive = undefinedBecause('no positive rows are expected')
  return {
    auc: tp === 0 ? noPositive : ratio(area, tp * fp, 'no negative rows are expected'),
    averagePrecision: tp === 0 ? noPositive : measured(precisionSum / tp),
  }
}

function expectedMetric(
  metric: BinaryEstimateName,
  { score, p }: ExpectedRows,
  cells: Confusion,
  ranked: ReturnType<typeof expectedRanking> | undefined,
  values: CellValues | undefined,
): Measured {
  switch (metric) {
    case 'roc_auc':
      return ranked!.auc
    case 'average_precision':
      return ranked!.averagePrecision
    case 'log_loss':
      return expectedLogLoss(score, p)
    case 'brier':
      return meanOf(p, i => p[i]! * (1 - score[i]!) ** 2 + (1 - p[i]!) * score[i]! ** 2)
    default:
      return cellMetric(metric, cells, values)
  }
}

/** The metrics that follow from the four cells, expected or counted. */
export function cellMetric(
  metric: Exclude<BinaryEstimateName, 'roc_auc' | 'average_precision' | 'log_loss' | 'brier'>,
  cells: Confusion,
  values: CellValues | undefined,
): Measured {
  const { tn, fp, fn, tp } = cells
  switch (metric) {
    case 'tn':
    case 'fp':
    case 'fn':
    case 'tp':
      return measured(cells[metric])
    case 'specificity':
      return ratio(tn, tn + fp, 'no negative rows')
    case 'business_value':
      if (!values) return undefinedBecause('no value is given for the four cells')
      return measured(values.tn * tn + values.fp * fp + values.fn * fn + values.tp * tp)
    default:
      return confusionMetrics(cells)[metric]
  }
}

/** Mean of -p ln s - (1 - p) ln(1 - s); scores of 0 and 1 are moved inside by 2^-52, as for the realised loss. */
function expectedLogLoss(score: Float64Array, p: Float64Array): Measured {
  const tiny = 2 ** -52
  return meanOf(p, i => {
    const s = Math.min(Math.max(score[i]!, tiny), 1 - tiny)
    return -p[i]! * Math.log(s) - (1 - p[i]!) * Math.log1p(-s)
  })
}

function meanOf(rows: Float64Array, value: (i: number) => number): Measured {
  let sum = 0
  for (let i = 0; i < rows.length; i++) sum += value(i)
  return ratio(sum, rows.length, 'no rows')
}
