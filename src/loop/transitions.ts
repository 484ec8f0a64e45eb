/**
 * Legal changes of actions, alarms and monitors: pure functions from a record and an event to the next record. A stage
 * stores the result and the audit entry together; an event that does not fit the state is a conflict, never a silent no.
 */
import { FalconerError } from '../base/errors.ts'
import type { Digest } from '../base/ports.ts'
import { currentMonitor } from './monitor.ts'
import { runAfter } from './monitorRun.ts'
import type { Action, ActionState, Alarm, Cause, Diagnosis, Measurement, Monitor, Step, StepName } from './records.ts'

// ------------------------------------------------------------ alarms

export type AlarmEvent =
  /** Another window is out of the limits. */
  | { readonly type: 'continued'; readonly measurement: string }
  | { readonly type: 'acknowledged'; readonly by: string }
  | { readonly type: 'snoozed'; readonly by: string; readonly until: number }
  | { readonly type: 'resolved'; readonly by: string; readonly at: number }
  | { readonly type: 'explained'; readonly cause: Cause }
  | { readonly type: 'answered'; readonly action: string }

export function alarmAfter(alarm: Alarm, event: AlarmEvent): Alarm {
  if (alarm.state === 'resolved') {
    throw new FalconerError('conflict', `The alarm "${alarm.headline}" is resolved; it cannot be ${event.type}.`)
  }
  switch (event.type) {
    case 'continued':
      return { ...alarm, last: event.measurement, windowsOut: alarm.windowsOut + 1 }
    case 'acknowledged':
      return { ...alarm, state: 'acknowledged', acknowledgedBy: event.by }
    case 'snoozed':
      return { ...alarm, snoozed: { until: event.until, by: event.by } }
    case 'resolved':
      return { ...alarm, state: 'resolved', resolvedBy: event.by, resolvedAt: event.at }
    case 'explained':
      return { ...alarm, cause: event.cause }
    case 'answered':
      return { ...alarm, action: event.action }
  }
}

// ------------------------------------------------------------ monitors

export type MonitorEvent =
  | {
      readonly type: 'measured'
      readonly to: number
      readonly status: Measurement['status']
      readonly state: Monitor['state']
    }
  /** The outcomes of a window that was estimated are in. */
  | { readonly type: 'reconciled'; readonly covered: boolean }
  /** A window that was measured before is final now: the chart takes it as its newest point. */
  | { readonly type: 'revised'; readonly status: Measurement['status']; readonly state: Monitor['state'] }
  /** New limits: the chart begins anew with windows from `at` on. */
  | { readonly type: 'renewed'; readonly limits: number; readonly state: Monitor['state']; readonly at: number }

export function monitorAfter(monitor: Monitor, event: MonitorEvent): Monitor {
  if (event.type === 'renewed') {
    const { past: _, ...rest } = monitor
    return { ...rest, limits: event.limits, state: event.state, run: { out: 0, in: 0 }, since: event.at }
  }
  if (event.type === 'reconciled') {
    const { matured, covered } = monitor.past ?? { matured: 0, covered: 0 }
    return { ...monitor, past: { matured: matured + 1, covered: covered + (event.covered ? 1 : 0) } }
  }
  const { alarm } = currentMonitor(monitor.config)
  if (event.type === 'revised') {
    return { ...monitor, state: event.state, run: runAfter(monitor.run, event.status, alarm) }
  }
  if (event.to <= monitor.measuredTo) {
    throw new FalconerError(
      'conflict',
      `Monitor ${monitor.name} has been measured up to ${new Date(monitor.measuredTo).toISOString()} already.`,
    )
  }
  return { ...monitor, measuredTo: event.to, state: event.state, run: runAfter(monitor.run, event.status, alarm) }
}

// ------------------------------------------------------------ actions

export type ActionEvent =
  | { readonly type: 'step started'; readonly step: StepName; readonly at: number; readonly job?: string }
  | {
      readonly type: 'step done'
      readonly step: StepName
      readonly at: number
      readonly summary: string
      readonly evidence?: Digest
      readonly products?: Readonly<Record<string, string>>
      readonly candidate?: string
      readonly diagnosis?: Diagnosis
    }
  /** State of the sequential tests, as plain JSON. */
  | { readonly type: 'verified'; readonly verify: unknown }
  | {
      readonly type: 'ended'
      readonly state: FinalState
      readonly at: number
      readonly outcome: string
      readonly summary?: string
      readonly evidence?: Digest
    }

export type FinalState = 'kept' | 'returned' | 'refused' | 'blocked' | 'failed' | 'cancelled'

const finalStates: ReadonlySet<ActionState> = new Set<FinalState>([
  'kept',
  'returned',
  'refused',
  'blocked',
  'failed',
  'cancelled',
])

export function isFinished({ state }: Pick<Action, 'state'>): boolean {
  return finalStates.has(state)
}

/** The state that an action is in while a step runs. */
const stateOf: Readonly<Record<StepName, ActionState>> = {
  diagnose: 'diagnosing',
  train: 'training',
  gate: 'gating',
  refit: 'refitting',
  register: 'refitting',
  approve: 'waiting for approval',
  shadow: 'rolling out',
  canary: 'rolling out',
  promote: 'rolling out',
  verify: 'verifying',
  keep: 'verifying',
  return: 'verifying',
}

export function actionAfter(action: Action, event: ActionEvent): Action {
  if (isFinished(action)) {
    throw new FalconerError(
      'conflict',
      `The action is ${action.state}: ${action.outcome ?? 'nothing follows'}. It cannot go on.`,
      { fix: 'Start a new one.' },
    )
  }
  switch (event.type) {
    case 'step started': {
      // The same step again, after a crash, goes on from where it began.
      if (action.steps.some(({ name, state }) => name === event.step && state === 'running')) return action
      const step: Step = {
        name: event.step,
        state: 'running',
        startedAt: event.at,
        ...(event.job && { job: event.job }),
      }
      return { ...action, state: stateOf[event.step], steps: [...action.steps, step] }
    }
    case 'step done':
      return {
        ...action,
        steps: endStep(action.steps, event.step, 'done', event),
        products: { ...action.products, ...event.products },
        ...(event.candidate && { candidate: event.candidate }),
        ...(event.diagnosis && { diagnosis: event.diagnosis }),
      }
    case 'verified':
      return { ...action, verify: event.verify }
    case 'ended':
      return {
        ...action,
        state: event.state,
        finishedAt: event.at,
        outcome: event.outcome,
        steps: action.steps.map(step =>
          step.state === 'running'
            ? ended(step, event.state === 'kept' || event.state === 'returned' ? 'done' : 'failed', {
                at: event.at,
                summary: event.summary ?? event.outcome,
                ...(event.evidence && { evidence: event.evidence }),
              })
            : step,
        ),
      }
  }
}

function endStep(
  steps: readonly Step[],
  name: StepName,
  state: 'done' | 'failed',
  how: { readonly at: number; readonly summary: string; readonly evidence?: Digest },
): Step[] {
  if (!steps.some(step => step.name === name && step.state === 'running')) {
    throw new FalconerError('conflict', `The step ${name} is not running; it cannot be done.`)
  }
  return steps.map(step => (step.name === name && step.state === 'running' ? ended(step, state, how) : step))
}

function ended(
  step: Step,
  state: 'done' | 'failed',
  { at, summary, evidence }: { readonly at: number; readonly summary: string; readonly evidence?: Digest },
): Step {
  return { ...step, state, finishedAt: at, summary, ...(evidence && { evidence }) }
}
