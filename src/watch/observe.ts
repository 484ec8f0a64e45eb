/**
 * Looks at the rows of a window once for all its monitors: stretch by stretch, so that what is in memory is a day of the
 * log and the tallies, whatever the window.
 */
import type { PredictionLog, PredictionWindow } from '../base/ports.ts'
import { type Column, take } from '../base/table.ts'
import { answersOf } from '../loop/answers.ts'
import type { Task } from '../loop/dayStatistics.ts'
import type { Estimator } from '../loop/estimator.ts'
import { type DriftMonitor, isEstimated, type MonitorConfig, needsOutcomes } from '../loop/monitor.ts'
import type { Span } from '../loop/monitorWindow.ts'
import type { SelectiveColumn } from '../loop/records.ts'
import { selectiveLabels } from '../loop/selectiveLabels.ts'
import { signalOf } from '../loop/signals.ts'
import { type SignalQuestion, type SignalValue, type Stretch, type Tally, tally } from '../loop/signalValues.ts'
import { type UsualRows, unusualRows } from '../loop/unusualRows.ts'
import type { Bins } from '../statistics/profiles/bins.ts'
import { type Sketch, type SketchBuilder, sketchBuilder } from '../statistics/profiles/sketch.ts'

/** What a monitor sees of some rows. */
export interface SeenRows {
  readonly rows: number
  /** Share of the rows whose outcome is known or void. */
  readonly coverage: number
  /** Of a chart or a threshold. */
  readonly signal?: SignalValue
  /** Of drift: a sketch for each column that can be compared, and why others cannot. */
  readonly sketches?: readonly Sketch[]
  readonly skipped?: readonly SkippedColumn[]
}

export interface SkippedColumn {
  readonly column: string
  readonly reason: string
}

/** What a monitor sees of a window; `parts` by category, where it looks at each. */
export interface Seen extends SeenRows {
  /** Columns in which rows with an outcome differ from those without. */
  readonly selective?: readonly SelectiveColumn[]
  readonly parts?: ReadonlyMap<string, SeenRows>
}

export interface Context {
  readonly task: Task
  /** Bins of the reference by column, and what rows usually look like. */
  readonly bins: ReadonlyMap<string, Bins>
  readonly usual?: UsualRows | undefined
  readonly estimator?: Estimator | undefined
  /** Bins that the sketches of a drift monitor are counted in. */
  readonly driftBins: (monitor: MonitorConfig) => readonly Bins[]
}

/** Categories that are looked at one by one; rows of further ones count in the whole alone. */
const mostParts = 200
const dayMs = 86_400_000

/** Signals of rows; those of the whole endpoint are not seen here. */
export function isOfRows(monitor: MonitorConfig): boolean {
  return monitor.kind === 'drift' || !signalOf(monitor.of).whole
}

export interface Observer {
  add(stretch: Stretch): void
  /** What each monitor saw, by its name. */
  seen(): ReadonlyMap<string, Seen>
}

export function observer(monitors: readonly MonitorConfig[], context: Context): Observer {
  const groups = new Map<string, Group>()
  for (const monitor of monitors) {
    if (!isOfRows(monitor)) continue
    const key = JSON.stringify([monitor.segment ?? {}, monitor.by ?? ''])
    const group = groups.get(key)
    if (group) group.monitors.push(monitor)
    else groups.set(key, { segment: monitor.segment, by: monitor.by, monitors: [monitor] })
  }
  const watched = [...groups.values()].map(group => watchGroup(group, context))
  return {
    add(stretch) {
      for (const group of watched) group.add(stretch)
    },
    seen: () => new Map(watched.flatMap(group => group.seen())),
  }
}

interface Group {
  readonly segment: MonitorConfig['segment']
  readonly by: string | undefined
  readonly monitors: MonitorConfig[]
}

