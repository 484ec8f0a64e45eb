/**
 * Limits of a monitor: from the days that its version was evaluated on, from windows of the log where these do not say
 * what is usual, or from what a person gives. The centre is the version's own; how much days differ is a property of the
 * process and taken from all references so far, since two weeks alone would need limits so wide that nothing is ever seen.
 */
import type { ChartInUse } from '../loop/chartInUse.ts'
import type { DriftReference } from '../loop/columnDrift.ts'
import type { ChartMonitor, DriftMonitor, MonitorConfig, ThresholdMonitor } from '../loop/monitor.ts'
import type { Span } from '../loop/monitorWindow.ts'
import type { Limits } from '../loop/records.ts'
import type { Reference } from '../loop/reference.ts'
import { referenceSeries, type Series } from '../loop/referenceSeries.ts'
import type { Random } from '../numeric/random.ts'
import { leastReference } from '../statistics/control/phaseOne.ts'
import type { Bins } from '../statistics/profiles/bins.ts'
import { type Calibration, unarmedReason } from './calibrate.ts'
import { seriesLimits } from './chartLimits.ts'
import { referenceDrift, referenceSpan, windowDrift } from './driftLimits.ts'
import type { FrozenLimits } from './frozenLimits.ts'
import { questionOf, type Seen, type SeenRows } from './observe.ts'

/** Limits of one category. */
export interface PartLimits {
  readonly chart?: ChartInUse
  readonly drift?: DriftReference
  /** Of drift: false alarms per window, its part of those of all categories. */
  readonly falseAlarms?: number
}

/** What limits hold that no single number does, as stored beside them. */
export type LimitsContent = DriftReference | { readonly parts: Readonly<Record<string, PartLimits>> }

export type LimitsFit =
  | { readonly limits: FrozenLimits; readonly content?: LimitsContent; readonly reason?: undefined }
  | { readonly limits?: undefined; readonly reason: string }

/** The monitor's newest limits, and their drift reference if they have one. */
export interface LimitsBefore {
  readonly limits: Limits
  readonly drift?: DriftReference | undefined
}

/** A window of the log, and what the monitor saw of it. */
export interface SeenWindow {
  readonly span: Span
  readonly seen: Seen
}

const dayMs = 86_400_000

/** Limits that need no look at anything: fixed thresholds, and centre and spread as given. */
export function givenLimits(config: MonitorConfig, at: number): LimitsFit | undefined {
  if (config.kind === 'threshold') return thresholdLimits(config, at)
  if (config.kind === 'drift' || config.by !== undefined || config.centre === undefined) return undefined
  if (config.sd === undefined && config.chart !== 'p') return undefined
  const none = { values: new Float64Array(0), sizes: new Float64Array(0) }
  const fitted = seriesLimits(config, none, undefined, undefined)
  return fitted.limits ? { limits: { ...fitted.limits, from: at, to: at, days: 0, source: 'given' } } : fitted
}

/** Undefined where the reference does not say what is usual: windows that are no days, segments, what is not of a version. */
export function referenceLimits(
  config: MonitorConfig,
  reference: Reference,
  before: LimitsBefore | undefined,
  random: Random,
): LimitsFit | undefined {
  const { window, segment, by } = config
  if (segment || by !== undefined || window.kind === 'rows' || window.everyMs !== dayMs) return undefined
  if (config.kind === 'drift') return referenceDrift(config, reference, before?.drift)
  const question = questionOf(config)
  const series = question && config.kind === 'chart' ? referenceSeries(reference, question) : undefined
  if (!series || config.kind !== 'chart') return undefined
  const fitted = seriesLimits(config, series, before?.limits, random)
  if (!fitted.limits) return { reason: `${config.of} on the reference's days: ${fitted.reason}` }
  return { limits: { ...fitted.limits, ...referenceSpan(reference), source: 'reference' } }
}

/** From windows of the log, newest last. `bins` are those of the version's reference, for drift. */
export function windowLimits(
  config: MonitorConfig,
  windows: readonly SeenWindow[],
  bins: readonly Bins[],
  random: Random,
): LimitsFit {
  const from = windows[0]?.span.from ?? 0
  const to = windows.at(-1)?.span.to ?? 0
  if (config.kind === 'threshold') return thresholdLimits(config, from)
  if (config.by !== undefined) return partLimits(config, windows, bins, random)
  const seen = windows.map(window => window.seen)
  const fitted = config.kind === 'drift' ? windowDrift(config, seen, bins) : chartOfWindows(config, seen, random)
  if (!fitted.limits) return fitted
  const { limits, content } = fitted
  return { limits: { ...limits, from, to, source: 'windows' }, ...(content && { content }) }
}

