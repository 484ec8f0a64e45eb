/** One panel of a control chart: the band within limits, zones, lines of the limits, the points and what they signal. */
import type { ControlChartData, ControlChartOptions, ControlLimits, ControlPoint } from './controlChart.ts'
import { decimate } from './decimate.ts'
import { formatNumber } from './format.ts'
import { label, labelSize, type Plot, paddedDomain, valueAxis } from './frame.ts'
import { colour } from './palette.ts'
import { brokenLine } from './path.ts'
import { coordinate, element, escapeText, linked } from './svg.ts'
import { symbol } from './symbols.ts'
import { textWidth, truncate } from './textWidth.ts'

type Scale = (value: number) => number

/** A line of the legend on the right. */
export interface LegendLine {
  readonly value: number
  readonly text: string
}

export function drawPanel(
  data: ControlChartData,
  domain: readonly [number, number],
  x: Scale,
  y: Scale,
  plot: Plot,
  legend: readonly LegendLine[],
  options: ControlChartOptions,
): string {
  const limits = thinned(data.limits, plot)
  const kept = thinnedPoints(data.points, plot)
  return (
    limitBands(limits, x, y, plot) +
    valueAxis(y, domain, plot, options.locale, options.format) +
    zoneLines(limits, x, y, domain) +
    limitLines(limits, x, y) +
    valueLine(kept, x, y) +
    points(data.points, kept, x, y, plot) +
    signalNames(data.points, x, y, plot) +
    legendLabels(legend, y, plot)
  )
}

/** Range of the values, the limits and the warnings; undefined where no point has a value. */
export function valueDomain({ points, limits }: ControlChartData): [number, number] | undefined {
  const values = points.filter(p => Number.isFinite(p.value)).map(p => p.value)
  if (values.length === 0) return undefined
  for (const l of limits) {
    values.push(l.centre, l.lower ?? Number.NaN, l.upper ?? Number.NaN)
    if (l.warning) values.push(l.warning.lower, l.warning.upper)
  }
  return paddedDomain(values)
}

/** The newest limits in words. */
export function panelLegend({ limits }: ControlChartData, options: ControlChartOptions): LegendLine[] {
  const newest = limits.at(-1)
  if (newest === undefined) return []
  const width = Math.abs((newest.upper ?? newest.centre) - (newest.lower ?? newest.centre))
  const format = { ...decimals(width || Math.abs(newest.centre), options.format), ...options.format }
  // What is rounding beside the limits is zero.
  const number = (value: number) => formatNumber(Math.abs(value) < 1e-9 * width ? 0 : value, options.locale, format)
  const { centre, upper, lower } = options.labels
  return [
    ...(newest.upper === undefined ? [] : [{ value: newest.upper, text: `${upper} ${number(newest.upper)}` }]),
    { value: newest.centre, text: `${centre} ${number(newest.centre)}` },
    ...(newest.lower === undefined ? [] : [{ value: newest.lower, text: `${lower} ${number(newest.lower)}` }]),
  ]
}

/** Decimals that tell limits apart to a thousandth of their distance: 74.0143, 74.0012, 73.988; no minus before a zero. */
function decimals(width: number, format?: Intl.NumberFormatOptions): Intl.NumberFormatOptions {
  const size = width > 0 && Number.isFinite(width) ? width : 1
  const wanted = 2 - Math.floor(Math.log10(size)) - (format?.style === 'percent' ? 2 : 0)
  return { maximumFractionDigits: Math.min(12, Math.max(0, wanted)), signDisplay: 'negative' }
}

