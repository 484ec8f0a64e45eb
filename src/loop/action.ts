/** An action from step to step, as pure functions: what is stored after each is what the timeline shows. */
import type { Action, ActionState, Step, StepName } from './records.ts'

/** The state of an action while a step runs. */
const stateDuring = {
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
} as const satisfies Record<StepName, ActionState>

const finished: ReadonlySet<ActionState> = new Set(['kept', 'returned', 'refused', 'blocked', 'failed', 'cancelled'])

export function isFinished(action: Pick<Action, 'state'>): boolean {
  return finished.has(action.state)
}

/** The action with this step running; a step that runs already stays as it is, because steps are done at least once. */
export function beginStep(action: Action, name: StepName, at: number): Action {
  const last = action.steps.at(-1)
  if (last?.name === name && last.state === 'running') return action
  const step: Step = { name, state: 'running', startedAt: at }
  return { ...action, state: stateDuring[name], steps: [...action.steps, step] }
}

/** The action with its running step done. */
export function endStep(
  action: Action,
  at: number,
  found: { readonly summary: string; readonly evidence?: string; readonly failed?: boolean },
): Action {
  const last = action.steps.at(-1)
  if (last?.state !== 'running')
    throw new RangeError(`endStep: the last step is ${last?.state ?? 'absent'}, wanted running`)
  const { failed = false, ...rest } = found
  const done: Step = { ...last, ...rest, state: failed ? 'failed' : 'done', finishedAt: at }
  return { ...action, steps: [...action.steps.slice(0, -1), done] }
}

/** The action at its end; a step that still runs has failed. */
export function endAction(action: Action, state: ActionState, at: number, outcome: string): Action {
  if (!finished.has(state)) throw new RangeError(`endAction: ${state} is no end; ends are ${[...finished].join(', ')}`)
  const steps = action.steps.map(step =>
    step.state === 'running' ? { ...step, state: 'failed' as const, finishedAt: at } : step,
  )
  return { ...action, state, steps, outcome, finishedAt: at }
}
