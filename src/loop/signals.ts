/**
 * Everything that a monitor can be of: what it means, which charts fit it, and on which side of its limits trouble lies.
 * `signalValues.ts` computes them.
 */

export type ChartKind = 'ewma' | 'shewhart' | 'cusum' | 'p'
export type Side = 'both' | 'upper' | 'lower'

export interface SignalKind {
  readonly group: 'performance' | 'estimated' | 'prediction' | 'quality' | 'service' | 'labels' | 'skew'
  /** Absent: of any model. */
  readonly task?: 'binary' | 'regression'
  readonly unit?: 'share' | 'ms' | 'rows' | 'requests'
  /** Where trouble lies; the other side is an improvement and no alarm unless asked for. */
  readonly side: Side
  /** Computed from rows whose outcome is known. */
  readonly outcomes?: true
  /** About one column, which has to be named. */
  readonly column?: true
  /** Depends on the probability from which on an answer is a yes. */
  readonly decision?: true
  /** A property of the version: another version needs other limits. */
  readonly ofVersion?: true
  /** A share of rows, so that a p chart fits. */
  readonly counted?: true
  /** Not of rows, so that it has no segments. */
  readonly whole?: true
  /** Its past windows cannot be looked at again, so that there is nothing to take limits from: fixed thresholds only. */
  readonly fixed?: true
  readonly about: string
}

const performance = { group: 'performance', outcomes: true, ofVersion: true } as const
const binary = { ...performance, task: 'binary' } as const
const decided = { ...binary, unit: 'share', side: 'lower', decision: true } as const
const estimated = { group: 'estimated', task: 'binary', ofVersion: true, side: 'lower' } as const
const quality = { group: 'quality', unit: 'share', side: 'upper', counted: true } as const

export const signals = {
  'observed - expected': { ...performance, side: 'both', about: 'mean outcome less mean prediction' },
  auc: { ...binary, side: 'lower', about: 'area under the ROC curve' },
  log_loss: { ...binary, side: 'upper', about: 'mean log loss' },
  brier: { ...binary, side: 'upper', about: 'mean squared error of the probability' },
  accuracy: { ...decided, counted: true, about: 'share of right decisions' },
  precision: { ...decided, counted: true, about: 'share of the predicted positives that are positive' },
  recall: { ...decided, counted: true, about: 'share of the positives that are predicted' },
  specificity: { ...decided, counted: true, about: 'share of the negatives that are predicted' },
  f1: { ...decided, about: 'harmonic mean of precision and recall' },
  rmse: { ...performance, task: 'regression', side: 'upper', about: 'root mean squared error' },
  mae: { ...performance, task: 'regression', side: 'upper', about: 'mean absolute error' },
  'estimated auc': { ...estimated, about: 'area under the ROC curve, before outcomes come' },
  'estimated accuracy': { ...estimated, unit: 'share', about: 'share of right decisions, before outcomes come' },
  'estimated precision': { ...estimated, unit: 'share', about: 'precision, before outcomes come' },
  'estimated recall': { ...estimated, unit: 'share', about: 'recall, before outcomes come' },
  'estimated f1': { ...estimated, unit: 'share', about: 'F1, before outcomes come' },
  'estimated log_loss': { ...estimated, side: 'upper', about: 'mean log loss, before outcomes come' },
  'estimated brier': { ...estimated, side: 'upper', about: 'Brier score, before outcomes come' },
  'estimated rmse': {
    ...estimated,
    task: 'regression',
    side: 'upper',
    about: 'root mean squared error, before outcomes come',
  },
  'estimated mae': {
    ...estimated,
    task: 'regression',
    side: 'upper',
    about: 'mean absolute error, before outcomes come',
  },
  'mean prediction': { group: 'prediction', side: 'both', ofVersion: true, about: 'mean of the answers' },
  'positive share': {
    group: 'prediction',
    task: 'binary',
    unit: 'share',
    side: 'both',
    decision: true,
    ofVersion: true,
    counted: true,
    about: 'share of the answers from the decision threshold on',
  },
  confidence: {
    group: 'prediction',
    task: 'binary',
    side: 'both',
    ofVersion: true,
    about: 'mean probability of the likelier class',
  },
  rows: { group: 'quality', unit: 'rows', side: 'both', about: 'rows that were predicted' },
  'missing share': { ...quality, column: true, about: 'share of missing values of a column' },
  'unseen share': {
    ...quality,
    column: true,
    ofVersion: true,
    about: 'share of categories that the reference does not have',
  },
  'outside share': {
    ...quality,
    column: true,
    ofVersion: true,
    about: "share of values outside the reference's range",
  },
  'anomalous share': {
    ...quality,
    ofVersion: true,
    about: 'share of rows that are farther from the reference than 99 % of its own',
  },
  requests: { group: 'service', unit: 'requests', side: 'both', whole: true, about: 'requests, refused ones included' },
  'latency p50': { group: 'service', unit: 'ms', side: 'upper', whole: true, about: 'median time to an answer' },
  'latency p95': {
    group: 'service',
    unit: 'ms',
    side: 'upper',
    whole: true,
    about: 'time within which 95 % of the requests are answered',
  },
  'refused share': {
    group: 'service',
    unit: 'share',
    side: 'upper',
    whole: true,
    counted: true,
    about: 'share of requests that got no answer',
  },
  coverage: {
    group: 'labels',
    unit: 'share',
    side: 'lower',
    counted: true,
    about: 'share of rows whose outcome is known or void',
  },
  'delay median': { group: 'labels', unit: 'ms', side: 'upper', about: 'time within which half of the outcomes come' },
  'delay p90': { group: 'labels', unit: 'ms', side: 'upper', about: 'time within which 90 % of the outcomes come' },
  'skew share': {
    group: 'skew',
    unit: 'share',
    side: 'upper',
    whole: true,
    fixed: true,
    about: 'share of served cells that the training query answers otherwise',
  },
} as const satisfies Readonly<Record<string, SignalKind>>

export type SignalName = keyof typeof signals

export const signalNames = Object.keys(signals) as readonly SignalName[]

/** What is known of a signal, under one type. */
export function signalOf(name: SignalName): SignalKind {
  return signals[name]
}

/** The charts that fit. */
export function chartsOf(name: SignalName): readonly ChartKind[] {
  return signalOf(name).counted ? ['ewma', 'shewhart', 'cusum', 'p'] : ['ewma', 'shewhart', 'cusum']
}
