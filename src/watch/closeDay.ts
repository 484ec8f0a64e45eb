/**
 * Closes a day: reads what the live version answered, measures every monitor of this lateness against its frozen limits,
 * opens, continues or resolves alarms, and stores all of it with the next timer in one commit.
 */
import type { AuditNote, Clock, Commit, PredictionLog, PredictionWindow, Stored } from '../base/ports.ts'
import { take } from '../base/table.ts'
import { localDate, nextDay } from '../base/time.ts'
import { alarmTimer } from '../loop/policy.ts'
import {
  type Alarm,
  type Bodies,
  type Cause,
  type Endpoint,
  endpointId,
  type LoopRecords,
  type Measurement,
  type Monitor,
  stamp,
  type Timer,
} from '../loop/records.ts'
import { alarmAfter, monitorAfter } from '../loop/transitions.ts'
import { random } from '../numeric/random.ts'
import { answersOf, coverageOf, labelled } from './answers.ts'
import { costlySegments, type Explain, movedFeatures } from './cause.ts'
import { closeTimer } from './closeTimer.ts'
import { dayRecord } from './dayRecord.ts'
import { headline } from './headline.ts'
import { type Found, measure, type Observed } from './measure.ts'
import type { Shelf } from './shelf.ts'

export type Puts = NonNullable<Commit<Bodies>['puts']>[number][]

/** What a commit is made of, collected part by part. */
export interface Changes {
  readonly puts: Puts
  readonly audit: AuditNote[]
}

/** An alarm resolves when its monitor has been in limits for so many days in a row. */
const cleanDays = 5
/** Days whose rows are looked at to say why, and rows that are explained. */
const explainedDays = 7
const explainedRows = 1000

