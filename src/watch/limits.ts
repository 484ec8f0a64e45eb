/**
 * Limits of a monitor: from the days that its version was evaluated on, from windows of the log where these do not say
 * what is usual, or from what a person gives. The centre is the version's own; how much days differ is a property of the
 * process and taken from all references so far, since two weeks alone would need limits so wide that nothing is ever seen.
 */
import { type ChartInUse, settledBand } from '../loop/chartInUse.ts'
import { type DriftReference, fitDrift, pooledDrift } from '../loop/columnDrift.ts'
import type { ChartMonitor, DriftMonitor, MonitorConfig, ThresholdMonitor } from '../loop/monitor.ts'
import type { Span } from '../loop/monitorWindow.ts'
import type { Limits } from '../loop/records.ts'
import type { Reference } from '../loop/reference.ts'
import { referenceSeries, type Series } from '../loop/referenceSeries.ts'
import type { Random } from '../numeric/random.ts'
import { cusumDesign } from '../statistics/control/cusumRunLength.ts'
import { dispersion, fitProportions } from '../statistics/control/fitCounts.ts'
import { fitIndividuals, leastReference } from '../statistics/control/phaseOne.ts'
import { ewmaDesign, shewhartDesign } from '../statistics/control/runLength.ts'
import { predictionWidth } from '../statistics/control/shortReference.ts'
import type { Bins } from '../statistics/profiles/bins.ts'
import { type Calibration, falseAlarmRate } from './calibrate.ts'
import { questionOf, type Seen, type SeenRows } from './observe.ts'

type Frozen = Pick<
  Limits,
  | 'method'
  | 'centre'
  | 'sd'
  | 'width'
  | 'lower'
  | 'upper'
  | 'days'
  | 'from'
  | 'to'
  | 'parameters'
  | 'chart'
  | 'source'
  | 'unarmed'
>

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
  | { readonly limits: Frozen; readonly content?: LimitsContent; readonly reason?: undefined }
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
  return { limits: { ...fitted.limits, ...span(reference), source: 'reference' } }
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

// ------------------------------------------------------------ drift

function referenceDrift(config: DriftMonitor, reference: Reference, before: DriftReference | undefined): LimitsFit {
  if (reference.days.length < leastReference) {
    return { reason: `the reference has ${reference.days.length} days, ${leastReference} are needed` }
  }
  const own = onlyColumns(config.drift === 'features' ? reference.features : reference.prediction, config.columns)
  const missing = (config.columns ?? []).filter(name => !own.distance.columns.some(({ bins }) => bins.column === name))
  if (missing.length > 0) return { reason: `the reference has no column ${missing.join(', ')}` }
  const drift = before ? pooledDrift(own, before) : own
  return {
    content: drift,
    limits: { ...driftRecord(config, drift), ...span(reference), days: reference.days.length, source: 'reference' },
  }
}

function onlyColumns(drift: DriftReference, columns: readonly string[] | undefined): DriftReference {
  if (!columns) return drift
  const { distance, locations } = drift
  const wanted = (name: string) => columns.includes(name)
  return {
    distance: {
      columns: distance.columns.filter(({ bins }) => wanted(bins.column)),
      skipped: distance.skipped.filter(({ column }) => wanted(column)),
    },
    locations: locations.filter(({ column }) => wanted(column)),
  }
}

