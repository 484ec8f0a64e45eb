/**
 * The watch stage. When a local day has ended and its outcomes have been waited for, a timer closes it: what the live
 * version answered is measured against frozen limits, and measurement, monitor, alarm, audit entry and the next timer
 * are stored in one commit. An alarm is latched: it stays one alarm until its monitor has been in limits for days, or
 * until a new version brings new limits.
 */
import { FalconerError } from '../base/errors.ts'
import { canonicalJson } from '../base/json.ts'
import type { AuditNote, Blobs, Clock, Commit, Digest, PredictionLog, PredictionWindow, Stored } from '../base/ports.ts'
import { take } from '../base/table.ts'
import { dayStart, localDate, nextDay } from '../base/time.ts'
import type { DriftReference } from '../loop/columnDrift.ts'
import { dayStatistics, mean, rowLosses, type Task } from '../loop/dayStatistics.ts'
import { alarmTimer } from '../loop/policy.ts'
import { type MonitorConfig, monitorName } from '../loop/project.ts'
import {
  type Alarm,
  type Bodies,
  type Cause,
  type Endpoint,
  endpointId,
  type Limits,
  type LoopRecords,
  type Measurement,
  type ModelVersion,
  type Monitor,
  ordinal,
  type Project,
  stamp,
  type Timer,
  type WatchedDay,
} from '../loop/records.ts'
import type { Reference } from '../loop/reference.ts'
import type { WatchSteps } from '../loop/steps.ts'
import { alarmAfter, monitorAfter } from '../loop/transitions.ts'
import { contentOfDay, type DayContent, repeatedShare } from '../loop/watchedDay.ts'
import { random } from '../numeric/random.ts'
import { answersOf, coverageOf, labelled, versionsIn } from './answers.ts'
import { costlySegments, type Explain, movedFeatures } from './cause.ts'
import { fitLimits } from './limits.ts'
import { type Found, measure, type Observed } from './measure.ts'

export interface WatchParts {
  readonly records: LoopRecords
  readonly log: PredictionLog
  readonly blobs: Blobs
  readonly clock: Clock
  /** For the resampling that shows how often a chart alarms on stable days. */
  readonly seed?: number
  /** Where models can be explained, an alarm says what moved the predictions. */
  readonly explain?: Explain
}

export interface Watch extends WatchSteps {
  acknowledge(id: string, note: string, actor: string): Promise<Stored<Alarm>>
  /** Ends an alarm; the monitor may raise another one. */
  resolve(id: string, note: string, actor: string): Promise<Stored<Alarm>>
  readonly handlers: Readonly<Record<string, (timer: Stored<Timer>) => Promise<void>>>
}

type Puts = NonNullable<Commit<Bodies>['puts']>

const closeHandler = 'watch.close'
/** An alarm resolves when its monitor has been in limits for so many windows in a row. */
const cleanWindows = 5
/** Days whose rows are looked at to say why. */
const explainedDays = 7
const explainedRows = 1000

