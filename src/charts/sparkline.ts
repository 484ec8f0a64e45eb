/** A line the size of a word: the shape of the last values, the newest as a dot, values out of limits as diamonds. */
import { decimate } from './decimate.ts'
import { linear, paddedDomain, picture } from './frame.ts'
import type { ChartOptions } from './options.ts'
import { colour } from './palette.ts'
import { brokenLine } from './path.ts'
import { element } from './svg.ts'
import { symbol } from './symbols.ts'

export interface SparklineData {
  /** In order; NaN is a gap. */
  readonly values: readonly number[]
  readonly out?: readonly boolean[]
  readonly lower?: number
  readonly upper?: number
}

export function sparkline(data: SparklineData, options: ChartOptions): string {
  const domain = paddedDomain(data.values, 0.02)
  if (domain === undefined) return picture(options, false)
  const x = linear([0, Math.max(1, data.values.length - 1)], [4, options.width - 5])
  const y = linear(domain, [options.height - 4, 4])
  const places = data.values.map((v, i) => [x(i), Number.isFinite(v) ? y(v) : Number.NaN] as const)
  const kept = decimate(Float64Array.from(places.keys()), Float64Array.from(data.values), options.width)
  const limit = (value: number | undefined) =>
    value === undefined || value < domain[0] || value > domain[1]
      ? ''
      : element('line', {
          x1: 4,
          x2: options.width - 5,
          y1: y(value),
          y2: y(value),
          stroke: colour('ok'),
          'stroke-width': 1,
          'stroke-dasharray': '3 2',
        })
  const newest = data.values.findLastIndex(v => Number.isFinite(v))
  return picture(
    options,
    false,
    limit(data.upper),
    limit(data.lower),
    element('path', {
      d: brokenLine(Array.from(kept, i => places[i]!)),
      fill: 'none',
      stroke: colour('series'),
      'stroke-width': 1.25,
      'stroke-linejoin': 'round',
    }),
    ...places.map(([px, py], i) =>
      data.out?.[i] && !Number.isNaN(py) ? symbol('diamond', px, py, 2.4, colour('broken')) : '',
    ),
    newest < 0 || data.out?.[newest] ? '' : symbol('circle', ...places[newest]!, 2.4, colour('series')),
  )
}
