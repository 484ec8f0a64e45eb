/**
 * One window of one monitor, as a pure step: from what was seen to the measurement, the monitor's next state, and what
 * becomes of its alarm. The stage stores it, a preview only shows it: both take this step.
 */
import { currentMonitor } from '../loop/monitor.ts'
import { isOver, raises } from '../loop/monitorRun.ts'
import type { Span } from '../loop/monitorWindow.ts'
import type { Measurement, Monitor } from '../loop/records.ts'
import { monitorAfter } from '../loop/transitions.ts'
import { type Found, measure } from './measure.ts'
import type { Seen } from './observe.ts'
import type { LimitsInUse } from './shelf.ts'

export interface WindowStep {
  readonly measurement: Measurement
  readonly monitor: Monitor
  readonly alarm: 'raise' | 'resolve' | 'none'
}

export interface StepQuestion {
  readonly monitor: Monitor
  readonly limits: LimitsInUse | undefined
  readonly seen: Seen
  readonly span: Span
  /** The version whose answers were looked at. */
  readonly semver: string
  /** Now; outcomes are those known now. */
  readonly at: number
  /** The window has been measured before: this is its so many-th measurement. */
  readonly revision?: number
}

export function windowStep({ monitor, limits, seen, span, semver, at, revision }: StepQuestion): WindowStep {
  const config = currentMonitor(monitor.config)
  const since = monitor.since ?? limits?.record.setAt ?? Number.NEGATIVE_INFINITY
  const found: Found =
    span.from >= since
      ? measure(config, monitor.state, limits, seen, monitor.past)
      : {
          rows: seen.rows,
          status: 'not enough data',
          reason: `${semver} went live, or its limits were set, during this window or after it`,
          state: monitor.state,
        }
  const { state, ...shown } = found
  const measurement: Measurement = {
    project: monitor.project,
    endpoint: monitor.endpoint,
    monitor: monitor.name,
    ...span,
    semver,
    limits: monitor.limits,
    ...shown,
    ...(seen.selective && seen.selective.length > 0 && { selective: seen.selective }),
    asOf: at,
    ...(revision !== undefined && { revision }),
    measuredAt: at,
  }
  const status = found.status
  const next = monitorAfter(
    monitor,
    revision === undefined ? { type: 'measured', to: span.to, status, state } : { type: 'revised', status, state },
  )
  const alarm =
    status === 'out' && raises(next.run, config.alarm)
      ? 'raise'
      : status === 'ok' && isOver(next.run, config.alarm)
        ? 'resolve'
        : 'none'
  return { measurement, monitor: next, alarm }
}
