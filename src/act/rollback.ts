/**
 * A person takes a version back: what was going on ends and the way back is noted in one commit, so that it is gone to
 * the end whatever happens; then traffic moves, and after it the records say what became of the versions and the
 * monitors get the limits of the version that is live again.
 */
import { FalconerError } from '../base/errors.ts'
import type { Clock, Stored } from '../base/ports.ts'
import type { Endpoint, LoopRecords } from '../loop/records.ts'
import { endpointId } from '../loop/records.ts'
import { isFinished } from '../loop/transitions.ts'
import { stepHandler } from './course.ts'
import { startAction } from './start.ts'
import { abandonment, modelOf, type Stepper } from './stepper.ts'
import { liveOf } from './traffic.ts'
import type { Turns } from './turns.ts'

export interface RollbackRequest {
  readonly revision: number
  readonly reason: string
  readonly actor: string
}

export function createRollback({
  records,
  clock,
  stepper,
  turns,
}: {
  readonly records: LoopRecords
  readonly clock: Clock
  readonly stepper: Stepper
  readonly turns: Turns
}) {
  /** Ends a canary where there is one, else brings back the version before. Errors: `stale`, `conflict` where there is none. */
  return async function rollback(
    at: { readonly project: string; readonly name: string },
    request: RollbackRequest,
  ): Promise<Stored<Endpoint>> {
    const { body } = await endpointOf(at)
    return turns(`${at.project}/${body.model}`, () => inTurn(at, request))
  }

  async function inTurn(
    at: { readonly project: string; readonly name: string },
    { revision, reason, actor }: RollbackRequest,
  ): Promise<Stored<Endpoint>> {
    if (await wentOn(at)) return endpointOf(at)
    const before = await endpointOf(at)
    if (before.revision !== revision) {
      throw new FalconerError('stale', `The endpoint ${at.name} is at revision ${before.revision}, given ${revision}.`)
    }
    const { model, routes, previous } = before.body
    const { items } = await records.list('action', { prefix: `${at.project}/${model}/`, order: 'descending' })
    const open = items.find(({ body }) => !isFinished(body))
    const why = `rolled back: ${reason}`
    if (open && routes.some(({ mode }) => mode === 'canary')) {
      await stepper.abandon(open, why, actor)
      return endpointOf(at)
    }
    const live = liveOf(routes)
    const project = await records.get('project', at.project)
    if (!previous || !project) {
      throw new FalconerError('conflict', `${live} is the first version of ${at.name}.`, {
        fix: 'There is no version before it; deploy another one.',
      })
    }
    // Traffic first: what the action has left behind is taken back after it.
    const ended = open && abandonment(open, why, clock.now(), clock.now() + 1)
    const { id, timer } = await startAction(
      { records, clock },
      {
        project: project.body,
        kind: 'rollback',
        trigger: { kind: 'request', by: actor },
        approval: 'none',
        actor,
        ...(live && { champion: live }),
        candidate: previous.semver,
        reason,
        ...(ended && { ends: { puts: ended.puts, audit: [ended.audit] } }),
      },
    )
    await stepper.runInTurn(timer)
    if (ended) await stepper.runInTurn(ended.timer)
    await requireNoFailure(id)
    return endpointOf(at)
  }

  /** Who asks again after the process died means the way back that was begun: it is gone to its end, and no other begun. */
  async function wentOn(at: { readonly project: string; readonly name: string }): Promise<boolean> {
    const { model, routes } = (await endpointOf(at)).body
    const { items } = await records.list('timer', { where: { handler: stepHandler }, limit: 10_000 })
    const begun = items.filter(({ body: { payload } }) => {
      const isOfModel = modelOf(String(payload.action)) === `${at.project}/${model}`
      return isOfModel && (payload.step === 'return' || payload.step === 'withdraw')
    })
    for (const timer of begun) await stepper.runInTurn(timer)
    const back = begun.find(({ body }) => body.payload.step === 'return')
    if (back) await requireNoFailure(String(back.body.payload.action))
    return back !== undefined || (begun.length > 0 && routes.some(({ mode }) => mode === 'canary'))
  }

  async function requireNoFailure(id: string): Promise<void> {
    const action = await records.get('action', id)
    if (action?.body.state === 'failed') throw new FalconerError('bad-model', action.body.outcome ?? 'It failed.')
  }

  async function endpointOf({ project, name }: { project: string; name: string }): Promise<Stored<Endpoint>> {
    const found = await records.get('endpoint', endpointId(project, name))
    if (!found) throw new FalconerError('not-found', `Project ${project} has no endpoint ${name}.`)
    return found
  }
}
