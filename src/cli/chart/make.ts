/** A table and a request become a chart: limits, judged points, signals with their rules, and what an expert would remark. */
import type { Table } from '../../base/table.ts'
import { random } from '../../numeric/random.ts'
import { expectedArl0, nominalArl0 } from '../../statistics/control/averageRunLength.ts'
import { applyChart, bandOf, type ChartPoint, start, step } from '../../statistics/control/controlChart.ts'
import { fewSubgroups } from '../../statistics/control/exclusion.ts'
import { dispersion, rateDispersion } from '../../statistics/control/fitCounts.ts'
import type { Band, ChartLimits } from '../../statistics/control/limits.ts'
import { lagOneCorrelation } from '../../statistics/control/phaseOne.ts'
import { type RuleSignal, type RunRule, ruleSignals } from '../../statistics/control/runRules.ts'
import { isMarkov, runRulesArl, runRulesArlSimulated } from '../../statistics/control/runRulesRunLength.ts'
import { figure } from '../terminal.ts'
import { type Fitted, fit, referenceOf } from './fit.ts'
import { type Observed, observe } from './observe.ts'
import type { ChartRequest } from './request.ts'

/** One chart with its judged points. */
export interface Panel {
  readonly kind: string
  readonly limits: ChartLimits
  /** The limits at a typical size. */
  readonly band: Band
  readonly sigma: number | null
  /** The raw value of each point, as in the file or as its subgroup has it. */
  readonly values: readonly number[]
  /** NaN where the chart has no value for a point: the first moving range, a subgroup of one. */
  readonly points: readonly ChartPoint[]
  readonly signals: readonly RuleSignal[]
  /** Points to a false alarm, rules included. */
  readonly arl0: number | null
  /** Standard error, where the rules had to be simulated. */
  readonly arl0Error?: number
  /** On average over references as short as this one, limits alone. */
  readonly expectedArl0?: number
}

export interface Charted {
  readonly main: Panel
  readonly companion?: Panel
  readonly observed: Observed
  /** Phase I points left out of the estimates. */
  readonly excluded: readonly number[]
  readonly rules: readonly RunRule[]
  readonly notes: readonly string[]
}

export function makeChart(table: Table, request: ChartRequest, file: string): Charted {
  const observed = observe(table, request, file)
  const fitted = fit(observed, request)
  const main = mainPanel(observed, fitted, request)
  const companion = fitted.companion && spreadPanel(fitted.companion, observed)
  const excluded = fitted.limits.excluded.map(i => observed.phase1[i]!)
  const chart = { main, ...(companion && { companion }), observed, excluded, rules: request.rules }
  return { ...chart, notes: [...observed.notes, ...remarks(chart, request)] }
}

function mainPanel(observed: Observed, { limits, phase1Limits }: Fitted, request: ChartRequest): Panel {
  if (limits.kind === 'r' || limits.kind === 's' || limits.kind === 'mr') return spreadPanel(limits, observed)
  const { values, sizes, vectors } = observed
  const inputs = vectors ?? plotted(limits, values, sizes)
  const points = applyChart(limits, inputs, sizes)
  if (phase1Limits) {
    const own = applyChart(phase1Limits, inputs, sizes)
    for (const i of observed.phase1) points[i] = own[i]!
  }
  const raw = vectors ? points.map(({ value }) => value) : Array.from(values)
  return panel(request.kind, limits, points, raw, sizes, request.rules)
}

/** Counts become shares (p) and rates (u); the rest is plotted as it is. */
function plotted(limits: ChartLimits, values: Float64Array, sizes: Float64Array | undefined): Float64Array {
  return (limits.kind === 'p' || limits.kind === 'u') && sizes ? values.map((x, i) => x / sizes[i]!) : values
}

/** R, S or moving range. */
function spreadPanel(limits: ChartLimits, { values, groups }: Observed): Panel {
  const none = Number.NaN
  if (limits.kind === 'mr') {
    const points = applyChart(limits, values)
    return panel('mr', limits, [{ ...points[0]!, value: none, z: none }, ...points.slice(1)], Array.from(values))
  }
  const spreads = limits.kind === 'r' ? groups!.ranges : groups!.deviations
  const points = Array.from(spreads, (value, i): ChartPoint => {
    const n = groups!.sizes[i]!
    if (n < 2) return { value: none, z: none, ...bandOf(limits, 2), signal: null }
    return step(start(limits), limits, value, n).point
  })
  return panel(limits.kind, limits, points, Array.from(spreads), groups!.sizes)
}

function panel(
  kind: string,
  limits: ChartLimits,
  points: readonly ChartPoint[],
  values: readonly number[],
  sizes?: Float64Array,
  rules: readonly RunRule[] = [],
): Panel {
  const size = typicalSize(limits, sizes)
  const band = bandOf(limits, size)
  const signals = ruleSignals(points, rules)
  const expected = expectedArl0(limits)
  const common = { kind, limits, band, sigma: sigmaOf(limits, band), values, points, signals }
  return { ...common, ...arl0Of(limits, size, rules), ...(expected !== undefined && { expectedArl0: expected }) }
}

