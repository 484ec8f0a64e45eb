/**
 * The ring: the six stages of the loop, clockwise, each an arc with its state as colour and shape, its name and one line
 * of what it says; in the middle the state of the whole. A stage at work carries the class `chart-flow`, which a page may
 * animate.
 */
import { arc } from 'd3-shape'
import { label, picture } from './frame.ts'
import type { ChartOptions, State } from './options.ts'
import { colour } from './palette.ts'
import { coordinate, element, escapeText, linked } from './svg.ts'
import { stateShape, symbol } from './symbols.ts'
import { textWidth, truncate } from './textWidth.ts'

export interface RingStage {
  readonly name: string
  readonly state: State
  /** What there is to say, in a few words. */
  readonly line: string
  readonly href?: string
}

export interface RingData {
  /** Clockwise from the top. */
  readonly stages: readonly RingStage[]
  readonly state: State
  readonly headline: string
  readonly line: string
}

const nameSize = 13
const lineSize = 11.5
const labelGap = 14

export function ring(data: RingData, options: ChartOptions): string {
  const { width, height } = options
  const cx = width / 2
  const cy = height / 2
  // Labels stand left and right of the ring, and one above and below.
  const sideRoom = Math.min(150, Math.max(64, width * 0.24))
  const outer = Math.max(24, Math.min(width / 2 - sideRoom, height / 2 - 50))
  const inner = outer - Math.max(9, outer * 0.12)
  const turn = (2 * Math.PI) / Math.max(1, data.stages.length)
  return picture(
    options,
    data.stages.some(s => s.href !== undefined),
    ...data.stages.map((stage, i) => drawStage(stage, i * turn, turn, { cx, cy, outer, inner, width })),
    middle(data, cx, cy, inner),
  )
}

interface Place {
  readonly cx: number
  readonly cy: number
  readonly outer: number
  readonly inner: number
  readonly width: number
}

function drawStage(stage: RingStage, angle: number, turn: number, place: Place): string {
  const { cx, cy, outer, inner, width } = place
  const gap = 7 / outer
  const d = arc<null>()
    .innerRadius(inner)
    .outerRadius(outer)
    .startAngle(angle - turn / 2 + gap)
    .endAngle(angle + turn / 2 - gap)
    .cornerRadius((outer - inner) / 2)
    .digits(2)(null)
  const centreLine = (outer + inner) / 2
  const at = (radius: number, a: number): [number, number] => [cx + radius * Math.sin(a), cy - radius * Math.cos(a)]
  const [signX, signY] = at(centreLine, angle)
  const thickness = outer - inner
  const body = element('path', {
    d: d ?? '',
    transform: `translate(${coordinate(cx)} ${coordinate(cy)})`,
    fill: colour(stage.state),
    'fill-opacity': stage.state === 'idle' ? '0.35' : stage.state === 'ok' ? '0.8' : undefined,
  })
  const flow =
    stage.state === 'busy'
      ? element('path', {
          class: 'chart-flow',
          d: circleArc(cx, cy, centreLine, angle - turn / 2 + 2 * gap, angle + turn / 2 - 2 * gap),
          fill: 'none',
          stroke: colour('surface'),
          'stroke-width': 2,
          'stroke-dasharray': '2 8',
          'stroke-linecap': 'round',
        })
      : ''
  const sign =
    element('circle', { cx: signX, cy: signY, r: thickness * 0.78, fill: colour('surface') }) +
    symbol(stateShape[stage.state], signX, signY, thickness * 0.44, colour(stage.state))
  const [x, y] = at(outer + labelGap + thickness * 0.2, angle)
  return linked(
    stage.href,
    element(
      'g',
      {},
      element('title', {}, escapeText(`${stage.name}: ${stage.line}`)),
      body,
      flow,
      sign,
      stageLabel(stage, angle, x, y, width),
    ),
  )
}

function stageLabel(stage: RingStage, angle: number, x: number, y: number, width: number): string {
  const side = Math.sin(angle)
  const anchor = Math.abs(side) < 0.1 ? 'middle' : side > 0 ? 'start' : 'end'
  const room = anchor === 'middle' ? width - 16 : anchor === 'start' ? width - x - 2 : x - 2
  const up = Math.cos(angle)
  // Above the top: both lines end over the ring; below: they begin under it; at the sides: centred.
  const first = Math.abs(side) < 0.1 ? (up > 0 ? y - 18 : y + 12) : y - 2
  return (
    label(x, first, truncate(stage.name, nameSize, room), { anchor, size: nameSize, weight: '600' }) +
    wrap(stage.line, lineSize, room, Math.abs(side) < 0.1 ? 1 : 2)
      .map((line, i) => label(x, first + 16 + 14 * i, line, { anchor, size: lineSize, fill: colour('muted') }))
      .join('')
  )
}

function middle(data: RingData, cx: number, cy: number, inner: number): string {
  const room = inner * 1.5
  const size = [26, 22, 19, 16].find(s => textWidth(data.headline, s) * 1.16 <= room) ?? 14
  const lines = wrap(data.line, 12, room, 2)
  return (
    symbol(stateShape[data.state], cx, cy - size - 8, 7, colour(data.state)) +
    label(cx, cy + size * 0.35, truncate(data.headline, size, room), { anchor: 'middle', size, weight: '650' }) +
    lines
      .map((line, i) =>
        label(cx, cy + size * 0.35 + 20 + i * 16, line, { anchor: 'middle', size: 12, fill: colour('muted') }),
      )
      .join('')
  )
}

/** Breaks at spaces (or anywhere in text without them) into at most `most` lines. */
function wrap(text: string, size: number, width: number, most: number): string[] {
  const lines: string[] = []
  let rest = text
  while (rest !== '' && lines.length < most) {
    if (lines.length === most - 1 || textWidth(rest, size) <= width) {
      lines.push(truncate(rest, size, width))
      break
    }
    let fit = truncate(rest, size, width).slice(0, -1)
    const space = fit.lastIndexOf(' ')
    if (space > 0 && rest[fit.length] !== ' ') fit = fit.slice(0, space)
    lines.push(fit)
    rest = rest.slice(fit.length).trimStart()
  }
  return lines
}

function circleArc(cx: number, cy: number, r: number, from: number, to: number): string {
  const at = (a: number) => `${coordinate(cx + r * Math.sin(a))} ${coordinate(cy - r * Math.cos(a))}`
  return `M${at(from)}A${coordinate(r)} ${coordinate(r)} 0 0 1 ${at(to)}`
}
