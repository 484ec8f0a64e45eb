/** What the days of a version's reference say of a signal: the points that limits of windows of a day come from. */

import { realisedOf } from './estimator.ts'
import { percentOf, type Reference } from './reference.ts'
import { decisionValue, type SignalQuestion, type SignalValue, share } from './signalValues.ts'

export interface Series {
  readonly values: Float64Array
  /** Rows that each value is computed from. */
  readonly sizes: Float64Array
}

type Day = Reference['days'][number]

/** Undefined where the reference says nothing of the signal, because it is not about the version or is stored from before. */
export function referenceSeries(reference: Reference, question: SignalQuestion): Series | undefined {
  const values: number[] = []
  const sizes: number[] = []
  let known = false
  for (const day of reference.days) {
    const found = dayValue(day, question)
    if (!found) continue
    known = true
    if (found.value === undefined) continue
    values.push(found.value)
    sizes.push(found.rows)
  }
  return known ? { values: Float64Array.from(values), sizes: Float64Array.from(sizes) } : undefined
}

function dayValue(day: Day, { of, column, decision }: SignalQuestion): SignalValue | undefined {
  switch (of) {
    case 'observed - expected':
    case 'auc':
    case 'log_loss':
    case 'brier':
    case 'rmse':
    case 'mae': {
      const value = day.statistics[of]
      return value === undefined ? { rows: day.rows, reason: 'not defined' } : { rows: day.rows, value }
    }
    // An estimate is out where the metric itself would be.
    case 'estimated auc':
    case 'estimated accuracy':
    case 'estimated precision':
    case 'estimated recall':
    case 'estimated f1':
    case 'estimated log_loss':
    case 'estimated brier':
    case 'estimated rmse':
    case 'estimated mae':
      return dayValue(day, { of: realisedOf(of), column, decision })
    case 'mean prediction':
      return day.answers && { rows: day.rows, value: day.answers.mean }
    case 'confidence':
      return day.answers?.confidence === undefined ? undefined : { rows: day.rows, value: day.answers.confidence }
    case 'positive share': {
      const counts = decided(day, decision)
      return counts && share(counts.right.positive + counts.wrong.positive, day.rows, 'rows')
    }
    case 'accuracy':
    case 'precision':
    case 'recall':
    case 'specificity':
    case 'f1': {
      const counts = decided(day, decision)
      return counts && decisionValue(of, counts)
    }
    case 'missing share': {
      const profile = day.profile.find(candidate => candidate.column === column)
      return profile && share(profile.missing, profile.rows, 'rows')
    }
    case 'unseen share':
    case 'outside share': {
      const profile = day.profile.find(candidate => candidate.column === column)
      const strange = day.strange?.[column ?? '']
      if (!profile || strange === undefined) return undefined
      if ((profile.kind === 'text') !== (of === 'unseen share')) return undefined
      return share(strange, profile.rows - profile.missing, 'rows with a value')
    }
    case 'anomalous share':
      return day.unusual === undefined ? undefined : share(day.unusual, day.rows, 'rows')
    // Not about the rows that a version was evaluated on.
    case 'rows':
    case 'coverage':
    case 'delay median':
    case 'delay p90':
    case 'requests':
    case 'latency p50':
    case 'latency p95':
    case 'refused share':
    case 'skew share':
      return undefined
  }
}

/** Right and wrong decisions of a day, where the threshold is a whole percent. */
function decided({ scores }: Day, decision: number) {
  const first = Math.round(100 * decision)
  if (!scores || Math.abs(100 * decision - first) > 1e-6) return undefined
  const from = percentOf(decision)
  const [yes, no] = [
    (counts: readonly number[]) => sum(counts.slice(from)),
    (counts: readonly number[]) => sum(counts.slice(0, from)),
  ]
  return {
    right: { positive: yes(scores.positive), negative: no(scores.negative) },
    wrong: { positive: yes(scores.negative), negative: no(scores.positive) },
  }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((a, b) => a + b, 0)
}
