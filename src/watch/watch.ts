/**
 * The watch stage. When a local day has ended and its outcomes have been waited for, a timer closes it against frozen
 * limits; an alarm stays one alarm until its monitor has been in limits for days or a new version brings new limits.
 */
import { FalconerError } from '../base/errors.ts'
import type { Blobs, Clock, PredictionLog, Stored } from '../base/ports.ts'
import { diagnose } from '../loop/diagnosis/diagnose.ts'
import { syncHandler } from '../loop/monitorSync.ts'
import { alarmTimer } from '../loop/policy.ts'
import type { Alarm, LoopRecords, Timer } from '../loop/records.ts'
import type { DiagnoseSteps, WatchSteps } from '../loop/steps.ts'
import { type AlarmEvent, alarmAfter } from '../loop/transitions.ts'
import type { Explain } from './cause.ts'
import { createClosing } from './closeWindow.ts'
import { createDesk, type MonitorDesk } from './desk.ts'
import { diagnosisEvidence } from './evidence.ts'
import type { ServiceOf } from './look.ts'
import { createReconciling, reconcileHandler } from './reconcile.ts'
import { createRenewal } from './renewal.ts'
import { createRevising, reviseHandler } from './revise.ts'
import { closeHandler } from './schedule.ts'
import { createShelf } from './shelf.ts'

export interface WatchParts {
  readonly records: LoopRecords
  readonly log: PredictionLog
  readonly blobs: Blobs
  readonly clock: Clock
  /** For the resampling that shows how often a chart alarms on stable days. */
  readonly seed?: number
  /** Where models can be explained, an alarm says what moved the predictions. */
  readonly explain?: Explain
  /** Where requests are counted, monitors can be of them. */
  readonly service?: ServiceOf
}

export interface Watch extends WatchSteps, DiagnoseSteps {
  /** Errors: `conflict` for an alarm that is resolved. */
  acknowledge(id: string, note: string, actor: string): Promise<Stored<Alarm>>
  /** Ends an alarm; its monitor may raise another one. Errors: `conflict` for one that is resolved. */
  resolve(id: string, note: string, actor: string): Promise<Stored<Alarm>>
  /**
   * Until then nobody is told of it and nothing is started; if it is open then, both come after all.
   * Errors: `bad-input` for an instant that is over, `conflict` for an alarm that is resolved.
   */
  snooze(id: string, until: number, note: string, actor: string): Promise<Stored<Alarm>>
  /** Monitors as the project's file declares them now. */
  sync(project: string): Promise<void>
  readonly desk: MonitorDesk
  readonly handlers: Readonly<Record<string, (timer: Stored<Timer>) => Promise<void>>>
}

export function createWatch({ records, log, blobs, clock, seed = 1, explain, service }: WatchParts): Watch {
  const shelf = createShelf(records, blobs)
  const look = { records, log, shelf, service }
  const renewal = createRenewal({ records, shelf, look, clock, seed })
  const closing = { records, log, clock, shelf, seed, explain, service }

  async function answer(id: string, actor: string, note: string, event: AlarmEvent): Promise<Stored<Alarm>> {
    const stored = await records.get('alarm', id)
    if (!stored) throw new FalconerError('not-found', `There is no alarm ${id}.`)
    const { project } = stored.body
    const until = event.type === 'snoozed' ? event.until : undefined
    await records.commit({
      at: clock.now(),
      actor,
      puts: [
        { kind: 'alarm', id, body: alarmAfter(stored.body, event), expect: stored.revision },
        ...(until === undefined ? [] : [{ kind: 'timer' as const, ...alarmTimer(id, stored.body, until) }]),
      ],
      audit: [
        {
          type: `alarm.${event.type}`,
          project,
          subject: id,
          reason: note,
          ...(until !== undefined && { data: { until } }),
        },
      ],
    })
    return (await records.get('alarm', id))!
  }

  return {
    renew: renewal.renew,
    sync: renewal.sync,
    desk: createDesk({ records, shelf, look, clock, seed }),

    async diagnose({ project, endpoint }) {
      const evidence = await diagnosisEvidence(records, log, shelf, project, endpoint)
      const diagnosis = diagnose(evidence)
      const { reference: _reference, days, ...looked } = evidence
      const kept = { ...diagnosis, looked: { ...looked, days: days.map(({ date, rows }) => ({ date, rows })) } }
      return { diagnosis, evidence: await shelf.putJson(kept) }
    },

    acknowledge: (id, note, actor) => answer(id, actor, note, { type: 'acknowledged', by: actor }),
    async snooze(id, until, note, actor) {
      if (!(until > clock.now())) {
        throw new FalconerError(
          'bad-input',
          `The snooze would end at ${new Date(until).toISOString()}, which is over.`,
          {
            fix: 'Give an instant to come.',
          },
        )
      }
      return answer(id, actor, note, { type: 'snoozed', by: actor, until })
    },
    resolve: (id, note, actor) => answer(id, actor, note, { type: 'resolved', by: actor, at: clock.now() }),
    handlers: {
      [closeHandler]: createClosing(closing),
      [reviseHandler]: createRevising(closing),
      [reconcileHandler]: createReconciling(closing),
      async [syncHandler](timer) {
        await renewal.sync(String(timer.body.payload.project))
        const removes = [{ kind: 'timer' as const, id: timer.id }]
        await records.commit({ at: clock.now(), actor: 'falconer', removes })
      },
    },
  }
}
