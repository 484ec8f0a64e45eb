/**
 * New limits: for all monitors of an endpoint when another version goes live (charts begin anew, open alarms resolve), and
 * for those that are new or another kind when falconer.yaml is applied. Windows are closed from now on where they were not
 * before.
 */
import { FalconerError } from '../base/errors.ts'
import { canonicalJson } from '../base/json.ts'
import type { Clock, Stored } from '../base/ports.ts'
import { currentMonitor, type MonitorConfig, windowText } from '../loop/monitor.ts'
import { type Span, windowAt } from '../loop/monitorWindow.ts'
import {
  type Endpoint,
  endpointId,
  type LoopRecords,
  type ModelVersion,
  type Monitor,
  ordinal,
  type Project,
  stamp,
} from '../loop/records.ts'
import type { Reference } from '../loop/reference.ts'
import { signalOf } from '../loop/signals.ts'
import type { WatchSteps } from '../loop/steps.ts'
import { monitorAfter } from '../loop/transitions.ts'
import { random } from '../numeric/random.ts'
import { type Changes, resolve } from './alarms.ts'
import { limitsRecord, nextNumber, seenWindows } from './learn.ts'
import { givenLimits, type LimitsFit, referenceLimits, windowLimits } from './limits.ts'
import type { LookParts } from './look.ts'
import { learnedWindows } from './measure.ts'
import { missingTimers } from './schedule.ts'
import type { LimitsInUse, Shelf } from './shelf.ts'
import { windowStep } from './windowStep.ts'

export interface RenewalParts {
  readonly records: LoopRecords
  readonly shelf: Shelf
  readonly look: LookParts
  readonly clock: Clock
  readonly seed: number
}

export interface Renewal extends WatchSteps {
  /** Monitors as the project's file declares them now: new ones get limits, changed ones new limits, others end. */
  sync(project: string): Promise<void>
}

const attempts = 5

