/** Decides about an alarm when its timer is due: starts what the policy says, or records why not. */
import { FalconerError } from '../base/errors.ts'
import type { AuditNote, Clock, Stored } from '../base/ports.ts'
import { decidePolicy } from '../loop/policy.ts'
import { type Action, type Alarm, endpointId, type LoopRecords, type Timer } from '../loop/records.ts'
import { fallbackOf, previousOf } from './fallback.ts'
import { startAction } from './start.ts'
import { liveOf } from './traffic.ts'

export function createConsider({ records, clock }: { readonly records: LoopRecords; readonly clock: Clock }) {
  return async function consider(timer: Stored<Timer>): Promise<void> {
    const alarmId = String(timer.body.payload.alarm)
    const alarm = await records.get('alarm', alarmId)
    const stored = await records.get('project', String(timer.body.payload.project))
    if (!alarm || !stored) return settle(timer.id)
    const project = stored.body
    const endpoint = (await records.get('endpoint', endpointId(project.name, alarm.body.endpoint)))?.body
    const champion = liveOf(endpoint?.routes)
    const decision = decidePolicy({
      now: clock.now(),
      alarm: { ...alarm.body, id: alarmId },
      project,
      champion: champion ?? '',
      actions: await actionsOf(records, project.name, project.config.model),
    })
    if (!decision || decision.do === 'notify') return settle(timer.id)
    if (decision.do === 'refuse') return settle(timer.id, refusal(alarm, decision.because, decision.reason))
    if (!champion) throw new FalconerError('internal', `The alarm ${alarmId} is about a version that is not live.`)
    const common = {
      project,
      trigger: { kind: decision.trigger, alarm: alarmId, by: 'policy' },
      actor: 'falconer',
      champion,
      reason: `alarm ${alarmId}`,
      alarm,
      removes: timer.id,
    } as const
    if (decision.kind !== 'fallback' && decision.kind !== 'rollback') {
      const { approval, windowMs } = decision.rule
      await startAction(
        { records, clock },
        { ...common, kind: decision.kind, approval, ...(windowMs !== undefined && { windowMs }) },
      )
      return
    }
    const back =
      decision.kind === 'fallback' ? await fallbackOf(records, project, champion) : previousOf(endpoint, champion)
    if ('because' in back) return settle(timer.id, refusal(alarm, back.because, back.reason))
    await startAction({ records, clock }, { ...common, kind: 'rollback', approval: 'none', candidate: back.semver })
  }

  async function settle(timer: string, refused?: ReturnType<typeof refusal>): Promise<void> {
    await records.commit({
      at: clock.now(),
      actor: 'falconer',
      removes: [{ kind: 'timer', id: timer }],
      ...refused,
    })
  }
}

/** A refusal that was said of this alarm before is not said every day again. */
function refusal({ id, revision, body }: Stored<Alarm>, because: string, reason: string) {
  if (body.refused === because) return undefined
  return {
    puts: [{ kind: 'alarm', id, body: { ...body, refused: because }, expect: revision } as const],
    audit: [
      { type: 'action.refused', project: body.project, subject: id, reason, data: { because } } satisfies AuditNote,
    ],
  }
}

/** All actions of a model, newest first. */
export async function actionsOf(records: LoopRecords, project: string, model: string): Promise<readonly Action[]> {
  const { items } = await records.list('action', {
    prefix: `${project}/${model}/`,
    order: 'descending',
    limit: 10_000,
  })
  return items.map(({ body }) => body)
}
