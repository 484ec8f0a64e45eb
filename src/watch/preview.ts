/**
 * A monitor played over the log, with nothing stored: the same windows, limits and steps that the stage would have taken,
 * version by version as they were live.
 */
import type { Stored } from '../base/ports.ts'
import type { MonitorConfig } from '../loop/monitor.ts'
import { type Span, windowsBetween } from '../loop/monitorWindow.ts'
import type { Measurement } from '../loop/records.ts'
import {
  type Endpoint,
  endpointId,
  type Limits,
  type LoopRecords,
  type Monitor,
  type Project,
} from '../loop/records.ts'
import { monitorAfter } from '../loop/transitions.ts'
import { random } from '../numeric/random.ts'
import { headline } from './headline.ts'
import { isTime } from './learn.ts'
import { givenLimits, type LimitsFit, referenceLimits, type SeenWindow, windowLimits } from './limits.ts'
import { type Looking, type LookParts, looking } from './look.ts'
import { learnedSoFar, learnedWindows } from './measure.ts'
import { keepsLimits } from './renewal.ts'
import { rowWindow, settleMs } from './schedule.ts'
import { inUse, type LimitsInUse, type Shelf } from './shelf.ts'
import { windowStep } from './windowStep.ts'

export interface Preview {
  readonly monitor: MonitorConfig
  /** All limits that it would have had, oldest first. */
  readonly limits: readonly Limits[]
  readonly measurements: readonly Measurement[]
  /** `to` is absent where the alarm would still be open. */
  readonly alarms: readonly { readonly from: number; readonly to?: number; readonly headline: string }[]
  /** By design, and as measured on resampled stable windows. */
  readonly falseAlarms: {
    readonly arl0?: number
    readonly rate?: number
    readonly low?: number
    readonly high?: number
  }
  /** Days of the log that were played. */
  readonly days: number
}

export interface PreviewParts {
  readonly records: LoopRecords
  readonly shelf: Shelf
  readonly look: LookParts
  readonly seed: number
}

const dayMs = 86_400_000
/** Windows that are played at most; of a longer span the newest. */
const mostWindows = 5_000

/** A version, and the instant from which its limits held. */
interface Reign {
  readonly semver: string
  readonly at: number
}

