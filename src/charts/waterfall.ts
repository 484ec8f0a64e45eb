/**
 * How one prediction came about: from the mean of the background, feature by feature, to the output. The bars add up
 * exactly, so the picture is the sum.
 */
import { formatNumber } from './format.ts'
import { emptyPicture, label, labelSize, linear, type Plot, paddedDomain, picture, valueTicks } from './frame.ts'
import type { ChartOptions } from './options.ts'
import { colour } from './palette.ts'
import { coordinate, element, escapeText } from './svg.ts'
import { textWidth, truncate } from './textWidth.ts'

export interface Contribution {
  readonly feature: string
  /** The feature's value in this row, as text. */
  readonly value: string
  readonly contribution: number
}

export interface WaterfallData {
  readonly base: number
  readonly output: number
  readonly contributions: readonly Contribution[]
}

export interface WaterfallOptions extends ChartOptions {
  /** Rows shown at most; the rest is one row. */
  readonly most?: number
  readonly labels: {
    readonly base: string
    readonly output: string
    /** Names the row that sums up the rest of so many. */
    readonly rest: (count: number) => string
  }
}

const rowHeight = 24
const axisRoom = 26

interface Row {
  readonly name: string
  readonly value: string
  readonly from: number
  readonly to: number
}

/** Height that the picture needs: pass it as `height`. */
export function waterfallHeight(contributions: number, most = 12): number {
  return (Math.min(contributions, most + 1) + 2) * rowHeight + axisRoom + 8
}

export function waterfall(data: WaterfallData, options: WaterfallOptions): string {
  const rows = toRows(data, options)
  const domain = paddedDomain([data.base, data.output, ...rows.flatMap(r => [r.from, r.to])], 0.04)
  if (data.contributions.length === 0 || domain === undefined) return emptyPicture(options)
  const names = Math.max(
    ...rows.map(r => textWidth(r.name, 12) + (r.value === '' ? 0 : textWidth(r.value, 12) + 16)),
    // Bold letters are about a tenth wider.
    ...[options.labels.base, options.labels.output].map(name => textWidth(name, 12) * 1.1),
  )
  const numbers = Math.max(...rows.map(r => textWidth(signed(r.to - r.from, options.locale), labelSize)))
  const plot: Plot = {
    left: Math.min(options.width * 0.46, Math.max(80, names * 1.08 + 12)),
    right: options.width - numbers * 1.1 - 14,
    top: rowHeight + 4,
    bottom: options.height - axisRoom,
  }
  const x = linear(domain, [plot.left, plot.right])
  return picture(
    options,
    false,
    axis(domain, x, plot, options),
    endRow(options.labels.base, data.base, 0, x, plot, options),
    ...rows.map((row, i) => drawRow(row, i, rows.length, x, plot, options)),
    endRow(options.labels.output, data.output, rows.length + 1, x, plot, options),
  )
}

/** Largest first; what does not fit is summed into one row. */
function toRows(data: WaterfallData, options: WaterfallOptions): Row[] {
  const most = options.most ?? 12
  const sorted = [...data.contributions].sort(
    (a, b) => Math.abs(b.contribution) - Math.abs(a.contribution) || (a.feature < b.feature ? -1 : 1),
  )
  const shown = sorted.length > most + 1 ? sorted.slice(0, most) : sorted
  const rest = sorted.slice(shown.length)
  let sum = data.base
  const rows = shown.map(c => {
    const from = sum
    sum += c.contribution
    return { name: c.feature, value: c.value, from, to: sum }
  })
  if (rest.length > 0) {
    const from = sum
    sum += rest.reduce((total, c) => total + c.contribution, 0)
    rows.push({ name: options.labels.rest(rest.length), value: '', from, to: sum })
  }
  return rows
}

function axis(
  domain: readonly [number, number],
  x: (v: number) => number,
  plot: Plot,
  options: WaterfallOptions,
): string {
  return valueTicks(domain, (plot.right - plot.left) / 1.6, options.locale)
    .map(
      t =>
        element('line', { x1: x(t.value), x2: x(t.value), y1: 4, y2: plot.bottom, stroke: colour('grid') }) +
        label(x(t.value), plot.bottom + 16, t.label, { anchor: 'middle', fill: colour('muted') }),
    )
    .join('')
}

function drawRow(
  row: Row,
  index: number,
  count: number,
  x: (v: number) => number,
  plot: Plot,
  options: WaterfallOptions,
): string {
  const top = 4 + (index + 1) * rowHeight
  const change = row.to - row.from
  const left = Math.min(x(row.from), x(row.to))
  const right = Math.max(x(row.from), x(row.to))
  const width = Math.max(1, right - left)
  const token = change >= 0 ? 'more' : 'less'
  const middle = top + rowHeight / 2
  const tip = Math.min(5, width)
  // An arrow: the direction is in the shape as well as in the colour and the sign.
  const p = (px: number, py: number) => `${coordinate(px)} ${coordinate(py)}`
  const body =
    change >= 0
      ? `M${p(left, middle - 7)}L${p(right - tip, middle - 7)}L${p(right, middle)}L${p(right - tip, middle + 7)}L${p(left, middle + 7)}Z`
      : `M${p(right, middle - 7)}L${p(left + tip, middle - 7)}L${p(left, middle)}L${p(left + tip, middle + 7)}L${p(right, middle + 7)}Z`
  const valueRoom = row.value === '' ? 0 : Math.min(textWidth(row.value, 12) * 1.08, plot.left * 0.45)
  const text = signed(change, options.locale)
  return element(
    'g',
    {},
    element('title', {}, escapeText(`${row.name} ${row.value} ${text}`)),
    label(0, middle + 4, truncate(row.name, 12, plot.left - valueRoom - 22), { size: 12 }),
    row.value === ''
      ? ''
      : label(plot.left - 10, middle + 4, truncate(row.value, 12, valueRoom + 1), {
          anchor: 'end',
          size: 12,
          fill: colour('muted'),
        }),
    element('path', { d: body, fill: colour(token) }),
    index < count
      ? element('line', {
          x1: x(row.to),
          x2: x(row.to),
          y1: middle - 7,
          y2: middle + rowHeight + 7 - 14,
          stroke: colour('reference'),
          'stroke-width': 0.75,
        })
      : '',
    label(right + 6, middle + 4, text, { fill: colour(token) }),
  )
}

function endRow(
  name: string,
  value: number,
  index: number,
  x: (v: number) => number,
  plot: Plot,
  options: WaterfallOptions,
): string {
  const middle = 4 + index * rowHeight + rowHeight / 2
  return (
    label(0, middle + 4, truncate(name, 12, plot.left - 12), { size: 12, weight: '600' }) +
    element('line', {
      x1: x(value),
      x2: x(value),
      y1: middle - 8,
      y2: middle + 8,
      stroke: colour('ink'),
      'stroke-width': 2,
    }) +
    label(x(value) + 6, middle + 4, formatNumber(value, options.locale, { maximumFractionDigits: 3 }), {
      size: 12,
      weight: '600',
    })
  )
}

function signed(value: number, locale: string): string {
  return formatNumber(value, locale, { maximumFractionDigits: 3, signDisplay: 'exceptZero' })
}