export function createWatch({ records, log, blobs, clock, seed = 1, explain }: WatchParts): Watch {
  const references = new Map<Digest, Promise<unknown>>()

  /** Content-addressed JSON; what was read is kept while it is in use. */
  function readJson<T>(digest: Digest): Promise<T> {
    let reading = references.get(digest)
    if (!reading) {
      reading = blobs.get(digest).then(bytes => JSON.parse(new TextDecoder().decode(bytes)))
      if (references.size >= 16) references.delete(references.keys().next().value!)
      references.set(digest, reading)
      reading.catch(() => references.delete(digest))
    }
    return reading as Promise<T>
  }

  const putJson = (value: unknown) => blobs.put(new TextEncoder().encode(canonicalJson(value)))

  async function limitsOf(monitor: Stored<Monitor>) {
    if (monitor.body.limits === 0) return undefined
    const record = (await records.get('limits', `${monitor.id}/${ordinal(monitor.body.limits)}`))!.body
    return { record, drift: record.content ? await readJson<DriftReference>(record.content) : undefined }
  }

  async function openAlarm(id: string, monitor: string): Promise<Stored<Alarm> | undefined> {
    for (const state of ['open', 'acknowledged']) {
      const { items } = await records.list('alarm', { prefix: `${id}/`, where: { state, monitor }, limit: 1 })
      if (items[0]) return items[0]
    }
    return undefined
  }

  // ------------------------------------------------------------ closing a day

  async function closeDay(timer: Stored<Timer>): Promise<void> {
    const { project, endpoint: name } = timer.body.payload as { project: string; endpoint: string }
    const { from, latenessMs } = timer.body.payload as { from: number; latenessMs: number }
    const id = endpointId(project, name)
    const [declared, endpoint] = await Promise.all([records.get('project', project), records.get('endpoint', id)])
    if (!declared || !endpoint) {
      await records.commit({ at: clock.now(), actor: 'falconer', removes: [{ kind: 'timer', id: timer.id }] })
      return
    }
    const { timezone } = declared.body.config
    const to = nextDay(from, timezone)
    const monitors = (await records.list('monitor', { prefix: `${id}/` })).items.filter(
      ({ body }) => body.config.latenessMs === latenessMs,
    )
    const window = await log.window(id, from, to, clock.now())
    const live = endpoint.body.routes.find(({ mode }) => mode === 'live')!.semver
    const task = taskOf(declared.body)
    const observed = observe(window, live, task)

    const puts: Puts[number][] = []
    const audit: AuditNote[] = []
    puts.push(await dayPut(id, { project, endpoint: name, from, to, live, window, task, observed, latenessMs }))
    const statuses: Record<string, string> = {}
    for (const monitor of monitors) {
      if (monitor.body.measuredTo >= to) continue
      const limits = await limitsOf(monitor)
      const whole = limits === undefined || from >= limits.record.setAt
      const found: Found = whole
        ? measure(monitor.body.config, monitor.body, limits, observed)
        : {
            rows: observed.rows,
            status: 'not enough data',
            reason: `${live} went live during this day or after it`,
            state: monitor.body.state,
          }
      const { state, ...shown } = found
      statuses[monitor.body.name] = found.status
      const measurement: Measurement = {
        project,
        endpoint: name,
        monitor: monitor.body.name,
        from,
        to,
        semver: live,
        limits: monitor.body.limits,
        ...shown,
        measuredAt: clock.now(),
      }
      const measurementId = `${monitor.id}/${stamp(from)}`
      const next = monitorAfter(monitor.body, { type: 'measured', to, status: found.status, state })
      puts.push(
        { kind: 'measurement', id: measurementId, body: measurement, expect: 'absent' },
        { kind: 'monitor', id: monitor.id, body: next, expect: monitor.revision },
      )
      const alarm = await openAlarm(id, monitor.body.name)
      const change = await alarmChange(monitor, next, alarm, measurementId, measurement, endpoint, window, observed)
      puts.push(...change.puts)
      audit.push(...change.audit)
    }
    audit.push({
      type: 'day.closed',
      project,
      subject: id,
      data: { day: localDate(from, timezone), rows: window.rows, coverage: observed.coverage, monitors: statuses },
    })
    const following = closeTimer(project, name, to, nextDay(to, timezone) + latenessMs, latenessMs)
    await records.commit({
      at: clock.now(),
      actor: 'falconer',
      once: `closed/${timer.id}`,
      puts: [...puts, { kind: 'timer', ...following }],
      removes: [{ kind: 'timer', id: timer.id }],
      audit,
    })
  }

  /** The day as diagnosis will see it; written when it ends, completed when its outcomes have been waited for. */
  async function dayPut(
    id: string,
    day: {
      readonly project: string
      readonly endpoint: string
      readonly from: number
      readonly to: number
      readonly live: string
      readonly window: PredictionWindow
      readonly task: Task
      readonly observed: Observed
      readonly latenessMs: number
    },
  ): Promise<Puts[number]> {
    const { project, endpoint, from, to, live, window, task, observed, latenessMs } = day
    const dayId = `${id}/${stamp(from)}`
    const before = await records.get('day', dayId)
    const started = before ? before.body : await startedDay()
    const known = latenessMs > 0 ? realised() : {}
    return { kind: 'day', id: dayId, body: { ...started, ...known } }

    async function startedDay(): Promise<WatchedDay> {
      const content = contentOfDay(window.features)
      const previous = (await records.list('day', { prefix: `${id}/`, order: 'descending', limit: 1 })).items[0]
      const hashes =
        previous && previous.body.to === from ? (await readJson<DayContent>(previous.body.content)).hashes : []
      return {
        project,
        endpoint,
        from,
        to,
        semver: live,
        rows: window.rows,
        content: await putJson(content),
        repeated: repeatedShare(content.hashes, hashes),
        losses: {},
      }
    }

    function realised(): Pick<WatchedDay, 'coverage' | 'auc' | 'losses'> {
      const { auc } = dayStatistics(task, observed.labels, observed.outputs)
      return { coverage: observed.coverage, ...(auc !== undefined && { auc }), losses: lossesByVersion(window, task) }
    }
  }

  async function alarmChange(
    monitor: Stored<Monitor>,
    next: Monitor,
    alarm: Stored<Alarm> | undefined,
    measurementId: string,
    measurement: Measurement,
    endpoint: Stored<Endpoint>,
    window: PredictionWindow,
    observed: Observed,
  ): Promise<{ puts: Puts[number][]; audit: AuditNote[] }> {
    const { project } = monitor.body
    const at = clock.now()
    if (measurement.status === 'out') {
      const alarmId = alarm?.id ?? `${endpoint.id}/${stamp(at)}/${monitor.body.name}`
      const body: Alarm = alarm
        ? alarmAfter(alarm.body, { type: 'continued', measurement: measurementId })
        : {
            project,
            endpoint: monitor.body.endpoint,
            monitor: monitor.body.name,
            openedAt: at,
            state: 'open',
            severity: monitor.body.config.kind === 'drift' ? 'warning' : 'critical',
            semver: measurement.semver,
            headline: headline(measurement),
            first: measurementId,
            last: measurementId,
            windowsOut: 1,
            ...(await causeOf(endpoint, measurement, window, observed)),
          }
      return {
        puts: [
          { kind: 'alarm', id: alarmId, body, expect: alarm?.revision ?? 'absent' },
          { kind: 'timer', ...alarmTimer(alarmId, monitor.body, at) },
        ],
        audit: alarm
          ? []
          : [
              {
                type: 'alarm.opened',
                project,
                subject: alarmId,
                reason: body.headline,
                data: { measurement: measurementId },
              },
            ],
      }
    }
    if (!alarm || measurement.status !== 'ok' || next.run.in < cleanWindows) return { puts: [], audit: [] }
    const reason = `in its limits for ${next.run.in} days`
    return {
      puts: [
        {
          kind: 'alarm',
          id: alarm.id,
          body: alarmAfter(alarm.body, { type: 'resolved', by: 'falconer', at }),
          expect: alarm.revision,
        },
      ],
      audit: [{ type: 'alarm.resolved', project, subject: alarm.id, reason }],
    }
  }

  async function causeOf(
    endpoint: Stored<Endpoint>,
    { semver, from, to }: Measurement,
    window: PredictionWindow,
    observed: Observed,
  ): Promise<{ readonly cause?: Cause }> {
    const { project, model } = endpoint.body
    const reference = await referenceOf(project, model, semver)
    if (!reference) return {}
    const span = from - (explainedDays - 1) * (to - from)
    const wide = span < from ? await log.window(endpoint.id, span, to, clock.now()) : window
    const answers = answersOf(wide, semver)
    const { rows, labels, outputs } = labelled(wide, answers)
    const draw = random(seed).fork(`explained ${from}`)
    const count = Math.min(explainedRows, window.rows)
    const sampled = Int32Array.from({ length: count }, () => draw.below(window.rows)).sort()
    const contributions =
      explain && count > 0 && reference.contributions
        ? // A model that cannot be explained still has an alarm.
          await explain(project, model, semver, take(observed.features, sampled)).catch(() => undefined)
        : undefined
    return {
      cause: {
        movedFeatures: contributions ? movedFeatures(reference, contributions.values) : [],
        segments: costlySegments(reference, wide.features, rows, labels, outputs),
      },
    }
  }

  async function referenceOf(project: string, model: string, semver: string): Promise<Reference | undefined> {
    const { items } = await records.list('version', { prefix: `${project}/${model}/`, where: { semver }, limit: 1 })
    return items[0] && readJson<Reference>(items[0].body.reference)
  }

  // ------------------------------------------------------------ limits

  async function renew({
    project,
    endpoint: name,
    version,
    at,
    once,
  }: {
    readonly project: string
    readonly endpoint: string
    readonly version: ModelVersion
    readonly at: number
    readonly once: string
  }): Promise<void> {
    const id = endpointId(project, name)
    const declared = await records.get('project', project)
    if (!declared) throw new FalconerError('not-found', `There is no project ${project}.`)
    const { config } = declared.body
    const reference = await readJson<Reference>(version.reference)
    const puts: Puts[number][] = []
    const audit: AuditNote[] = []
    for (const monitorConfig of config.watch) {
      const monitorId = `${id}/${monitorName(monitorConfig)}`
      const stored = await records.get('monitor', monitorId)
      const renewed = await renewedMonitor(monitorId, stored, monitorConfig, reference, { project, name, version, at })
      puts.push(...renewed.puts)
      audit.push(...renewed.audit)
      const alarm = await openAlarm(id, monitorName(monitorConfig))
      if (!alarm) continue
      const body = alarmAfter(alarm.body, { type: 'resolved', by: 'falconer', at })
      puts.push({ kind: 'alarm', id: alarm.id, body, expect: alarm.revision })
      const reason = `${version.semver} went live with limits of its own`
      audit.push({ type: 'alarm.resolved', project, subject: alarm.id, reason })
    }
    puts.push(...(await missingTimers(declared.body, name, at)))
    await records.commit({ at, actor: 'falconer', once, puts, audit })
  }

  async function renewedMonitor(
    monitorId: string,
    stored: Stored<Monitor> | undefined,
    monitorConfig: MonitorConfig,
    reference: Reference,
    { project, name, version, at }: { project: string; name: string; version: ModelVersion; at: number },
  ): Promise<{ puts: Puts[number][]; audit: AuditNote[] }> {
    const before = stored && (await limitsOf(stored))
    const fitted = fitLimits(
      monitorConfig,
      reference,
      before && { limits: before.record, drift: before.drift },
      random(seed).fork(`${monitorId} ${version.semver}`),
    )
    const monitor: Monitor = stored
      ? { ...stored.body, config: monitorConfig }
      : {
          project,
          endpoint: name,
          name: monitorName(monitorConfig),
          config: monitorConfig,
          limits: 0,
          measuredTo: 0,
          state: {},
          run: { out: 0, in: 0 },
        }
    const expect = stored?.revision ?? ('absent' as const)
    if ('reason' in fitted) {
      const body = monitorAfter(monitor, { type: 'renewed', limits: 0, state: {} })
      return {
        puts: [{ kind: 'monitor', id: monitorId, body, expect }],
        audit: [{ type: 'limits.missing', project, subject: monitorId, reason: fitted.reason }],
      }
    }
    const newest = (await records.list('limits', { prefix: `${monitorId}/`, order: 'descending', limit: 1 })).items[0]
    const number = (newest?.body.version ?? 0) + 1
    const limits: Limits = {
      project,
      endpoint: name,
      monitor: monitor.name,
      version: number,
      semver: version.semver,
      ...fitted.limits,
      ...(fitted.drift && { content: await putJson(fitted.drift) }),
      setAt: at,
    }
    const limitsId = `${monitorId}/${ordinal(number)}`
    return {
      puts: [
        { kind: 'limits', id: limitsId, body: limits, expect: 'absent' },
        {
          kind: 'monitor',
          id: monitorId,
          body: monitorAfter(monitor, { type: 'renewed', limits: number, state: {} }),
          expect,
        },
      ],
      audit: [
        {
          type: 'limits.set',
          project,
          subject: limitsId,
          reason: `${limits.days} days that ${version.semver} had not seen`,
          data: { centre: limits.centre, sd: limits.sd, width: limits.width, method: limits.method },
        },
      ],
    }
  }

  /** One timer for each lateness among the monitors; those that wait already go on. */
  async function missingTimers(
    { name: project, config }: Project,
    endpoint: string,
    at: number,
  ): Promise<Puts[number][]> {
    const waiting = (await records.list('timer', { where: { handler: closeHandler }, limit: 10_000 })).items.filter(
      ({ body: { payload } }) => payload.project === project && payload.endpoint === endpoint,
    )
    const from = dayStart(at, config.timezone)
    return [...new Set(config.watch.map(({ latenessMs }) => latenessMs))]
      .filter(latenessMs => !waiting.some(({ body }) => body.payload.latenessMs === latenessMs))
      .map(latenessMs => ({
        kind: 'timer',
        ...closeTimer(project, endpoint, from, nextDay(from, config.timezone) + latenessMs, latenessMs),
      }))
  }

  // ------------------------------------------------------------ people

  async function answer(
    id: string,
    actor: string,
    note: string,
    event: { type: 'acknowledged'; by: string } | { type: 'resolved'; by: string; at: number },
  ): Promise<Stored<Alarm>> {
    const stored = await records.get('alarm', id)
    if (!stored) throw new FalconerError('not-found', `There is no alarm ${id}.`)
    await records.commit({
      at: clock.now(),
      actor,
      puts: [{ kind: 'alarm', id, body: alarmAfter(stored.body, event), expect: stored.revision }],
      audit: [{ type: `alarm.${event.type}`, project: stored.body.project, subject: id, reason: note }],
    })
    return (await records.get('alarm', id))!
  }

  return {
    renew,
    acknowledge: (id, note, actor) => answer(id, actor, note, { type: 'acknowledged', by: actor }),
    resolve: (id, note, actor) => answer(id, actor, note, { type: 'resolved', by: actor, at: clock.now() }),
    handlers: { [closeHandler]: closeDay },
  }
}

