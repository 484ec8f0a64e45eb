/** What charts share: the outer element with its title and finding, the two axes, and the words where there is no data. */
import { ticks as numberTicks } from 'd3-array'
import { scaleLinear } from 'd3-scale'
import { decimalsFor, formatNumber } from './format.ts'
import type { ChartOptions } from './options.ts'
import { colour } from './palette.ts'
import { element, escapeText } from './svg.ts'
import { textWidth, truncate } from './textWidth.ts'
import { timeTicks } from './timeTicks.ts'

/** The rectangle that data are drawn in. */
export interface Plot {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

export const font = 'var(--chart-font, system-ui, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK SC", sans-serif)'
export const labelSize = 11

/** Half of the axis around a single instant. */
export const halfDayMs = 12 * 3_600_000

/** `links`: the picture holds links, so that assistive technology must be able to enter it. */
export function picture(options: ChartOptions, links: boolean, ...content: readonly string[]): string {
  const titleId = `${options.id}-title`
  const findingId = `${options.id}-finding`
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${options.width} ${options.height}`,
      width: options.width,
      height: options.height,
      role: links ? 'group' : 'img',
      'aria-labelledby': titleId,
      'aria-describedby': findingId,
      'font-family': font,
      'font-size': labelSize,
      fill: colour('ink'),
    },
    element('title', { id: titleId }, escapeText(options.title)),
    element('desc', { id: findingId }, escapeText(options.finding)),
    ...content,
  )
}

/** The picture when there is nothing to draw: words, in the middle. */
export function emptyPicture(options: ChartOptions): string {
  return picture(
    options,
    false,
    label(options.width / 2, options.height / 2, truncate(options.empty, 13, options.width - 16), {
      anchor: 'middle',
      size: 13,
      fill: colour('muted'),
    }),
  )
}

export function label(
  x: number,
  y: number,
  text: string,
  look: { anchor?: 'start' | 'middle' | 'end'; fill?: string; size?: number; weight?: string } = {},
): string {
  return element(
    'text',
    {
      x,
      y,
      'text-anchor': look.anchor,
      fill: look.fill,
      'font-size': look.size,
      'font-weight': look.weight,
    },
    escapeText(text),
  )
}

/** Grid lines and labels for values, on the left. */
export function valueAxis(
  scale: (value: number) => number,
  domain: readonly [number, number],
  plot: Plot,
  locale: string,
  format?: Intl.NumberFormatOptions,
): string {
  return valueTicks(domain, plot.bottom - plot.top, locale, format)
    .map(
      tick =>
        element('line', {
          x1: plot.left,
          x2: plot.right,
          y1: scale(tick.value),
          y2: scale(tick.value),
          stroke: colour('grid'),
        }) + label(plot.left - 8, scale(tick.value) + 4, tick.label, { anchor: 'end', fill: colour('muted') }),
    )
    .join('')
}

/** Round values about 48 pixels from one another. */
export function valueTicks(
  [low, high]: readonly [number, number],
  pixels: number,
  locale: string,
  format?: Intl.NumberFormatOptions,
): { readonly value: number; readonly label: string }[] {
  // A range wider than the largest number has no round ticks.
  const wide = !Number.isFinite(high - low)
  const values = wide ? [low, 0, high] : numberTicks(low, high, Math.max(2, Math.round(pixels / 48)))
  const decimals = decimalsFor(values.length > 1 ? values[1]! - values[0]! : Math.abs(high - low))
  const percent = format?.style === 'percent'
  const digits = Math.max(0, percent ? decimals - 2 : decimals)
  return values.map(value => ({
    value,
    label: formatNumber(value, locale, { ...format, minimumFractionDigits: digits, maximumFractionDigits: digits }),
  }))
}

/** Room that the value labels need on the left. */
export function valueAxisWidth(
  domain: readonly [number, number],
  pixels: number,
  locale: string,
  format?: Intl.NumberFormatOptions,
): number {
  const widest = Math.max(0, ...valueTicks(domain, pixels, locale, format).map(t => textWidth(t.label, labelSize)))
  return Math.ceil(widest) + 14
}

/** Base line, tick marks and labels of time, below the plot. */
export function timeAxis(
  scale: (at: number) => number,
  [from, to]: readonly [number, number],
  plot: Plot,
  locale: string,
  zone: string,
): string {
  const most = Math.max(2, Math.floor((plot.right - plot.left) / 72))
  let end = Number.NEGATIVE_INFINITY
  const marks = timeTicks(from, to, most, locale, zone).map(tick => {
    const x = scale(tick.at)
    const half = textWidth(tick.label, labelSize) / 2
    const centre = Math.min(Math.max(x, half), plot.right + 24 - half)
    const fits = centre - half > end + 6
    if (fits) end = centre + half
    return (
      element('line', { x1: x, x2: x, y1: plot.bottom, y2: plot.bottom + 5, stroke: colour('muted') }) +
      (fits ? label(centre, plot.bottom + 18, tick.label, { anchor: 'middle', fill: colour('muted') }) : '')
    )
  })
  const base = element('line', {
    x1: plot.left,
    x2: plot.right,
    y1: plot.bottom,
    y2: plot.bottom,
    stroke: colour('muted'),
  })
  return base + marks.join('')
}

/** The range of the finite values with room around it; a single value gets `single` on both sides, else a tenth of itself. */
export function paddedDomain(values: Iterable<number>, share = 0.08, single?: number): [number, number] | undefined {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (!Number.isFinite(value)) continue
    if (value < low) low = value
    if (value > high) high = value
  }
  if (low > high) return undefined
  const span = high - low
  // Beyond 1e-12 of the size, a difference is rounding and not a range.
  const pad = span > Math.abs(high) * 1e-12 ? span * share : (single ?? Math.max(Math.abs(high) * 0.1, 1e-6))
  const domain: [number, number] = [low - pad, high + pad]
  return Number.isFinite(domain[1] - domain[0]) ? domain : [low, high]
}

/** Linear, clamped to its range, so that nothing is drawn outside. */
export function linear(domain: readonly [number, number], range: readonly [number, number]): (x: number) => number {
  const [low, high] = domain
  if (low === high) return () => (range[0] + range[1]) / 2
  // Halves keep a domain as wide as all numbers finite.
  const scale = scaleLinear()
    .domain([low / 2, high / 2])
    .range(range)
    .clamp(true)
  return x => (Number.isNaN(x) ? Number.NaN : scale(x / 2))
}