/** Limits of more steps than there are pixels are thinned, extremes kept. */
function thinned(limits: readonly ControlLimits[], plot: Plot): readonly ControlLimits[] {
  const columns = Math.max(1, plot.right - plot.left)
  if (limits.length <= 4 * columns) return limits
  const at = limits.map(({ from }) => from)
  const keptOf = (of: (l: ControlLimits) => number | undefined) =>
    decimate(
      at,
      limits.map(l => of(l) ?? Number.NaN),
      columns / 2,
    )
  const kept = new Set([...keptOf(l => l.upper), ...keptOf(l => l.lower)])
  const steps = limits.filter((_, i) => kept.has(i))
  // A step reaches to the next that is left.
  return steps.map((step, i) => ({ ...step, to: steps[i + 1]?.from ?? step.to }))
}

function thinnedPoints(all: readonly ControlPoint[], plot: Plot): readonly ControlPoint[] {
  const columns = Math.max(1, plot.right - plot.left)
  if (all.length <= 4 * columns) return all
  const kept = decimate(
    all.map(p => p.at),
    all.map(p => (Number.isFinite(p.value) ? p.value : Number.NaN)),
    columns,
  )
  return Array.from(kept, i => all[i]!)
}

/** One outline for steps that join, because rectangles side by side show their seams. */
function limitBands(limits: readonly ControlLimits[], x: Scale, y: Scale, plot: Plot): string {
  const top = (l: ControlLimits) => coordinate(l.upper === undefined ? plot.top : y(l.upper))
  const bottom = (l: ControlLimits) => coordinate(l.lower === undefined ? plot.bottom : y(l.lower))
  const outlines: ControlLimits[][] = []
  for (const l of limits) {
    const last = outlines.at(-1)
    const before = last?.at(-1)
    if (last && before && before.to === l.from) last.push(l)
    else outlines.push([l])
  }
  const d = outlines.map(steps => {
    const along = steps.map(l => `${coordinate(x(l.from))} ${top(l)}L${coordinate(x(l.to))} ${top(l)}`)
    const back = steps
      .toReversed()
      .map(l => `${coordinate(x(l.to))} ${bottom(l)}L${coordinate(x(l.from))} ${bottom(l)}`)
    return `M${[...along, ...back].join('L')}Z`
  })
  return d.length === 0 ? '' : element('path', { d: d.join(''), fill: colour('band') })
}

function limitLines(limits: readonly ControlLimits[], x: Scale, y: Scale): string {
  return (
    staircase(limits, l => l.centre, x, y, { stroke: colour('ok'), 'stroke-width': 1, 'stroke-opacity': '0.8' }) +
    [(l: ControlLimits) => l.upper, (l: ControlLimits) => l.lower]
      .map(of => staircase(limits, of, x, y, { stroke: colour('ok'), 'stroke-width': 1.25, 'stroke-dasharray': '5 3' }))
      .join('') +
    [(l: ControlLimits) => l.warning?.upper, (l: ControlLimits) => l.warning?.lower]
      .map(of =>
        staircase(limits, of, x, y, { stroke: colour('attention'), 'stroke-width': 1, 'stroke-dasharray': '2 3' }),
      )
      .join('')
  )
}

/** Lines at 1 and 2 standard deviations, where they lie within the limits. */
function zoneLines(
  limits: readonly ControlLimits[],
  x: Scale,
  y: Scale,
  [low, high]: readonly [number, number],
): string {
  return [-2, -1, 1, 2]
    .map(k => {
      const of = (l: ControlLimits) => {
        if (l.sigma === undefined) return undefined
        const value = l.centre + k * l.sigma
        const within = value > (l.lower ?? low) && value < (l.upper ?? high)
        return within ? value : undefined
      }
      return staircase(limits, of, x, y, {
        stroke: colour('muted'),
        'stroke-opacity': '0.55',
        'stroke-width': 1,
        'stroke-dasharray': Math.abs(k) === 2 ? '3 4' : '1 3',
      })
    })
    .join('')
}

