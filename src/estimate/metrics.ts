/** The metrics that can be estimated: which side is the better one, and how far they reach. */

export const binaryEstimateNames = [
  'roc_auc',
  'average_precision',
  'accuracy',
  'precision',
  'recall',
  'specificity',
  'f1',
  'log_loss',
  'brier',
  'tn',
  'fp',
  'fn',
  'tp',
  'business_value',
] as const
export type BinaryEstimateName = (typeof binaryEstimateNames)[number]

/** Means over the classes of the value of one class against the rest; accuracy, log loss and Brier score as they are. */
export const multiclassEstimateNames = [
  'roc_auc',
  'average_precision',
  'accuracy',
  'precision',
  'recall',
  'specificity',
  'f1',
  'log_loss',
  'brier',
] as const
export type MulticlassEstimateName = (typeof multiclassEstimateNames)[number]

export const lossMetricNames = ['mae', 'mse', 'rmse', 'mape', 'msle', 'rmsle'] as const
export type LossMetricName = (typeof lossMetricNames)[number]

export type MetricName = BinaryEstimateName | MulticlassEstimateName | LossMetricName

export interface MetricTraits {
  /** `neither`: a count that moves with the share of positives, so that no side of it is better. */
  readonly better: 'higher' | 'lower' | 'neither'
  readonly least: number
  readonly most: number
  /** A sum over the rows of a window, which grows with them. */
  readonly total?: true
}

const share = { better: 'higher', least: 0, most: 1 } as const
const loss = { better: 'lower', least: 0, most: Number.POSITIVE_INFINITY } as const
const cell = { better: 'neither', least: 0, most: Number.POSITIVE_INFINITY, total: true } as const

const traits: { readonly [name in MetricName]: MetricTraits } = {
  roc_auc: share,
  average_precision: share,
  accuracy: share,
  precision: share,
  recall: share,
  specificity: share,
  f1: share,
  log_loss: loss,
  brier: loss,
  tn: cell,
  fp: cell,
  fn: cell,
  tp: cell,
  business_value: {
    better: 'higher',
    least: Number.NEGATIVE_INFINITY,
    most: Number.POSITIVE_INFINITY,
    total: true,
  },
  mae: loss,
  mse: loss,
  rmse: loss,
  mape: loss,
  msle: loss,
  rmsle: loss,
}

export function traitsOf(metric: MetricName): MetricTraits {
  return traits[metric]
}

/** The value moved into the range that the metric can have. */
export function clipped(metric: MetricName, value: number): number {
  const { least, most } = traits[metric]
  return Math.min(most, Math.max(least, value))
}
