/**
 * Watching a promoted version against the one it replaced, on the same rows, with tests that may be looked at any time.
 * Two tests share alpha: one by rows with a wide margin finds a broken model within hours; one by complete days finds a
 * model that is a little worse every day, since rows of one day share their trouble and are no independent evidence.
 */
import type { PredictionWindow } from '../base/ports.ts'
import type { LocalDay } from '../base/time.ts'
import { costOf, type ThresholdTrial } from '../loop/decision.ts'
import type { LossMetric } from '../loop/project.ts'
import {
  type SequentialDaysState,
  sequentialDaysStart,
  sequentialDaysStep,
} from '../statistics/comparison/sequentialDays.ts'
import { type SequentialState, sequentialStart, sequentialStep } from '../statistics/comparison/sequentialTest.ts'

export interface VerificationState {
  readonly rows: SequentialState
  readonly days: SequentialDaysState
  /** When the candidate got its first traffic. */
  readonly from: number
  /** Everything known up to this instant has been looked at. */
  readonly seenTo: number
  /** Days before this instant have been looked at. */
  readonly daysTo: number
}

/** The versions that are compared, and by what: a loss of their outputs, or what the mistakes of their thresholds cost. */
export interface Pair {
  readonly candidate: string
  readonly champion: string
  readonly by: LossMetric | ThresholdTrial
  readonly alpha: number
}

export function startVerification(at: number): VerificationState {
  return { rows: sequentialStart, days: sequentialDaysStart, from: at, seenTo: at, daysTo: at }
}

export type VerificationVerdict = { readonly worse: false } | { readonly worse: true; readonly reason: string }

/**
 * How much worse, in the mean bounded loss of a row, is still taken for a bad day. Two sound models of one problem differ
 * on a day by a few hundredths of a Brier score, two sound thresholds in one decision of twenty; a number's error three
 * times as large as the champion's is a half.
 */
function rowMargin(by: Pair['by']): number {
  return by === 'squared_error' || by === 'absolute_error' ? 0.5 : 0.05
}

/** Rows in the order of the window whose outcome `isNew` and whose versions both answered. */
export function verifyRows(
  state: SequentialState,
  window: PredictionWindow,
  isNew: (row: number) => boolean,
  { candidate, champion, by, alpha }: Pair,
): SequentialState {
  let test = state
  for (const { row, ours, theirs } of pairs(window, candidate, champion)) {
    if (!isNew(row)) continue
    const difference = boundedDifference(by, window.outcomes[row]!, ours, theirs)
    test = sequentialStep(test, { mean: (1 + rowMargin(by)) / 2, alpha }, (1 + difference) / 2)
  }
  return test
}

/** One complete day: the mean difference of the metric over its rows. A day without rows says nothing. */
export function verifyDay(
  state: SequentialDaysState,
  window: PredictionWindow,
  { candidate, champion, by, alpha }: Pair,
): SequentialDaysState {
  let sum = 0
  let rows = 0
  for (const { row, ours, theirs } of pairs(window, candidate, champion)) {
    sum += difference(by, window.outcomes[row]!, ours, theirs)
    rows++
  }
  return rows === 0 ? state : sequentialDaysStep(state, { alpha }, sum / rows)
}

export function verdictOf({ rows, days }: Pick<VerificationState, 'rows' | 'days'>): VerificationVerdict {
  if (rows.rejectedAt > 0) {
    return {
      worse: true,
      reason: `broken: ${rows.rejectedAt} rows show a higher loss than a sound model has on a bad day`,
    }
  }
  if (days.rejectedAt > 0) {
    return { worse: true, reason: `worse on ${days.n} days by ${days.mean.toPrecision(3)} a row on average` }
  }
  return { worse: false }
}

/** Days of the span that have ended and whose outcomes have been waited for. */
export function completeDays(days: readonly LocalDay[], now: number, latenessMs: number): readonly LocalDay[] {
  return days.filter(({ to }) => to + latenessMs <= now)
}

function* pairs(window: PredictionWindow, candidate: string, champion: string) {
  const shadow = window.shadows.get(champion)
  if (!shadow) return
  for (let row = 0; row < window.rows; row++) {
    const theirs = shadow[row]!
    if (window.version[row] !== candidate || Number.isNaN(window.outcomes[row]!) || Number.isNaN(theirs)) continue
    yield { row, ours: window.outputs[row]!, theirs }
  }
}

/** Loss of ours less that of theirs, in the unit of the loss. */
function difference(by: Pair['by'], truth: number, ours: number, theirs: number): number {
  if (typeof by === 'string') return loss(by, truth, ours) - loss(by, truth, theirs)
  return costOf(by.costs, truth, ours, by.candidate) - costOf(by.costs, truth, theirs, by.champion)
}

function loss(metric: LossMetric, truth: number, output: number): number {
  switch (metric) {
    case 'log_loss': {
      const p = Math.min(Math.max(truth === 1 ? output : 1 - output, 2 ** -52), 1)
      return -Math.log(p)
    }
    case 'brier':
    case 'squared_error':
      return (truth - output) ** 2
    case 'absolute_error':
      return Math.abs(truth - output)
    default:
      return metric satisfies never
  }
}

/**
 * A difference in [-1, 1]: of Brier scores for probabilities; of costs as a share of the larger one; for numbers without
 * bound (a - b) / (a + b) of the absolute errors a of ours and b of theirs.
 */
function boundedDifference(by: Pair['by'], truth: number, ours: number, theirs: number): number {
  if (typeof by !== 'string') {
    return difference(by, truth, ours, theirs) / Math.max(by.costs.falsePositive, by.costs.falseNegative)
  }
  if (by === 'log_loss' || by === 'brier') return (truth - ours) ** 2 - (truth - theirs) ** 2
  const [a, b] = [Math.abs(truth - ours), Math.abs(truth - theirs)]
  return a === b ? 0 : (a - b) / (a + b)
}
