/**
 * Drift of columns over days, as control charts: for every column the distance of a day from the reference, and for
 * every number column where the day lies. Each is smoothed by an EWMA, because a single day of weather says little
 * and a season says it every day a little; limits come from how the reference's own days differ.
 *
 * The false alarms of all charts together are what is asked for (the levels: Bonferroni over charts, each designed by
 * ewmaDesign with the uncertainty of a short reference). A chart that is out is drift only where the effect matters too.
 */

import { ewmaVariance } from '../statistics/control/controlChart.ts'
import { lagOneCorrelation } from '../statistics/control/phaseOne.ts'
import { ewmaDesign } from '../statistics/control/runLength.ts'
import { tSf } from '../statistics/distributions/distributions.ts'
import { type DayDriftReference, dayDriftStart, driftStep, fitDayDrift } from '../statistics/drift/driftOverDays.ts'
import { adjustP } from '../statistics/hypothesis/multipleTesting.ts'
import type { Bins } from '../statistics/profiles/bins.ts'
import { sdOf } from '../statistics/profiles/moments.ts'
import { mergeSketches, present, type Sketch } from '../statistics/profiles/sketch.ts'
import { type Extremes, extremesOf, neverSeen } from './columnExtremes.ts'
import type { ColumnDrift } from './records.ts'

/** Where the days of a number column lie: mean of its values, none counted farther out than the reference reaches. */
interface ColumnLocation {
  readonly column: string
  readonly mean: number
  /** Between days, and days that it was estimated from. */
  readonly sd: number
  readonly days: number
  /** Of a day with the day before, at least 0: warm days come together. Absent in references of earlier releases. */
  readonly correlation?: number
  /** Between rows, the unit of the effect. */
  readonly rowSd: number
}

export interface DriftReference {
  readonly distance: DayDriftReference
  readonly locations: readonly ColumnLocation[]
  /** By column, what never happened on a reference day. Absent in references of earlier releases. */
  readonly extremes?: Readonly<Record<string, Extremes>>
}

/** EWMA of each chart and how many days it has seen. Plain numbers, to be stored with the monitor. */
export type DriftState = Readonly<Record<string, number>>

export interface DriftDay {
  readonly state: DriftState
  readonly columns: readonly ColumnDrift[]
  /** Columns that say nothing, with the reason. */
  readonly skipped: readonly { readonly column: string; readonly reason: string }[]
}

/** A shift of a tenth of the rows' standard deviation is the least that matters. */
const leastShift = 0.1
const lambda = 0.2
const leastDays = 5

/** `days[d][c]` is the sketch of column c on day d over `bins[c]`. */
export function fitDrift(bins: readonly Bins[], days: readonly (readonly Sketch[])[]): DriftReference {
  const locations: ColumnLocation[] = []
  for (const [c, columnBins] of bins.entries()) {
    if (columnBins.kind !== 'number') continue
    const sketches = days.map(day => day[c]!)
    const levels = sketches.map(sketch => levelOf(columnBins, sketch)).filter(level => level !== undefined)
    if (levels.length < leastDays) continue
    const { mean, sd: seen } = meanAndSd(levels)
    const correlation = Math.min(0.8, Math.max(0, lagOneCorrelation(Float64Array.from(levels))))
    // Days that resemble each other show less of how much days differ (exactly so for the variance of a mean).
    const sd = seen / Math.sqrt(1 - Math.min(0.5, fewer(correlation) / levels.length))
    const rowSd = sdOf(sketches.reduce(mergeSketches).moments)
    if (sd > 0 && rowSd > 0) {
      locations.push({ column: columnBins.column, mean, sd, days: levels.length, correlation, rowSd })
    }
  }
  const extremes = Object.fromEntries(
    bins.map((of, c) => [
      of.column,
      extremesOf(
        of,
        days.map(day => day[c]!),
      ),
    ]),
  )
  return { distance: fitDayDrift(bins, days), locations, extremes }
}

/** The reference of some of its columns. */
export function driftOfColumns(reference: DriftReference, wanted: (column: string) => boolean): DriftReference {
  const { distance, locations, extremes } = reference
  return {
    distance: {
      columns: distance.columns.filter(({ bins }) => wanted(bins.column)),
      skipped: distance.skipped.filter(({ column }) => wanted(column)),
    },
    locations: locations.filter(({ column }) => wanted(column)),
    ...(extremes && { extremes: Object.fromEntries(Object.entries(extremes).filter(([column]) => wanted(column))) }),
  }
}

/**
 * A new reference moves the centre of each column; how much its days differ is taken from both, weighted by their days:
 * two weeks alone would need limits so wide that nothing is seen.
 */