/** Monitors of the same rows share their tallies. */
function watchGroup({ segment, by, monitors }: Group, context: Context) {
  const all = watchRows(monitors, context)
  // What holds for all rows is said once, not of each segment.
  const labels = !segment && monitors.some(needsOutcomes) ? selectiveLabels() : undefined
  const parts = new Map<string, ReturnType<typeof watchRows>>()
  const needed = neededColumns(monitors, context)
  return {
    add(stretch: Stretch): void {
      const rows = segment ? rowsWhere(stretch, segment) : undefined
      const mine = rows ? taken(stretch, rows, by === undefined ? needed : undefined) : stretch
      all.add(mine)
      labels?.add(mine)
      if (by === undefined) return
      for (const [part, places] of rowsBy(mine, by)) {
        let watched = parts.get(part)
        if (!watched) {
          if (parts.size === mostParts) continue
          watched = watchRows(monitors, context)
          parts.set(part, watched)
        }
        watched.add(taken(mine, places, needed))
      }
    },
    seen(): [string, Seen][] {
      const selective = labels?.found() ?? []
      return monitors.map(monitor => [
        monitor.name,
        by === undefined
          ? { ...all.seen(monitor), ...(needsOutcomes(monitor) && { selective }) }
          : { ...all.seen(monitor), parts: new Map([...parts].map(([part, rows]) => [part, rows.seen(monitor)])) },
      ])
    },
  }
}

function watchRows(monitors: readonly MonitorConfig[], { task, bins, usual, estimator, driftBins }: Context) {
  const questions = monitors.flatMap(monitor => questionOf(monitor) ?? [])
  const wantsUsual = questions.some(({ of }) => of === 'anomalous share')
  const counts: Tally = tally(task, questions, {
    bins,
    unusual: wantsUsual && usual ? features => unusualRows(usual, features) : undefined,
    estimator,
  })
  const sketches = new Map<string, ReturnType<typeof columnSketch>>()
  const idOf = (drift: DriftMonitor['drift'], { column, id }: Bins) => `${drift} ${id} ${column}`
  for (const monitor of monitors) {
    if (monitor.kind !== 'drift') continue
    for (const of of driftBins(monitor)) {
      const id = idOf(monitor.drift, of)
      if (!sketches.has(id)) sketches.set(id, columnSketch(of, monitor.drift))
    }
  }
  return {
    add(stretch: Stretch): void {
      counts.add(stretch)
      if (sketches.size === 0) return
      for (const sketch of sketches.values()) sketch.add(stretch)
    },
    seen(monitor: MonitorConfig): SeenRows {
      const common = { rows: counts.rows, coverage: counts.coverage }
      if (monitor.kind !== 'drift') return { ...common, signal: counts.value(questionOf(monitor)!) }
      const found = driftBins(monitor).map(of => sketches.get(idOf(monitor.drift, of))!)
      return {
        ...common,
        sketches: found.flatMap(sketch => sketch.sketch() ?? []),
        skipped: found.flatMap(sketch => sketch.skipped() ?? []),
      }
    },
  }
}

export function questionOf(monitor: MonitorConfig): SignalQuestion | undefined {
  if (monitor.kind === 'drift') return undefined
  const { of, column, decision } = monitor
  return { of, column, decision }
}

/** Counts a column, or says why it cannot be counted in these bins. */
function columnSketch(bins: Bins, drift: DriftMonitor['drift']) {
  const builder: SketchBuilder = sketchBuilder(bins)
  let counted = 0
  let reason: string | undefined
  return {
    add({ features, answers }: Stretch): void {
      const column: Column | undefined =
        drift === 'prediction'
          ? { name: bins.column, kind: 'number', values: answers }
          : features.columns.find(({ name }) => name === bins.column)
      if (!column) return
      counted++
      if ((column.kind === 'text') === (bins.kind === 'text')) builder.add(column)
      else reason = `it is ${kindOf(column)} now, and was ${bins.kind === 'text' ? 'text' : 'numbers'} in the reference`
    },
    sketch: () => (counted > 0 && reason === undefined ? builder.sketch() : undefined),
    skipped: () => {
      const why = reason ?? (counted === 0 ? 'no row has it' : undefined)
      return why === undefined ? undefined : { column: bins.column, reason: why }
    },
  }
}

function kindOf({ kind }: Column): string {
  return kind === 'text' ? 'text' : 'numbers'
}

