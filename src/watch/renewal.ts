/**
 * New limits for all monitors of an endpoint when another version goes live: charts begin anew, open alarms resolve, and
 * days are closed from now on where they were not before.
 */
import { FalconerError } from '../base/errors.ts'
import { dayStart } from '../base/time.ts'
import { currentMonitor, type MonitorConfig } from '../loop/monitor.ts'
import { endpointId, type Limits, type LoopRecords, type Monitor, ordinal, type Project } from '../loop/records.ts'
import type { Reference } from '../loop/reference.ts'
import type { WatchSteps } from '../loop/steps.ts'
import { monitorAfter } from '../loop/transitions.ts'
import { random } from '../numeric/random.ts'
import { type Changes, type Puts, resolve } from './closeDay.ts'
import { closeHandler, closeTimer } from './closeTimer.ts'
import { fitLimits } from './limits.ts'
import type { Shelf } from './shelf.ts'

export function createRenewal({
  records,
  shelf,
  seed,
}: {
  readonly records: LoopRecords
  readonly shelf: Shelf
  readonly seed: number
}): WatchSteps['renew'] {
  async function renew(change: Parameters<WatchSteps['renew']>[0]): Promise<void> {
    const { project, endpoint, version, at, once } = change
    const id = endpointId(project, endpoint)
    const declared = await records.get('project', project)
    if (!declared) throw new FalconerError('not-found', `There is no project ${project}.`)
    const reference = await shelf.referenceOf(version)
    const changes: Changes = { puts: [], audit: [] }
    for (const config of declared.body.config.watch.map(currentMonitor)) {
      await renewMonitor(`${id}/${config.name}`, config, reference, change, changes)
      const alarm = await shelf.openAlarm(id, config.name)
      if (alarm) resolve(alarm, `${version.semver} went live with limits of its own`, at, changes)
    }
    changes.puts.push(...(await missingTimers(declared.body, endpoint, at)))
    await records.commit({ at, actor: 'falconer', once, ...changes })
  }

  async function renewMonitor(
    id: string,
    config: MonitorConfig,
    reference: Reference,
    { project, endpoint, version, at }: Parameters<WatchSteps['renew']>[0],
    { puts, audit }: Changes,
  ): Promise<void> {
    const stored = await records.get('monitor', id)
    const before = stored && (await shelf.limitsOf(stored))
    const fitted = fitLimits(
      config,
      reference,
      before && { limits: before.record, drift: before.drift },
      random(seed).fork(`${id} ${version.semver}`),
    )
    const monitor = stored ? { ...stored.body, config } : newMonitor(project, endpoint, config)
    const expect = stored?.revision ?? ('absent' as const)
    if ('reason' in fitted) {
      const body = monitorAfter(monitor, { type: 'renewed', limits: 0, state: {}, at })
      puts.push({ kind: 'monitor', id, body, expect })
      audit.push({ type: 'limits.missing', project, subject: id, reason: fitted.reason })
      return
    }
    const newest = (await records.list('limits', { prefix: `${id}/`, order: 'descending', limit: 1 })).items[0]
    const number = (newest?.body.version ?? 0) + 1
    const limits: Limits = {
      project,
      endpoint,
      monitor: monitor.name,
      version: number,
      semver: version.semver,
      ...fitted.limits,
      ...(fitted.drift && { content: await shelf.putJson(fitted.drift) }),
      setAt: at,
    }
    const body = monitorAfter(monitor, { type: 'renewed', limits: number, state: {}, at })
    puts.push(
      { kind: 'limits', id: `${id}/${ordinal(number)}`, body: limits, expect: 'absent' },
      { kind: 'monitor', id, body, expect },
    )
    const { centre, sd, width, method } = limits
    audit.push({
      type: 'limits.set',
      project,
      subject: `${id}/${ordinal(number)}`,
      reason: `${limits.parameters.ownDays ?? limits.days} days that ${version.semver} was evaluated on`,
      data: { centre, sd, width, method },
    })
  }

  /** One timer for each lateness among the monitors; those that wait already go on. */
  async function missingTimers({ name: project, config }: Project, endpoint: string, at: number): Promise<Puts> {
    const { timezone, watch } = config
    const waiting = (await records.list('timer', { where: { handler: closeHandler }, limit: 10_000 })).items.filter(
      ({ body: { payload } }) => payload.project === project && payload.endpoint === endpoint,
    )
    return [...new Set(watch.map(({ latenessMs }) => latenessMs))]
      .filter(latenessMs => !waiting.some(({ body }) => body.payload.latenessMs === latenessMs))
      .map(latenessMs => closeTimer({ project, endpoint }, dayStart(at, timezone), latenessMs, timezone))
  }

  return renew
}

function newMonitor(project: string, endpoint: string, config: MonitorConfig): Monitor {
  return {
    project,
    endpoint,
    name: config.name,
    config,
    limits: 0,
    measuredTo: 0,
    state: {},
    run: { out: 0, in: 0 },
  }
}