export function createClosing({
  records,
  log,
  clock,
  shelf,
  seed,
  explain,
}: {
  readonly records: LoopRecords
  readonly log: PredictionLog
  readonly clock: Clock
  readonly shelf: Shelf
  readonly seed: number
  readonly explain: Explain | undefined
}): (timer: Stored<Timer>) => Promise<void> {
  async function closeDay(timer: Stored<Timer>): Promise<void> {
    const { project, endpoint: name } = timer.body.payload as { project: string; endpoint: string }
    const { from, latenessMs } = timer.body.payload as { from: number; latenessMs: number }
    const id = endpointId(project, name)
    const at = clock.now()
    const removes = [{ kind: 'timer' as const, id: timer.id }]
    const [declared, endpoint] = await Promise.all([records.get('project', project), records.get('endpoint', id)])
    if (!declared || !endpoint) {
      await records.commit({ at, actor: 'falconer', removes })
      return
    }
    const { timezone, train } = declared.body.config
    const to = nextDay(from, timezone)
    const window = await log.window(id, from, to, at)
    const semver = endpoint.body.routes.find(({ mode }) => mode === 'live')!.semver
    const observed = observe(window, semver, train.task)
    const settled = latenessMs > 0
    const day = await dayRecord(records, shelf, id, {
      project,
      endpoint: name,
      from,
      to,
      semver,
      timezone,
      window,
      observed,
      settled,
    })
    const changes: Changes = { puts: [{ kind: 'day', ...day }], audit: [] }
    const statuses: Record<string, string> = {}
    const { items: monitors } = await records.list('monitor', { prefix: `${id}/` })
    for (const monitor of monitors) {
      if (monitor.body.config.latenessMs !== latenessMs || monitor.body.measuredTo >= to) continue
      const measurement = await measured(monitor, { endpoint, window, observed, from, to, semver }, changes)
      statuses[monitor.body.name] = measurement.status
    }
    changes.audit.push({
      type: 'day.closed',
      project,
      subject: id,
      data: { day: localDate(from, timezone), rows: window.rows, coverage: observed.coverage, monitors: statuses },
    })
    await records.commit({
      at,
      actor: 'falconer',
      once: `closed/${timer.id}`,
      puts: [...changes.puts, closeTimer({ project, endpoint: name }, to, latenessMs, timezone)],
      removes,
      audit: changes.audit,
    })
  }

  interface Day {
    readonly endpoint: Stored<Endpoint>
    readonly window: PredictionWindow
    readonly observed: Observed
    readonly from: number
    readonly to: number
    readonly semver: string
  }

  /** One monitor: its measurement, its next state, and what becomes of its alarm. */
  async function measured(monitor: Stored<Monitor>, day: Day, changes: Changes): Promise<Measurement> {
    const { endpoint, observed, from, to, semver } = day
    const limits = await shelf.limitsOf(monitor)
    const found: Found =
      limits === undefined || from >= limits.record.setAt
        ? measure(monitor.body.config, monitor.body, limits, observed)
        : {
            rows: observed.rows,
            status: 'not enough data',
            reason: `${semver} went live during this day or after it`,
            state: monitor.body.state,
          }
    const { state, ...shown } = found
    const measurement: Measurement = {
      project: monitor.body.project,
      endpoint: endpoint.body.name,
      monitor: monitor.body.name,
      from,
      to,
      semver,
      limits: monitor.body.limits,
      ...shown,
      measuredAt: clock.now(),
    }
    const id = `${monitor.id}/${stamp(from)}`
    const next = monitorAfter(monitor.body, { type: 'measured', to, status: found.status, state })
    changes.puts.push(
      { kind: 'measurement', id, body: measurement, expect: 'absent' },
      { kind: 'monitor', id: monitor.id, body: next, expect: monitor.revision },
    )
    const alarm = await shelf.openAlarm(endpoint.id, monitor.body.name)
    if (measurement.status === 'out') await raise(alarm, next, { id, body: measurement }, day, changes)
    else if (alarm && measurement.status === 'ok' && next.run.in >= cleanDays) {
      resolve(alarm, `in its limits for ${next.run.in} days`, clock.now(), changes)
    }
    return measurement
  }

  /** Opens an alarm or continues the one that is open; either way the action stage is asked. */
  async function raise(
    alarm: Stored<Alarm> | undefined,
    monitor: Monitor,
    measurement: { readonly id: string; readonly body: Measurement },
    day: Day,
    { puts, audit }: Changes,
  ): Promise<void> {
    const at = clock.now()
    const { project, endpoint, name } = monitor
    const id = alarm?.id ?? `${day.endpoint.id}/${stamp(at)}/${name}`
    const body: Alarm = alarm
      ? alarmAfter(alarm.body, { type: 'continued', measurement: measurement.id })
      : {
          project,
          endpoint,
          monitor: name,
          openedAt: at,
          state: 'open',
          severity: monitor.config.kind === 'drift' ? 'warning' : 'critical',
          semver: day.semver,
          headline: headline(measurement.body),
          first: measurement.id,
          last: measurement.id,
          windowsOut: 1,
          ...(await causeOf(day)),
        }
    puts.push(
      { kind: 'alarm', id, body, expect: alarm?.revision ?? 'absent' },
      { kind: 'timer', ...alarmTimer(id, monitor, at) },
    )
    if (alarm) return
    audit.push({
      type: 'alarm.opened',
      project,
      subject: id,
      reason: body.headline,
      data: { measurement: measurement.id, severity: body.severity },
    })
  }

  async function causeOf({ endpoint, semver, from, to, window, observed }: Day): Promise<{ readonly cause?: Cause }> {
    const { project, model } = endpoint.body
    const version = await shelf.versionOf(project, model, semver)
    if (!version) return {}
    const reference = await shelf.referenceOf(version)
    const wide = await log.window(endpoint.id, to - explainedDays * (to - from), to, clock.now())
    const { rows, labels, outputs } = labelled(wide, answersOf(wide, semver))
    const draw = random(seed).fork(`explained ${from}`)
    const count = Math.min(explainedRows, window.rows)
    const sampled = Int32Array.from({ length: count }, () => draw.below(window.rows)).sort()
    const contributions =
      explain && reference.contributions && count > 0
        ? // A model that cannot be explained has its alarm all the same.
          await explain(project, model, semver, take(observed.features, sampled)).catch(() => undefined)
        : undefined
    return {
      cause: {
        movedFeatures: contributions ? movedFeatures(reference, contributions.values) : [],
        segments: costlySegments(reference, wide.features, rows, labels, outputs),
      },
    }
  }

  return closeDay
}

/** Ends an alarm in the commit that is being collected. */
export function resolve(alarm: Stored<Alarm>, reason: string, at: number, { puts, audit }: Changes): void {
  const body = alarmAfter(alarm.body, { type: 'resolved', by: 'falconer', at })
  puts.push({ kind: 'alarm', id: alarm.id, body, expect: alarm.revision })
  audit.push({ type: 'alarm.resolved', project: alarm.body.project, subject: alarm.id, reason })
}

function observe(window: PredictionWindow, semver: string, task: Observed['task']): Observed {
  const answers = answersOf(window, semver)
  const { labels, outputs } = labelled(window, answers)
  const { rows, features } = window
  return { task, rows, coverage: coverageOf(window), features, answers, labels, outputs }
}
