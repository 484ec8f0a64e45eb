/**
 * The action stage: alarms and people start actions, timers carry them from step to step. Everything that happens is one
 * commit per step, so that a crash anywhere resumes to the same end.
 */
import { FalconerError } from '../base/errors.ts'
import type { Blobs, Clock, PredictionLog, Stored } from '../base/ports.ts'
import { alarmHandler, haltHandler } from '../loop/policy.ts'
import {
  type Action,
  type Adjustment,
  type Endpoint,
  endpointId,
  type LoopRecords,
  type Project,
  stamp,
  type Timer,
} from '../loop/records.ts'
import type { DeploySteps, DiagnoseSteps, ModelSteps, WatchSteps } from '../loop/steps.ts'
import { isFinished } from '../loop/transitions.ts'
import { actionsOf, createConsider } from './consider.ts'
import { stepHandler } from './course.ts'
import { createDecide, type Decision } from './decide.ts'
import { fallbackOf } from './fallback.ts'
import { createRollback, type RollbackRequest } from './rollback.ts'
import { startAction } from './start.ts'
import { createStepper, modelOf } from './stepper.ts'
import { liveOf } from './traffic.ts'
import { createTurns } from './turns.ts'

export interface ActDependencies {
  readonly records: LoopRecords
  readonly log: PredictionLog
  readonly blobs: Blobs
  readonly clock: Clock
  readonly model: ModelSteps
  readonly deploy: DeploySteps
  readonly watch: WatchSteps & DiagnoseSteps
  /** How long a job takes on a replay clock, which stands still while it really runs; 0 on the wall clock. */
  readonly jobDurationMs: number
  /** How long outcomes of a day are waited for. */
  readonly latenessMs: number
}

export interface Wish {
  /** Default 'retrain'; 'fallback' makes `deploy.fallback` live. */
  readonly kind?: 'retrain' | Adjustment | 'fallback'
  /** Of a retraining: how far back its rows reach, in the place of the project's. */
  readonly windowMs?: number | 'all'
  readonly reason?: string
}

export interface ActStage {
  readonly handlers: Readonly<Record<string, (timer: Stored<Timer>) => Promise<void>>>
  /** What a person asks for; without a live version a first training. Errors: `conflict` while an action is going on. */
  request(project: string, model: string, actor: string, wish?: Wish): Promise<Stored<Action>>
  /** Takes the live version back. Errors: `stale` at another revision, `conflict` where no version was live before. */
  rollback(
    endpoint: { readonly project: string; readonly name: string },
    request: RollbackRequest,
  ): Promise<Stored<Endpoint>>
  /**
   * Before the promotion traffic goes back to the champion; a version that is live already stays, no longer compared.
   * Errors: `conflict` when it has ended.
   */
  cancel(id: string, reason: string, actor: string): Promise<Stored<Action>>
  /** A person's answer to an action that waits for it, bound to the candidate's digest. Errors: `conflict`, `stale`. */
  decide(id: string, decision: Decision): Promise<Stored<Action>>
}

