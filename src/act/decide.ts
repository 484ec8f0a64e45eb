/** A person's answer to an action that waits for it, bound to the digest of what the person looked at. */
import { FalconerError } from '../base/errors.ts'
import type { Clock, Stored } from '../base/ports.ts'
import type { Action, LoopRecords } from '../loop/records.ts'
import type { ModelSteps } from '../loop/steps.ts'
import { rolloutPart, stepName, stepTimer } from './course.ts'
import { begun, done, end } from './outcome.ts'

export interface Decision {
  readonly verdict: 'approved' | 'rejected'
  readonly digest: string
  readonly reason: string
  readonly actor: string
}

/** Versions that differ in their threshold alone have one file: the action tells apart what was decided. */
function approvalId(id: string, { project, kind }: Action, digest: string, actor: string): string {
  const about = kind === 'threshold' ? `/${id.slice(id.lastIndexOf('/') + 1)}` : ''
  return `${project}/${digest}/${actor}${about}`
}

export function createDecide({
  records,
  clock,
  model,
}: {
  readonly records: LoopRecords
  readonly clock: Clock
  readonly model: ModelSteps
}) {
  /** Errors: `conflict` where nothing waits, `stale` for another digest. */
  return async function decide({ id, revision, body }: Stored<Action>, decision: Decision): Promise<void> {
    const { verdict, digest, reason, actor } = decision
    if (body.state !== 'waiting for approval') {
      throw new FalconerError('conflict', `Action ${id} does not wait for a decision; it is ${body.state}.`)
    }
    // Before anything is made, a person decides about what the diagnosis found.
    const asked = body.candidate === undefined ? body.products.diagnosis : body.products.model
    if (digest !== asked) {
      throw new FalconerError('stale', `The decision is about ${digest}; asked for is one about ${asked}.`)
    }
    const project = await records.get('project', body.project)
    if (!project) throw new FalconerError('not-found', `There is no project ${body.project}.`)
    const { killSwitch, config } = project.body
    const at = clock.now()
    const summary = `${actor} ${verdict} it: ${reason}`
    if (verdict === 'rejected' && body.candidate) {
      await model.mark(body.project, body.model, body.candidate, 'refused', summary)
    } else if (killSwitch.on) {
      throw new FalconerError('conflict', `The kill switch of ${body.project} is on: ${killSwitch.reason}`)
    }
    const next = body.candidate === undefined ? 'train' : 'rollout'
    const step = stepName(next, rolloutPart(config, body.champion !== undefined, 0))!
    await records.commit({
      at,
      actor,
      puts: [
        {
          kind: 'approval',
          id: approvalId(id, body, digest, actor),
          body: { project: body.project, digest, subject: id, decision: verdict, by: actor, reason, at },
        },
        {
          kind: 'action',
          id,
          body:
            verdict === 'rejected'
              ? end(body, 'refused', at, summary).action
              : begun(done(body, at, { summary }), step, at),
          expect: revision,
        },
        ...(verdict === 'rejected' ? [] : [stepTimer(id, next, at)]),
      ],
      audit: [{ type: `approval.${verdict}`, project: body.project, subject: id, reason, data: { digest } }],
    })
  }
}
