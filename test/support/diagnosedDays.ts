/** From days as they arrive to what the platform sees of them: measurements, alarms, evidence, verdict. */
import { table } from '../../src/base/table.ts'
import { driftOfColumns, stepDrift } from '../../src/loop/columnDrift.ts'
import { dayStatistics, mean, rowLosses } from '../../src/loop/dayStatistics.ts'
import { diagnose } from '../../src/loop/diagnosis/diagnose.ts'
import type { DiagnosedDay } from '../../src/loop/diagnosis/evidence.ts'
import { relatedFault } from '../../src/loop/diagnosis/relatedFault.ts'
import type { Diagnosis } from '../../src/loop/records.ts'
import { buildReference, type Reference } from '../../src/loop/reference.ts'
import { contentOfDay, type DayContent, repeatedShare } from '../../src/loop/watchedDay.ts'
import { random } from '../../src/numeric/random.ts'
import { applyChart } from '../../src/statistics/control/controlChart.ts'
import { fitEwma } from '../../src/statistics/control/phaseOne.ts'
import { sketchOf } from '../../src/statistics/profiles/sketch.ts'
import type { ArrivedDay, Fault } from './faults.ts'

export interface Model {
  predict(rows: ArrivedDay['features']): Float64Array
}

export interface DiagnosedWorld {
  readonly zone: string
  readonly columns: readonly string[]
  readonly model: Model
  /** The first days are the reference of the version, the others are watched. */
  readonly days: readonly ArrivedDay[]
  readonly reference: Reference
  readonly contents: Map<ArrivedDay, DayContent>
}

export const referenceDays = 28
const evidenceDays = 21

export function diagnosedWorld(world: Pick<DiagnosedWorld, 'zone' | 'columns' | 'model' | 'days'>): DiagnosedWorld {
  const first = world.days.slice(0, referenceDays)
  const join = (parts: readonly Float64Array[]): Float64Array => Float64Array.from(parts.flatMap(part => [...part]))
  const features = table(
    first[0]!.features.columns.map(({ name, kind }, c) =>
      kind === 'text'
        ? { name, kind, values: first.flatMap(day => [...day.features.columns[c]!.values] as (string | null)[]) }
        : { name, kind, values: join(first.map(day => day.features.columns[c]!.values as Float64Array)) },
    ),
  )
  return {
    ...world,
    reference: buildReference({
      features,
      at: join(first.map(({ at }) => at)),
      outputs: world.model.predict(features),
      labels: join(first.map(({ labels }) => labels)),
      timezone: world.zone,
    }),
    contents: new Map(),
  }
}

export type Seen = { readonly verdict: Diagnosis['verdict'] | 'no alarm'; readonly reason: string }

/** What is said on the evening of day `last`, when `fault` is in that day and the days before it, `since` days in all. */
export function seenOn(world: DiagnosedWorld, last: number, since: number, fault: Fault, seed: string): Seen {
  const from = last - since + 1
  const arrived = world.days.slice(referenceDays, last + 1).map((day, i) => {
    const index = referenceDays + i
    const rng = random(seed).fork(`${fault.name} ${index}`)
    return index >= from ? fault.arrives(day, { days: world.days, index, from, random: rng }) : day
  })
  const answers = arrived.map((day, i) => {
    const outputs = world.model.predict(whole(day, world))
    return day.answers ? day.answers(outputs, random(seed).fork(`answers ${i}`)) : outputs
  })
  const { alarms, drifted } = monitored(world, arrived, answers)
  if (alarms.length === 0 && drifted.length === 0) return { verdict: 'no alarm', reason: 'no monitor is out' }
  const looked = arrived.slice(-evidenceDays)
  const contents = looked.map(day => contentOf(world, day))
  const days = looked.map((day, d): DiagnosedDay => {
    const outputs = answers[arrived.length - looked.length + d]!
    const index = last - looked.length + 1 + d
    const known = Array.from(day.labels.keys()).filter(row => !Number.isNaN(day.labels[row]!))
    const pick = (values: Float64Array): Float64Array => Float64Array.from(known, row => values[row]!)
    const labels = pick(day.labels)
    const loss = (of: Float64Array): number => mean(rowLosses('log_loss', labels, pick(of)))
    const live = fault.switched && index >= from ? '1.1.0' : '1.0.0'
    const beside = live === '1.1.0' && fault.switched?.shadow ? loss(world.model.predict(whole(day, world))) : undefined
    const { auc } = dayStatistics('binary', labels, pick(outputs))
    const { profile, hours, values } = contents[d]!
    return {
      date: day.date,
      from: day.from,
      rows: day.features.rows,
      profile,
      repeated: repeatedShare(contents[d]!.hashes, contents[d - 1]?.hashes ?? []),
      early: day.early,
      coverage: known.length / day.features.rows,
      losses: { ...(beside !== undefined && { '1.0.0': beside }), [live]: loss(outputs) },
      ...(hours && { hours }),
      ...(values && { values }),
      ...(auc !== undefined && { auc }),
    }
  })
  const related = relatedFault(looked)
  const { verdict, reasons } = diagnose({
    columns: world.columns,
    reference: world.reference.days.map(({ profile }) => profile),
    days,
    deployment: fault.switched
      ? { at: world.days[from]!.from, semver: '1.1.0', previous: '1.0.0' }
      : { at: world.days[0]!.from, semver: '1.0.0' },
    drifted,
    alarms,
    ...(related && { related }),
  })
  return { verdict, reason: reasons[0]! }
}

