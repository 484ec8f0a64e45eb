/**
 * A window whose outcomes came too late is measured again when they are in: as a new revision, which the chart takes as
 * its newest point. What was said of the window before stays as it was said.
 */
import type { Put, Stored } from '../base/ports.ts'
import { currentMonitor } from '../loop/monitor.ts'
import type { Span } from '../loop/monitorWindow.ts'
import { endpointId, type Monitor, stamp, type Timer } from '../loop/records.ts'
import { type Changes, raise, resolve } from './alarms.ts'
import { type ClosingParts, causeOf, windowsText } from './closeWindow.ts'
import { looking } from './look.ts'
import { windowStep } from './windowStep.ts'

export const reviseHandler = 'watch.revise'

const hour = 3_600_000
/** After the lateness, then twice, four times … as long: at a lateness of a day for a month in all. */
const attempts = 5

/** Looks again at a window of the monitor whose outcomes were too few. */
export function reviseTimer(
  monitor: Stored<Monitor>,
  { from, to }: Span,
  attempt: number,
  at: number,
): Put<'timer', Timer> {
  const { project, endpoint, name } = monitor.body
  const { latenessMs } = currentMonitor(monitor.body.config)
  const due = at + Math.max(hour, latenessMs) * 2 ** (attempt - 1)
  return {
    kind: 'timer',
    id: `${stamp(due)}/${reviseHandler}/${monitor.id}/${stamp(from)}`,
    body: {
      due,
      handler: reviseHandler,
      lane: `${project}/${endpoint}/watch`,
      payload: { project, endpoint, monitor: name, from, to, attempt },
    },
  }
}

/** Instants and a count, as a timer carries them. */
type Revised = { from: number; to: number; attempt: number }

export function createRevising(parts: ClosingParts): (timer: Stored<Timer>) => Promise<void> {
  const { records, log, clock, shelf } = parts

  return async timer => {
    const payload = timer.body.payload as { project: string; endpoint: string; monitor: string } & Revised
    const { project, from, to, attempt } = payload
    const at = clock.now()
    const removes = [{ kind: 'timer' as const, id: timer.id }]
    const id = endpointId(project, payload.endpoint)
    const monitorId = `${id}/${payload.monitor}`
    const [declared, endpoint, monitor, before] = await Promise.all([
      records.get('project', project),
      records.get('endpoint', id),
      records.get('monitor', monitorId),
      records.get('measurement', `${monitorId}/${stamp(from)}`),
    ])
    if (!declared || !endpoint || !monitor || !before || before.body.limits !== monitor.body.limits) {
      // The monitor is gone, or has other limits since: the window belongs to the ones before.
      await records.commit({ at, actor: 'falconer', removes })
      return
    }
    const { semver } = before.body
    const inUse = await shelf.limitsOf(monitor)
    const config = currentMonitor(monitor.body.config)
    const eyes = await looking(
      { records, log, shelf, service: parts.service },
      {
        endpoint: endpoint.body,
        task: declared.body.config.train.task,
        semver,
        monitors: [config],
        limits: new Map(inUse ? [[config.name, inUse]] : []),
        asOf: at,
      },
    )
    const span = { from, to }
    const seen = (await eyes.window(span)).get(config.name)!
    const step = windowStep({ monitor: monitor.body, limits: inUse, seen, span, semver, at, revision: attempt + 1 })
    if (step.measurement.provisional) {
      const again = attempt < attempts ? [reviseTimer(monitor, span, attempt + 1, at)] : []
      await records.commit({ at, actor: 'falconer', removes, puts: again })
      return
    }
    const measurement = { id: `${monitorId}/${stamp(from)}~${attempt + 1}`, body: step.measurement }
    const changes: Changes = {
      puts: [
        { kind: 'measurement', ...measurement },
        { kind: 'monitor', id: monitorId, body: step.monitor, expect: monitor.revision },
      ],
      audit: [
        {
          type: 'window.revised',
          project,
          subject: measurement.id,
          reason: `outcomes of ${Math.round(100 * seen.coverage)} % of its rows are known now`,
          data: { status: step.measurement.status },
        },
      ],
    }
    const open = (await shelf.openAlarms(id)).get(config.name)
    if (step.alarm === 'raise') {
      const raised = { monitor: step.monitor, measurement, open, unarmed: inUse?.record.unarmed }
      await raise(id, [raised], at, () => causeOf(parts, endpoint, semver, span, at), changes)
    } else if (open && step.alarm === 'resolve') {
      resolve(open, `in its limits for ${step.monitor.run.in} ${windowsText(step.monitor)}`, at, changes)
    }
    await records.commit({ at, actor: 'falconer', once: `revised/${timer.id}`, removes, ...changes })
  }
}
