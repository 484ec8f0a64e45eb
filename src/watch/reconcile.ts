/**
 * An estimate is held against what came true when its outcomes are in: the realised value, the error, and whether the
 * interval covered it stand beside the measurement, and how often it did decides whether later estimates are believed.
 * Where outcomes have come, they decide: an alarm of the estimate ends when they are in its limits.
 */
import type { Put, Stored } from '../base/ports.ts'
import { isEstimatedSignal, realisedOf } from '../loop/estimator.ts'
import { currentMonitor, type MonitorConfig, needsOutcomes } from '../loop/monitor.ts'
import type { Span } from '../loop/monitorWindow.ts'
import { endpointId, type Monitor, type Project, stamp, type Timer } from '../loop/records.ts'
import { monitorAfter } from '../loop/transitions.ts'
import { type Changes, resolve } from './alarms.ts'
import type { ClosingParts } from './closeWindow.ts'
import { looking } from './look.ts'

export const reconcileHandler = 'watch.reconcile'

const day = 86_400_000
const attempts = 5

/** Looks at what came true in a window that was estimated: when the project waits for outcomes, then twice as long, … */
export function reconcileTimer(
  declared: Project,
  { id, body: { project, endpoint, name } }: Stored<Monitor>,
  { from, to }: Span,
  attempt: number,
): Put<'timer', Timer> {
  const waits = declared.config.watch.map(currentMonitor).filter(needsOutcomes)
  const wait = Math.max(...waits.map(({ latenessMs }) => latenessMs), waits.length === 0 ? day : 0)
  const due = to + wait * 2 ** (attempt - 1)
  return {
    kind: 'timer',
    id: `${stamp(due)}/${reconcileHandler}/${id}/${stamp(from)}`,
    body: {
      due,
      handler: reconcileHandler,
      lane: `${project}/${endpoint}/watch`,
      payload: { project, endpoint, monitor: name, from, to, attempt },
    },
  }
}

/** Instants and a count, as a timer carries them. */
type Estimated = { from: number; to: number; attempt: number }

export function createReconciling(parts: ClosingParts): (timer: Stored<Timer>) => Promise<void> {
  const { records, log, clock, shelf } = parts

  return async timer => {
    const payload = timer.body.payload as { project: string; endpoint: string; monitor: string } & Estimated
    const { project, from, to, attempt } = payload
    const at = clock.now()
    const removes = [{ kind: 'timer' as const, id: timer.id }]
    const id = endpointId(project, payload.endpoint)
    const monitorId = `${id}/${payload.monitor}`
    const [declared, endpoint, monitor, measurement] = await Promise.all([
      records.get('project', project),
      records.get('endpoint', id),
      records.get('monitor', monitorId),
      records.get('measurement', `${monitorId}/${stamp(from)}`),
    ])
    const realising = monitor && realised(currentMonitor(monitor.body.config))
    const estimated = measurement?.body.value
    if (!declared || !endpoint || !realising || !measurement || estimated === undefined) {
      await records.commit({ at, actor: 'falconer', removes })
      return
    }
    const eyes = await looking(
      { records, log, shelf },
      {
        endpoint: endpoint.body,
        task: declared.body.config.train.task,
        semver: measurement.body.semver,
        monitors: [realising],
        limits: new Map(),
        asOf: at,
      },
    )
    const { signal, coverage } = (await eyes.window({ from, to })).get(realising.name)!
    if (signal?.value === undefined || coverage < realising.coverage) {
      const again = attempt < attempts ? [reconcileTimer(declared.body, monitor, { from, to }, attempt + 1)] : []
      await records.commit({ at, actor: 'falconer', removes, puts: again })
      return
    }
    const { interval, semver } = measurement.body
    const covered = interval !== undefined && signal.value >= interval.low && signal.value <= interval.high
    const reconciled = { realised: signal.value, error: signal.value - estimated, covered, coverage, asOf: at }
    const ofThisVersion = measurement.body.limits === monitor.body.limits
    const changes: Changes = {
      puts: [
        {
          kind: 'measurement',
          id: measurement.id,
          body: { ...measurement.body, reconciled },
          expect: measurement.revision,
        },
        ...(ofThisVersion
          ? [
              {
                kind: 'monitor' as const,
                id: monitorId,
                body: monitorAfter(monitor.body, { type: 'reconciled', covered }),
                expect: monitor.revision,
              },
            ]
          : []),
      ],
      audit: [{ type: 'estimate.reconciled', project, subject: measurement.id, data: reconciled }],
    }
    const open = (await shelf.openAlarms(id)).get(realising.name)
    const { lower = Number.NEGATIVE_INFINITY, upper = Number.POSITIVE_INFINITY } = measurement.body
    const inLimits = signal.value >= lower && signal.value <= upper
    if (open && open.body.last === measurement.id && open.body.semver === semver && inLimits) {
      resolve(open, 'the outcomes are in and say otherwise', at, changes)
    }
    await records.commit({ at, actor: 'falconer', once: `reconciled/${timer.id}`, removes, ...changes })
  }
}

/** The monitor of what outcomes say of the same rows; undefined where this one is no estimate. */
function realised(config: MonitorConfig): MonitorConfig | undefined {
  if (config.kind === 'drift' || config.by !== undefined || !isEstimatedSignal(config.of)) return undefined
  return { ...config, of: realisedOf(config.of) }
}