export function pooledDrift(next: DriftReference, before: DriftReference): DriftReference {
  return {
    ...next,
    locations: next.locations.map(location => {
      const other = before.locations.find(({ column }) => column === location.column)
      if (!other) return location
      const freedom = location.days - 1
      const otherFreedom = other.days - 1
      const variance = (freedom * location.sd ** 2 + otherFreedom * other.sd ** 2) / (freedom + otherFreedom)
      const correlation =
        ((location.correlation ?? 0) * freedom + (other.correlation ?? 0) * otherFreedom) / (freedom + otherFreedom)
      return { ...location, sd: Math.sqrt(variance), days: location.days + otherFreedom, correlation }
    }),
  }
}

/**
 * One more day: the next state of all charts and what they say. `falseAlarms` per day over all columns: half of it for
 * the distances, a quarter for the levels, a quarter for what no day of the reference came near.
 */
export function stepDrift(
  reference: DriftReference,
  state: DriftState,
  day: readonly Sketch[],
  { falseAlarms }: { readonly falseAlarms: number },
): DriftDay {
  const { state: distances, report } = driftStep(reference.distance, { ...dayDriftStart, ...state }, day, {
    alpha: falseAlarms / 2,
    lambda,
  })
  const next: Record<string, number> = { ...distances }
  const arl0 = Math.min(1e6, Math.max(2, reference.locations.length / (falseAlarms / 4)))
  const levels = reference.locations.flatMap(location => {
    const bins = reference.distance.columns.find(({ bins }) => bins.column === location.column)?.bins
    const sketch = day.find(({ column }) => column === location.column)
    const level = bins && sketch && levelOf(bins, sketch)
    if (level === undefined) return []
    const { column, days, mean, sd, rowSd, correlation = 0 } = location
    const name = `level/${column}`
    const points = (state[`${name} days`] ?? 0) + 1
    const z = (lambda * (level - mean)) / sd + (1 - lambda) * (state[name] ?? 0)
    next[name] = z
    next[`${name} days`] = points
    const statistic = z / Math.sqrt(ewmaVariance(lambda, points, correlation))
    // The mean of days that come together is known as well as that of fewer days that do not.
    const known = Math.max(leastDays, Math.round(days / fewer(correlation)))
    const effect = Math.abs(z * sd) / rowSd
    const p = 2 * tSf(Math.abs(statistic), known - 1)
    const drifted = Math.abs(statistic) > design(arl0, known) && effect >= leastShift
    return [{ column, statistic, effect, p, drifted, method: 'EWMA of the daily level' }]
  })
  const adjusted = adjustP(Float64Array.from(levels, ({ p }) => p))
  const distancesSaid = report.columns.map(({ n: _n, m: _m, ...column }) => column)
  const levelsSaid = levels.map((level, i) => ({ ...level, pAdjusted: adjusted[i]! }))
  const never = neverSeen(reference.extremes ?? {}, state, next, day, falseAlarms / 4)
  return { state: next, columns: loudestByColumn([...never, ...distancesSaid, ...levelsSaid]), skipped: report.skipped }
}

/** So many days with this correlation between neighbours say as much of their mean as one day of its own. */
function fewer(correlation: number): number {
  return (1 + correlation) / (1 - correlation)
}

/** Of the charts of a column the one that says most: drift before none, then the smaller p. */
function loudestByColumn(all: readonly ColumnDrift[]): ColumnDrift[] {
  const loudest = new Map<string, ColumnDrift>()
  for (const drift of all) {
    const other = loudest.get(drift.column)
    const louder = !other || (drift.drifted === other.drifted ? drift.p < other.p : drift.drifted)
    if (louder) loudest.set(drift.column, drift)
  }
  return [...loudest.values()]
}

const designs = new Map<string, number>()

/** The integral equation costs a tenth of a second, and the question is the same every day. */
function design(arl0: number, reference: number): number {
  const key = `${arl0} ${reference}`
  const known = designs.get(key)
  if (known !== undefined) return known
  const L = ewmaDesign(lambda, arl0, { limits: 'time-varying', reference })
  designs.set(key, L)
  return L
}

/** Mean over the bins' middles, the open ends counted at the reference's own ends; undefined without values. */
function levelOf(bins: Bins, sketch: Sketch): number | undefined {
  if (bins.kind !== 'number' || bins.edges.length === 0 || present(sketch) === 0) return undefined
  const { edges } = bins
  let sum = 0
  for (let k = 0; k < sketch.counts.length; k++) {
    const low = edges[Math.max(0, k - 1)]!
    const high = edges[Math.min(edges.length - 1, k)]!
    sum += sketch.counts[k]! * (low + (bins.edges.length > exactBins ? (high - low) / 2 : 0))
  }
  return sum / present(sketch)
}

/** A column with fewer different values than that has a bin for each, which begins at the value. */
const exactBins = 128

function meanAndSd(values: readonly number[]): { mean: number; sd: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  const sum = values.reduce((a, b) => a + (b - mean) ** 2, 0)
  return { mean, sd: Math.sqrt(sum / (values.length - 1)) }
}
