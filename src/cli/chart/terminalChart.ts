/** A small chart of characters: limits and centre as lines, points as dots, signals as crosses. */
import type { Panel } from './make.ts'

const height = 11

/** Lines of text at most `width` wide. More points than columns: each column shows its point farthest from the centre. */
export function terminalChart({ points, band, signals }: Panel, width: number): string[] {
  const shown = points.filter(p => Number.isFinite(p.z))
  if (shown.length === 0) return []
  const values = shown.map(p => p.z)
  const low = Math.min(band.lower, ...extremes(values))
  const high = Math.max(band.upper, ...extremes(values))
  const rowOf = (value: number) => (high === low ? 0 : Math.round(((high - value) / (high - low)) * (height - 1)))
  const number = (value: number) => String(Number(value.toPrecision(5)))
  const marks = new Map([
    [rowOf(band.lower), `LCL ${number(band.lower)}`],
    [rowOf(band.upper), `UCL ${number(band.upper)}`],
    [rowOf(band.centre), `CL ${number(band.centre)}`],
  ])
  const room = Math.max(...Array.from(marks.values(), text => text.length)) + 1
  const columns = Math.max(1, Math.min(points.length, width - room - 1))
  const out = new Set(signals.map(({ index }) => index))
  const cells = Array.from({ length: height }, (_, row) =>
    Array<string>(columns).fill(marks.get(row)?.startsWith('CL') ? '·' : marks.has(row) ? '-' : ' '),
  )
  for (let column = 0; column < columns; column++) {
    const from = Math.floor((column * points.length) / columns)
    const to = Math.max(from + 1, Math.floor(((column + 1) * points.length) / columns))
    let farthest: number | undefined
    for (let i = from; i < to; i++) {
      const z = points[i]!.z
      if (!Number.isFinite(z)) continue
      const far = (j: number) => (out.has(j) ? 1e12 : 0) + Math.abs(points[j]!.z - points[j]!.centre)
      if (farthest === undefined || far(i) > far(farthest)) farthest = i
    }
    if (farthest !== undefined) cells[rowOf(points[farthest]!.z)]![column] = out.has(farthest) ? 'X' : 'o'
  }
  return cells.map((row, i) => `${(marks.get(i) ?? '').padStart(room)} ${row.join('')}`.trimEnd())
}

/** Without spreading a long series over the stack. */
function extremes(values: readonly number[]): [number, number] {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return [low, high]
}
