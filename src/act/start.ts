/** Starts an action: its record, its first timer and the alarm that it answers are one commit. */
import type { Clock, Stored } from '../base/ports.ts'
import type { Action, Alarm, LoopRecords, Project, Timer } from '../loop/records.ts'
import { stamp } from '../loop/records.ts'
import { alarmAfter } from '../loop/transitions.ts'
import { firstStep, stepTimer } from './course.ts'
import { begun } from './outcome.ts'

export interface Start {
  readonly project: Project
  readonly kind: Action['kind']
  readonly trigger: Action['trigger']
  readonly approval: Action['approval']
  /** Of a retraining: how far back its rows reach, in the place of the project's. */
  readonly windowMs?: Action['windowMs']
  readonly actor: string
  /** Live now. */
  readonly champion?: string
  /** Known from the start where a version goes live again. */
  readonly candidate?: string
  readonly reason: string
  /** The alarm that led to it. */
  readonly alarm?: Stored<Alarm>
  /** Timer that asked for it. */
  readonly removes?: string
  /** An action that ends for it. */
  readonly ends?: Pick<Parameters<LoopRecords['commit']>[0], 'puts' | 'audit'>
}

export async function startAction(
  { records, clock }: { readonly records: LoopRecords; readonly clock: Clock },
  { project, kind, trigger, approval, windowMs, actor, champion, candidate, reason, alarm, removes, ends }: Start,
): Promise<{ readonly id: string; readonly timer: { readonly id: string; readonly body: Timer } }> {
  const at = clock.now()
  const { model, deploy } = project.config
  const id = await freeId(records, `${project.name}/${model}`, at)
  const first = firstStep({ kind, trigger })
  const bare: Action = {
    project: project.name,
    model,
    endpoint: deploy.endpoint,
    kind,
    trigger,
    state: 'diagnosing',
    steps: [],
    startedAt: at,
    ...(champion && { champion }),
    ...(candidate && { candidate }),
    approval,
    ...(windowMs !== undefined && { windowMs }),
    products: {},
  }
  const action = begun(bare, first, at)
  const timer = stepTimer(id, first, at)
  await records.commit({
    at,
    actor,
    puts: [
      ...(ends?.puts ?? []),
      { kind: 'action', id, body: action, expect: 'absent' },
      timer,
      ...(alarm
        ? [{ kind: 'alarm' as const, id: alarm.id, body: answered(alarm.body, id), expect: alarm.revision }]
        : []),
    ],
    ...(removes && { removes: [{ kind: 'timer', id: removes }] }),
    audit: [
      ...(ends?.audit ?? []),
      {
        type: 'action.started',
        project: project.name,
        subject: id,
        reason,
        data: { kind, trigger: trigger.kind, ...(champion && { champion }) },
      },
    ],
  })
  return { id, timer }
}

/** What the policy refuses from now on is said anew. */
function answered(alarm: Alarm, action: string): Alarm {
  const { refused: _, ...rest } = alarmAfter(alarm, { type: 'answered', action })
  return rest
}

/** A clock that stands still may see one action end and the next begin: its id is that of the next free millisecond. */
async function freeId(records: LoopRecords, model: string, at: number): Promise<string> {
  for (let instant = at; ; instant++) {
    const id = `${model}/${stamp(instant)}`
    if (!(await records.get('action', id))) return id
  }
}
