/** An axis of numbered or named points, below the plot. */
import { ticks } from 'd3-array'
import { label, labelSize, type Plot } from './frame.ts'
import { colour } from './palette.ts'
import { element } from './svg.ts'
import { textWidth, truncate } from './textWidth.ts'

/** Points at 0, 1, 2, …: counted from `first`, or named one by one. */
export type IndexAxis =
  | { readonly kind: 'index'; readonly first: number; readonly name?: string }
  | { readonly kind: 'labels'; readonly labels: readonly string[]; readonly name?: string }

/** Room below the plot. */
export const indexAxisHeight = ({ name }: IndexAxis): number => (name === undefined ? 26 : 42)

/** Half a step of room on both sides, so that a first point does not stand on the frame. */
export function indexDomain(values: Iterable<number>): [number, number] | undefined {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return low > high ? undefined : [low - 0.5, high + 0.5]
}

export function indexAxis(
  scale: (at: number) => number,
  [from, to]: readonly [number, number],
  plot: Plot,
  axis: IndexAxis,
): string {
  let end = Number.NEGATIVE_INFINITY
  const marks = places(from, to, plot, axis).map(at => {
    const x = scale(at)
    const text = truncate(axis.kind === 'index' ? String(at + axis.first) : (axis.labels[at] ?? ''), labelSize, 90)
    const half = textWidth(text, labelSize) / 2
    const centre = Math.min(Math.max(x, half), plot.right + 24 - half)
    const fits = text !== '' && centre - half > end + 6
    if (fits) end = centre + half
    return (
      element('line', { x1: x, x2: x, y1: plot.bottom, y2: plot.bottom + 5, stroke: colour('muted') }) +
      (fits ? label(centre, plot.bottom + 18, text, { anchor: 'middle', fill: colour('muted') }) : '')
    )
  })
  const base = { x1: plot.left, x2: plot.right, y1: plot.bottom, y2: plot.bottom, stroke: colour('muted') }
  return (
    element('line', base) +
    marks.join('') +
    (axis.name === undefined
      ? ''
      : label((plot.left + plot.right) / 2, plot.bottom + 34, truncate(axis.name, labelSize, plot.right - plot.left), {
          anchor: 'middle',
          fill: colour('muted'),
        }))
  )
}

/** Round numbers, or every so many-th name. */
function places(from: number, to: number, plot: Plot, axis: IndexAxis): number[] {
  const width = plot.right - plot.left
  const low = Math.ceil(from)
  const high = Math.floor(to)
  if (axis.kind === 'index') {
    const most = Math.max(2, Math.floor(width / 56))
    return ticks(low + axis.first, high + axis.first, Math.min(most, Math.max(1, high - low)))
      .filter(Number.isInteger)
      .map(tick => tick - axis.first)
  }
  const widest = Math.min(90, Math.max(24, ...axis.labels.slice(0, 200).map(text => textWidth(text, labelSize)))) + 10
  const each = Math.max(1, Math.ceil((high - low + 1) / Math.max(1, Math.floor(width / widest))))
  return Array.from({ length: Math.floor((high - low) / each) + 1 }, (_, i) => low + i * each)
}
