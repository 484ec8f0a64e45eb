/**
 * Limits of a chart from a series of windows: EWMA, CUSUM and single windows from how much they differ, shares of rows from
 * their counts. A short reference widens them by its own uncertainty.
 */
import { type ChartInUse, settledBand } from '../loop/chartInUse.ts'
import type { ChartMonitor } from '../loop/monitor.ts'
import type { Limits } from '../loop/records.ts'
import type { Series } from '../loop/referenceSeries.ts'
import type { Random } from '../numeric/random.ts'
import { cusumDesign } from '../statistics/control/cusumRunLength.ts'
import { dispersion, fitProportions } from '../statistics/control/fitCounts.ts'
import { fitIndividuals, leastReference } from '../statistics/control/phaseOne.ts'
import { ewmaDesign, shewhartDesign } from '../statistics/control/runLength.ts'
import { predictionWidth } from '../statistics/control/shortReference.ts'
import { falseAlarmRate, unarmedReason } from './calibrate.ts'
import type { FrozenLimits } from './frozenLimits.ts'

type SeriesFit =
  | { readonly limits: Omit<FrozenLimits, 'source'>; readonly reason?: undefined }
  | { readonly limits?: undefined; readonly reason: string }

/** Without `random` the rate of false alarms is not measured. `arl0` is that of the chart among others. */
export function seriesLimits(
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
