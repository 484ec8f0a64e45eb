/** What people do with monitors: see what can be watched, try a monitor on the past, set its limits, measure past windows. */
import { FalconerError } from '../base/errors.ts'
import type { Clock, Stored } from '../base/ports.ts'
import { type ChartMonitor, currentMonitor, type MonitorConfig } from '../loop/monitor.ts'
import { type MonitorEntry, monitorOf } from '../loop/monitorEntry.ts'
import { type Span, windowsBetween } from '../loop/monitorWindow.ts'
import {
  type Endpoint,
  endpointId,
  type Limits,
  type LoopRecords,
  type Measurement,
  type Monitor,
  ordinal,
  type Project,
  stamp,
} from '../loop/records.ts'
import { type ChartKind, chartsOf, type SignalKind, signalNames, signalOf } from '../loop/signals.ts'
import { monitorAfter } from '../loop/transitions.ts'
import { random } from '../numeric/random.ts'
import { limitsRecord, nextNumber, seenWindows } from './learn.ts'
import { givenLimits, windowLimits } from './limits.ts'
import type { LookParts } from './look.ts'
import { type Preview, preview } from './preview.ts'
import { rowWindow, settleMs } from './schedule.ts'
import type { Shelf } from './shelf.ts'
import { windowStep } from './windowStep.ts'

export interface MonitorOptions {
  readonly signals: readonly {
    readonly of: string
    readonly group: SignalKind['group']
    readonly unit?: SignalKind['unit']
    readonly about: string
    readonly column: boolean
    readonly decision: boolean
    readonly segments: boolean
    readonly charts: readonly ChartKind[]
    readonly side: SignalKind['side']
  }[]
  /** What the model takes; `values` are the categories that the reference knows. */
  readonly columns: readonly {
    readonly name: string
    readonly kind: 'number' | 'text'
    readonly values?: readonly string[]
  }[]
  readonly windows: readonly string[]
  readonly defaults: MonitorEntry
}

export interface MonitorDesk {
  options(project: string): Promise<MonitorOptions>
  /** Errors: `bad-config` for the entry, `bad-input` for the span, `not-found` where nothing is served yet. */
  preview(project: string, entry: MonitorEntry, span: Partial<Span>): Promise<Preview>
  /**
   * The next version of a monitor's limits, from the windows of a span (without those that begin at the instants in
   * `exclude`), or as given. The chart begins anew. Errors: `bad-input` with the reason where they give none.
   */
  setLimits(project: string, monitor: string, from: LimitsRequest, actor: string): Promise<Limits>
  /** Measures windows of a span that have not been measured; they are marked and never raise an alarm. */
  evaluate(project: string, monitor: string, span: Span, actor: string): Promise<readonly Measurement[]>
}

export interface LimitsRequest extends Span {
  readonly exclude?: readonly number[]
  readonly centre?: number
  readonly sd?: number
  readonly reason: string
}

const yearMs = 365 * 86_400_000
/** Windows that one call measures at most. */
const mostWindows = 2_000
const shownValues = 100

