/** Everything that happened in a project on one axis, read from the records of the stages. */
import type { AuditEntry, Stored } from '../base/ports.ts'
import type { Action, Alarm, LoopRecords } from '../loop/records.ts'

export interface TimelineItem {
  readonly at: number
  /** Absent for what happened at one instant, and for what still goes on. */
  readonly until?: number
  readonly kind: string
  readonly title: string
  /** Id of the record that it is about. */
  readonly subject: string
  readonly state: string
}

const limit = 10_000
/** Audit entries that are no alarm and no step of an action, and so have no record with a span. */
const singular: ReadonlySet<string> = new Set(['dataset', 'version', 'endpoint', 'project', 'limits', 'kill-switch'])

export async function timeline(
  records: LoopRecords,
  project: string,
  from: number,
  to: number,
): Promise<readonly TimelineItem[]> {
  const prefix = `${project}/`
  const [alarms, actions, entries] = await Promise.all([
    records.list('alarm', { prefix, limit }),
    records.list('action', { prefix, limit }),
    audited(records, project),
  ])
  return [...alarms.items.map(ofAlarm), ...actions.items.flatMap(ofAction), ...entries.flatMap(ofEntry)]
    .filter(item => item.at < to && (item.until ?? item.at) >= from)
    .sort((a, b) => a.at - b.at)
}

function ofAlarm({ id, body }: Stored<Alarm>): TimelineItem {
  const { openedAt: at, resolvedAt: until, headline: title, state } = body
  return { at, ...(until !== undefined && { until }), kind: 'alarm', title, subject: id, state }
}

function ofAction({ id, body }: Stored<Action>): TimelineItem[] {
  const { startedAt: at, finishedAt: until, state } = body
  const title = body.outcome ?? body.kind
  return [
    { at, ...(until !== undefined && { until }), kind: 'action', title, subject: id, state },
    ...body.steps.map(step => ({
      at: step.startedAt,
      ...(step.finishedAt !== undefined && { until: step.finishedAt }),
      kind: step.name,
      title: step.summary ?? step.name,
      subject: id,
      state: step.state,
    })),
  ]
}

function ofEntry(entry: AuditEntry): TimelineItem[] {
  const [kind = '', verb = ''] = entry.type.split('.')
  if (!singular.has(kind)) return []
  const title = entry.reason ? `${entry.type}: ${entry.reason}` : entry.type
  return [{ at: entry.at, kind, title, subject: entry.subject, state: verb }]
}

async function audited(records: LoopRecords, project: string): Promise<AuditEntry[]> {
  const found: AuditEntry[] = []
  for (;;) {
    const entries = await records.audit({ project, limit: 1000, after: found.at(-1)?.sequence ?? 0 })
    found.push(...entries)
    if (entries.length < 1000) return found
  }
}
