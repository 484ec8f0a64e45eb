/** Limits of drift: from the days of a version's reference, or from windows of the log. */
import { type DriftReference, driftOfColumns, fitDrift, pooledDrift } from '../loop/columnDrift.ts'
import type { DriftMonitor } from '../loop/monitor.ts'
import type { Reference } from '../loop/reference.ts'
import { leastReference } from '../statistics/control/phaseOne.ts'
import type { Bins } from '../statistics/profiles/bins.ts'
import type { FrozenLimits } from './frozenLimits.ts'
import type { SeenRows } from './observe.ts'

type DriftFit =
  | { readonly limits: FrozenLimits; readonly content: DriftReference; readonly reason?: undefined }
  | { readonly limits?: undefined; readonly reason: string }

export function referenceDrift(
  config: DriftMonitor,
  reference: Reference,
  before: DriftReference | undefined,
): DriftFit {
  if (reference.days.length < leastReference) {
    return { reason: `the reference has ${reference.days.length} days, ${leastReference} are needed` }
  }
  const { columns } = config
  const all = config.drift === 'features' ? reference.features : reference.prediction
  const own = columns ? driftOfColumns(all, column => columns.includes(column)) : all
  const missing = (config.columns ?? []).filter(name => !own.distance.columns.some(({ bins }) => bins.column === name))
  if (missing.length > 0) return { reason: `the reference has no column ${missing.join(', ')}` }
  const drift = before ? pooledDrift(own, before) : own
  return {
    content: drift,
    limits: {
      ...driftRecord(config, drift),
      ...referenceSpan(reference),
      days: reference.days.length,
      source: 'reference',
    },
  }
}

function driftRecord(config: DriftMonitor, drift: DriftReference): Omit<FrozenLimits, 'from' | 'to' | 'days'> {
  return {
    method: 'EWMA over days of each column: distance from the reference, and level',
    centre: 0,
    sd: 1,
    width: 0,
    upper: 0.5,
    parameters: { falseAlarms: config.falseAlarms, columns: drift.distance.columns.length },
    ...(config.alarm.falseAlarms !== undefined && {
      unarmed: 'how often drift alarms on stable windows cannot be measured on resampled ones yet',
    }),
  }
}

export function windowDrift(config: DriftMonitor, seen: readonly SeenRows[], bins: readonly Bins[]): DriftFit {
  const usable = seen.filter(({ sketches, rows }) => sketches && rows > 0)
  if (usable.length < leastReference) {
    return { reason: `${usable.length} windows have rows, ${leastReference} are needed` }
  }
  const common = bins.filter(of =>
    usable.every(({ sketches }) => sketches!.some(({ bins: id, column }) => id === of.id && column === of.column)),
  )
  if (common.length === 0) return { reason: 'no column is there in every window' }
  const days = usable.map(({ sketches }) =>
    common.map(of => sketches!.find(({ bins: id, column }) => id === of.id && column === of.column)!),
  )
  const drift = fitDrift(common, days)
  return { content: drift, limits: { ...driftRecord(config, drift), from: 0, to: 0, days: usable.length } }
}

/** The days that a reference is made of. */
export function referenceSpan({ days, from, to }: Reference): { from: number; to: number } {
  return { from: days[0]?.from ?? from, to: days.at(-1)?.to ?? to }
}