export function createDesk({
  records,
  shelf,
  look,
  clock,
  seed,
}: {
  readonly records: LoopRecords
  readonly shelf: Shelf
  readonly look: LookParts
  readonly clock: Clock
  readonly seed: number
}): MonitorDesk {
  interface Place {
    readonly declared: Stored<Project>
    readonly endpoint: Stored<Endpoint>
    readonly semver: string
  }

  async function placeOf(project: string): Promise<Place> {
    const declared = await records.get('project', project)
    if (!declared) throw new FalconerError('not-found', `There is no project ${project}.`)
    const endpoint = await records.get('endpoint', endpointId(project, declared.body.config.deploy.endpoint))
    if (!endpoint) {
      throw new FalconerError('not-found', `Nothing is served in ${project} yet, so there is nothing to look at.`, {
        fix: 'Train and deploy a first version.',
      })
    }
    return { declared, endpoint, semver: endpoint.body.routes.find(({ mode }) => mode === 'live')!.semver }
  }

  async function monitorAt(project: string, name: string): Promise<Place & { readonly monitor: Stored<Monitor> }> {
    const place = await placeOf(project)
    const monitor = await records.get('monitor', `${place.endpoint.id}/${name}`)
    if (!monitor) throw new FalconerError('not-found', `There is no monitor ${name} in ${project}.`)
    return { ...place, monitor }
  }

  /** Windows of a span that have ended and whose outcomes have been waited for. */
  async function pastWindows(
    { declared, endpoint }: Place,
    config: MonitorConfig,
    { from, to }: Span,
  ): Promise<Span[]> {
    const until = Math.min(to, clock.now() - config.latenessMs)
    const { window } = config
    if (window.kind === 'time') {
      return windowsBetween(from, until, window.everyMs, declared.body.config.timezone).filter(span => span.to <= until)
    }
    const spans: Span[] = []
    for (let at = from; spans.length <= mostWindows; ) {
      const found = await rowWindow(look.log, endpoint.id, at, window.rows, Math.min(until, clock.now() - settleMs))
      if ('rows' in found) break
      spans.push(found)
      at = found.to
    }
    return spans
  }

  return {
    async options(project) {
      const declared = await records.get('project', project)
      if (!declared) throw new FalconerError('not-found', `There is no project ${project}.`)
      const { train, deploy } = declared.body.config
      const endpoint = await records.get('endpoint', endpointId(project, deploy.endpoint))
      return {
        signals: signalNames
          .map(of => ({ of, kind: signalOf(of) }))
          .filter(({ kind }) => kind.task === undefined || kind.task === train.task)
          .map(({ of, kind }) => ({
            of,
            group: kind.group,
            ...(kind.unit && { unit: kind.unit }),
            about: kind.about,
            column: kind.column === true,
            decision: kind.decision === true,
            segments: kind.whole !== true,
            charts: kind.fixed ? [] : chartsOf(of),
            side: kind.side,
          })),
        columns: endpoint ? await columnsOf(shelf, endpoint) : [],
        windows: ['15 minutes', '1 hour', '6 hours', '1 day', '1 week', '1000 rows', '10000 rows'],
        defaults: { chart: 'ewma', every: '1 day', arl0: 500, alarm: { out: 1, of: 1, clean: 5 } },
      }
    },

    async preview(project, entry, span) {
      const { declared, endpoint } = await placeOf(project)
      const config = monitorOf(entry, declared.body.config.train.task)
      const to = Math.min(span.to ?? clock.now(), clock.now() - config.latenessMs)
      const from = span.from ?? to - yearMs
      if (span.to !== undefined && span.from !== undefined) checkSpan({ from: span.from, to: span.to })
      const first = (await records.list('day', { prefix: `${endpoint.id}/`, limit: 1 })).items[0]
      const begin = Math.max(from, Math.min(first?.body.from ?? endpoint.body.createdAt, endpoint.body.createdAt))
      return preview({ records, shelf, look, seed }, declared, endpoint, config, { from: begin, to })
    },

    async setLimits(project, name, request, actor) {
      const { from, to, exclude = [], centre, sd, reason } = request
      const { declared, endpoint, semver, monitor } = await monitorAt(project, name)
      const config = withGiven(currentMonitor(monitor.body.config), { centre, sd })
      const at = clock.now()
      const number = await nextNumber(records, monitor.id)
      let fit = givenLimits(config, at)
      if (!fit) {
        checkSpan({ from, to })
        const place = { declared, endpoint, semver }
        const spans = (await pastWindows(place, config, { from, to })).filter(span => !exclude.includes(span.from))
        if (spans.length > mostWindows) throw tooMany(spans.length)
        const { seen, bins } = await seenWindows(look, { ...place, config, asOf: at }, spans)
        fit = windowLimits(config, seen, bins, random(seed).fork(`${monitor.id} ${number}`))
      }
      if (!fit.limits) {
        throw new FalconerError('bad-input', `No limits of ${name}: ${fit.reason}.`, {
          fix: 'Choose a longer span in which nothing was wrong, or give centre and sd.',
        })
      }
      const given =
        centre !== undefined || sd !== undefined ? { ...fit, limits: { ...fit.limits, source: 'given' as const } } : fit
      const record = await limitsRecord(shelf, {
        id: monitor.id,
        monitor: monitor.body,
        number,
        semver,
        fit: given,
        at,
        by: actor,
        reason,
      })
      const since = Math.max(monitor.body.measuredTo, monitor.body.since ?? 0)
      await records.commit({
        at,
        actor,
        puts: [
          { kind: 'limits', id: `${monitor.id}/${ordinal(number)}`, body: record.limits, expect: 'absent' },
          {
            kind: 'monitor',
            id: monitor.id,
            body: monitorAfter(monitor.body, { type: 'renewed', limits: number, state: {}, at: since }),
            expect: monitor.revision,
          },
        ],
        audit: [record.audit],
      })
      return record.limits
    },

    async evaluate(project, name, span, actor) {
      checkSpan(span)
      const { declared, endpoint, semver, monitor } = await monitorAt(project, name)
      const config = currentMonitor(monitor.body.config)
      const at = clock.now()
      const place = { declared, endpoint, semver }
      const open: Span[] = []
      for (const window of await pastWindows(place, config, span)) {
        if (!(await records.get('measurement', `${monitor.id}/${stamp(window.from)}`))) open.push(window)
      }
      if (open.length > mostWindows) throw tooMany(open.length)
      const limits = await shelf.limitsOf(monitor)
      const { seen } = await seenWindows(look, { ...place, config, asOf: at, limits }, open)
      // A chart of its own: what is measured afterwards moves nothing.
      let chart: Monitor = { ...monitor.body, state: {}, run: { out: 0, in: 0 }, measuredTo: 0, since: span.from }
      const measurements = seen.map(window => {
        const step = windowStep({ monitor: chart, limits, ...window, semver, at })
        chart = step.monitor
        return { ...step.measurement, backfill: true } as const
      })
      await records.commit({
        at,
        actor,
        puts: measurements.map(body => ({ kind: 'measurement', id: `${monitor.id}/${stamp(body.from)}`, body })),
        audit: [
          {
            type: 'windows.measured',
            project,
            subject: monitor.id,
            reason: `${measurements.length} past windows`,
            data: span,
          },
        ],
      })
      return measurements
    },
  }
}