/** Within one version the limits are one staircase; a new version starts a new line. */
function staircase(
  limits: readonly ControlLimits[],
  of: (l: ControlLimits) => number | undefined,
  x: Scale,
  y: Scale,
  look: Record<string, string | number>,
): string {
  const d = limits
    .map((l, i) => {
      const value = of(l)
      if (value === undefined || !Number.isFinite(value)) return ''
      const before = limits[i - 1]
      const joined =
        before !== undefined && before.version === l.version && before.to === l.from && of(before) !== undefined
      return `${joined ? 'L' : 'M'}${coordinate(x(l.from))} ${coordinate(y(value))}L${coordinate(x(l.to))} ${coordinate(y(value))}`
    })
    .join('')
  return d === '' ? '' : element('path', { d, fill: 'none', ...look })
}

function valueLine(kept: readonly ControlPoint[], x: Scale, y: Scale): string {
  const d = brokenLine(kept.map(p => [x(p.at), Number.isFinite(p.value) ? y(p.value) : Number.NaN] as const))
  return element('path', {
    d,
    fill: 'none',
    stroke: colour('series'),
    'stroke-width': 1.5,
    'stroke-linejoin': 'round',
  })
}

/** Where points are dense only the signals are drawn; of thousands one in each small cell, which looks the same. */
function points(all: readonly ControlPoint[], kept: readonly ControlPoint[], x: Scale, y: Scale, plot: Plot): string {
  const dense = isDense(all, plot)
  const seen = new Set<string>()
  return (dense ? all.filter(p => p.out) : kept)
    .map(p => {
      if (!Number.isFinite(p.value)) return ''
      const place = [x(p.at), y(p.value)] as const
      if (dense) {
        const cell = `${Math.round(place[0])} ${Math.round(place[1] / 3)}`
        if (seen.has(cell)) return ''
        seen.add(cell)
      }
      const title = p.note === undefined ? '' : element('title', {}, escapeText(p.note))
      return linked(
        p.href,
        p.out
          ? symbol('diamond', ...place, dense ? 3 : 4, colour('broken'), title)
          : symbol('circle', ...place, 2.25, colour('series'), title),
      )
    })
    .join('')
}

/** Names of rules beside their points, where they touch no other name; none where points are too many to be told apart. */
function signalNames(all: readonly ControlPoint[], x: Scale, y: Scale, plot: Plot): string {
  if (isDense(all, plot)) return ''
  const taken: { left: number; right: number; y: number }[] = []
  return all
    .map(p => {
      if (p.signal === undefined || !Number.isFinite(p.value)) return ''
      const text = truncate(p.signal, labelSize, 220)
      const width = textWidth(text, labelSize) * 1.05
      const at = x(p.at)
      const turned = at + 7 + width > plot.right
      const left = turned ? at - 7 - width : at + 7
      const height = Math.min(plot.bottom - 3, Math.max(plot.top + 10, y(p.value) + 4))
      const touches = taken.some(t => t.left < left + width + 4 && t.right > left - 4 && Math.abs(t.y - height) < 13)
      if (left < plot.left || touches) return ''
      taken.push({ left, right: left + width, y: height })
      // A rim of the page's colour keeps the words legible on the line.
      return element(
        'text',
        {
          x: turned ? at - 7 : at + 7,
          y: height,
          'text-anchor': turned ? 'end' : 'start',
          fill: colour('broken'),
          stroke: colour('surface'),
          'stroke-width': 3,
          'stroke-linejoin': 'round',
          'paint-order': 'stroke',
        },
        escapeText(text),
      )
    })
    .join('')
}

/** Dots nearer than about three radii hide the line. */
function isDense(all: readonly ControlPoint[], plot: Plot): boolean {
  return all.length * 5 > plot.right - plot.left
}

function legendLabels(legend: readonly LegendLine[], y: Scale, plot: Plot): string {
  let last = Number.NEGATIVE_INFINITY
  return legend
    .map(({ value, text }) => {
      const at = Math.max(y(value) + 4, last + 13)
      last = at
      return label(plot.right + 8, Math.min(at, plot.bottom + 10), text, { fill: colour('ok') })
    })
    .join('')
}
