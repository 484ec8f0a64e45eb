/**
 * Month by month, the model that never changed beside the model that the loop keeps: an open circle for frozen, a filled
 * square for the loop, joined by a line that is thick where the loop is better and dashed where it is worse.
 */
import { formatNumber } from './format.ts'
import {
  emptyPicture,
  label,
  labelSize,
  linear,
  type Plot,
  paddedDomain,
  picture,
  valueAxis,
  valueAxisWidth,
} from './frame.ts'
import type { ChartOptions } from './options.ts'
import { colour } from './palette.ts'
import { element, escapeText } from './svg.ts'
import { symbol } from './symbols.ts'
import { textWidth, truncate } from './textWidth.ts'

export interface MonthPair {
  readonly label: string
  /** NaN where there is no figure. */
  readonly frozen: number
  readonly loop: number
}

export interface MonthlyComparisonOptions extends ChartOptions {
  readonly higherIsBetter: boolean
  readonly format?: Intl.NumberFormatOptions
  readonly labels: { readonly frozen: string; readonly loop: string }
}

export function monthlyComparison(months: readonly MonthPair[], options: MonthlyComparisonOptions): string {
  const domain = paddedDomain(
    months.flatMap(m => [m.frozen, m.loop]),
    0.12,
  )
  if (domain === undefined) return emptyPicture(options)
  const plot: Plot = {
    left: valueAxisWidth(domain, options.height - 60, options.locale, options.format),
    right: options.width - 8,
    top: 30,
    bottom: options.height - 26,
  }
  const step = (plot.right - plot.left) / months.length
  const y = linear(domain, [plot.bottom, plot.top])
  const every = Math.max(1, Math.ceil((Math.max(...months.map(m => textWidth(m.label, labelSize))) + 6) / step))
  return picture(
    options,
    false,
    valueAxis(y, domain, plot, options.locale, options.format),
    element('line', { x1: plot.left, x2: plot.right, y1: plot.bottom, y2: plot.bottom, stroke: colour('muted') }),
    ...months.map((month, i) => {
      const x = plot.left + (i + 0.5) * step
      return (
        drawPair(month, x, y, options) +
        (i % every === 0
          ? label(x, plot.bottom + 18, truncate(month.label, labelSize, step * every), {
              anchor: 'middle',
              fill: colour('muted'),
            })
          : '')
      )
    }),
    legend(plot, options),
  )
}

function drawPair(month: MonthPair, x: number, y: (v: number) => number, options: MonthlyComparisonOptions): string {
  const number = (value: number) => formatNumber(value, options.locale, { maximumFractionDigits: 4, ...options.format })
  const parts: string[] = []
  const words = [month.label]
  if (Number.isFinite(month.frozen)) words.push(`${options.labels.frozen} ${number(month.frozen)}`)
  if (Number.isFinite(month.loop)) words.push(`${options.labels.loop} ${number(month.loop)}`)
  if (Number.isFinite(month.frozen) && Number.isFinite(month.loop)) {
    const better = options.higherIsBetter ? month.loop >= month.frozen : month.loop <= month.frozen
    parts.push(
      element('line', {
        x1: x,
        x2: x,
        y1: y(month.frozen),
        y2: y(month.loop),
        stroke: colour(better ? 'series' : 'attention'),
        'stroke-width': better ? 4 : 2,
        'stroke-opacity': better ? '0.35' : undefined,
        'stroke-dasharray': better ? undefined : '3 2',
      }),
    )
  }
  if (Number.isFinite(month.frozen)) {
    parts.push(
      element('circle', {
        cx: x,
        cy: y(month.frozen),
        r: 4,
        fill: colour('surface'),
        stroke: colour('reference'),
        'stroke-width': 1.75,
      }),
    )
  }
  if (Number.isFinite(month.loop)) parts.push(symbol('square', x, y(month.loop), 4.5, colour('series')))
  return element('g', {}, element('title', {}, escapeText(words.join(' · '))), ...parts)
}

function legend(plot: Plot, options: MonthlyComparisonOptions): string {
  const { frozen, loop } = options.labels
  const second = plot.left + 14 + textWidth(loop, labelSize) * 1.08 + 18
  return (
    symbol('square', plot.left + 4, 12, 4.5, colour('series')) +
    label(plot.left + 14, 16, loop, { fill: colour('muted') }) +
    element('circle', {
      cx: second + 4,
      cy: 12,
      r: 4,
      fill: 'none',
      stroke: colour('reference'),
      'stroke-width': 1.75,
    }) +
    label(second + 14, 16, frozen, { fill: colour('muted') })
  )
}