async function columnsOf(shelf: Shelf, { body }: Stored<Endpoint>): Promise<MonitorOptions['columns']> {
  const { semver } = body.routes.find(({ mode }) => mode === 'live')!
  const version = await shelf.versionOf(body.project, body.model, semver)
  if (!version) return []
  const reference = await shelf.referenceOf(version)
  return version.signature.inputs.map(({ name, kind }) => {
    const bins = reference.features.distance.columns.find(column => column.bins.column === name)?.bins
    return { name, kind, ...(bins?.kind === 'text' && { values: bins.categories.slice(0, shownValues) }) }
  })
}

/** The monitor with a centre and a spread that somebody gives. Errors: `bad-input` where it has no such thing. */
function withGiven(
  config: MonitorConfig,
  { centre, sd }: { readonly centre?: number | undefined; readonly sd?: number | undefined },
): MonitorConfig {
  if (centre === undefined && sd === undefined) return config
  if (config.kind !== 'chart' || config.by !== undefined) {
    throw new FalconerError('bad-input', `${config.name} has no single centre and spread that could be given.`)
  }
  if (sd !== undefined && config.chart === 'p') {
    throw new FalconerError('bad-input', 'The spread of a p chart follows from its rows; give the centre alone.')
  }
  if (sd !== undefined && !(sd > 0)) throw new FalconerError('bad-input', `sd is ${sd}, wanted a number above 0.`)
  if (config.chart === 'p' && centre !== undefined && !(centre > 0 && centre < 1)) {
    throw new FalconerError('bad-input', `centre is ${centre}, wanted a share between 0 and 1.`)
  }
  const given: ChartMonitor = { ...config, ...(centre !== undefined && { centre }), ...(sd !== undefined && { sd }) }
  return given
}

function checkSpan({ from, to }: Span): void {
  if (from < to) return
  throw new FalconerError('bad-input', `The span ends at ${stamp(to)}, before or when it begins at ${stamp(from)}.`, {
    fix: 'Give an instant from and a later one to.',
  })
}

function tooMany(count: number): FalconerError {
  return new FalconerError(
    'bad-input',
    `The span has ${count} windows; at most ${mostWindows} are measured at a time.`,
    {
      fix: 'Choose a shorter span.',
    },
  )
}
