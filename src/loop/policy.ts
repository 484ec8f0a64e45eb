/**
 * Which alarm may start an action, as a pure decision. Everything that stands in the way is said: kill switch, another
 * action of the same model, a version that is no longer live (an action never triggers itself), cool-down, budget, two
 * returns in a row.
 */
import { formatDuration } from '../base/time.ts'
import { isFinished } from './action.ts'
import type { GateConfig, PolicyRule } from './project.ts'
import type { Action } from './records.ts'

export type Refusal =
  | 'kill switch'
  | 'another action'
  | 'version no longer live'
  | 'suspended'
  | 'cool-down'
  | 'retry later'
  | 'budget'

export type PolicyDecision =
  | { readonly kind: 'start'; readonly trigger: 'alarm' | 'retry'; readonly rule: PolicyRule }
  | { readonly kind: 'refuse'; readonly why: Refusal; readonly text: string }
  /** The policy only tells people. */
  | { readonly kind: 'notify' }

export interface PolicyQuestion {
  readonly rules: readonly PolicyRule[]
  readonly gate: Pick<GateConfig, 'retryMs'>
  readonly at: number
  readonly killSwitch: boolean
  readonly alarm: { readonly id: string; readonly monitor: string; readonly semver: string }
  /** Semantic version that is live now. */
  readonly champion: string
  /** All actions of the model, newest first. */
  readonly actions: readonly Action[]
}

export function decidePolicy(question: PolicyQuestion): PolicyDecision {
  const { rules, at, alarm, actions } = question
  const rule = rules.find(({ on, do: what }) => what === 'retrain' && on.includes(alarm.monitor))
  if (!rule) return { kind: 'notify' }
  if (question.killSwitch) return refuse('kill switch', 'The kill switch is on.')
  if (actions.some(action => !isFinished(action)))
    return refuse('another action', 'Another action of this model is going on.')
  if (alarm.semver !== question.champion) {
    return refuse('version no longer live', `The alarm is about ${alarm.semver}, live is ${question.champion}.`)
  }
  if (suspended(actions)) {
    return refuse('suspended', 'Two versions in a row were returned; a person has to start the next training.')
  }
  const promoted = actions.find(({ state }) => state === 'kept' || state === 'returned' || state === 'cancelled')
  if (promoted && at - promoted.startedAt < rule.cooldownMs) {
    const left = formatDuration(rule.cooldownMs - (at - promoted.startedAt))
    return refuse('cool-down', `The last action began ${iso(promoted.startedAt)}; the cool-down lasts another ${left}.`)
  }
  const fruitless = actions.find(({ state }) => state === 'refused' || state === 'blocked' || state === 'failed')
  if (fruitless && at - fruitless.startedAt < question.gate.retryMs) {
    return refuse(
      'retry later',
      `The last attempt was ${fruitless.state} on ${iso(fruitless.startedAt)}; more outcomes have to come in first.`,
    )
  }
  const spent = actions.filter(
    ({ kind, state, startedAt }) => kind === 'retrain' && state !== 'blocked' && at - startedAt < rule.budget.perMs,
  ).length
  if (spent >= rule.budget.count) {
    return refuse(
      'budget',
      `${spent} of ${rule.budget.count} retrainings per ${formatDuration(rule.budget.perMs)} are spent.`,
    )
  }
  const again = actions[0]?.trigger.alarm === alarm.id
  return { kind: 'start', trigger: again ? 'retry' : 'alarm', rule }
}

function refuse(why: Refusal, text: string): PolicyDecision {
  return { kind: 'refuse', why, text }
}

/** The two newest actions that reached traffic were both returned, and no person has asked for another since. */
function suspended(actions: readonly Action[]): boolean {
  const reached = actions.filter(({ state }) => state === 'kept' || state === 'returned')
  return reached.length >= 2 && reached[0]!.state === 'returned' && reached[1]!.state === 'returned'
}

function iso(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}
