/**
 * Does one step of an action when its timer is due. A step notes that it runs, does its effect (idempotent, under the
 * action's id), and stores what came of it with the timer of the next step in one commit: whenever the process dies, the
 * timer is still there and the step is done again, to the same end.
 */
import { FalconerError } from '../base/errors.ts'
import type { AuditNote, Stored } from '../base/ports.ts'
import type { Action, Project, StepName, Timer } from '../loop/records.ts'
import { actionAfter, isFinished } from '../loop/transitions.ts'
import type { ActDependencies } from './act.ts'
import { createCandidateSteps } from './candidate.ts'
import { type Due, movesTraffic, rolloutPart, stepName, stepTimer } from './course.ts'
import { createComparison } from './look.ts'
import { end, notes, type Outcome, type Place, type StepWork } from './outcome.ts'
import { createRolloutSteps } from './rollout.ts'
import { createTraffic } from './traffic.ts'
import type { Turns } from './turns.ts'
import { createVersions } from './versions.ts'

export interface Stepper {
  /** Handler of the timers of actions. */
  run(timer: Stored<Timer>): Promise<void>
  /** The same for who has the model's turn. */
  runInTurn(timer: Pick<Stored<Timer>, 'id' | 'body'>): Promise<void>
  /** Ends an action before its time, then takes back what it has moved. For who has the model's turn. */
  abandon(action: Stored<Action>, reason: string, actor: string, doneTimer?: string): Promise<void>
}

/** Errors that come again however often it is tried: what the data, the query or the job make impossible. */
const finalErrors: ReadonlySet<string> = new Set(['job-failed', 'bad-data', 'bad-query', 'bad-model', 'not-found'])

export function createStepper(dependencies: ActDependencies, turns: Turns): Stepper {
  const { records, log, clock, model, latenessMs } = dependencies
  const versions = createVersions(records)
  const traffic = createTraffic({ ...dependencies, versions })
  const steps: Readonly<Record<Exclude<Due, 'withdraw'>, StepWork>> = {
    ...createCandidateSteps({ ...dependencies, versions }),
    ...createRolloutSteps({
      clock,
      traffic,
      versions,
      comparison: createComparison(log, versions, latenessMs),
      mark: ({ project, model: name }, semver, state, why) => model.mark(project, name, semver, state, why),
      latenessMs,
    }),
  }

  async function run(timer: Stored<Timer>): Promise<void> {
    const { action, step } = payloadOf(timer)
    if (!movesTraffic(step)) return runInTurn(timer)
    return turns(modelOf(action), () => runInTurn(timer))
  }

  async function runInTurn(timer: Pick<Stored<Timer>, 'id' | 'body'>): Promise<void> {
    const { action: id, step, index } = payloadOf(timer)
    // Who asked for it may have done it already.
    if (!(await records.get('timer', timer.id))) return
    const stored = await records.get('action', id)
    const project = stored && (await records.get('project', stored.body.project))
    if (!project) return forget(timer.id)
    if (step === 'withdraw') {
      await model.cancel(id)
      await traffic.withdraw(id, stored.body, project.body.config, clock.now())
      return forget(timer.id)
    }
    if (isFinished(stored.body)) return forget(timer.id)
    const { killSwitch } = project.body
    if (killSwitch.on && stored.body.kind !== 'rollback') {
      return abandon(stored, `kill switch: ${killSwitch.reason}`, killSwitch.by, timer.id)
    }
    const begun = await begin(stored, nameOf(step, index, stored.body, project.body))
    const place = { id, action: begun.body, config: project.body.config, at: clock.now(), index }
    const outcome = await attempt(step, place)
    try {
      await records.commit({
        at: clock.now(),
        actor: 'falconer',
        puts: [
          { kind: 'action', id, body: outcome.action, expect: begun.revision },
          ...(outcome.next ? [stepTimer(id, outcome.next.step, outcome.next.due, outcome.next.index)] : []),
        ],
        removes: [{ kind: 'timer', id: timer.id }],
        audit: notes(outcome, id),
      })
    } catch (error) {
      // It was given up while the step ran.
      const now = await records.get('action', id)
      if (!(error instanceof FalconerError && error.code === 'stale' && now && isFinished(now.body))) throw error
      await forget(timer.id)
    }
  }

  /** Notes that the step runs, so that people see it while it does. */
  async function begin(stored: Stored<Action>, name: StepName | undefined): Promise<Stored<Action>> {
    if (!name) return stored
    const body = actionAfter(stored.body, { type: 'step started', step: name, at: clock.now() })
    if (body === stored.body) return stored
    await records.commit({
      at: clock.now(),
      actor: 'falconer',
      puts: [{ kind: 'action', id: stored.id, body, expect: stored.revision }],
      audit: [{ type: 'action.step', project: body.project, subject: stored.id, data: { step: name } }],
    })
    return { id: stored.id, revision: stored.revision + 1, body }
  }

  async function attempt(step: Exclude<Due, 'withdraw'>, place: Place): Promise<Outcome> {
    try {
      return await steps[step](place)
    } catch (error) {
      if (!(error instanceof FalconerError && finalErrors.has(error.code))) throw error
      const at = clock.now()
      return { ...end(place.action, 'failed', at, error.message), next: { step: 'withdraw', due: at } }
    }
  }

  async function abandon(stored: Stored<Action>, reason: string, actor: string, doneTimer?: string): Promise<void> {
    const at = clock.now()
    const { puts, audit, timer } = abandonment(stored, reason, at)
    await records.commit({
      at,
      actor,
      puts,
      ...(doneTimer && { removes: [{ kind: 'timer', id: doneTimer }] }),
      audit: [audit],
    })
    await runInTurn(timer)
  }

  async function forget(timer: string): Promise<void> {
    await records.commit({ at: clock.now(), actor: 'falconer', removes: [{ kind: 'timer', id: timer }] })
  }

  return { run, runInTurn, abandon }
}

/** What a commit has to hold that ends an action before its time, and the timer of what is to be done after it. */
export function abandonment({ id, revision, body }: Stored<Action>, reason: string, at: number, withdrawAt = at) {
  const action = actionAfter(body, { type: 'ended', state: 'cancelled', at, outcome: reason })
  const timer = stepTimer(id, 'withdraw', withdrawAt)
  return {
    puts: [{ kind: 'action', id, body: action, expect: revision } as const, timer],
    audit: { type: 'action.cancelled', project: body.project, subject: id, reason } satisfies AuditNote,
    timer,
  }
}

/** Project and model, whose turn is waited for; what comes after them in an action's id is its start. */
export function modelOf(action: string): string {
  return action.slice(0, action.lastIndexOf('/'))
}

function nameOf(step: Due, index: number, { champion }: Action, { config }: Project): StepName | undefined {
  return stepName(step, rolloutPart(config, champion !== undefined, index))
}

function payloadOf({ body: { payload } }: Pick<Stored<Timer>, 'body'>): { action: string; step: Due; index: number } {
  return { action: String(payload.action), step: payload.step as Due, index: Number(payload.index) }
}
