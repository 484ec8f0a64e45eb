/**
 * Drift of whole days. Days differ by themselves, more than rows drawn at random would: weather comes and goes, a column
 * such as the day of the week even has one single value a day. A test that takes rows as independent flags every day.
 * So the day is the unit: how far is a new day from the reference, compared with how far the reference's own days are
 * from the rest of it?
 */

import { ewmaVariance } from '../control/controlChart.ts'
import { fitIndividuals, lagOneCorrelation } from '../control/phaseOne.ts'
import { tSf } from '../distributions/distributions.ts'
import { jensenShannonDivergence } from '../hypothesis/distances.ts'
import { adjustP } from '../hypothesis/multipleTesting.ts'
import type { Bins } from '../profiles/bins.ts'
import { emptySketch, mergeSketches, type Sketch } from '../profiles/sketch.ts'
import type { SkippedColumn } from './report.ts'

/** One column on one day. */
export interface ColumnDayDrift {
  readonly column: string
  readonly method: 'JS distance over days'
  readonly statistic: number
  readonly effect: number
  readonly p: number
  readonly pAdjusted: number
  readonly drifted: boolean
  /** Rows of the reference and of the day. */
  readonly n: number
  readonly m: number
}

export interface DayDriftReport {
  readonly columns: readonly ColumnDayDrift[]
  /** Columns that could not be tested, with the reason. */
  readonly skipped: readonly SkippedColumn[]
}

/** JS distance beyond its usual one from which a day matters. */
const leastEffect = 0.1

/** What is frozen of the reference days, per column. Plain JSON. */
export interface DayDriftColumn {
  readonly bins: Bins
  /** All reference days together. */
  readonly total: Sketch
  /** Mean and sd over the reference days of the log divergence of a day from the rest. */
  readonly mean: number
  readonly sd: number
  readonly m: number
  /** Lag-one correlation of the reference days, at least 0: bad weather stays for a few days. */
  readonly correlation: number
  /** Positions of reference days left out of mean and sd because they were far off themselves. */
  readonly excluded: readonly number[]
}

export interface DayDriftReference {
  readonly columns: readonly DayDriftColumn[]
  readonly skipped: readonly SkippedColumn[]
}

/** Freezes the reference: `days[d][c]` is the sketch of column c on day d, over `bins[c]`. */
export function fitDayDrift(bins: readonly Bins[], days: readonly (readonly Sketch[])[]): DayDriftReference {
  const columns: DayDriftColumn[] = []
  const skipped: { column: string; reason: string }[] = []
  for (const [c, columnBins] of bins.entries()) {
    const sketches = days.map(day => day[c]!).filter(sketch => sketch.rows > 0)
    const total = sketches.reduce(mergeSketches, emptySketch(columnBins))
    const near = sketches.length >= leastForNeighbours ? neighbours : 0
    const logs = Float64Array.from(sketches, (day, d) => {
      const rest = sketches.slice(Math.max(0, d - near), d + near + 1).reduce(subtract, total)
      return logDivergence(groupCounts(rest.rows > 0 ? rest : total, total), groupCounts(day, total))
    })
    const { limits, reason } = fitIndividuals(logs)
    const kept = limits ? logs.filter((_, d) => !limits.excluded.includes(d)) : logs
    // Days that are all alike still differ by a row or two.
    const { mean, sd } = limits ? meanAndSd(kept) : { mean: logs[0] ?? 0, sd: 0 }
    if (!limits && reason !== 'all reference points are equal') {
      skipped.push({ column: columnBins.column, reason })
      continue
    }
    columns.push({
      bins: columnBins,
      total,
      mean,
      sd: Math.max(sd, leastSd),
      m: kept.length,
      correlation: limits ? Math.max(0, lagOneCorrelation(kept)) : 0,
      excluded: limits?.excluded ?? [],
    })
  }
  return { columns, skipped }
}

/** Averages over the days so far, to be stored from day to day: `n` days, `z/<column>` per column. */
export interface DayDriftState {
  readonly n: number
  readonly [average: `z/${string}`]: number
}

export const dayDriftStart: DayDriftState = { n: 0 }

/**
 * Which columns have drifted, seen on the latest day and, with lambda < 1, on the days before it: the day's distance, in
 * standard deviations of the reference days, goes into an exponentially weighted average, so that drift that stays is
 * seen sooner and a single storm is not enough. lambda = 1 judges each day alone.
 *
 * p is the chance that days like those of the reference get as far (one-sided t; the spread of the average allows for
 * the error of the reference's mean and for days that resemble their neighbours). It is adjusted over columns, so that
 * on such days the chance of any finding is at most `alpha` a day. The effect is the JS distance beyond its usual one.
 */
