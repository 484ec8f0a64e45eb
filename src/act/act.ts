/**
 * The action stage: alarms and people start actions, timers carry them from step to step. Everything that happens is one
 * commit per step, so that a crash anywhere resumes to the same end.
 */
import { FalconerError } from '../base/errors.ts'
import type { Blobs, Clock, PredictionLog, Stored } from '../base/ports.ts'
import { alarmHandler, decidePolicy } from '../loop/policy.ts'
import type { PolicyRule } from '../loop/project.ts'
import {
  type Action,
  type Endpoint,
  endpointId,
  type LoopRecords,
  type Project,
  stamp,
  type Timer,
} from '../loop/records.ts'
import type { DeploySteps, DiagnoseSteps, ModelSteps, WatchSteps } from '../loop/steps.ts'
import { actionAfter, isFinished } from '../loop/transitions.ts'
import { firstStep, stepTimer } from './course.ts'
import { createRollback, type RollbackRequest } from './rollback.ts'
import { createStepper, stepHandler } from './stepper.ts'

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

export interface ActStage {
  readonly handlers: Readonly<Record<string, (timer: Stored<Timer>) => Promise<void>>>
  /** A first training, or a retraining that a person asks for. Errors: `conflict` while an action is going on. */
  request(project: string, model: string, actor: string): Promise<Stored<Action>>
  /** Takes the live version back. Errors: `stale` at another revision, `conflict` where no version was live before. */
  rollback(
    endpoint: { readonly project: string; readonly name: string },
    request: RollbackRequest,
  ): Promise<Stored<Endpoint>>
  /** Errors: `conflict` when it has ended. */
  cancel(id: string, reason: string, actor: string): Promise<Stored<Action>>
  /** A person's answer to an action that waits for it, bound to the candidate's digest. Errors: `conflict`, `stale`. */
  decide(
    id: string,
    decision: { verdict: 'approved' | 'rejected'; digest: string; reason: string; actor: string },
  ): Promise<Stored<Action>>
}

