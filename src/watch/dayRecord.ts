/** What is kept of a day whatever is monitored: how its columns looked, whether rows came twice, how versions fared. */
import type { PredictionWindow } from '../base/ports.ts'
import { answersOf, labelled, versionsIn } from '../loop/answers.ts'
import { dayStatistics, mean, rowLosses, type Task } from '../loop/dayStatistics.ts'
import { type LoopRecords, stamp, type WatchedDay } from '../loop/records.ts'
import { contentOfDay, type DayContent, repeatedShare } from '../loop/watchedDay.ts'
import type { Observed } from './measure.ts'
import type { Shelf } from './shelf.ts'

export interface ClosedDay {
  readonly project: string
  readonly endpoint: string
  readonly from: number
  readonly to: number
  readonly semver: string
  readonly timezone: string
  readonly window: PredictionWindow
  readonly observed: Observed
  /** Whether its outcomes have been waited for. */
  readonly settled: boolean
}

/** Written when the day ends, completed when its outcomes are in. */
export async function dayRecord(
  records: LoopRecords,
  shelf: Shelf,
  id: string,
  day: ClosedDay,
): Promise<{ readonly id: string; readonly body: WatchedDay }> {
  const dayId = `${id}/${stamp(day.from)}`
  const before = await records.get('day', dayId)
  const body = before ? before.body : await ended(records, shelf, id, day)
  return { id: dayId, body: day.settled ? { ...body, ...realised(day) } : body }
}

async function ended(records: LoopRecords, shelf: Shelf, id: string, day: ClosedDay): Promise<WatchedDay> {
  const { project, endpoint, from, to, semver, window } = day
  const content = contentOfDay(window.features, window.at, day.timezone)
  const newest = await records.list('day', { prefix: `${id}/`, order: 'descending', limit: 1 })
  const previous = newest.items[0]?.body
  const hashes = previous?.to === from ? (await shelf.readJson<DayContent>(previous.content)).hashes : []
  return {
    project,
    endpoint,
    from,
    to,
    semver,
    rows: window.rows,
    content: await shelf.putJson(content),
    repeated: repeatedShare(content.hashes, hashes),
    losses: {},
  }
}

function realised({ window, observed }: ClosedDay): Pick<WatchedDay, 'coverage' | 'auc' | 'losses'> {
  const { auc } = dayStatistics(observed.task, observed.labels, observed.outputs)
  return {
    coverage: observed.coverage,
    ...(auc !== undefined && { auc }),
    losses: lossesByVersion(window, observed.task),
  }
}

/** Mean loss of each version that answered most rows, over the labelled rows that all of these have answered. */
function lossesByVersion(window: PredictionWindow, task: Task): Record<string, number> {
  const all = versionsIn(window)
    .map(semver => ({ semver, answers: answersOf(window, semver) }))
    .filter(({ answers }) => labelled(window, answers).rows.length > window.rows / 2)
  const rows = Array.from({ length: window.rows }, (_, row) => row).filter(
    row => !Number.isNaN(window.outcomes[row]!) && all.every(({ answers }) => !Number.isNaN(answers[row]!)),
  )
  if (rows.length === 0) return {}
  const metric = task === 'binary' ? 'log_loss' : 'squared_error'
  const labels = Float64Array.from(rows, row => window.outcomes[row]!)
  return Object.fromEntries(
    all.map(({ semver, answers }) => {
      const outputs = Float64Array.from(rows, row => answers[row]!)
      return [semver, mean(rowLosses(metric, labels, outputs))]
    }),
  )
}
