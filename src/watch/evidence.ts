/** Collects what diagnosis looks at: closed days of the endpoint, what is normal, the last switch, open alarms. */
import { FalconerError } from '../base/errors.ts'
import type { PredictionLog } from '../base/ports.ts'
import type { Table } from '../base/table.ts'
import { localDate } from '../base/time.ts'
import type { DiagnosedDay, DiagnosisEvidence } from '../loop/diagnosis/diagnose.ts'
import { endpointId, type LoopRecords, type WatchedDay } from '../loop/records.ts'
import { relatedUnitChange } from '../loop/diagnosis/unitChange.ts'
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
  const drift = await records.list('measurement', { prefix: `${id}/drift/`, order: 'descending', limit: 1 })
  const alarms = await Promise.all(
    ['open', 'acknowledged'].map(state => records.list('alarm', { prefix: `${id}/`, where: { state } })),
  )
  const shown = days.filter(({ rows }) => rows > 0)
  const related = relatedUnitChange(await rowsOf(log, id, shown, timezone))
  return {
    columns: version?.signature.inputs.map(input => input.name) ?? [],
    reference: version ? (await shelf.referenceOf(version)).days.map(({ profile }) => profile) : [],
    days: await Promise.all(shown.map(day => diagnosed(day, shelf, timezone))),
    ...(champion && {
      deployment: {
        at: champion.body.movedAt,
        semver: champion.body.semver,
        ...(previous && { previous: previous.semver }),
      },
    }),
    drifted: (drift.items[0]?.body.columns ?? []).filter(({ drifted }) => drifted).map(({ column }) => column),
    alarms: alarms.flatMap(({ items }) => items.map(({ body }) => body.monitor)),
    ...(related && { related }),
  }
}

/** The features as served, day by day: how columns go together is not kept with the day. */
async function rowsOf(log: PredictionLog, id: string, days: readonly WatchedDay[], timezone: string) {
  const found: { date: string; features: Table }[] = []
  for (const { from, to } of days) {
    const { features } = await log.window(id, from, to)
    found.push({ date: localDate(from, timezone), features })
  }
  return found
}

async function diagnosed(day: WatchedDay, shelf: Shelf, timezone: string): Promise<DiagnosedDay> {
  const { profile } = await shelf.readJson<DayContent>(day.content)
  const { from, rows, repeated, coverage, auc, losses } = day
  return {
    date: localDate(from, timezone),
    from,
    rows,
    profile,
    repeated,
    losses,
    ...(coverage !== undefined && { coverage }),
    ...(auc !== undefined && { auc }),
  }
}
