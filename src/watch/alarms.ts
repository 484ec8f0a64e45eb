/** Opens, continues and ends alarms in the commit that is being collected. */
import type { AuditNote, Commit, Stored } from '../base/ports.ts'
import { currentMonitor } from '../loop/monitor.ts'
import { alarmTimer } from '../loop/policy.ts'
import { type Alarm, type Bodies, type Cause, type Measurement, type Monitor, stamp } from '../loop/records.ts'
import { alarmAfter } from '../loop/transitions.ts'
import { headline } from './headline.ts'

export type Puts = NonNullable<Commit<Bodies>['puts']>[number][]

/** What a commit is made of, collected part by part. */
export interface Changes {
  readonly puts: Puts
  readonly audit: AuditNote[]
}

/** A monitor whose rule says alarm. */
export interface Raised {
  readonly monitor: Monitor
  readonly measurement: { readonly id: string; readonly body: Measurement }
  /** The alarm that is open already, if there is one. */
  readonly open: Stored<Alarm> | undefined
  /** Why no automatic action may rest on it. */
  readonly unarmed?: string | undefined
}

/**
 * Alarms of one window: those that are open go on, others open, and several that open together name the most severe of
 * them as their group. Either way the action stage is asked. `causeOf` is asked at most once.
 */
export async function raise(
  endpoint: string,
  raised: readonly Raised[],
  at: number,
  causeOf: () => Promise<Cause | undefined>,
  { puts, audit }: Changes,
): Promise<void> {
  const opening = raised.filter(({ open }) => !open)
  const idOf = ({ monitor }: Raised) => `${endpoint}/${stamp(at)}/${monitor.name}`
  const loudest = opening.find(({ monitor }) => severityOf(monitor) === 'critical') ?? opening[0]
  const cause = opening.length > 0 ? await causeOf() : undefined
  for (const each of raised) {
    const { monitor, measurement, open, unarmed } = each
    const id = open?.id ?? idOf(each)
    const body: Alarm = open
      ? alarmAfter(open.body, { type: 'continued', measurement: measurement.id })
      : {
          project: monitor.project,
          endpoint: monitor.endpoint,
          monitor: monitor.name,
          openedAt: at,
          state: 'open',
          severity: severityOf(monitor),
          semver: measurement.body.semver,
          headline: headline(measurement.body, currentMonitor(monitor.config)),
          first: measurement.id,
          last: measurement.id,
          windowsOut: 1,
          ...(opening.length > 1 && { group: idOf(loudest!) }),
          ...(unarmed !== undefined && { unarmed }),
          ...(cause && { cause }),
        }
    puts.push(
      { kind: 'alarm', id, body, expect: open?.revision ?? 'absent' },
      { kind: 'timer', ...alarmTimer(id, monitor, at) },
    )
    if (open) continue
    audit.push({
      type: 'alarm.opened',
      project: monitor.project,
      subject: id,
      reason: body.headline,
      data: { measurement: measurement.id, severity: body.severity },
    })
  }
}

function severityOf({ config }: Monitor): Alarm['severity'] {
  return currentMonitor(config).alarm.severity
}

/** Ends an alarm. */
export function resolve(alarm: Stored<Alarm>, reason: string, at: number, { puts, audit }: Changes): void {
  const body = alarmAfter(alarm.body, { type: 'resolved', by: 'falconer', at })
  puts.push({ kind: 'alarm', id: alarm.id, body, expect: alarm.revision })
  audit.push({ type: 'alarm.resolved', project: alarm.body.project, subject: alarm.id, reason })
}
