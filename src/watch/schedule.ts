/**
 * When windows are closed: monitors of the same windows and the same lateness share a timer. One of a span of time is due
 * when the window has ended and its outcomes have been waited for; one of rows looks again and again whether there are
 * enough of them.
 */
import type { PredictionLog, Put } from '../base/ports.ts'
import { currentMonitor, type MonitorWindow, windowText } from '../loop/monitor.ts'
import { parseWindow, type Span, windowAt } from '../loop/monitorWindow.ts'
import type { ProjectConfig } from '../loop/project.ts'
import { type LoopRecords, stamp, type Timer } from '../loop/records.ts'

export const closeHandler = 'watch.close'

/** Windows of one length and lateness. */
export interface Schedule {
  readonly window: MonitorWindow
  readonly latenessMs: number
}

interface Place {
  readonly project: string
  readonly endpoint: string
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const everyDay = '1 day'
/** Rows are logged a moment after they were answered: so long nothing is said of the newest. */
export const settleMs = minute

/**
 * The schedules of a project's monitors. Days are always closed: what diagnosis looks at is kept of them whatever is
 * monitored.
 */
export function schedulesOf({ watch }: Pick<ProjectConfig, 'watch'>): Schedule[] {
  const all = watch.map(currentMonitor).map(({ window, latenessMs }) => ({ window, latenessMs }))
  if (!all.some(({ window }) => windowText(window) === everyDay)) {
    const window: MonitorWindow = { kind: 'time', everyMs: day }
    all.push({ window, latenessMs: 0 }, { window, latenessMs: day })
  }
  return [...new Map(all.map(schedule => [scheduleKey(schedule), schedule])).values()]
}

export function scheduleKey({ window, latenessMs }: Schedule): string {
  return `${windowText(window)} ${latenessMs}`
}

/** `from` is where the window begins, `at` is now. */
export function closeTimer(
  { project, endpoint }: Place,
  schedule: Schedule,
  from: number,
  timezone: string,
  at: number,
): Put<'timer', Timer> {
  const { window, latenessMs } = schedule
  if (window.kind === 'rows') return rowTimer({ project, endpoint }, schedule, from, Math.max(at, from + minute))
  const due = windowAt(from, window.everyMs, timezone).to + latenessMs
  const text = windowText(window)
  return {
    kind: 'timer',
    id: `${stamp(due)}/${closeHandler}/${project}/${endpoint}/${latenessMs}${text === everyDay ? '' : `/${text}`}`,
    body: {
      due,
      handler: closeHandler,
      lane: `${project}/${endpoint}/watch`,
      // Days go without saying, as in timers of before.
      payload: { project, endpoint, from, latenessMs, ...(text !== everyDay && { window: text }) },
    },
  }
}

/** Looks at `due` whether the window from `from` on has its rows. */
export function rowTimer(
  { project, endpoint }: Place,
  { window, latenessMs }: Schedule,
  from: number,
  due: number,
): Put<'timer', Timer> {
  const text = windowText(window)
  return {
    kind: 'timer',
    id: `${stamp(due)}/${closeHandler}/${project}/${endpoint}/${latenessMs}/${text}/${stamp(from)}`,
    body: {
      due,
      handler: closeHandler,
      lane: `${project}/${endpoint}/watch`,
      payload: { project, endpoint, from, latenessMs, window: text },
    },
  }
}

export function scheduleOf({ window, latenessMs }: Timer['payload']): Schedule {
  return { window: parseWindow(String(window ?? everyDay)), latenessMs: Number(latenessMs) }
}

/** Timers for schedules that have none waiting; their first window is the one that `at` lies in. */
export async function missingTimers(
  records: LoopRecords,
  { project, endpoint }: Place,
  config: ProjectConfig,
  at: number,
): Promise<Put<'timer', Timer>[]> {
  const waiting = new Set<string>()
  for (let after: string | undefined; ; ) {
    const where = { handler: closeHandler }
    const page = await records.list('timer', { where, limit: 10_000, ...(after !== undefined && { after }) })
    for (const { body } of page.items) {
      const { payload } = body
      if (payload.project === project && payload.endpoint === endpoint) waiting.add(scheduleKey(scheduleOf(payload)))
    }
    if (page.next === undefined) break
    after = page.next
  }
  const { timezone } = config
  return schedulesOf(config)
    .filter(schedule => !waiting.has(scheduleKey(schedule)))
    .map(schedule => {
      const { window } = schedule
      const from = window.kind === 'rows' ? at : windowAt(at, window.everyMs, timezone).from
      return closeTimer({ project, endpoint }, schedule, from, timezone, at)
    })
}

/**
 * The window of so many rows that begins at `from`, if its rows are there by `until`; else how many are. Rows that were
 * predicted at the same instant stay together, so it may have a few more.
 */
export async function rowWindow(
  log: PredictionLog,
  endpoint: string,
  from: number,
  rows: number,
  until: number,
): Promise<Span | { readonly rows: number }> {
  let seen = 0
  for (let at = from; at < until; at += day) {
    const labels = await log.labels(endpoint, at, Math.min(until, at + day), until)
    if (seen + labels.at.length >= rows) return { from, to: labels.at[rows - seen - 1]! + 1 }
    seen += labels.at.length
  }
  return { rows: seen }
}

/** When to look again: half the time that the missing rows will take, as the present ones came. */
export function nextLook(from: number, now: number, seen: number, wanted: number): number {
  const pace = seen === 0 ? hour : ((now - from) * (wanted - seen)) / seen
  return now + Math.min(hour, Math.max(minute, Math.round(pace / 2)))
}
