/** Windows: how the rows of a table, in order of time, are cut into pieces that are judged one by one. */

/** Rows [from, to). */
export interface RowWindow {
  readonly from: number
  readonly to: number
}

/** Where the rows of a window stand in an ascending list of rows: [start, end). */
export function placesIn(rows: Int32Array, { from, to }: RowWindow): readonly [start: number, end: number] {
  return [firstAtLeast(rows, from), firstAtLeast(rows, to)]
}

/** Windows of `size` rows; the last one holds what is left. */
export function windowsOfSize(rows: number, size: number): RowWindow[] {
  if (!(Number.isInteger(size) && size >= 1)) throw new RangeError(`windowsOfSize: size is ${size}, must be 1 or more`)
  return Array.from({ length: Math.ceil(rows / size) }, (_, i) => ({
    from: i * size,
    to: Math.min(rows, (i + 1) * size),
  }))
}

/** `count` windows whose sizes differ by one row at most; fewer where there are fewer rows. */
export function equalWindows(rows: number, count: number): RowWindow[] {
  if (!(Number.isInteger(count) && count >= 1))
    throw new RangeError(`equalWindows: count is ${count}, must be 1 or more`)
  const windows = Math.min(count, rows)
  const edge = (i: number) => Math.round((i * rows) / windows)
  return Array.from({ length: windows }, (_, i) => ({ from: edge(i), to: edge(i + 1) }))
}

export const periods = ['hour', 'day', 'week', 'month'] as const
export type Period = (typeof periods)[number]

export interface PeriodWindow extends RowWindow {
  /** First instant of the period, and of the one after it, in milliseconds since 1970 UTC. */
  readonly start: number
  readonly end: number
}

/**
 * One window for each period in UTC that has rows; weeks begin on Monday. `times` are milliseconds since 1970, ascending:
 * sort the rows first. A missing time is refused.
 */
export function windowsByTime(times: Float64Array, period: Period): PeriodWindow[] {
  const windows: PeriodWindow[] = []
  for (let from = 0; from < times.length; ) {
    const time = times[from]!
    if (!Number.isFinite(time))
      throw new RangeError(`windowsByTime: the time of row ${from} is ${time}, must be finite`)
    const start = startOf(time, period)
    const end = nextStart(start, period)
    let to = from + 1
    for (; to < times.length && times[to]! < end; to++) {
      if (times[to]! < times[to - 1]!) {
        throw new RangeError(`windowsByTime: row ${to} is earlier than the row before it; sort the rows by time`)
      }
    }
    windows.push({ from, to, start, end })
    from = to
  }
  return windows
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** 1970-01-01 was a Thursday. */
const firstMondayMs = 4 * dayMs

function startOf(time: number, period: Period): number {
  switch (period) {
    case 'hour':
      return Math.floor(time / hourMs) * hourMs
    case 'day':
      return Math.floor(time / dayMs) * dayMs
    case 'week':
      return Math.floor((time - firstMondayMs) / (7 * dayMs)) * 7 * dayMs + firstMondayMs
    case 'month': {
      const date = new Date(time)
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)
    }
    default:
      return period satisfies never
  }
}

function nextStart(start: number, period: Period): number {
  switch (period) {
    case 'hour':
      return start + hourMs
    case 'day':
      return start + dayMs
    case 'week':
      return start + 7 * dayMs
    case 'month': {
      const date = new Date(start)
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)
    }
    default:
      return period satisfies never
  }
}

function firstAtLeast(ascending: Int32Array, value: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ascending[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}
