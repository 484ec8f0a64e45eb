/**
 * Limits from windows of the log, for monitors whose reference does not say what is usual: they are set when enough windows
 * have been seen, and frozen from then on.
 */
import type { AuditNote, Stored } from '../base/ports.ts'
import { currentMonitor, type MonitorConfig } from '../loop/monitor.ts'
import type { Span } from '../loop/monitorWindow.ts'
import { type Endpoint, type Limits, type LoopRecords, type Monitor, ordinal, type Project } from '../loop/records.ts'
import { monitorAfter } from '../loop/transitions.ts'
import { random } from '../numeric/random.ts'
import type { Puts } from './alarms.ts'
import { type LimitsFit, type SeenWindow, windowLimits } from './limits.ts'
import { type LookParts, looking } from './look.ts'
import { learnedSoFar, learnedWindows } from './measure.ts'
import type { LimitsInUse, Shelf } from './shelf.ts'

interface Learnt {
  readonly monitor: Monitor
  readonly puts: Puts
  readonly audit: readonly AuditNote[]
}

/** Undefined where there are not enough windows yet. */
export async function learn({
  records,
  shelf,
  seed,
  look,
  declared,
  endpoint,
  monitor,
  next,
  span,
  semver,
  at,
}: {
  readonly records: LoopRecords
  readonly shelf: Shelf
  readonly seed: number
  readonly look: LookParts
  readonly declared: Stored<Project>
  readonly endpoint: Stored<Endpoint>
  readonly monitor: Stored<Monitor>
  /** The monitor after the window `span`. */
  readonly next: Monitor
  readonly span: Span
  readonly semver: string
  readonly at: number
}): Promise<Learnt | undefined> {
  const config = currentMonitor(next.config)
  const learned = learnedSoFar(next.state)
  if (!isTime(learned, learnedSoFar(monitor.body.state), learnedWindows(config))) return undefined
  const spans = [...(await learnedSpans(records, monitor, learnedWindows(config) - 1)), span]
  const windows = await seenWindows(look, { declared, endpoint, config, semver, asOf: at }, spans)
  const number = await nextNumber(records, monitor.id)
  const fit = windowLimits(config, windows.seen, windows.bins, random(seed).fork(`${monitor.id} ${number}`))
  if (!fit.limits) {
    const note = { type: 'limits.missing', project: next.project, subject: monitor.id, reason: fit.reason }
    return { monitor: next, puts: [], audit: [note] }
  }
  const { limits, audit } = await limitsRecord(shelf, { id: monitor.id, monitor: next, number, semver, fit, at })
  return {
    monitor: monitorAfter(next, { type: 'renewed', limits: number, state: {}, at: span.to }),
    puts: [{ kind: 'limits', id: `${monitor.id}/${ordinal(number)}`, body: limits, expect: 'absent' }],
    audit: [audit],
  }
}

/** When enough windows have been seen, and where they gave no limits, at twice as many, and so on. */
export function isTime(learned: number, before: number, wanted: number): boolean {
  if (learned === before) return false
  const times = learned / wanted
  return Number.isInteger(Math.log2(times))
}

/** The newest windows that count for limits to come, oldest first. */
async function learnedSpans(records: LoopRecords, monitor: Stored<Monitor>, count: number): Promise<Span[]> {
  const { items } = await records.list('measurement', {
    prefix: `${monitor.id}/`,
    order: 'descending',
    limit: Math.min(10_000, 4 * count + 10),
  })
  const since = monitor.body.since ?? Number.NEGATIVE_INFINITY
  return items
    .filter(({ body }) => body.from >= since && !body.provisional && (body.value !== undefined || body.rows > 0))
    .slice(0, count)
    .map(({ body: { from, to } }) => ({ from, to }))
    .reverse()
}

export async function seenWindows(
  look: LookParts,
  {
    declared,
    endpoint,
    config,
    semver,
    asOf,
    limits,
  }: {
    readonly declared: Stored<Project>
    readonly endpoint: Stored<Endpoint>
    readonly config: MonitorConfig
    readonly semver: string
    readonly asOf: number
    /** Limits that are in use: drift is counted in their bins. */
    readonly limits?: LimitsInUse | undefined
  },
  spans: readonly Span[],
): Promise<{ readonly seen: SeenWindow[]; readonly bins: SeenBins }> {
  const eyes = await looking(look, {
    endpoint: endpoint.body,
    task: declared.body.config.train.task,
    semver,
    monitors: [config],
    limits: new Map(limits ? [[config.name, limits]] : []),
    asOf,
  })
  const seen: SeenWindow[] = []
  for (const span of spans) seen.push({ span, seen: (await eyes.window(span)).get(config.name)! })
  return { seen, bins: config.kind === 'drift' ? eyes.bins[config.drift] : [] }
}

type SeenBins = Parameters<typeof windowLimits>[2]

export async function nextNumber(records: LoopRecords, monitorId: string): Promise<number> {
  const newest = (await records.list('limits', { prefix: `${monitorId}/`, order: 'descending', limit: 1 })).items[0]
  return (newest?.body.version ?? 0) + 1
}

/** The record of new limits, and what the audit log says of them. */
export async function limitsRecord(
  shelf: Shelf,
  {
    id,
    monitor,
    number,
    semver,
    fit,
    at,
    by,
    reason,
  }: {
    readonly id: string
    readonly monitor: Monitor
    readonly number: number
    readonly semver: string
    readonly fit: LimitsFit & { readonly limits: object }
    readonly at: number
    readonly by?: string
    readonly reason?: string
  },
): Promise<{ readonly limits: Limits; readonly audit: AuditNote }> {
  const limits: Limits = {
    project: monitor.project,
    endpoint: monitor.endpoint,
    monitor: monitor.name,
    version: number,
    semver,
    ...fit.limits,
    ...(fit.content && { content: await shelf.putJson(fit.content) }),
    ...(by !== undefined && { by }),
    ...(reason !== undefined && { reason }),
    setAt: at,
  }
  const { centre, sd, width, method, source } = limits
  const from =
    source === 'windows'
      ? `${limits.days} windows of the log`
      : source === 'given'
        ? 'given values'
        : `${limits.parameters.ownDays ?? limits.days} days that ${semver} was evaluated on`
  return {
    limits,
    audit: {
      type: 'limits.set',
      project: monitor.project,
      subject: `${id}/${ordinal(number)}`,
      reason: reason === undefined ? from : `${reason} (${from})`,
      data: { centre, sd, width, method },
    },
  }
}
