/**
 * Limits of a monitor from a version's reference. The centre is that version's own; how much days differ is a property
 * of the process and taken from all references so far, since two weeks alone would need limits so wide that nothing is
 * ever seen.
 */
import { type DriftReference, pooledDrift } from '../loop/columnDrift.ts'
import type { MonitorConfig } from '../loop/monitor.ts'
import type { Limits } from '../loop/records.ts'
import type { Reference } from '../loop/reference.ts'
import type { Random } from '../numeric/random.ts'
import type { ChartLimits } from '../statistics/control/controlChart.ts'
import { fitIndividuals, leastReference } from '../statistics/control/phaseOne.ts'
import { ewmaDesign, shewhartDesign } from '../statistics/control/runLength.ts'
import { normalSf, tQuantile } from '../statistics/distributions/distributions.ts'
import { falseAlarmRate } from './calibrate.ts'

/** What a monitor gets from the reference, less what the record of it adds. */
interface FittedLimits {
  readonly limits: Pick<
    Limits,
    'method' | 'centre' | 'sd' | 'width' | 'lower' | 'upper' | 'days' | 'from' | 'to' | 'parameters'
  >
  /** Of a drift monitor. */
  readonly drift?: DriftReference
}

export type LimitsFit = FittedLimits | { readonly reason: string }

/** `before` are the monitor's newest limits and their drift reference, if it has any. */
export function fitLimits(
  config: MonitorConfig,
  reference: Reference,
  before: { readonly limits: Limits; readonly drift?: DriftReference | undefined } | undefined,
  random: Random,
): LimitsFit {
  return config.kind !== 'chart'
    ? driftLimits(config as MonitorConfig & { kind: 'drift' }, reference, before?.drift)
    : chartLimits(config, reference, before?.limits, random)
}

function driftLimits(
  config: MonitorConfig & { kind: 'drift' },
  reference: Reference,
  before: DriftReference | undefined,
): LimitsFit {
  if (reference.days.length < leastReference) {
    return { reason: `the reference has ${reference.days.length} days, ${leastReference} are needed` }
  }
  const own = config.drift === 'features' ? reference.features : reference.prediction
  const drift = before ? pooledDrift(own, before) : own
  return {
    drift,
    limits: {
      method: 'EWMA over days of each column: distance from the reference, and level',
      centre: 0,
      sd: 1,
      width: 0,
      upper: 0.5,
      ...span(reference),
      parameters: { falseAlarms: config.falseAlarms, columns: drift.distance.columns.length },
    },
  }
}

function chartLimits(
  config: MonitorConfig & { kind: 'chart' },
  reference: Reference,
  before: Limits | undefined,
  random: Random,
): LimitsFit {
  const values = reference.days.flatMap(({ statistics }) => statistics[config.of as 'auc'] ?? [])
  const points = Float64Array.from(values)
  const { limits: basis, reason } = fitIndividuals(points)
  if (!basis) return { reason: `${config.of} on the reference's days: ${reason}` }
  const kept = points.filter((_, i) => !basis.excluded.includes(i))
  const own = { days: kept.length, sd: sdAbout(kept, basis.centre) }
  const { days, sd } = before && before.days > 1 ? pooled(own, before) : own
  const parameters = { arl0: config.arl0, lambda: config.lambda, ownDays: kept.length }
  // What is expected is what the model says: its own bias on the held-out days is no target, and the refit mends it.
  const centre = config.of === 'observed - expected' ? 0 : basis.centre
  const common = { centre, sd, ...span(reference), days }
  if (config.chart === 'ewma') {
    const width = ewmaWidth(config.lambda, config.arl0, days)
    const half = width * sd * Math.sqrt(config.lambda / (2 - config.lambda))
    const measured = falseAlarmRate(kept, config, random)
    return {
      limits: {
        method: `EWMA, lambda ${config.lambda}, designed for one false alarm in ${config.arl0} days`,
        ...common,
        width,
        ...sided(config.side, centre, half),
        parameters: { ...parameters, ...measured },
      },
    }
  }
  // Shares of days vary more than counts do: a p chart with limits from days is a chart of single points.
  const width = -tQuantile(normalSf(shewhartDesign(config.arl0)), days - 1) * Math.sqrt(1 + 1 / days)
  return {
    limits: {
      method: `chart of single days, designed for one false alarm in ${config.arl0} days`,
      ...common,
      width,
      ...sided(config.side, centre, width * sd),
      parameters,
    },
  }
}

/** The limits as the chart takes them, from the record. */
export function chartOf(config: MonitorConfig & { kind: 'chart' }, limits: Limits): ChartLimits {
  const { centre, sd, width, days } = limits
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

const widths = new Map<string, number>()

/** Solving for a width takes a tenth of a second, and several monitors ask the same. */
function ewmaWidth(lambda: number, arl0: number, days: number): number {
  const question = `${lambda} ${arl0} ${days}`
  const known = widths.get(question)
  if (known !== undefined) return known
  const width = ewmaDesign(lambda, arl0, { limits: 'time-varying', reference: days })
  widths.set(question, width)
  return width
}

function pooled(
  own: { readonly days: number; readonly sd: number },
  before: { readonly days: number; readonly sd: number },
): { readonly days: number; readonly sd: number } {
  const freedom = own.days - 1 + (before.days - 1)
  const variance = ((own.days - 1) * own.sd ** 2 + (before.days - 1) * before.sd ** 2) / freedom
  return { days: freedom + 1, sd: Math.sqrt(variance) }
}

function sided(side: 'both' | 'upper' | 'lower', centre: number, half: number): { lower?: number; upper?: number } {
  return {
    ...(side !== 'upper' && { lower: centre - half }),
    ...(side !== 'lower' && { upper: centre + half }),
  }
}

function span({ days, from, to }: Reference): { days: number; from: number; to: number } {
  return { days: days.length, from: days[0]?.from ?? from, to: days.at(-1)?.to ?? to }
}

function sdAbout(values: Float64Array, centre: number): number {
  let sum = 0
  for (const value of values) sum += (value - centre) ** 2
  return Math.sqrt(sum / (values.length - 1))
}