/** Mean size; whole, because counts out of it are. */
function typicalSize(limits: ChartLimits, sizes: Float64Array | undefined): number | undefined {
  if (sizes === undefined) return undefined
  const mean = sizes.reduce((sum, n) => sum + n, 0) / sizes.length
  return limits.kind === 'u' || Number.isInteger(mean) ? mean : Math.max(2, Math.round(mean))
}

function sigmaOf(limits: ChartLimits, band: Band): number | null {
  switch (limits.kind) {
    case 'xbar':
    case 'r':
    case 's':
      return limits.sigma
    case 'ewma':
    case 'cusum':
      return limits.sd
    case 'residual':
      return sigmaOf(limits.chart, bandOf(limits.chart))
    default:
      return band.sigma ?? null
  }
}

/** With run rules the run length of rules and limits together, for points that are nearly normal. */
function arl0Of(
  limits: ChartLimits,
  size: number | undefined,
  rules: readonly RunRule[],
): Pick<Panel, 'arl0' | 'arl0Error'> {
  if (rules.length === 0) return { arl0: finite(limits.arl0 ?? nominalArl0(limits, size)) }
  const { centre, upper, sigma } = bandOf(limits, size)
  const limit = (upper - centre) / sigma!
  if (isMarkov(rules)) return { arl0: finite(runRulesArl(rules, { limit })) }
  const { arl, standardError } = runRulesArlSimulated(rules, { limit }, random('run rules'))
  return { arl0: arl, arl0Error: standardError }
}

function finite(arl0: number): number | null {
  return Number.isFinite(arl0) ? arl0 : null
}

/** What an expert would say of this chart before looking at it. */
function remarks(
  { main, companion, observed, excluded }: Omit<Charted, 'notes' | 'rules'>,
  request: ChartRequest,
): string[] {
  const notes: string[] = []
  const { limits } = main
  const m = limits.m
  const { arl0 } = main
  if (excluded.length > 0)
    notes.push(`${excluded.length} reference points were out of limits and are left out of the estimates`)
  const expected = main.expectedArl0
  if (expected !== undefined && limits.arl0 === undefined && arl0 !== null && expected < 0.8 * nominalArl0(limits)) {
    notes.push(
      `limits from ${m} ${observed.groups ? 'subgroups' : 'points'}: expect a false alarm in about ${figure(Math.round(expected))} points, not ${figure(Math.round(nominalArl0(limits)))}; --arl0 makes limits that allow for it`,
    )
  } else if (observed.groups && m > 0 && m < fewSubgroups) {
    notes.push(`limits from ${m} subgroups: ${fewSubgroups} or more are better`)
  }
  const inPhase1 = new Set(observed.phase1)
  const early = [...main.signals, ...(companion?.signals ?? [])].filter(
    ({ index, side }) => side !== null && inPhase1.has(index) && !excluded.includes(index),
  )
  if (early.length > 0 && limits.m > 0 && !request.reestimate) {
    notes.push(
      `${early.length} of the points that the limits come from are out of them; find the cause, or leave them out with --reestimate`,
    )
  }
  if (m > 0) notes.push(...ofItsPast(observed, request), ...ofItsSpread(observed, request))
  return notes
}

/** Neighbours that resemble each other. */
function ofItsPast(observed: Observed, { kind, residuals }: ChartRequest): string[] {
  if (residuals || observed.groups || (kind !== 'individuals' && kind !== 'ewma' && kind !== 'cusum')) return []
  const { values } = referenceOf(observed)
  const r = lagOneCorrelation(values)
  if (values.length < 10 || r < 2.5 / Math.sqrt(values.length)) return []
  return [
    `neighbouring points resemble each other (r = ${figure(r, 2)}), which raises more alarms than stated; --residuals ar1 charts what is new`,
  ]
}

/** Counts that differ by more than chance. */
function ofItsSpread(observed: Observed, { kind }: ChartRequest): string[] {
  const { values, sizes } = referenceOf(observed)
  const isShare = kind === 'p' || kind === 'np'
  if (!(isShare || kind === 'u' || kind === 'c') || values.length < 2) return []
  const total = values.reduce((sum, x) => sum + x, 0)
  if (total === 0 || (isShare && total === sizes!.reduce((sum, n) => sum + n, 0))) return []
  const { ratio, p } = kind === 'u' ? rateDispersion(values, sizes!) : dispersion(values, sizes)
  if (p >= 0.01) return []
  const laney = isShare ? 'laney-p' : 'laney-u'
  return [
    `counts vary ${figure(ratio, 1)} times as much as chance allows (p = ${p.toPrecision(1)}): without a cause for it --kind ${laney} is the right chart`,
  ]
}