function driftRecord(config: DriftMonitor, drift: DriftReference): Omit<Frozen, 'from' | 'to' | 'days'> {
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

function windowDrift(config: DriftMonitor, seen: readonly SeenRows[], bins: readonly Bins[]): LimitsFit {
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

// ------------------------------------------------------------ charts

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

type SeriesFit =
  | { readonly limits: Omit<Frozen, 'source'>; readonly reason?: undefined }
  | { readonly limits?: undefined; readonly reason: string }

/** Without `random` the rate of false alarms is not measured. `arl0` is that of the chart among others. */
function seriesLimits(
  config: ChartMonitor,
  series: Series,
  before: Limits | undefined,
  random: Random | undefined,
  arl0 = config.arl0,
): SeriesFit {
  const fitted =
    config.chart === 'p' ? shareChart(config, series, arl0) : valueChart(config, series, arl0, targetOf(config), before)
  if (!fitted.chart) return fitted
  const { chart, kept, method, width, sd, days } = fitted
  const typicalRows = median(series.sizes) ?? 1000
  const band = settledBand(chart, typicalRows)
  const centre = chart.kind === 'cusum' ? chart.mean : band.centre
  const measured = random
    ? falseAlarmRate(kept, { ...config, refit: drawn => refitted(config, drawn, arl0, chart) }, random)
    : {}
  const unarmed = unarmedReason(config, measured)
  return {
    limits: {
      method,
      centre,
      sd,
      width,
      ...sided(config, band),
      from: 0,
      to: 0,
      days,
      parameters: {
        arl0: config.arl0,
        ...(chart.kind === 'ewma' && { lambda: config.lambda }),
        ...(chart.kind === 'cusum' && { k: chart.k, h: chart.h }),
        ...(chart.kind === 'p' && { spread: chart.spread }),
        ownDays: kept.values.length,
        ...measured,
      },
      chart,
      ...(unarmed !== undefined && { unarmed }),
    },
  }
}

type ChartFit =
  | {
      readonly chart: ChartInUse
      /** Points that are not out of their own limits. */
      readonly kept: Series
      readonly method: string
      readonly width: number
      readonly sd: number
      readonly days: number
      readonly reason?: undefined
    }
  | { readonly chart?: undefined; readonly reason: string }

/** What is expected is what the model says: its own bias on the held-out days is no target, and the refit mends it. */
function targetOf({ of, centre }: ChartMonitor): number | undefined {
  return centre ?? (of === 'observed - expected' ? 0 : undefined)
}

function valueChart(
  config: ChartMonitor,
  { values, sizes }: Series,
  arl0: number,
  target?: number,
  before?: Limits,
): ChartFit {
  const { chart, lambda } = config
  const given = config.centre !== undefined && config.sd !== undefined
  const basis = given ? undefined : fitIndividuals(values)
  if (basis && !basis.limits) return { reason: basis.reason }
  const excluded = basis?.limits.excluded ?? []
  const inLimits = (_: unknown, i: number) => !excluded.includes(i)
  const kept = { values: values.filter(inLimits), sizes: sizes.filter(inLimits) }
  const own = { days: kept.values.length, sd: config.sd ?? sdAbout(kept.values, basis!.limits!.centre) }
  const { days, sd } = before && before.days > 1 && config.sd === undefined ? pooled(own, before) : own
  const centre = target ?? basis!.limits!.centre
  const reference = {
    points: config.centre === undefined ? days : Number.POSITIVE_INFINITY,
    degrees: config.sd === undefined ? days - 1 : Number.POSITIVE_INFINITY,
  }
  const common = { kept, sd, days }
  const once = `designed for one false alarm in ${config.arl0} windows`
  const from = given ? 'given centre and spread, ' : ''
  switch (chart) {
    case 'ewma': {
      const width = ewmaDesign(lambda, arl0, { limits: 'time-varying', reference })
      return {
        ...common,
        method: `EWMA, lambda ${lambda}, ${from}${once}`,
        width,
        chart: {
          kind: 'ewma',
          lambda,
          L: width,
          arl0,
          limits: 'time-varying',
          mean: centre,
          sd,
          correlation: 0,
          m: days,
          excluded,
        },
      }
    }
    case 'cusum': {
      const k = config.shift / 2
      const h = cusumDesign(k, arl0, { reference })
      return {
        ...common,
        method: `CUSUM for shifts of ${config.shift} standard deviations, ${from}${once}`,
        width: h,
        chart: { kind: 'cusum', mean: centre, sd, k, h, headStart: 0, arl0, m: days, excluded },
      }
    }
    case 'shewhart':
    // Shares of days vary more than counts do: without a p chart, a chart of single points is the honest one.
    case 'p': {
      const width = predictionWidth(shewhartDesign(arl0), reference)
      const half = width * sd
      return {
        ...common,
        method: `chart of single windows, ${from}${once}`,
        width,
        chart: { kind: 'individuals', centre, lower: centre - half, upper: centre + half, m: days, excluded },
      }
    }
  }
}

/** With fewer events expected in a window, counts are far from normal. */
const leastEvents = 5
/** Shares differ by more than counts do when counts differ as much as this once in so many stable references. */
const dispersionLevel = 0.01

function shareChart(config: ChartMonitor, series: Series, arl0: number): ChartFit {
  const { sizes } = series
  const counts = series.values.map((value, i) => Math.round(value * sizes[i]!))
  const { centre } = config
  if (counts.length < leastReference && centre === undefined) {
    return { reason: `${counts.length} reference points, ${leastReference} are needed` }
  }
  const total = sum(sizes)
  const events = sum(counts)
  const expected = (total === 0 ? 0 : events / total) * (median(sizes) ?? 0)
  const others = (median(sizes) ?? 0) - expected
  const once = `designed for one false alarm in ${config.arl0} windows`
  const common = { kept: series, days: counts.length, sd: 0, width: 0 }
  if (centre === undefined && Math.min(expected, others) < leastEvents) {
    const sides = config.side === 'both' ? 2 : 1
    return {
      ...common,
      method: `exact chart of rare shares, ${once}`,
      chart: { kind: 'rare share', events, rows: total, alpha: 1 / (arl0 * sides) },
    }
  }
  const overdispersed = counts.length >= leastReference && dispersion(counts, sizes).p < dispersionLevel
  const fitted = fitProportions(counts, sizes, { arl0, overdispersed, ...(centre !== undefined && { centre }) })
  if (!fitted.limits) return { reason: fitted.reason }
  const chart = fitted.limits
  const kept = {
    values: series.values.filter((_, i) => !chart.excluded.includes(i)),
    sizes: sizes.filter((_, i) => !chart.excluded.includes(i)),
  }
  const name = overdispersed ? "p' chart of shares (Laney), " : 'p chart of shares, '
  return {
    ...common,
    kept,
    days: chart.m,
    sd: chart.spread * Math.sqrt((chart.centre * (1 - chart.centre)) / (median(sizes) ?? 1000)),
    width: chart.L,
    method: `${name}${centre === undefined ? '' : 'given centre, '}${once}`,
    chart,
  }
}

/**
 * The chart that other stable windows would have given, about their own centre; undefined where they give none. A chart
 * that is given altogether stays as it is.
 */
function refitted(config: ChartMonitor, drawn: Series, arl0: number, chart: ChartInUse): ChartInUse | undefined {
  if (config.centre !== undefined && config.sd !== undefined) return chart
  const fitted = config.chart === 'p' ? shareChart(config, drawn, arl0) : valueChart(config, drawn, arl0)
  return fitted.chart
}

// ------------------------------------------------------------ categories

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

/** Why no automatic action may rest on these limits; undefined where one may. */
function unarmedReason({ alarm }: MonitorConfig, measured: Partial<Calibration>): string | undefined {
  const { falseAlarms } = alarm
  if (falseAlarms === undefined) return undefined
  const { measuredHigh } = measured
  if (measuredHigh === undefined) {
    return 'how often it alarms on stable windows cannot be measured: there are too few of them to draw from'
  }
  if (measuredHigh <= falseAlarms) return undefined
  const once = (rate: number) => `one in ${Math.max(1, Math.round(1 / rate))} windows`
  return `on resampled stable windows it may alarm as often as ${once(measuredHigh)}; ${once(falseAlarms)} is allowed`
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

/** The limits as the chart takes them, from a record of before charts were stored with it. */
export function chartOf(config: ChartMonitor, { centre, sd, width, days, chart }: Limits): ChartInUse {
  if (chart) return chart
  if (config.chart !== 'ewma') {
    const half = width * sd
    return { kind: 'individuals', centre, lower: centre - half, upper: centre + half, m: days, excluded: [] }
  }
  return {
    kind: 'ewma',
    lambda: config.lambda,
    L: width,
    arl0: config.arl0,
    limits: 'time-varying',
    mean: centre,
    sd,
    correlation: 0,
    m: days,
    excluded: [],
  }
}

function pooled(
  own: { readonly days: number; readonly sd: number },
  before: { readonly days: number; readonly sd: number },
): { readonly days: number; readonly sd: number } {
  const freedom = own.days - 1 + (before.days - 1)
  const variance = ((own.days - 1) * own.sd ** 2 + (before.days - 1) * before.sd ** 2) / freedom
  return { days: freedom + 1, sd: Math.sqrt(variance) }
}

/** Limits in the unit of the signal; of a CUSUM in that of its sums. */
function sided(
  { side }: ChartMonitor,
  { lower, upper }: { readonly lower: number; readonly upper: number },
): { lower?: number; upper?: number } {
  return { ...(side !== 'upper' && { lower }), ...(side !== 'lower' && { upper }) }
}

function span({ days, from, to }: Reference): { from: number; to: number } {
  return { from: days[0]?.from ?? from, to: days.at(-1)?.to ?? to }
}

function sdAbout(values: Float64Array, centre: number): number {
  let total = 0
  for (const value of values) total += (value - centre) ** 2
  return Math.sqrt(total / (values.length - 1))
}

function sum(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0)
}

function median(values: Float64Array): number | undefined {
  return values.length === 0 ? undefined : values.slice().sort()[values.length >> 1]
}