export function createAct(dependencies: ActDependencies): ActStage {
  const { records, clock } = dependencies
  const turns = createTurns()
  const stepper = createStepper(dependencies, turns)
  const consider = createConsider(dependencies)
  const decide = createDecide(dependencies)

  async function projectOf(name: string): Promise<Project> {
    const stored = await records.get('project', name)
    if (!stored) throw new FalconerError('not-found', `There is no project ${name}.`)
    return stored.body
  }

  async function actionOf(id: string): Promise<Stored<Action>> {
    const stored = await records.get('action', id)
    if (!stored) throw new FalconerError('not-found', `There is no action ${id}.`)
    return stored
  }

  async function request(name: string, model: string, actor: string, wish: Wish = {}): Promise<Stored<Action>> {
    const project = await projectOf(name)
    const { config, killSwitch } = project
    if (config.model !== model) {
      throw new FalconerError('not-found', `Project ${name} has no model ${model}; its model is ${config.model}.`)
    }
    if (killSwitch.on) throw new FalconerError('conflict', `The kill switch of ${name} is on: ${killSwitch.reason}`)
    const open = (await actionsOf(records, name, model)).find(action => !isFinished(action))
    if (open) {
      const text = `An action of ${model} is going on: ${open.state} since ${stamp(open.startedAt)}.`
      throw new FalconerError('conflict', text, { fix: 'Wait until it has ended, or cancel it.' })
    }
    const champion = liveOf((await records.get('endpoint', endpointId(name, config.deploy.endpoint)))?.body.routes)
    const { kind = 'retrain', windowMs, reason = `asked for by ${actor}` } = wish
    if (!champion && kind !== 'retrain') {
      throw new FalconerError('conflict', `${model} has no live version yet; there is nothing to ${kind}.`, {
        fix: 'Train a first version.',
      })
    }
    if (kind === 'recalibrate' && config.train.task !== 'binary') {
      throw new FalconerError('bad-input', `${model} predicts numbers; only probabilities are recalibrated.`, {
        fix: 'Retrain it instead.',
      })
    }
    if (kind === 'threshold' && config.deploy.decision?.kind !== 'costs') {
      throw new FalconerError('conflict', `Project ${name} does not say what mistakes cost.`, {
        fix: 'Set deploy.decision to {false_positive: …, false_negative: …}, and apply.',
      })
    }
    if (kind === 'fallback') {
      // Without a live version nothing but a training is left.
      const back = await fallbackOf(records, project, champion!)
      if ('because' in back) {
        throw new FalconerError('conflict', back.reason, { fix: 'Name a registered version as deploy.fallback.' })
      }
      const { id } = await startAction(dependencies, {
        project,
        kind: 'rollback',
        trigger: { kind: 'request', by: actor },
        approval: 'none',
        actor,
        champion,
        candidate: back.semver,
        reason,
      })
      return actionOf(id)
    }
    // Who asks for a training has not seen the candidate: where promotions need a person, this one does too.
    const approval = champion && config.act.some(rule => rule.approval === 'promote') ? 'promote' : 'none'
    const { id } = await startAction(dependencies, {
      project,
      kind: champion ? kind : 'first training',
      trigger: { kind: 'request', by: actor },
      approval,
      actor,
      ...(champion && { champion }),
      ...(windowMs !== undefined && { windowMs }),
      reason,
    })
    return actionOf(id)
  }

  /** A step that runs meanwhile may have moved it on; what it is then is ended. */
  async function end(id: string, reason: string, actor: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const stored = await actionOf(id)
      if (isFinished(stored.body)) {
        throw new FalconerError('conflict', `Action ${id} has ended already: ${stored.body.state}.`)
      }
      try {
        return await stepper.abandon(stored, reason, actor)
      } catch (error) {
        if (!(error instanceof FalconerError && error.code === 'stale' && attempt < 5)) throw error
      }
    }
  }

  /** The kill switch was put on: everything of the project that is going on ends. */
  async function halt(timer: Stored<Timer>): Promise<void> {
    const { name, config, killSwitch } = await projectOf(String(timer.body.payload.project))
    await turns(`${name}/${config.model}`, async () => {
      const { items } = await records.list('action', { prefix: `${name}/`, limit: 10_000 })
      for (const { id, body } of killSwitch.on ? items : []) {
        if (!isFinished(body)) await end(id, `kill switch: ${killSwitch.reason}`, killSwitch.by)
      }
    })
    await records.commit({ at: clock.now(), actor: 'falconer', removes: [{ kind: 'timer', id: timer.id }] })
  }

  return {
    handlers: {
      async [alarmHandler](timer) {
        const name = String(timer.body.payload.project)
        const project = await records.get('project', name)
        await turns(`${name}/${project?.body.config.model}`, () => consider(timer))
      },
      [haltHandler]: halt,
      [stepHandler]: stepper.run,
    },
    rollback: createRollback({ records, clock, stepper, turns }),
    request: (project, model, actor, wish) => turns(`${project}/${model}`, () => request(project, model, actor, wish)),

    async cancel(id, reason, actor) {
      await turns(modelOf(id), () => end(id, reason, actor))
      return actionOf(id)
    },

    async decide(id, decision) {
      await turns(modelOf(id), async () => decide(await actionOf(id), decision))
      return actionOf(id)
    },
  }
}
