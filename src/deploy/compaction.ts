/** Closed days of the prediction log as Parquet: one timer per endpoint and day, which sets the next in its own commit. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Blobs, Clock, Digest, PredictionLog, PredictionWindow, Put, Stored, Tables } from '../base/ports.ts'
import { type Table, table } from '../base/table.ts'
import { dayStart, nextDay } from '../base/time.ts'
import {
  type Bodies,
  endpointId,
  type LogSegment,
  type LoopRecords,
  servedName,
  stamp,
  type Timer,
} from '../loop/records.ts'

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

export interface Compaction {
  compact(timer: Stored<Timer>): Promise<void>
  close(): Promise<void>
}

export function createCompaction(parts: CompactionParts): Compaction {
  const { records, log, blobs, clock, latenessMs } = parts
  let scratchTables: Promise<Tables> | undefined
  /** Days of different endpoints share the scratch database, one after another. */
  let last: Promise<unknown> = Promise.resolve()

  async function parquetOf(rows: Table): Promise<Digest> {
    scratchTables ??= parts.tables()
    const tables = await scratchTables
    await tables.load('segment', rows)
    const path = join(parts.scratch, 'segment.parquet')
    try {
      await tables.write('select * from segment', path)
      return await blobs.putFile(path)
    } finally {
      await rm(path, { force: true })
    }
  }

  async function compact(timer: Stored<Timer>): Promise<void> {
    const { payload } = timer.body
    const [project, endpoint, zone] = [String(payload.project), String(payload.endpoint), String(payload.zone)]
    const [from, to] = [Number(payload.from), Number(payload.to)]
    const id = endpointId(project, endpoint)
    const window = await log.window(id, from, to)
    const puts: { [Kind in keyof Bodies]: Put<Kind, Bodies[Kind]> }[keyof Bodies][] = [
      compactionTimer({ project, endpoint, at: to, zone }, latenessMs),
    ]
    if (window.rows > 0) {
      const mine = last.then(() => parquetOf(segmentTable(window)))
      last = mine.catch(() => {})
      const content = await mine
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

  return {
    compact,
    async close() {
      await (await scratchTables)?.close()
    },
  }
}

/** The rows of a window as a segment holds them (`LogSegment.content`). */
function segmentTable(window: PredictionWindow): Table {
  return table([
    { name: 'key', kind: 'text', values: window.keys },
    { name: 'at', kind: 'time', values: window.at },
    { name: 'version', kind: 'text', values: window.version },
    { name: 'output', kind: 'number', values: window.outputs },
    { name: 'outcome', kind: 'number', values: window.outcomes },
    { name: 'void', kind: 'boolean', values: Float64Array.from(window.voids) },
    ...window.features.columns.map(column => ({ ...column, name: servedName(column.name) })),
  ])
}
