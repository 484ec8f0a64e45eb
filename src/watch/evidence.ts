/** Collects what diagnosis looks at: closed days of the endpoint, what is normal, the last switch, open alarms. */
import { FalconerError } from '../base/errors.ts'
import type { PredictionLog } from '../base/ports.ts'
import { type Table, take } from '../base/table.ts'
import { localDate } from '../base/time.ts'
import type { DiagnosedDay, DiagnosisEvidence } from '../loop/diagnosis/evidence.ts'
import { relatedFault } from '../loop/diagnosis/relatedFault.ts'
import { currentMonitor } from '../loop/monitor.ts'
import { endpointId, type LoopRecords, type WatchedDay } from '../loop/records.ts'
import { signalOf } from '../loop/signals.ts'
import type { DayContent } from '../loop/watchedDay.ts'
import type { Shelf } from './shelf.ts'

/** Three weeks: the days of the trouble, and enough before them. */
const daysLookedAt = 21

export async function diagnosisEvidence(
  records: LoopRecords,
  log: PredictionLog,
  shelf: Shelf,
  project: string,
  endpointName: string,
): Promise<DiagnosisEvidence> {
  const id = endpointId(project, endpointName)
  const [declared, endpoint] = await Promise.all([records.get('project', project), records.get('endpoint', id)])
  if (!declared || !endpoint) throw new FalconerError('not-found', `There is no endpoint ${id}.`)
  const { model, previous, routes } = endpoint.body
  const { timezone } = declared.body.config
  const version = await shelf.versionOf(project, model, routes.find(({ mode }) => mode === 'live')!.semver)
  const newest = await records.list('day', { prefix: `${id}/`, order: 'descending', limit: daysLookedAt })
  const days = newest.items.toReversed().map(({ body }) => body)
  const champion = await records.get('alias', `${project}/${model}/alias/champion`)
  const monitors = await monitorsOf(records, id)
  const alarms = await Promise.all(
    ['open', 'acknowledged'].map(state => records.list('alarm', { prefix: `${id}/`, where: { state } })),
  )
  const shown = days.filter(({ rows }) => rows > 0)
  const related = relatedFault(await rowsOf(log, id, shown, timezone))
  return {
    columns: version?.signature.inputs.map(input => input.name) ?? [],
    reference: version ? (await shelf.referenceOf(version)).days.map(({ profile }) => profile) : [],
    days: await Promise.all(shown.map(day => diagnosed(day, log, id, shelf, timezone))),
    ...(champion && {
      deployment: {
        at: champion.body.movedAt,
        semver: champion.body.semver,
        ...(previous && { previous: previous.semver }),
      },
    }),
    drifted: await driftedColumns(records, monitors.drift),
    alarms: alarms
      .flatMap(({ items }) => items.map(({ body }) => body.monitor))
      .filter(monitor => monitors.performance.has(monitor)),
    ...(related && { related }),
  }
}

/** Ids of the monitors of drift of the features, names of those of performance. */
async function monitorsOf(records: LoopRecords, endpoint: string) {
  const { items } = await records.list('monitor', { prefix: `${endpoint}/`, limit: 10_000 })
  const drift: string[] = []
  const performance = new Set<string>()
  for (const { id, body } of items) {
    const config = currentMonitor(body.config)
    if (config.kind === 'drift') {
      if (config.drift === 'features') drift.push(id)
    } else if (signalOf(config.of).group === 'performance') performance.add(body.name)
  }
  return { drift, performance }
}

/** Columns that the newest measurement of any of these monitors found drifted. */
async function driftedColumns(records: LoopRecords, monitors: readonly string[]): Promise<string[]> {
  const newest = await Promise.all(
    monitors.map(id => records.list('measurement', { prefix: `${id}/`, order: 'descending', limit: 1 })),
  )
  const columns = newest.flatMap(({ items }) => items[0]?.body.columns ?? [])
  return [...new Set(columns.filter(({ drifted }) => drifted).map(({ column }) => column))]
}

/** Rows of a day by which columns are held against each other; more say no more. */
const rowsPerDay = 2000

/** The features as served, day by day: how columns go together is not kept with the day. */
async function rowsOf(log: PredictionLog, id: string, days: readonly WatchedDay[], timezone: string) {
  const found: { date: string; features: Table }[] = []
  for (const { from, to } of days) {
    const { features } = await log.window(id, from, to)
    found.push({ date: localDate(from, timezone), features: thinned(features) })
  }
  return found
}

function thinned(features: Table): Table {
  if (features.rows <= rowsPerDay) return features
  const step = features.rows / rowsPerDay
  return take(
    features,
    Int32Array.from({ length: rowsPerDay }, (_, i) => Math.floor(i * step)),
  )
}

async function diagnosed(
  day: WatchedDay,
  log: PredictionLog,
  endpoint: string,
  shelf: Shelf,
  timezone: string,
): Promise<DiagnosedDay> {
  const { profile, hours, values } = await shelf.readJson<DayContent>(day.content)
  const { from, to, rows, repeated, coverage, auc, losses } = day
  const early = await earlyShare(log, endpoint, from, to)
  return {
    date: localDate(from, timezone),
    from,
    rows,
    profile,
    repeated,
    losses,
    ...(hours && { hours }),
    ...(values && { values }),
    ...(early !== undefined && { early }),
    ...(coverage !== undefined && { coverage }),
    ...(auc !== undefined && { auc }),
  }
}

/** Share of the outcomes that were known before their row was predicted; undefined without outcomes. */
async function earlyShare(log: PredictionLog, endpoint: string, from: number, to: number): Promise<number | undefined> {
  const { at, knownAt } = await log.labels(endpoint, from, to, Number.MAX_SAFE_INTEGER)
  let known = 0
  let early = 0
  for (let row = 0; row < at.length; row++) {
    if (Number.isNaN(knownAt[row]!)) continue
    known++
    if (knownAt[row]! < at[row]!) early++
  }
  return known === 0 ? undefined : early / known
}