export async function preview(
  { records, shelf, look, seed }: PreviewParts,
  declared: Stored<Project>,
  endpoint: Stored<Endpoint>,
  config: MonitorConfig,
  { from, to }: Span,
): Promise<Preview> {
  const { project, name, model } = endpoint.body
  const id = `${endpointId(project, name)}/${config.name}`
  const reigns = await reignsOf(records, endpoint)
  const spans = await spansOf(look, endpoint.id, config, declared.body.config.timezone, { from, to })
  const task = declared.body.config.train.task
  const played = new Map<string, Promise<Looking>>()
  const measurements: Measurement[] = []
  const limits: Limits[] = []
  const alarms: { from: number; to?: number; headline: string }[] = []
  let monitor: Monitor = {
    project,
    endpoint: name,
    name: config.name,
    config,
    limits: 0,
    measuredTo: 0,
    state: {},
    run: { out: 0, in: 0 },
  }
  let current: LimitsInUse | undefined
  let reign: Reign | undefined
  let learning: SeenWindow[] = []

  /** As the promotion of a version would have done. */
  async function crown(next: Reign): Promise<void> {
    reign = next
    if (measurements.length > 0 && keepsLimits(monitor, config, current)) return
    const version = await shelf.versionOf(project, model, next.semver)
    const before = current && { limits: current.record, drift: current.drift }
    const fit =
      givenLimits(config, next.at) ??
      (version &&
        referenceLimits(config, await shelf.referenceOf(version), before, random(seed).fork(`${id} ${next.semver}`)))
    learning = []
    renew(fit, next.at, next.semver, next.at)
    const open = alarms.at(-1)
    if (open && open.to === undefined) open.to = next.at
  }

  function renew(fit: LimitsFit | undefined, setAt: number, semver: string, since: number): void {
    if (!fit?.limits) {
      current = undefined
      monitor = monitorAfter(monitor, { type: 'renewed', limits: 0, state: {}, at: since })
      return
    }
    const number = limits.length + 1
    const record: Limits = {
      project,
      endpoint: name,
      monitor: config.name,
      version: number,
      semver,
      ...fit.limits,
      setAt,
    }
    limits.push(record)
    current = inUse(record, fit.content)
    monitor = monitorAfter(monitor, { type: 'renewed', limits: number, state: {}, at: since })
  }

  /** Whoever looks with the limits in use: drift is counted in their bins. */
  function eyes(semver: string, asOf: number): Promise<Looking> {
    const key = `${semver} ${monitor.limits}`
    let known = played.get(key)
    if (!known) {
      known = looking(look, {
        endpoint: endpoint.body,
        task,
        semver,
        monitors: [config],
        limits: new Map(current ? [[config.name, current]] : []),
        asOf,
      })
      played.set(key, known)
    }
    return known
  }

  for (const span of spans) {
    // A window is closed when its outcomes have been waited for, by the version that is live then.
    const closedAt = span.to + config.latenessMs
    const now = reigns.findLast(({ at }) => at <= closedAt) ?? reigns[0]!
    if (now !== reign) await crown(now)
    const looker = await eyes(now.semver, closedAt)
    const seen = (await looker.window(span, undefined, closedAt)).get(config.name)!
    const before = learnedSoFar(monitor.state)
    const step = windowStep({ monitor, limits: current, seen, span, semver: now.semver, at: closedAt })
    monitor = step.monitor
    measurements.push(step.measurement)
    if (!current && learnedSoFar(monitor.state) > before) {
      learning.push({ span, seen })
      if (isTime(learnedSoFar(monitor.state), before, learnedWindows(config))) {
        const windows = learning.slice(-learnedWindows(config))
        const bins = config.kind === 'drift' ? looker.bins[config.drift] : []
        const fit = windowLimits(config, windows, bins, random(seed).fork(`${id} ${limits.length + 1}`))
        if (fit.limits) renew(fit, closedAt, now.semver, span.to)
      }
    }
    const open = alarms.at(-1)
    const isOpen = open !== undefined && open.to === undefined
    if (step.alarm === 'raise' && !isOpen) {
      alarms.push({ from: closedAt, headline: headline(step.measurement, config) })
    } else if (step.alarm === 'resolve' && isOpen) open.to = closedAt
  }
  if (spans.length === 0) await crown(reigns.at(-1)!)
  const parameters = limits.at(-1)?.parameters ?? {}
  const { measuredRate, measuredLow, measuredHigh } = parameters
  return {
    monitor: config,
    limits,
    measurements,
    alarms,
    falseAlarms: {
      ...(config.kind === 'chart' && { arl0: config.arl0 }),
      ...(config.kind === 'drift' && { rate: config.falseAlarms }),
      ...(measuredRate !== undefined && { rate: measuredRate, low: measuredLow!, high: measuredHigh! }),
    },
    days: spans.length === 0 ? 0 : Math.round((spans.at(-1)!.to - spans[0]!.from) / dayMs),
  }
}

/** Versions by the instants at which they brought limits of their own; at least the one that is live. */
async function reignsOf(records: LoopRecords, { id, body }: Stored<Endpoint>): Promise<Reign[]> {
  const reigns: Reign[] = []
  for (let after: string | undefined; ; ) {
    const page = await records.list('limits', {
      prefix: `${id}/`,
      limit: 10_000,
      ...(after !== undefined && { after }),
    })
    // Those of the reference are set when a version goes live.
    for (const { body: of } of page.items) {
      if ((of.source ?? 'reference') === 'reference') reigns.push({ semver: of.semver, at: of.setAt })
    }
    if (page.next === undefined) break
    after = page.next
  }
  reigns.sort((a, b) => a.at - b.at)
  const changes = reigns.filter((reign, i) => reign.semver !== reigns[i - 1]?.semver)
  if (changes.length > 0) return changes
  return [{ semver: body.routes.find(({ mode }) => mode === 'live')!.semver, at: body.createdAt }]
}

async function spansOf(
  { log }: LookParts,
  endpoint: string,
  { window }: MonitorConfig,
  timezone: string,
  { from, to }: Span,
): Promise<Span[]> {
  if (window.kind === 'time') {
    const all = windowsBetween(from, to, window.everyMs, timezone).filter(span => span.to <= to)
    return all.slice(-mostWindows)
  }
  const spans: Span[] = []
  for (let at = from; spans.length < mostWindows; ) {
    const found = await rowWindow(log, endpoint, at, window.rows, to - settleMs)
    if ('rows' in found) break
    spans.push(found)
    at = found.to
  }
  return spans
}