function chartOfWindows(config: ChartMonitor, seen: readonly SeenRows[], random: Random): LimitsFit {
  return seriesLimits(config, seriesOf(seen), undefined, random)
}

function seriesOf(seen: readonly SeenRows[]): Series {
  const known = seen.flatMap(({ signal }) => (signal?.value === undefined ? [] : [signal]))
  return {
    values: Float64Array.from(known, ({ value }) => value),
    sizes: Float64Array.from(known, ({ rows }) => rows),
  }
}

/** A chart for each category that enough windows have, each with its part of the false alarms. */
function partLimits(
  config: ChartMonitor | DriftMonitor,
  windows: readonly SeenWindow[],
  bins: readonly Bins[],
  random: Random,
): LimitsFit {
  const byPart = new Map<string, SeenRows[]>()
  for (const { seen } of windows) {
    for (const [part, rows] of seen.parts ?? []) {
      if (config.kind === 'chart' && rows.signal?.value === undefined) continue
      byPart.set(part, [...(byPart.get(part) ?? []), rows])
    }
  }
  const enough = [...byPart].filter(([, rows]) => rows.length >= Math.max(leastReference, windows.length / 2))
  if (enough.length === 0) return { reason: `no value of ${config.by} has enough rows in half of the windows` }
  const count = enough.length
  const parts: Record<string, PartLimits> = {}
  const rates: Calibration[] = []
  const reasons: string[] = []
  for (const [part, rows] of enough) {
    if (config.kind === 'drift') {
      const fitted = windowDrift(config, rows, bins)
      if (fitted.limits) {
        parts[part] = { drift: fitted.content as DriftReference, falseAlarms: config.falseAlarms / count }
      } else reasons.push(`${part}: ${fitted.reason}`)
      continue
    }
    const arl0 = Math.min(1e6, config.arl0 * count)
    const fitted = seriesLimits(config, seriesOf(rows), undefined, random.fork(part), arl0)
    if (fitted.limits) {
      parts[part] = { chart: fitted.limits.chart! }
      const { measuredRate, measuredLow, measuredHigh, measuredDays } = fitted.limits.parameters
      if (measuredRate !== undefined) {
        rates.push({
          measuredRate,
          measuredLow: measuredLow!,
          measuredHigh: measuredHigh!,
          measuredDays: measuredDays!,
        })
      }
    } else reasons.push(`${part}: ${fitted.reason}`)
  }
  const charted = Object.keys(parts).length
  if (charted === 0) return { reason: reasons.join('; ') }
  const measured = rates.length === charted ? together(rates) : {}
  const unarmed = unarmedReason(config, measured)
  return {
    content: { parts },
    limits: {
      method: `a chart for each of ${charted} values of ${config.by}, their false alarms those of one`,
      centre: 0,
      sd: 0,
      width: 0,
      upper: 0.5,
      from: windows[0]!.span.from,
      to: windows.at(-1)!.span.to,
      days: windows.length,
      parameters: {
        parts: charted,
        ...(config.kind === 'chart' ? { arl0: config.arl0 } : { falseAlarms: config.falseAlarms }),
        ...measured,
      },
      ...(unarmed !== undefined && { unarmed }),
      source: 'windows',
    },
  }
}

/** Rates of several charts add up to at most their sum. */
function together(rates: readonly Calibration[]): Calibration {
  const total = (of: keyof Calibration) => rates.reduce((all, rate) => all + rate[of], 0)
  return {
    measuredRate: total('measuredRate'),
    measuredLow: Math.max(...rates.map(({ measuredLow }) => measuredLow)),
    measuredHigh: total('measuredHigh'),
    measuredDays: Math.min(...rates.map(({ measuredDays }) => measuredDays)),
  }
}

function thresholdLimits({ above, below }: ThresholdMonitor, at: number): LimitsFit {
  return {
    limits: {
      method: 'fixed threshold',
      centre: above ?? below ?? 0,
      sd: 0,
      width: 0,
      ...(below !== undefined && { lower: below }),
      ...(above !== undefined && { upper: above }),
      days: 0,
      from: at,
      to: at,
      parameters: {},
      source: 'given',
    },
  }
}