/** Columns of the features that these monitors look at; undefined for all. */
function neededColumns(
  monitors: readonly MonitorConfig[],
  { usual, estimator, driftBins }: Context,
): ReadonlySet<string> | undefined {
  const names = new Set<string>()
  for (const monitor of monitors) {
    if (monitor.kind === 'drift') for (const { column } of driftBins(monitor)) names.add(column)
    else if (monitor.column !== undefined) names.add(monitor.column)
    else if (isEstimated(monitor) && estimator?.kind === 'dle') return undefined
    else if (monitor.of === 'anomalous share') for (const { column } of usual?.scales ?? []) names.add(column)
  }
  return names
}

function rowsWhere({ features, answers }: Stretch, segment: Readonly<Record<string, string>>): Int32Array {
  const tests = Object.entries(segment).map(([name, value]) => {
    const column = features.columns.find(candidate => candidate.name === name)
    return (row: number) => column !== undefined && categoryOf(column, row) === value
  })
  const rows: number[] = []
  for (let row = 0; row < answers.length; row++) if (tests.every(test => test(row))) rows.push(row)
  return Int32Array.from(rows)
}

function rowsBy({ features, answers }: Stretch, by: string): Map<string, Int32Array> {
  const column = features.columns.find(({ name }) => name === by)
  const places = new Map<string, number[]>()
  for (let row = 0; row < answers.length && column; row++) {
    const part = categoryOf(column, row)
    const rows = places.get(part)
    if (rows) rows.push(row)
    else places.set(part, [row])
  }
  return new Map([...places].map(([part, rows]) => [part, Int32Array.from(rows)]))
}

function categoryOf(column: Column, row: number): string {
  const value = column.values[row]
  return value === null || value === undefined || Number.isNaN(value) ? 'missing' : String(value)
}

/** These rows of a stretch, and of the features only what is needed. */
function taken(stretch: Stretch, rows: Int32Array, needed?: ReadonlySet<string>): Stretch {
  const numbers = (values: Float64Array) => Float64Array.from(rows, row => values[row]!)
  const { features, times } = stretch
  const columns = needed ? features.columns.filter(({ name }) => needed.has(name)) : features.columns
  return {
    features: take({ rows: features.rows, columns }, rows),
    answers: numbers(stretch.answers),
    outcomes: numbers(stretch.outcomes),
    voids: Uint8Array.from(rows, row => stretch.voids[row]!),
    ...(times && { times: { at: numbers(times.at), knownAt: numbers(times.knownAt), asOf: times.asOf } }),
  }
}

// ------------------------------------------------------------ the log

export interface LogPlace {
  readonly log: PredictionLog
  /** Id of the endpoint's record. */
  readonly endpoint: string
  /** The version whose answers are looked at. */
  readonly semver: string
  /** Outcomes are those known at this instant. */
  readonly asOf: number
}

/** The window in stretches of at most a day. */
export async function* stretchesOf(
  place: LogPlace,
  { from, to }: Span,
  monitors: readonly MonitorConfig[],
): AsyncGenerator<Stretch> {
  for (let at = from; at < to; at += dayMs) {
    const end = to - at < 1.5 * dayMs ? to : at + dayMs
    const window = await place.log.window(place.endpoint, at, end, place.asOf)
    yield await stretchOf(place, window, { from: at, to: end }, monitors)
    if (end === to) return
  }
}

/** A window that has been read already, as the version answered it. */
export async function stretchOf(
  { log, endpoint, semver, asOf }: LogPlace,
  window: PredictionWindow,
  { from, to }: Span,
  monitors: readonly MonitorConfig[],
): Promise<Stretch> {
  const wantsTimes = monitors.some(monitor => monitor.kind !== 'drift' && monitor.of.startsWith('delay'))
  // The same rows in the same order.
  const labels = wantsTimes ? await log.labels(endpoint, from, to, asOf) : undefined
  return {
    features: window.features,
    answers: answersOf(window, semver),
    outcomes: window.outcomes,
    voids: window.voids,
    ...(labels && labels.at.length === window.rows && { times: { at: labels.at, knownAt: labels.knownAt, asOf } }),
  }
}
