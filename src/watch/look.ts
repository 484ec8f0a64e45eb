/** What monitors see of a window: rows of the log, counts of requests, and what retraining has compared. */
import type { PredictionLog } from '../base/ports.ts'
import { isEstimated, type MonitorConfig } from '../loop/monitor.ts'
import type { Span } from '../loop/monitorWindow.ts'
import { type Endpoint, endpointId, type LoopRecords } from '../loop/records.ts'
import { type ServiceCounts, serviceValue } from '../loop/serviceCounts.ts'
import { signalOf } from '../loop/signals.ts'
import { type SignalValue, type Stretch, share } from '../loop/signalValues.ts'
import type { Bins } from '../statistics/profiles/bins.ts'
import { type Context, isOfRows, observer, type Seen, stretchesOf } from './observe.ts'
import type { LimitsInUse, Shelf } from './shelf.ts'

/** Counts of the requests of an endpoint (by the id of its record) in a span of whole quarters of an hour. */
export type ServiceOf = (endpoint: string, span: Span) => Promise<ServiceCounts>

export interface LookParts {
  readonly records: LoopRecords
  readonly log: PredictionLog
  readonly shelf: Shelf
  readonly service?: ServiceOf | undefined
}

export interface Question {
  readonly endpoint: Pick<Endpoint, 'project' | 'name' | 'model'>
  readonly task: Context['task']
  /** The version whose answers are looked at. */
  readonly semver: string
  readonly monitors: readonly MonitorConfig[]
  /** Limits that are in use, by monitor: drift is counted in their bins. */
  readonly limits: ReadonlyMap<string, LimitsInUse>
  /** Outcomes are those known at this instant. */
  readonly asOf: number
}

export interface Looking {
  /** Of the window, whose rows have been read already where `stretches` are given. `asOf` in the place of the question's. */
  window(span: Span, stretches?: readonly Stretch[], asOf?: number): Promise<ReadonlyMap<string, Seen>>
  /** Bins of the version's reference: of features by column, and of the prediction. */
  readonly bins: { readonly features: readonly Bins[]; readonly prediction: readonly Bins[] }
}

/** Gets ready to look at windows for these monitors. */
export async function looking(parts: LookParts, question: Question): Promise<Looking> {
  const { endpoint, monitors, limits, task, semver, asOf } = question
  const id = endpointId(endpoint.project, endpoint.name)
  const needsReference = monitors.some(
    monitor =>
      (monitor.kind === 'drift' && !limits.get(monitor.name)) ||
      (monitor.kind !== 'drift' &&
        (isEstimated(monitor) || ['unseen share', 'outside share', 'anomalous share'].includes(monitor.of))),
  )
  const version = needsReference ? await parts.shelf.versionOf(endpoint.project, endpoint.model, semver) : undefined
  const reference = version && (await parts.shelf.referenceOf(version))
  const bins = {
    features: reference?.features.distance.columns.map(column => column.bins) ?? [],
    prediction: reference?.prediction.distance.columns.map(column => column.bins) ?? [],
  }
  const context: Context = {
    task,
    bins: new Map(bins.features.map(of => [of.column, of])),
    usual: reference?.usual,
    estimator: reference?.estimator,
    driftBins: monitor => {
      if (monitor.kind !== 'drift') return []
      const known = limits.get(monitor.name)
      if (known?.drift) return known.drift.distance.columns.map(column => column.bins)
      if (known?.parts) return Object.values(known.parts)[0]?.drift?.distance.columns.map(column => column.bins) ?? []
      const all = bins[monitor.drift]
      return monitor.columns ? all.filter(({ column }) => monitor.columns!.includes(column)) : all
    },
  }
  const ofRows = monitors.filter(isOfRows)
  const whole = monitors.filter(monitor => !isOfRows(monitor))
  return {
    bins,
    async window(span, stretches, known = asOf) {
      const watching = observer(ofRows, context)
      if (stretches) for (const stretch of stretches) watching.add(stretch)
      else if (ofRows.length > 0) {
        const place = { log: parts.log, endpoint: id, semver, asOf: known }
        for await (const stretch of stretchesOf(place, span, ofRows)) watching.add(stretch)
      }
      const seen = new Map(watching.seen())
      const counts = whole.some(isOfService) ? await parts.service?.(id, span) : undefined
      for (const monitor of whole) {
        const signal = isOfService(monitor)
          ? serviceSignal(monitor, counts)
          : await skewSignal(parts.records, endpoint.project, span)
        seen.set(monitor.name, { rows: signal.rows, coverage: 1, signal })
      }
      return seen
    },
  }
}

function isOfService(monitor: MonitorConfig): boolean {
  return monitor.kind !== 'drift' && signalOf(monitor.of).group === 'service'
}

function serviceSignal(monitor: MonitorConfig, counts: ServiceCounts | undefined): SignalValue {
  if (!counts || monitor.kind === 'drift') return { rows: 0, reason: 'requests are not counted here' }
  switch (monitor.of) {
    case 'requests':
    case 'latency p50':
    case 'latency p95':
    case 'refused share':
      return serviceValue(monitor.of, counts)
    default:
      throw new RangeError(`serviceSignal: ${monitor.of} is not about requests`)
  }
}

/**
 * Cells that the training query answers otherwise than what was served: of all that the newest retraining compared, which
 * has to lie in this window.
 */
async function skewSignal(records: LoopRecords, project: string, { from, to }: Span): Promise<SignalValue> {
  const { items } = await records.list('features', { prefix: `${project}/` })
  const newest = items.map(({ body }) => body).sort((a, b) => b.comparedTo - a.comparedTo)[0]
  if (!newest || newest.skew.compared === 0) return { rows: 0, reason: 'nothing has been compared yet' }
  if (newest.comparedTo <= from || newest.comparedTo > to) {
    return { rows: 0, reason: 'nothing was compared in this window: retraining compares' }
  }
  return share(newest.skew.different, newest.skew.compared, 'compared cells')
}
