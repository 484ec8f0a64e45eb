/** How two files are cut into chunks: by rows or by time, the reference in windows of the same size. */
import { FalconerError } from '../../base/errors.ts'
import { type Table, take } from '../../base/table.ts'
import { leastRows } from '../../estimate/freeze.ts'
import { leastWindows } from '../../estimate/limits.ts'
import { equalWindows, type Period, type RowWindow, windowsByTime, windowsOfSize } from '../../estimate/windows.ts'
import { argsort } from '../../numeric/argsort.ts'
import { columnOf } from '../metrics/columnValues.ts'
import { usage } from '../terminal.ts'

export interface ChunkFlags {
  readonly chunkSize?: number
  readonly chunks?: number
  readonly timestamp?: string
  readonly every?: Period
}

export interface Chunk extends RowWindow {
  /** Instants, for chunks by time. */
  readonly start?: string
  readonly end?: string
}

export interface Chunked {
  /** In order of time, where there is a timestamp; rows without one are left out. */
  readonly reference: Table
  readonly current: Table
  readonly windows: readonly RowWindow[]
  readonly chunks: readonly Chunk[]
  readonly notes: readonly string[]
}

/** Ten chunks of a hundred rows or more, where the flags say nothing. */
export function chunked(
  given: { readonly reference: Table; readonly current: Table },
  files: { readonly reference: string; readonly current: string },
  flags: ChunkFlags,
): Chunked {
  checkFlags(flags)
  const { timestamp, every } = flags
  const sorted =
    timestamp === undefined
      ? { reference: { table: given.reference, times: undefined }, current: { table: given.current, times: undefined } }
      : {
          reference: byTime(given.reference, timestamp, files.reference),
          current: byTime(given.current, timestamp, files.current),
        }
  const reference = sorted.reference.table
  const current = sorted.current.table
  const notes = (['reference', 'current'] as const).flatMap(side => {
    const lost = given[side].rows - sorted[side].table.rows
    return lost > 0 ? [`${lost} rows of ${files[side]} are left out: their ${timestamp} is missing`] : []
  })
  if (every !== undefined) {
    const chunks = windowsByTime(sorted.current.times!, every).map(({ from, to, start, end }) => ({
      from,
      to,
      start: new Date(start).toISOString(),
      end: new Date(end).toISOString(),
    }))
    const periods = windowsByTime(sorted.reference.times!, every).filter(({ from, to }) => to - from >= leastRows)
    const windows = periods.length >= leastWindows ? periods : referenceWindows(reference.rows, chunks)
    return { reference, current, windows, chunks, notes }
  }
  const chunks = chunksByRows(current.rows, flags)
  return { reference, current, windows: referenceWindows(reference.rows, chunks), chunks, notes }
}

function checkFlags({ chunkSize, chunks, timestamp, every }: ChunkFlags): void {
  const ways = [chunkSize !== undefined && '--chunk-size', chunks !== undefined && '--chunks', every && '--every']
  const given = ways.filter(way => typeof way === 'string')
  if (given.length > 1) throw usage(`${given.join(' and ')} are given.`, 'Choose one way to cut the rows into chunks.')
  if (every && timestamp === undefined) {
    throw usage(`--every ${every} needs the time of each row.`, 'Name its column with --timestamp.')
  }
  if (chunkSize === 0) throw usage('--chunk-size is 0.', `Give ${leastRows} rows or more.`)
  if (chunks === 0) throw usage('--chunks is 0.', 'Give 1 or more.')
}

function chunksByRows(rows: number, { chunkSize, chunks }: ChunkFlags): readonly Chunk[] {
  if (chunkSize !== undefined) return windowsOfSize(rows, chunkSize)
  return equalWindows(rows, chunks ?? Math.max(1, Math.min(10, Math.floor(rows / 100))))
}

/** Windows as large as the chunks, but at least ten of them where each keeps enough rows. */
function referenceWindows(rows: number, chunks: readonly RowWindow[]): RowWindow[] {
  const size = chunks.reduce((sum, { from, to }) => sum + to - from, 0) / Math.max(1, chunks.length)
  const wanted = Math.max(10, Math.round(rows / Math.max(leastRows, size)))
  return equalWindows(rows, Math.max(1, Math.min(wanted, Math.floor(rows / leastRows))))
}

function byTime(table: Table, name: string, file: string): { table: Table; times: Float64Array } {
  const column = columnOf(table, name, file)
  if (column.kind !== 'time') {
    throw new FalconerError('bad-data', `The timestamp ${name} of ${file} is ${column.kind}, wanted instants.`, {
      fix: 'Write them as 2024-03-01T12:00:00Z, or give --chunk-size instead.',
    })
  }
  const order = argsort(column.values).filter(row => !Number.isNaN(column.values[row]))
  const sorted = take(table, Int32Array.from(order))
  return { table: sorted, times: columnOf(sorted, name, file).values as Float64Array }
}
