/**
 * A person takes a version back: traffic first, in under a second; then the action that was going on ends, the records
 * say what became of the versions, and the monitors get the limits of the version that is live again.
 */

import type { Clock, Stored } from '../base/ports.ts'
import type { Endpoint, LoopRecords, ModelVersion } from '../loop/records.ts'
import { type Action, endpointId, stamp } from '../loop/records.ts'
import type { DeploySteps, ModelSteps, WatchSteps } from '../loop/steps.ts'
import { isFinished } from '../loop/transitions.ts'
import type { Stepper } from './stepper.ts'

export interface RollbackRequest {
  readonly revision: number
  readonly reason: string
  readonly actor: string
}

export function createRollback({
  records,
  clock,
  model,
  deploy,
  watch,
  stepper,
}: {
  readonly records: LoopRecords
  readonly clock: Clock
  readonly model: ModelSteps
  readonly deploy: DeploySteps
  readonly watch: WatchSteps
  readonly stepper: Stepper
}) {
  /** Ends a canary where there is one, else brings back the version before. Errors: `stale`, `conflict` where there is none. */
  return async function rollback(
    at: { readonly project: string; readonly name: string },
    request: RollbackRequest,
  ): Promise<Stored<Endpoint>> {
    const before = await records.get('endpoint', endpointId(at.project, at.name))
    const after = await deploy.rollback(at, request)
    const from = liveOf(before?.body)
    const to = liveOf(after.body)
    const { items } = await records.list('action', {
      prefix: `${at.project}/${after.body.model}/`,
      order: 'descending',
    })
    const open = items.find(({ body }) => !isFinished(body))
    if (open) await stepper.abandon(open, `rolled back: ${request.reason}`, request.actor)
    if (from === undefined || to === undefined || from === to) return after
    await model.mark(at.project, after.body.model, from, 'returned', request.reason)
    await model.mark(at.project, after.body.model, to, 'live', `${from} was rolled back: ${request.reason}`)
    const version = await versionOf(records, at.project, after.body.model, to)
    const now = clock.now()
    if (version) {
      await watch.renew({
        project: at.project,
        endpoint: at.name,
        version,
        at: now,
        once: `rollback/${after.id}/${after.revision}`,
      })
    }
    await record(at, after.body.model, { from, to }, request, now)
    return after
  }

  /** The timeline shows a rollback as an action of its own. */
  async function record(
    { project, name }: { readonly project: string; readonly name: string },
    modelName: string,
    { from, to }: { readonly from: string; readonly to: string },
    { reason, actor }: RollbackRequest,
    now: number,
  ): Promise<void> {
    const outcome = `${from} was taken back, ${to} is live again: ${reason}`
    const action: Action = {
      project,
      model: modelName,
      endpoint: name,
      kind: 'rollback',
      trigger: { kind: 'request', by: actor },
      state: 'returned',
      steps: [{ name: 'return', state: 'done', startedAt: now, finishedAt: now, summary: outcome }],
      startedAt: now,
      finishedAt: now,
      champion: to,
      approval: 'none',
      candidate: from,
      products: {},
      outcome,
    }
    const id = `${project}/${modelName}/${stamp(now)}`
    await records.commit({
      at: now,
      actor,
      once: `${id}/rollback`,
      puts: [{ kind: 'action', id, body: action }],
      audit: [{ type: 'action.returned', project, subject: id, reason: outcome, data: { from, to } }],
    })
  }
}

function liveOf(endpoint: Endpoint | undefined): string | undefined {
  return endpoint?.routes.find(({ mode }) => mode === 'live')?.semver
}

async function versionOf(
  records: LoopRecords,
  project: string,
  model: string,
  semver: string,
): Promise<ModelVersion | undefined> {
  const { items } = await records.list('version', { prefix: `${project}/${model}/`, where: { semver } })
  return items[0]?.body
}
