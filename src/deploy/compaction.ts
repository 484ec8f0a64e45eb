/** Closed days of the prediction log as Parquet: one timer per endpoint and day, which sets the next in its own commit. */
import { join } from 'node:path'
import type { Blobs, Clock, PredictionLog, PredictionWindow, Put, Stored, Tables } from '../base/ports.ts'
import { type Column, type Table, table } from '../base/table.ts'
import { dayStart, nextDay } from '../base/time.ts'
import { type Bodies, endpointId, type LogSegment, type LoopRecords, stamp, type Timer } from '../loop/records.ts'

export const compactHandler = 'deploy.compact'

export interface CompactionParts {
  readonly records: LoopRecords
  readonly log: PredictionLog
  readonly blobs: Blobs
  readonly clock: Clock
  /** A scratch database, asked for once. */
  readonly tables: () => Promise<Tables>
  /** Folder for the file while it is written. */
  readonly scratch: string
  /** How long after the end of a day its outcomes are waited for. */
  readonly latenessMs: number
}

/** The timer that closes the local day in which `at` lies. */
export function compactionTimer(
  { project, endpoint, at, zone }: { project: string; endpoint: string; at: number; zone: string },
  latenessMs: number,
): Put<'timer', Timer> {
  const from = dayStart(at, zone)
  const to = nextDay(at, zone)
  const due = to + latenessMs
  const id = endpointId(project, endpoint)
  return {
    kind: 'timer',
    id: `${stamp(due)}/${compactHandler}/${id}`,
    body: {
      due,
      handler: compactHandler,
      lane: `${compactHandler} ${id}`,
      payload: { project, endpoint, from, to, zone },
    },
  }
}

export function createCompaction(parts: CompactionParts): (timer: Stored<Timer>) => Promise<void> {
  const { records, log, blobs, clock, latenessMs } = parts
  let scratchTables: Promise<Tables> | undefined

  return async timer => {
    const { payload } = timer.body
    const [project, endpoint, zone] = [String(payload.project), String(payload.endpoint), String(payload.zone)]
    const [from, to] = [Number(payload.from), Number(payload.to)]
    const id = endpointId(project, endpoint)
    const window = await log.window(id, from, to)
    const puts: { [Kind in keyof Bodies]: Put<Kind, Bodies[Kind]> }[keyof Bodies][] = [
      compactionTimer({ project, endpoint, at: to, zone }, latenessMs),
    ]
    if (window.rows > 0) {
      scratchTables ??= parts.tables()
      const tables = await scratchTables
      await tables.load('segment', segmentTable(window))
      const path = join(parts.scratch, `segment ${id.replaceAll('/', ' ')}.parquet`)
      await tables.write('select * from segment order by at, key', path)
      const content = await blobs.putFile(path)
      const body: LogSegment = { project, endpoint, from, to, rows: window.rows, content, closedAt: clock.now() }
      puts.push({ kind: 'segment', id: `${id}/${stamp(from)}`, body })
    }
    await records.commit({
      at: clock.now(),
      actor: 'falconer',
      once: timer.id,
      puts,
      removes: [{ kind: 'timer', id: timer.id }],
    })
  }
}

/** `key`, `at`, `version`, `output`, `outcome`, `void`, then the features; a feature of such a name gets `feature.` before it. */
export function segmentTable(window: PredictionWindow): Table {
  const own: Column[] = [
    { name: 'key', kind: 'text', values: window.keys },
    { name: 'at', kind: 'time', values: window.at },
    { name: 'version', kind: 'text', values: window.version },
    { name: 'output', kind: 'number', values: window.outputs },
    { name: 'outcome', kind: 'number', values: window.outcomes },
    { name: 'void', kind: 'boolean', values: Float64Array.from(window.voids) },
  ]
  const taken = new Set(own.map(column => column.name))
  const features = window.features.columns.map(column =>
    taken.has(column.name) ? { ...column, name: `feature.${column.name}` } : column,
  )
  return table([...own, ...features])
}
