/**
 * Closes a window: looks at what the live version answered, measures every monitor of this schedule against its frozen
 * limits, opens, continues or resolves alarms, and stores all of it with the next timer in one commit.
 */
import type { Clock, PredictionLog, PredictionWindow, Stored } from '../base/ports.ts'
import { type Table, take } from '../base/table.ts'
import { localDate } from '../base/time.ts'
import { answersOf, coverageOf, labelled } from '../loop/answers.ts'
import { currentMonitor, windowText } from '../loop/monitor.ts'
import { type Span, windowAt } from '../loop/monitorWindow.ts'
import {
  type Cause,
  type Endpoint,
  endpointId,
  type LoopRecords,
  type Monitor,
  type Project,
  stamp,
  type Timer,
} from '../loop/records.ts'
import { random } from '../numeric/random.ts'
import { type Changes, type Raised, raise, resolve } from './alarms.ts'
import { costlySegments, type Explain, movedFeatures } from './cause.ts'
import { dayRecord } from './dayRecord.ts'
import { learn } from './learn.ts'
import { type LookParts, looking, type ServiceOf } from './look.ts'
import type { Observed } from './measure.ts'
import { stretchOf } from './observe.ts'
import { reconcileTimer } from './reconcile.ts'
import { reviseTimer } from './revise.ts'
import {
  closeTimer,
  nextLook,
  rowTimer,
  rowWindow,
  type Schedule,
  scheduleKey,
  scheduleOf,
  schedulesOf,
  settleMs,
} from './schedule.ts'
import type { LimitsInUse, Shelf } from './shelf.ts'
import { windowStep } from './windowStep.ts'

/** Days whose rows are looked at to say why, and rows that are explained. */
const explainedDays = 7
const explainedRows = 1000
const dayMs = 86_400_000

export interface ClosingParts {
  readonly records: LoopRecords
  readonly log: PredictionLog
  readonly clock: Clock
  readonly shelf: Shelf
  readonly seed: number
  readonly explain: Explain | undefined
  readonly service?: ServiceOf | undefined
}