export function createRenewal({ records, shelf, look, clock, seed }: RenewalParts): Renewal {
  async function renew(change: Parameters<WatchSteps['renew']>[0]): Promise<void> {
    const { project, endpoint, version, at, once } = change
    const id = endpointId(project, endpoint)
    const declared = await records.get('project', project)
    if (!declared) throw new FalconerError('not-found', `There is no project ${project}.`)
    const reference = await shelf.referenceOf(version)
    const changes: Changes = { puts: [], audit: [] }
    const alarms = await shelf.openAlarms(id)
    for (const config of declared.body.config.watch.map(currentMonitor)) {
      const stored = await records.get('monitor', `${id}/${config.name}`)
      const before = stored && (await shelf.limitsOf(stored))
      if (stored && keepsLimits(stored.body, config, before)) continue
      await renewMonitor(`${id}/${config.name}`, config, { stored, before, reference, ...change }, changes)
      const alarm = alarms.get(config.name)
      if (alarm) resolve(alarm, `${version.semver} went live with limits of its own`, at, changes)
    }
    changes.puts.push(...(await missingTimers(records, { project, endpoint }, declared.body.config, at)))
    await records.commit({ at, actor: 'falconer', once, ...changes })
  }

  interface Renewed {
    readonly project: string
    readonly endpoint: string
    readonly version: ModelVersion
    readonly at: number
    readonly stored: Stored<Monitor> | undefined
    readonly before: LimitsInUse | undefined
    readonly reference: Reference
  }

  /** Limits from the reference or as given; else the monitor learns from the windows to come. */
  async function renewMonitor(
    id: string,
    config: MonitorConfig,
    { project, endpoint, version, at, stored, before, reference }: Renewed,
    { puts, audit }: Changes,
  ): Promise<void> {
    const fit = givenLimits(config, at) ??
      referenceLimits(
        config,
        reference,
        before && { limits: before.record, drift: before.drift },
        random(seed).fork(`${id} ${version.semver}`),
      ) ?? { reason: `limits will come from ${learnedWindows(config)} windows of the log` }
    const monitor = stored ? { ...stored.body, config } : await newMonitor(id, project, endpoint, config)
    const expect = stored?.revision ?? ('absent' as const)
    if (!fit.limits) {
      const body = monitorAfter(monitor, { type: 'renewed', limits: 0, state: {}, at })
      puts.push({ kind: 'monitor', id, body, expect })
      audit.push({ type: 'limits.missing', project, subject: id, reason: fit.reason })
      return
    }
    const number = await nextNumber(records, id)
    const record = await limitsRecord(shelf, { id, monitor, number, semver: version.semver, fit, at })
    const body = monitorAfter(monitor, { type: 'renewed', limits: number, state: {}, at })
    puts.push(
      { kind: 'limits', id: `${id}/${ordinal(number)}`, body: record.limits, expect: 'absent' },
      { kind: 'monitor', id, body, expect },
    )
    audit.push(record.audit)
  }

  /** A monitor of a name that was used before goes on behind the newest measurement of that name. */
  async function newMonitor(id: string, project: string, endpoint: string, config: MonitorConfig): Promise<Monitor> {
    const newest = (await records.list('measurement', { prefix: `${id}/`, order: 'descending', limit: 1 })).items[0]
    return {
      project,
      endpoint,
      name: config.name,
      config,
      limits: 0,
      measuredTo: newest?.body.to ?? 0,
      state: {},
      run: { out: 0, in: 0 },
    }
  }

  /** A window that is closed meanwhile changes what was read: then everything is read again. */
  async function sync(project: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await syncOnce(project)
      } catch (thrown) {
        if (attempt === attempts || !(thrown instanceof FalconerError) || thrown.code !== 'stale') throw thrown
      }
    }
  }

  async function syncOnce(project: string): Promise<void> {
    const declared = await records.get('project', project)
    if (!declared) return
    const { config } = declared.body
    const id = endpointId(project, config.deploy.endpoint)
    const endpoint = await records.get('endpoint', id)
    // Before anything is served there is nothing to watch; the first version brings the first limits.
    if (!endpoint) return
    const { semver } = endpoint.body.routes.find(({ mode }) => mode === 'live')!
    const version = await shelf.versionOf(project, endpoint.body.model, semver)
    if (!version) return
    const at = clock.now()
    const changes: Changes = { puts: [], audit: [] }
    const alarms = await shelf.openAlarms(id)
    const removes: { kind: 'monitor'; id: string }[] = []
    const wanted = config.watch.map(currentMonitor)
    const { items } = await records.list('monitor', { prefix: `${id}/`, limit: 10_000 })
    for (const stored of items) {
      if (wanted.some(({ name }) => name === stored.body.name)) continue
      removes.push({ kind: 'monitor', id: stored.id })
      changes.audit.push({
        type: 'monitor.removed',
        project,
        subject: stored.id,
        reason: 'falconer.yaml has it no more',
      })
      const alarm = alarms.get(stored.body.name)
      if (alarm) resolve(alarm, 'its monitor was removed', at, changes)
    }
    let reference: Reference | undefined
    for (const next of wanted) {
      const stored = items.find(({ body }) => body.name === next.name)
      if (stored) {
        const now = currentMonitor(stored.body.config)
        if (canonicalJson(now) === canonicalJson(next)) continue
        if (sameMeasure(now, next)) {
          changes.puts.push({
            kind: 'monitor',
            id: stored.id,
            body: { ...stored.body, config: next },
            expect: stored.revision,
          })
          continue
        }
      }
      reference ??= await shelf.referenceOf(version)
      const monitorId = `${id}/${next.name}`
      const begun = changes.puts.length
      await renewMonitor(
        monitorId,
        next,
        { project, endpoint: endpoint.body.name, version, at, stored, before: undefined, reference },
        changes,
      )
      const alarm = alarms.get(next.name)
      if (alarm) resolve(alarm, 'its monitor was changed', at, changes)
      const body = changes.puts.slice(begun).find(({ kind }) => kind === 'monitor')!.body as Monitor
      if (body.limits === 0) {
        const learnt = await lookBack(declared, endpoint, semver, monitorId, body, at)
        if (learnt) {
          const place = changes.puts.findIndex(put => put.kind === 'monitor' && put.id === monitorId)
          changes.puts.splice(place, 1, ...learnt.puts, {
            kind: 'monitor',
            id: monitorId,
            body: learnt.monitor,
            expect: stored?.revision ?? 'absent',
          })
          changes.audit.push(...learnt.audit)
        }
      }
    }
    changes.puts.push(...(await missingTimers(records, { project, endpoint: endpoint.body.name }, config, at)))
    if (changes.puts.length === 0 && removes.length === 0) return
    await records.commit({ at, actor: 'falconer', ...changes, removes })
  }

  /** What the log says already: the newest windows that have ended are measured, and give limits where they are enough. */
  async function lookBack(
    declared: Stored<Project>,
    endpoint: Stored<Endpoint>,
    semver: string,
    monitorId: string,
    monitor: Monitor,
    at: number,
  ): Promise<{ monitor: Monitor; puts: Changes['puts']; audit: Changes['audit'] } | undefined> {
    const config = currentMonitor(monitor.config)
    if (config.window.kind === 'rows') return undefined
    const { timezone } = declared.body.config
    const { everyMs } = config.window
    const wanted = learnedWindows(config)
    const spans: Span[] = []
    const first = await firstOfVersion(endpoint, config)
    let to = windowAt(at - config.latenessMs, everyMs, timezone).from
    while (spans.length < wanted) {
      const span = windowAt(to - 1, everyMs, timezone)
      if (span.from < first) break
      spans.unshift(span)
      to = span.from
    }
    if (spans.length === 0) return undefined
    const { seen, bins } = await seenWindows(look, { declared, endpoint, config, semver, asOf: at }, spans)
    const puts: Changes['puts'] = []
    let next: Monitor = { ...monitor, measuredTo: 0, since: first }
    for (const window of seen) {
      const step = windowStep({ monitor: next, limits: undefined, ...window, semver, at })
      next = step.monitor
      const id = `${monitorId}/${stamp(window.span.from)}`
      if (await records.get('measurement', id)) continue
      puts.push({ kind: 'measurement', id, body: { ...step.measurement, backfill: true } })
    }
    const measuredTo = Math.max(monitor.measuredTo, next.measuredTo)
    const learning = { ...next, measuredTo, since: first }
    const fit: LimitsFit =
      spans.length < wanted
        ? { reason: 'too few windows' }
        : windowLimits(config, seen, bins, random(seed).fork(`${monitorId} back`))
    if (!fit.limits) return { monitor: learning, puts, audit: [] }
    const number = await nextNumber(records, monitorId)
    const record = await limitsRecord(shelf, { id: monitorId, monitor, number, semver, fit, at })
    puts.push({ kind: 'limits', id: `${monitorId}/${ordinal(number)}`, body: record.limits, expect: 'absent' })
    const begun = monitorAfter(learning, { type: 'renewed', limits: number, state: {}, at: spans.at(-1)!.to })
    return { monitor: begun, puts, audit: [record.audit] }
  }

  /** From when on windows say something: since the version is live, or since there are rows. */
  async function firstOfVersion({ id, body }: Stored<Endpoint>, config: MonitorConfig): Promise<number> {
    if (ofVersion(config)) {
      const champion = await records.get('alias', `${body.project}/${body.model}/alias/champion`)
      return champion?.body.movedAt ?? body.switchedAt
    }
    const day = (await records.list('day', { prefix: `${id}/`, limit: 1 })).items[0]
    return Math.min(day?.body.from ?? body.createdAt, body.createdAt)
  }

  return { renew, sync }
}

/** Whether another version needs other limits. */
function ofVersion(config: MonitorConfig): boolean {
  return config.kind === 'drift' || signalOf(config.of).ofVersion === true
}

/** Limits that came from windows of the log, or were given, and that are not about the version go on. */
export function keepsLimits(stored: Monitor, config: MonitorConfig, before: LimitsInUse | undefined): boolean {
  if (canonicalJson(currentMonitor(stored.config)) !== canonicalJson(config)) return false
  if (ofVersion(config)) return false
  return before === undefined ? stored.since !== undefined : before.record.source !== 'reference'
}

/** Whether only the alarm's rule or the name of the windows' closing differs, so that the chart can go on. */
function sameMeasure(a: MonitorConfig, b: MonitorConfig): boolean {
  const measured = ({ alarm: _, ...rest }: MonitorConfig) => canonicalJson(rest)
  return (
    measured(a) === measured(b) &&
    a.alarm.falseAlarms === b.alarm.falseAlarms &&
    windowText(a.window) === windowText(b.window)
  )
}
