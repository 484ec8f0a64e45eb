/**
 * Reference and current distribution of one column, overlaid on one axis as shares per bin, the reference with an
 * interval of what is expected by chance where it is given.
 */
import {
  emptyPicture,
  label,
  labelSize,
  linear,
  type Plot,
  picture,
  valueAxis,
  valueAxisWidth,
  valueTicks,
} from './frame.ts'
import type { ChartOptions } from './options.ts'
import { colour } from './palette.ts'
import { coordinate, element } from './svg.ts'
import { textWidth, truncate } from './textWidth.ts'

export interface DistributionsData {
  /** For numbers the edges of the bins (one more than there are bins), for text the names of the bins. */
  readonly bins: { readonly edges: readonly number[] } | { readonly names: readonly string[] }
  /** Shares per bin. */
  readonly reference: readonly number[]
  readonly current: readonly number[]
  readonly lower?: readonly number[]
  readonly upper?: readonly number[]
}

export interface DistributionsOptions extends ChartOptions {
  readonly labels: { readonly reference: string; readonly current: string }
}

export function distributions(data: DistributionsData, options: DistributionsOptions): string {
  const count = binsOf(data, 'distributions')
  const top = Math.max(...data.reference, ...data.current, ...(data.upper ?? []), 0)
  if (count < 1 || !(top > 0)) return emptyPicture(options)
  const domain: [number, number] = [0, top * 1.05]
  const format = { style: 'percent' } as const
  const plot: Plot = {
    left: valueAxisWidth(domain, options.height - 52, options.locale, format),
    right: options.width - 12,
    top: 26,
    bottom: options.height - 26,
  }
  const y = linear(domain, [plot.bottom, plot.top])
  const edges = binEdges(data, plot)
  return picture(
    options,
    false,
    valueAxis(y, domain, plot, options.locale, format),
    interval(data, edges, y),
    steps(data.reference, edges, y, plot, { ...referenceLook, 'stroke-width': 1.75, 'stroke-dasharray': '5 3' }),
    steps(data.current, edges, y, plot, { ...currentLook, 'stroke-width': 1.75 }),
    binLabels(data, edges, plot, options),
    legend(plot, options),
  )
}

/** The same two outlines the size of a word, without axes: the shape, for tables. */
export function smallDistributions(data: DistributionsData, options: ChartOptions): string {
  const count = binsOf(data, 'smallDistributions')
  const top = Math.max(...data.reference, ...data.current, 0)
  if (count < 1 || !(top > 0)) return picture(options, false)
  const plot: Plot = { left: 1, right: options.width - 1, top: 3, bottom: options.height - 1 }
  const y = linear([0, top], [plot.bottom, plot.top])
  const edges = binEdges(data, plot)
  return picture(
    options,
    false,
    steps(data.reference, edges, y, plot, referenceLook),
    steps(data.current, edges, y, plot, currentLook),
  )
}

const referenceLook = { fill: 'none', stroke: colour('reference'), 'stroke-width': 1.25, 'stroke-dasharray': '3 2' }
const currentLook = { fill: colour('series'), 'fill-opacity': '0.14', stroke: colour('series'), 'stroke-width': 1.25 }

function binsOf(data: DistributionsData, caller: string): number {
  const count = 'edges' in data.bins ? data.bins.edges.length - 1 : data.bins.names.length
  if (data.reference.length !== count || data.current.length !== count) {
    throw new RangeError(
      `${caller}: ${data.reference.length} and ${data.current.length} shares for ${Math.max(0, count)} bins`,
    )
  }
  return count
}

/** Equal widths for names; for numbers to scale, where the outermost edges may be infinite. */
function binEdges(data: DistributionsData, plot: Plot): number[] {
  if ('names' in data.bins) {
    const n = data.bins.names.length
    return Array.from({ length: n + 1 }, (_, i) => plot.left + ((plot.right - plot.left) * i) / n)
  }
  const { edges } = data.bins
  const finite = edges.filter(Number.isFinite)
  const span = finite.length > 1 ? finite.at(-1)! - finite[0]! : 1
  const open = span * 0.06
  const places = edges.map(e =>
    e === Number.NEGATIVE_INFINITY
      ? (finite[0] ?? 0) - open
      : e === Number.POSITIVE_INFINITY
        ? (finite.at(-1) ?? 0) + open
        : e,
  )
  return places.map(linear([places[0]!, places.at(-1)!], [plot.left, plot.right]))
}

function steps(
  shares: readonly number[],
  edges: readonly number[],
  y: (v: number) => number,
  plot: Plot,
  look: Record<string, string | number>,
): string {
  let d = `M${tenth(edges[0]!)} ${tenth(plot.bottom)}`
  for (const [i, share] of shares.entries()) {
    d += `V${tenth(y(Number.isFinite(share) ? share : 0))}H${tenth(edges[i + 1]!)}`
  }
  return element('path', { d: `${d}V${tenth(plot.bottom)}`, ...look })
}

/** A tenth of a pixel is seen by nobody, and a report holds a hundred of these. */
function tenth(x: number): string {
  return coordinate(Math.round(x * 10) / 10)
}

function interval(data: DistributionsData, edges: readonly number[], y: (v: number) => number): string {
  if (data.lower === undefined || data.upper === undefined) return ''
  return data.reference
    .map((_, i) => {
      const top = y(data.upper![i]!)
      return element('rect', {
        x: edges[i]!,
        y: top,
        width: edges[i + 1]! - edges[i]!,
        height: Math.max(0, y(data.lower![i]!) - top),
        fill: colour('reference'),
        'fill-opacity': '0.22',
      })
    })
    .join('')
}

function binLabels(
  data: DistributionsData,
  edges: readonly number[],
  plot: Plot,
  options: DistributionsOptions,
): string {
  const base = element('line', {
    x1: plot.left,
    x2: plot.right,
    y1: plot.bottom,
    y2: plot.bottom,
    stroke: colour('muted'),
  })
  const look = { anchor: 'middle', fill: colour('muted') } as const
  if ('names' in data.bins) {
    const room = (plot.right - plot.left) / data.bins.names.length
    return (
      base +
      data.bins.names
        .map((name, i) =>
          room < 14
            ? ''
            : label((edges[i]! + edges[i + 1]!) / 2, plot.bottom + 16, truncate(name, labelSize, room - 2), look),
        )
        .join('')
    )
  }
  const finite = data.bins.edges.filter(Number.isFinite)
  if (finite.length < 2) return base
  const range: [number, number] = [finite[0]!, finite.at(-1)!]
  const x = linear(range, [edges[data.bins.edges.indexOf(range[0])]!, edges[data.bins.edges.lastIndexOf(range[1])]!])
  return (
    base +
    valueTicks(range, (plot.right - plot.left) / 1.6, options.locale)
      .map(t => label(x(t.value), plot.bottom + 16, t.label, look))
      .join('')
  )
}

function legend(plot: Plot, options: DistributionsOptions): string {
  const { reference, current } = options.labels
  const second = plot.left + 26 + textWidth(reference, labelSize) * 1.08 + 18
  return (
    element('line', {
      x1: plot.left,
      x2: plot.left + 20,
      y1: 12,
      y2: 12,
      stroke: colour('reference'),
      'stroke-width': 1.75,
      'stroke-dasharray': '5 3',
    }) +
    label(plot.left + 26, 16, reference, { fill: colour('muted') }) +
    element('line', { x1: second, x2: second + 20, y1: 12, y2: 12, stroke: colour('series'), 'stroke-width': 1.75 }) +
    label(second + 26, 16, current, { fill: colour('muted') })
  )
}