/** Charts of the performance and of the columns, from the first watched day on; what is out on the newest two days. */
function monitored(world: DiagnosedWorld, arrived: readonly ArrivedDay[], answers: readonly Float64Array[]) {
  const alarms: string[] = []
  for (const name of ['observed - expected', 'auc', 'log_loss'] as const) {
    const points = (all: readonly (number | undefined)[]) => Float64Array.from(all.filter(value => value !== undefined))
    const { limits } = fitEwma(points(world.reference.days.map(({ statistics }) => statistics[name])), {
      lambda: 0.2,
      arl0: 500,
    })
    const measured = arrived.map((day, i) => {
      const known = Array.from(day.labels.keys()).filter(row => !Number.isNaN(day.labels[row]!))
      const pick = (values: Float64Array): Float64Array => Float64Array.from(known, row => values[row]!)
      return dayStatistics('binary', pick(day.labels), pick(answers[i]!))[name]
    })
    if (
      limits &&
      applyChart(limits, points(measured))
        .slice(-2)
        .some(({ signal }) => signal)
    )
      alarms.push(name)
  }
  // Missing outcomes have a chart of their own in the platform; here their share alone raises the alarm.
  const coverage = arrived.slice(-2).map(({ labels }) => labels.filter(y => !Number.isNaN(y)).length / labels.length)
  if (Math.min(...coverage) < 0.8) alarms.push('coverage')
  if (arrived.slice(-1).some(({ early }) => early > 0.1)) alarms.push('label delay')
  const rows = arrived.map(({ features }) => features.rows)
  if (rows.at(-1)! < Math.min(...rows.slice(0, -7)) / 2) alarms.push('rows')
  let state = {}
  let drifted: string[] = []
  for (const day of arrived) {
    const sketches = world.reference.features.distance.columns.flatMap(({ bins }) => {
      const column = day.features.columns.find(({ name }) => name === bins.column)
      return column && (column.kind === 'text') === (bins.kind === 'text') ? [sketchOf(bins, column)] : []
    })
    const here = new Set(sketches.map(({ column }) => column))
    const known = driftOfColumns(world.reference.features, column => here.has(column))
    const step = stepDrift(known, state, sketches, { falseAlarms: 0.01 })
    state = step.state
    drifted = step.columns.filter(column => column.drifted).map(({ column }) => column)
    if (here.size < world.reference.features.distance.columns.length) drifted.push('a column that is gone')
  }
  return { alarms, drifted }
}

function contentOf(world: DiagnosedWorld, day: ArrivedDay): DayContent {
  const known = world.contents.get(day)
  if (known) return known
  const content = contentOfDay(day.features, day.at, world.zone)
  if (world.days.includes(day)) world.contents.set(day, content)
  return content
}

/** The model is asked all its columns: one that is gone arrives as missing. */
function whole(day: ArrivedDay, { days }: Pick<DiagnosedWorld, 'days'>): ArrivedDay['features'] {
  const { rows } = day.features
  return table(
    days[0]!.features.columns.map(column => {
      const found = day.features.columns.find(({ name }) => name === column.name)
      if (found) return found
      return column.kind === 'text'
        ? { name: column.name, kind: 'text', values: new Array<null>(rows).fill(null) }
        : { name: column.name, kind: column.kind, values: new Float64Array(rows).fill(Number.NaN) }
    }),
  )
}