function closeTimer(
  project: string,
  endpoint: string,
  from: number,
  due: number,
  latenessMs: number,
): { id: string; body: Timer } {
  return {
    id: `${stamp(due)}/${closeHandler}/${project}/${endpoint}/${latenessMs}`,
    body: {
      due,
      handler: closeHandler,
      lane: `${project}/${endpoint}/watch`,
      payload: { project, endpoint, from, latenessMs },
    },
  }
}

function taskOf({ config }: Project): Task {
  return config.train.task
}

function observe(window: PredictionWindow, semver: string, task: Task): Observed {
  const answers = answersOf(window, semver)
  const { labels, outputs } = labelled(window, answers)
  const { rows, features } = window
  return { task, rows, coverage: coverageOf(window), features, answers, labels, outputs }
}

/** Mean loss of each version over the labelled rows that all versions with an answer to most rows have answered. */
function lossesByVersion(window: PredictionWindow, task: Task): Record<string, number> {
  const all = versionsIn(window)
    .map(semver => ({ semver, answers: answersOf(window, semver) }))
    .filter(({ answers }) => labelled(window, answers).rows.length > window.rows / 2)
  const rows = Array.from({ length: window.rows }, (_, row) => row).filter(
    row => !Number.isNaN(window.outcomes[row]!) && all.every(({ answers }) => !Number.isNaN(answers[row]!)),
  )
  if (rows.length === 0) return {}
  const labels = Float64Array.from(rows, row => window.outcomes[row]!)
  return Object.fromEntries(
    all.map(({ semver, answers }) => [
      semver,
      mean(
        rowLosses(
          task === 'binary' ? 'log_loss' : 'squared_error',
          labels,
          Float64Array.from(rows, row => answers[row]!),
        ),
      ),
    ]),
  )
}

function headline({ monitor, charted, lower, upper, from, columns, semver, limits }: Measurement): string {
  const day = new Date(from).toISOString().slice(0, 10)
  if (columns) {
    const drifted = columns.filter(column => column.drifted).sort((a, b) => a.p - b.p)
    const names = drifted.slice(0, 5).map(({ column }) => column)
    const more = drifted.length > names.length ? ` and ${drifted.length - names.length} more` : ''
    return `${names.join(', ')}${more} drifted away from the days that ${semver} was evaluated on (${day})`
  }
  const side = upper !== undefined && charted! > upper ? `above ${short(upper)}` : `below ${short(lower!)}`
  return `${monitor} of ${semver} is at ${short(charted!)}, ${side}: out of limits ${limits} on ${day}`
}

function short(value: number): string {
  return String(Number(value.toPrecision(3))).replace('-', '−')
}