export function createAct(dependencies: ActDependencies): ActStage {
  const { records, clock } = dependencies
  const stepper = createStepper(dependencies)

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

  async function actionsOf(project: string, model: string): Promise<readonly Action[]> {
    const { items } = await records.list('action', { prefix: `${project}/${model}/`, order: 'descending' })
    return items.map(({ body }) => body)
  }

  async function start(
    project: Project,
    trigger: Action['trigger'],
    how: { readonly once: string; readonly removes?: string; readonly actor: string; readonly rule?: PolicyRule },
  ): Promise<string> {
    const at = clock.now()
    const { model, deploy } = project.config
    const endpoint = await records.get('endpoint', endpointId(project.name, deploy.endpoint))
    const champion = endpoint?.body.routes.find(({ mode }) => mode === 'live')?.semver
    const id = `${project.name}/${model}/${stamp(at)}`
    const action: Action = {
      project: project.name,
      model,
      endpoint: deploy.endpoint,
      kind: champion ? 'retrain' : 'first training',
      trigger,
      state: trigger.kind === 'request' ? 'training' : 'diagnosing',
      steps: [],
      startedAt: at,
      ...(champion && { champion }),
      approval: how.rule?.approval ?? 'none',
      products: {},
    }
    const alarm = trigger.alarm ? await records.get('alarm', trigger.alarm) : undefined
    await records.commit({
      at,
      actor: how.actor,
      once: how.once,
      puts: [
        { kind: 'action', id, body: action, expect: 'absent' },
        stepTimer(id, firstStep(action), at),
        ...(alarm ? [{ kind: 'alarm' as const, id: alarm.id, body: { ...alarm.body, action: id } }] : []),
      ],
      ...(how.removes && { removes: [{ kind: 'timer', id: how.removes }] }),
      audit: [
        {
          type: 'action.started',
          project: project.name,
          subject: id,
          reason: trigger.kind === 'request' ? `asked for by ${trigger.by}` : `alarm ${trigger.alarm}`,
          data: { kind: action.kind, trigger: trigger.kind, ...(champion && { champion }) },
        },
      ],
    })
    return id
  }

  /** What the policy says of an alarm; every refusal is recorded, the same one of the same alarm once. */
  async function consider(timer: Stored<Timer>): Promise<void> {
    const at = clock.now()
    const alarmId = String(timer.body.payload.alarm)
    const alarm = await records.get('alarm', alarmId)
    const project = await projectOf(String(timer.body.payload.project))
    const removes = [{ kind: 'timer' as const, id: timer.id }]
    if (!alarm || alarm.body.state === 'resolved') {
      await records.commit({ at, actor: 'falconer', removes })
      return
    }
    const endpoint = await records.get('endpoint', endpointId(project.name, alarm.body.endpoint))
    const decision = decidePolicy({
      now: at,
      alarm: { ...alarm.body, id: alarmId },
      project,
      champion: endpoint?.body.routes.find(({ mode }) => mode === 'live')?.semver ?? '',
      actions: await actionsOf(project.name, project.config.model),
    })
    if (decision?.do === 'start') {
      const trigger = { kind: decision.trigger, alarm: alarmId, by: 'policy' } as const
      await start(project, trigger, { once: timer.id, removes: timer.id, actor: 'falconer', rule: decision.rule })
      return
    }
    // A refusal that was said of this alarm before is not said every day again.
    const refusal = decision?.do === 'refuse' && alarm.body.refused !== decision.because ? decision : undefined
    await records.commit({
      at,
      actor: 'falconer',
      once: timer.id,
      removes,
      ...(refusal && {
        puts: [
          { kind: 'alarm', id: alarmId, body: { ...alarm.body, refused: refusal.because }, expect: alarm.revision },
        ],
        audit: [
          {
            type: 'action.refused',
            project: project.name,
            subject: alarmId,
            reason: refusal.reason,
            data: { because: refusal.because },
          },
        ],
      }),
    })
  }

  return {
    handlers: { [alarmHandler]: consider, [stepHandler]: stepper.run },
    rollback: createRollback({ ...dependencies, stepper }),

    async request(name, model, actor) {
      const project = await projectOf(name)
      if (project.config.model !== model) {
        throw new FalconerError(
          'not-found',
          `Project ${name} has no model ${model}; its model is ${project.config.model}.`,
        )
      }
      if (project.killSwitch.on)
        throw new FalconerError('conflict', `The kill switch of ${name} is on: ${project.killSwitch.reason}`)
      const open = (await actionsOf(name, model)).find(action => !isFinished(action))
      if (open) {
        throw new FalconerError(
          'conflict',
          `An action of ${model} is going on: ${open.state} since ${stamp(open.startedAt)}.`,
          {
            fix: 'Wait until it has ended, or cancel it.',
          },
        )
      }
      const once = `${name}/${model}/request/${stamp(clock.now())}`
      return actionOf(await start(project, { kind: 'request', by: actor }, { once, actor }))
    },

    async cancel(id, reason, actor) {
      const stored = await actionOf(id)
      if (isFinished(stored.body)) {
        throw new FalconerError('conflict', `Action ${id} has ended already: ${stored.body.state}.`)
      }
      await stepper.abandon(stored, reason, actor)
      return actionOf(id)
    },

    async decide(id, { verdict, digest, reason, actor }) {
      const stored = await actionOf(id)
      const { body } = stored
      if (body.state !== 'waiting for approval') {
        throw new FalconerError('conflict', `Action ${id} does not wait for a decision; it is ${body.state}.`)
      }
      if (digest !== body.products.model) {
        throw new FalconerError('stale', `The decision is about ${digest}; the candidate is ${body.products.model}.`)
      }
      const at = clock.now()
      const rejected = verdict === 'rejected'
      await records.commit({
        at,
        actor,
        puts: [
          {
            kind: 'approval',
            id: `${body.project}/${digest}/${actor}`,
            body: { project: body.project, digest, subject: id, decision: verdict, by: actor, reason, at },
          },
          rejected
            ? {
                kind: 'action',
                id,
                body: actionAfter(body, {
                  type: 'ended',
                  state: 'refused',
                  at,
                  outcome: `${actor} rejected it: ${reason}`,
                }),
                expect: stored.revision,
              }
            : stepTimer(id, 'rollout', at),
        ],
        audit: [{ type: `approval.${verdict}`, project: body.project, subject: id, reason, data: { digest } }],
      })
      return actionOf(id)
    },
  }
}
