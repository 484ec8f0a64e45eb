/** What a step leads to: the action as it is then, and what is due next. The two are stored in one commit. */
import { FalconerError } from '../base/errors.ts'
import type { AuditNote } from '../base/ports.ts'
import type { ProjectConfig } from '../loop/project.ts'
import type { Action, Step, StepName } from '../loop/records.ts'
import { type ActionEvent, actionAfter, type FinalState } from '../loop/transitions.ts'
import type { Due } from './course.ts'

export interface Outcome {
  readonly action: Action
  readonly next?: { readonly step: Due; readonly due: number; readonly index?: number }
  /** Absent for a look without a finding: it leaves no line in the log. */
  readonly audit?: { readonly type: string; readonly reason: string; readonly data?: unknown }
}

/** Where a step begins. */
export interface Place {
  readonly id: string
  readonly action: Action
  readonly config: ProjectConfig
  readonly at: number
  readonly index: number
}

export type StepWork = (place: Place) => Promise<Outcome>

/** What a step found. */
type Found = Omit<Extract<ActionEvent, { type: 'step done' }>, 'type' | 'step' | 'at'>

export function begun(action: Action, step: StepName, at: number): Action {
  return actionAfter(action, { type: 'step started', step, at })
}

export function runningStep({ steps }: Pick<Action, 'steps'>): Step {
  const step = steps.findLast(({ state }) => state === 'running')
  if (!step) throw new FalconerError('internal', 'No step of the action is running.')
  return step
}

/** The action with its running step done. */
export function done(action: Action, at: number, found: Found): Action {
  return actionAfter(action, { type: 'step done', step: runningStep(action).name, at, ...found })
}

export function end(action: Action, state: FinalState, at: number, outcome: string): Outcome {
  return {
    action: actionAfter(action, { type: 'ended', state, at, outcome }),
    audit: { type: `action.${state}`, reason: outcome },
  }
}

export function notes({ action, audit }: Outcome, id: string): AuditNote[] {
  return audit ? [{ ...audit, project: action.project, subject: id }] : []
}
