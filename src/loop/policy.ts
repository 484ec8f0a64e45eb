/**
 * Which alarm may start what, and why not. A pure decision on the records: the same records give the same answer, and
 * every refusal says its reason and until when it holds.
 */
import { formatDuration } from '../base/time.ts'
import type { PolicyRule } from './project.ts'
import type { Action, Alarm, Monitor, Project, Timer } from './records.ts'
import { stamp } from './records.ts'
import { isFinished } from './transitions.ts'

export type PolicyDecision =
  | {
      readonly do: 'start'
      readonly kind: Exclude<PolicyRule['do'], 'notify'>
      readonly trigger: 'alarm' | 'retry'
      readonly rule: PolicyRule
    }
  | { readonly do: 'notify' }
  | { readonly do: 'refuse'; readonly because: RefusalKind; readonly reason: string; readonly until?: number }

export type RefusalKind =
  | 'kill switch'
  | 'snoozed'
  | 'not calibrated'
  | 'another version'
  | 'one at a time'
  | 'suspended'
  | 'cool-down'
  | 'more outcomes'
  | 'budget'

export interface PolicyQuestion {
  readonly now: number
  readonly alarm: Pick<Alarm, 'monitor' | 'semver' | 'state' | 'snoozed' | 'unarmed'> & { readonly id: string }
  readonly project: Pick<Project, 'config' | 'killSwitch'>
  /** What is live now. */
  readonly champion: string
  /** All actions of the model, in any order. */
  readonly actions: readonly Action[]
}

/** Undefined where the alarm is over: nothing is to be decided. */
export function decidePolicy({ now, alarm, project, champion, actions }: PolicyQuestion): PolicyDecision | undefined {
  if (alarm.state === 'resolved') return undefined
  const rule = project.config.act.find(({ on }) => on.includes(alarm.monitor))
  if (!rule || rule.do === 'notify') return { do: 'notify' }
  const refuse = (because: RefusalKind, reason: string, until?: number): PolicyDecision => ({
    do: 'refuse',
    because,
    reason,
    ...(until !== undefined && { until }),
  })
  const { killSwitch } = project
  if (killSwitch.on) return refuse('kill switch', `The kill switch is on since ${killSwitch.by}: ${killSwitch.reason}`)
  if (alarm.snoozed && now < alarm.snoozed.until) {
    const { by, until } = alarm.snoozed
    return refuse('snoozed', `${by} has snoozed the alarm until ${stamp(until)}.`, until)
  }
  if (alarm.unarmed !== undefined) {
    return refuse('not calibrated', `The monitor may only warn: ${alarm.unarmed}.`)
  }
  // An action's own effects never start the next one: what the version before did counts for that version alone.
  if (alarm.semver !== champion) {
    return refuse('another version', `The alarm is about ${alarm.semver}, live is ${champion}.`)
  }
  const newestFirst = actions.toSorted((a, b) => b.startedAt - a.startedAt)
  const running = newestFirst.find(action => !isFinished(action))
  if (running) {
    return refuse(
      'one at a time',
      `An action of ${stamp(running.startedAt)} is ${running.state}; a model has one at a time.`,
    )
  }
  const own = newestFirst.filter(
    ({ trigger, state }) => trigger.kind !== 'request' && state !== 'cancelled' && state !== 'blocked',
  )
  if (isSuspended(newestFirst)) {
    return refuse(
      'suspended',
      'The last two versions disappointed and were returned; a person has to start the next training.',
    )
  }
  // The way back does not wait for what was made before: it is wanted most just after a promotion.
  const goesBack = rule.do === 'rollback' || rule.do === 'fallback'
  const last = newestFirst.find(({ state, kind }) => state !== 'cancelled' && (!goesBack || kind === 'rollback'))
  if (last) {
    const unsuccessful = last.state === 'refused' || last.state === 'blocked' || last.state === 'failed'
    if (unsuccessful) {
      const until = last.startedAt + project.config.gate.retryMs
      const text = `The last attempt was ${last.state}; the next waits for ${formatDuration(project.config.gate.retryMs)} more of outcomes.`
      if (now < until) return refuse('more outcomes', text, until)
    } else if (last.kind !== 'first training') {
      const until = last.startedAt + rule.cooldownMs
      const text = `The last action began ${stamp(last.startedAt)}; the cool-down is ${formatDuration(rule.cooldownMs)}.`
      if (now < until) return refuse('cool-down', text, until)
    }
  }
  const spent = own.filter(({ startedAt }) => startedAt > now - rule.budget.perMs)
  if (spent.length >= rule.budget.count) {
    const oldest = spent.at(-(spent.length - rule.budget.count + 1))!
    const text = `${spent.length} actions in ${formatDuration(rule.budget.perMs)}; the budget is ${rule.budget.count}.`
    return refuse('budget', text, oldest.startedAt + rule.budget.perMs)
  }
  const again = last?.trigger.alarm === alarm.id
  return { do: 'start', kind: rule.do, trigger: again ? 'retry' : 'alarm', rule }
}

/** Two returns one after the other, and no training that a person asked for since. */
function isSuspended(newestFirst: readonly Action[]): boolean {
  const ended = newestFirst.filter(({ state }) => state === 'kept' || state === 'returned')
  const [last, before] = ended
  if (last?.state !== 'returned' || before?.state !== 'returned') return false
  return !newestFirst.some(({ trigger, startedAt }) => trigger.kind === 'request' && startedAt > last.startedAt)
}

/** Handler that decides about an alarm; the stage that opens alarms leaves a timer for it in the same commit. */
export const alarmHandler = 'act.alarm'

/** Something for the action stage to decide, at once, and not lost when the process dies. */
export function alarmTimer(
  alarm: string,
  { project, endpoint }: Pick<Monitor, 'project' | 'endpoint'>,
  at: number,
): { id: string; body: Timer } {
  return {
    id: `${stamp(at)}/${alarmHandler}/${alarm}`,
    body: { due: at, handler: alarmHandler, lane: `${project}/${endpoint}/alarms`, payload: { project, alarm } },
  }
}

/** Handler that ends what is going on in a project; left in the commit that puts the kill switch on. */
export const haltHandler = 'act.halt'

export function haltTimer(project: string, at: number): { id: string; body: Timer } {
  return {
    id: `${stamp(at)}/${haltHandler}/${project}`,
    body: { due: at, handler: haltHandler, lane: `${project}/halt`, payload: { project } },
  }
}