export function driftStep(
  reference: DayDriftReference,
  state: DayDriftState,
  day: readonly Sketch[],
  { alpha = 0.01, lambda = 0.2, leastRows = 30 }: { alpha?: number; lambda?: number; leastRows?: number } = {},
): { readonly state: DayDriftState; readonly report: DayDriftReport } {
  const skipped = [...reference.skipped]
  const tested: Omit<ColumnDayDrift, 'pAdjusted' | 'drifted'>[] = []
  const n = state.n + 1
  const next: { n: number; [average: `z/${string}`]: number } = { ...state, n }
  for (const column of reference.columns) {
    const name = column.bins.column
    const sketch = day.find(candidate => candidate.bins === column.bins.id && candidate.column === name)
    if (!sketch) throw new RangeError(`driftStep: no sketch of column ${name} over bins ${column.bins.id}`)
    if (sketch.rows < leastRows) {
      skipped.push({ column: name, reason: `${sketch.rows} rows, ${leastRows} are needed` })
      continue
    }
    const log = logDivergence(groupCounts(column.total, column.total), groupCounts(sketch, column.total))
    const distance = (log - column.mean) / column.sd
    const z = lambda * Math.min(distance, lambda < 1 ? farthest : distance) + (1 - lambda) * (state[`z/${name}`] ?? 0)
    next[`z/${name}`] = z
    const r = column.correlation
    const variance = ewmaVariance(lambda, n, r) + (1 + r) / (1 - r) / column.m
    const statistic = z / Math.sqrt(variance)
    tested.push({
      column: name,
      statistic,
      effect: Math.sqrt(Math.max(0, Math.exp(log) - Math.exp(column.mean))),
      p: tSf(statistic, column.m - 1),
      method: 'JS distance over days',
      n: column.total.rows,
      m: sketch.rows,
    })
  }
  const adjusted = adjustP(Float64Array.from(tested, ({ p }) => p))
  const columns = tested.map((column, i) => {
    const pAdjusted = adjusted[i]!
    return { ...column, pAdjusted, drifted: pAdjusted < alpha && column.effect >= leastEffect }
  })
  return { state: next, report: { columns, skipped } }
}

/** A day judged alone: `statistic` is its distance in standard deviations of a prediction from the reference days. */
export function driftOfDay(
  reference: DayDriftReference,
  day: readonly Sketch[],
  { alpha = 0.01, leastRows = 30 }: { alpha?: number; leastRows?: number } = {},
): DayDriftReport {
  return driftStep(reference, dayDriftStart, day, { alpha, leastRows, lambda: 1 }).report
}

/** A day counts as at most this many standard deviations in an average: one lost day must not look like lasting drift. */
const farthest = 4

/** A tenth in the logarithm: reference days closer to each other than that have not shown how days differ. */
const leastSd = 0.1

/**
 * Log of the JS divergence in bits. Half a row in the place of nothing keeps the logarithm finite: 1/(8 n ln 2) is the mean
 * divergence of n rows with one degree of freedom.
 */
function logDivergence(reference: Float64Array, day: Float64Array): number {
  let rows = 0
  for (let k = 0; k < day.length; k++) rows += day[k]!
  let others = 0
  for (let k = 0; k < reference.length; k++) others += reference[k]!
  if (rows === 0 || others === 0) return 0
  return Math.log(jensenShannonDivergence(reference, day) + 1 / (8 * rows * Math.LN2))
}

/**
 * Counts over about 20 groups of neighbouring bins that are equally full in the reference, then the bins outside it and
 * missing values: fine bins would drown a shift in the noise of a single day.
 */
function groupCounts(sketch: Sketch, total: Sketch): Float64Array {
  const inner = total.counts.length
  const present = total.rows - total.missing
  const grouped: number[] = []
  let reached = 0
  let open = 0
  for (let k = 0; k < inner; k++) {
    open += sketch.counts[k]!
    reached += total.counts[k]!
    const outer = k === 0 || k === inner - 1 || k === inner - 2
    const full = present > 0 && reached / present >= 1 / groups
    if (outer || full) {
      grouped.push(open)
      open = reached = 0
    }
  }
  return Float64Array.of(...grouped, sketch.missing)
}

const groups = 20

/**
 * A day of the reference is held against the others without its neighbours: they share its weather, and a new day will not
 * have any among them.
 */
const neighbours = 3
const leastForNeighbours = 14

/** The reference without one of its days. */
function subtract(total: Sketch, day: Sketch): Sketch {
  return {
    ...total,
    rows: total.rows - day.rows,
    missing: total.missing - day.missing,
    counts: total.counts.map((count, k) => count - day.counts[k]!),
  }
}

function meanAndSd(values: Float64Array): { mean: number; sd: number } {
  let mean = 0
  for (const x of values) mean += x / values.length
  let sum = 0
  for (const x of values) sum += (x - mean) ** 2
  return { mean, sd: Math.sqrt(sum / (values.length - 1)) }
}