export function createClosing(parts: ClosingParts): (timer: Stored<Timer>) => Promise<void> {
  const { records, log, clock, shelf } = parts

  return async timer => {
    const { project, endpoint: name, from } = timer.body.payload as { project: string; endpoint: string; from: number }
    const schedule = scheduleOf(timer.body.payload)
    const id = endpointId(project, name)
    const at = clock.now()
    const removes = [{ kind: 'timer' as const, id: timer.id }]
    const [declared, endpoint] = await Promise.all([records.get('project', project), records.get('endpoint', id)])
    const wanted =
      declared && schedulesOf(declared.body.config).some(other => scheduleKey(other) === scheduleKey(schedule))
    if (!declared || !endpoint || !wanted) {
      await records.commit({ at, actor: 'falconer', removes })
      return
    }
    const span = await spanOf(id, schedule, from, declared.body.config.timezone, at)
    if ('look' in span) {
      await records.commit({
        at,
        actor: 'falconer',
        removes,
        puts: [rowTimer({ project, endpoint: name }, schedule, from, span.look)],
      })
      return
    }
    const changes = await close(declared, endpoint, schedule, span, at)
    await records.commit({
      at,
      actor: 'falconer',
      once: `closed/${timer.id}`,
      puts: [
        ...changes.puts,
        closeTimer({ project, endpoint: name }, schedule, span.to, declared.body.config.timezone, at),
      ],
      removes,
      audit: changes.audit,
    })
  }

  /** The window that begins at `from`; of rows, or when to look again because they are not there yet. */
  async function spanOf(
    endpoint: string,
    { window, latenessMs }: Schedule,
    from: number,
    timezone: string,
    at: number,
  ): Promise<Span | { readonly look: number }> {
    if (window.kind === 'time') return { from, to: windowAt(from, window.everyMs, timezone).to }
    const found = await rowWindow(log, endpoint, from, window.rows, at - settleMs)
    if ('rows' in found) return { look: nextLook(from, at, found.rows, window.rows) }
    return at < found.to + latenessMs ? { look: found.to + latenessMs } : found
  }

  async function close(
    declared: Stored<Project>,
    endpoint: Stored<Endpoint>,
    schedule: Schedule,
    span: Span,
    at: number,
  ): Promise<Changes> {
    const { timezone, train } = declared.body.config
    const { project, name } = endpoint.body
    const semver = endpoint.body.routes.find(({ mode }) => mode === 'live')!.semver
    const changes: Changes = { puts: [], audit: [] }
    const monitors = await monitorsOf(endpoint.id, schedule, span)
    const limits = new Map<string, LimitsInUse>()
    for (const monitor of monitors) {
      const inUse = await shelf.limitsOf(monitor)
      if (inUse) limits.set(monitor.body.name, inUse)
    }
    const configs = monitors.map(({ body }) => currentMonitor(body.config))
    const look: LookParts = { records, log, shelf, service: parts.service }
    const eyes = await looking(look, {
      endpoint: endpoint.body,
      task: train.task,
      semver,
      monitors: configs,
      limits,
      asOf: at,
    })
    const isDay = windowText(schedule.window) === '1 day'
    // What is kept of a day wants all its rows; they are read once.
    const rows = isDay ? await log.window(endpoint.id, span.from, span.to, at) : undefined
    let observed: Observed | undefined
    if (rows) {
      observed = observe(rows, semver, train.task)
      const settled = schedule.latenessMs > 0
      const day = { project, endpoint: name, ...span, semver, timezone, window: rows, observed, settled }
      changes.puts.push({ kind: 'day', ...(await dayRecord(records, shelf, endpoint.id, day)) })
    }
    const place = { log, endpoint: endpoint.id, semver, asOf: at }
    const seen = await eyes.window(span, rows && [await stretchOf(place, rows, span, configs)])
    const alarms = await shelf.openAlarms(endpoint.id)
    const statuses: Record<string, string> = {}
    const raised: Raised[] = []
    for (const monitor of monitors) {
      const inUse = limits.get(monitor.body.name)
      const step = windowStep({
        monitor: monitor.body,
        limits: inUse,
        seen: seen.get(monitor.body.name)!,
        span,
        semver,
        at,
      })
      const measurement = { id: `${monitor.id}/${stamp(span.from)}`, body: step.measurement }
      const learnt = inUse
        ? undefined
        : await learn({ ...parts, look, declared, endpoint, monitor, next: step.monitor, span, semver, at })
      changes.puts.push({ kind: 'measurement', ...measurement }, ...(learnt?.puts ?? []), {
        kind: 'monitor',
        id: monitor.id,
        body: learnt?.monitor ?? step.monitor,
        expect: monitor.revision,
      })
      changes.audit.push(...(learnt?.audit ?? []))
      statuses[monitor.body.name] = step.measurement.status
      if (step.measurement.provisional) changes.puts.push(reviseTimer(monitor, span, 1, at))
      if (step.measurement.interval) changes.puts.push(reconcileTimer(declared.body, monitor, span, 1))
      const open = alarms.get(monitor.body.name)
      if (step.alarm === 'raise') {
        raised.push({ monitor: step.monitor, measurement, open, unarmed: inUse?.record.unarmed })
      } else if (open && step.alarm === 'resolve') {
        resolve(open, `in its limits for ${step.monitor.run.in} ${windowsText(step.monitor)}`, at, changes)
      }
    }
    await raise(endpoint.id, raised, at, () => causeOf(parts, endpoint, semver, span, at, observed), changes)
    changes.audit.push({
      type: isDay ? 'day.closed' : 'window.closed',
      project,
      subject: endpoint.id,
      data: {
        ...(isDay ? { day: localDate(span.from, timezone) } : { window: windowText(schedule.window), ...span }),
        ...(observed && { rows: observed.rows, coverage: observed.coverage }),
        monitors: statuses,
      },
    })
    return changes
  }

  /** Monitors of this schedule that have not been measured so far. */
  async function monitorsOf(endpoint: string, schedule: Schedule, { to }: Span): Promise<Stored<Monitor>[]> {
    const found: Stored<Monitor>[] = []
    for (let after: string | undefined; ; ) {
      const page = await records.list('monitor', {
        prefix: `${endpoint}/`,
        limit: 10_000,
        ...(after !== undefined && { after }),
      })
      for (const monitor of page.items) {
        const { window, latenessMs } = currentMonitor(monitor.body.config)
        if (scheduleKey({ window, latenessMs }) === scheduleKey(schedule) && monitor.body.measuredTo < to) {
          found.push(monitor)
        }
      }
      if (page.next === undefined) return found
      after = page.next
    }
  }
}

export function windowsText(monitor: Monitor): string {
  return windowText(currentMonitor(monitor.config).window) === '1 day' ? 'days' : 'windows'
}

/** Why monitors are out: what moved the predictions, and which segments cost the loss. */
export async function causeOf(
  { log, shelf, explain, seed }: Pick<ClosingParts, 'log' | 'shelf' | 'explain' | 'seed'>,
  { id, body: { project, model } }: Stored<Endpoint>,
  semver: string,
  { from, to }: Span,
  at: number,
  day?: Observed,
): Promise<Cause | undefined> {
  const version = await shelf.versionOf(project, model, semver)
  if (!version) return undefined
  const reference = await shelf.referenceOf(version)
  const length = Math.min(to - from, dayMs)
  const wide = await log.window(id, to - explainedDays * length, to, at)
  const { rows, labels, outputs } = labelled(wide, answersOf(wide, semver))
  const features: Table = day?.features ?? (await log.window(id, Math.max(from, to - dayMs), to, at)).features
  const draw = random(seed).fork(`explained ${from}`)
  const count = Math.min(explainedRows, features.rows)
  const sampled = Int32Array.from({ length: count }, () => draw.below(features.rows)).sort()
  const contributions =
    explain && reference.contributions && count > 0
      ? // A model that cannot be explained has its alarm all the same.
        await explain(project, model, semver, take(features, sampled)).catch(() => undefined)
      : undefined
  return {
    movedFeatures: contributions ? movedFeatures(reference, contributions.values) : [],
    segments: costlySegments(reference, wide.features, rows, labels, outputs),
  }
}

function observe(window: PredictionWindow, semver: string, task: Observed['task']): Observed {
  const answers = answersOf(window, semver)
  const { labels, outputs } = labelled(window, answers)
  const { rows, features } = window
  return { task, rows, coverage: coverageOf(window), features, answers, labels, outputs }
}
