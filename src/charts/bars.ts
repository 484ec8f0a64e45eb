/** Horizontal bars from zero, largest first as given: importance, what moved, segments. May carry a second value as a tick. */
import { formatNumber } from './format.ts'
import { emptyPicture, label, labelSize, linear, type Plot, picture } from './frame.ts'
import type { ChartOptions } from './options.ts'
import { colour, type Token } from './palette.ts'
import { element, escapeText, linked } from './svg.ts'
import { textWidth, truncate } from './textWidth.ts'

export interface Bar {
  readonly label: string
  /** NaN is said in words by the number's place staying empty. */
  readonly value: number
  /** A second value to compare with, drawn as an upright tick. */
  readonly other?: number
  readonly note?: string
  readonly href?: string
}

export interface BarsOptions extends ChartOptions {
  readonly format?: Intl.NumberFormatOptions
  /** Tokens for values above and below zero. */
  readonly positive?: Token
  readonly negative?: Token
}

const rowHeight = 24

/** Height that the picture needs: pass it as `height`. */
export function barsHeight(count: number): number {
  return Math.max(2, count) * rowHeight + 8
}

export function bars(data: readonly Bar[], options: BarsOptions): string {
  const values = data.flatMap(b => [b.value, b.other ?? Number.NaN]).filter(Number.isFinite)
  if (values.length === 0) return emptyPicture(options)
  const low = Math.min(0, ...values)
  const high = Math.max(0, ...values)
  const domain: [number, number] = low === high ? [0, 1] : [low, high]
  const text = (value: number) =>
    Number.isFinite(value)
      ? formatNumber(value, options.locale, { maximumSignificantDigits: 3, ...options.format })
      : ''
  const names = Math.max(...data.map(b => textWidth(b.label, 12)))
  const numbers = Math.max(...data.map(b => textWidth(text(b.value), labelSize))) * 1.1 + 10
  const plot: Plot = {
    left: Math.min(options.width * 0.45, names * 1.08 + 14) + (low < 0 ? numbers : 0),
    right: options.width - numbers,
    top: 4,
    bottom: options.height - 4,
  }
  const x = linear(domain, [plot.left, plot.right])
  const step = Math.min(rowHeight, (plot.bottom - plot.top) / data.length)
  return picture(
    options,
    data.some(b => b.href !== undefined),
    ...data.map((bar, i) => {
      const middle = plot.top + (i + 0.5) * step
      const nameRoom = plot.left - (low < 0 ? numbers : 0) - 10
      return linked(
        bar.href,
        element(
          'g',
          {},
          element('title', {}, escapeText(bar.note ?? `${bar.label}: ${text(bar.value)}`)),
          label(0, middle + 4, truncate(bar.label, 12, nameRoom), { size: 12 }),
          drawBar(bar, middle, Math.min(7, step * 0.3), x, text, options),
        ),
      )
    }),
    element('line', { x1: x(0), x2: x(0), y1: plot.top, y2: plot.bottom, stroke: colour('muted') }),
  )
}

function drawBar(
  bar: Bar,
  middle: number,
  half: number,
  x: (v: number) => number,
  text: (v: number) => string,
  options: BarsOptions,
): string {
  const other =
    bar.other === undefined || !Number.isFinite(bar.other)
      ? ''
      : element('line', {
          x1: x(bar.other),
          x2: x(bar.other),
          y1: middle - half - 3,
          y2: middle + half + 3,
          stroke: colour('ink'),
          'stroke-width': 2,
        })
  if (!Number.isFinite(bar.value)) return other
  const negative = bar.value < 0
  const left = Math.min(x(0), x(bar.value))
  const right = Math.max(x(0), x(bar.value))
  const tip = negative ? left : Math.max(right, bar.other === undefined ? right : x(bar.other))
  return (
    element('rect', {
      x: left,
      y: middle - half,
      width: Math.max(0.5, right - left),
      height: 2 * half,
      rx: 1.5,
      fill: colour(negative ? (options.negative ?? 'less') : (options.positive ?? 'series')),
    }) +
    other +
    label(negative ? tip - 6 : tip + 6, middle + 4, text(bar.value), {
      anchor: negative ? 'end' : 'start',
      fill: colour('muted'),
    })
  )
}
