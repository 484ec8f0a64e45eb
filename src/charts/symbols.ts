/** Small shapes that say without colour what a mark means. */
import type { State } from './options.ts'
import { type Attributes, coordinate, element } from './svg.ts'

export type Shape = 'circle' | 'ring' | 'square' | 'diamond' | 'triangle' | 'cross' | 'tick'

/** The shape of each state: a filled disc is well, a ring is idle, a diamond is out of limits. */
export const stateShape: Readonly<Record<State, Shape>> = {
  ok: 'circle',
  busy: 'square',
  attention: 'triangle',
  broken: 'diamond',
  idle: 'ring',
}

/** A shape of radius r about (x, y). `fill` colours it; the ring and the cross are drawn as lines. */
export function symbol(shape: Shape, x: number, y: number, r: number, fill: string, content = ''): string {
  const line: Attributes = { fill: 'none', stroke: fill, 'stroke-width': Math.max(1.5, r * 0.4) }
  const at = (dx: number, dy: number) => `${coordinate(x + dx * r)} ${coordinate(y + dy * r)}`
  switch (shape) {
    case 'circle':
      return element('circle', { cx: x, cy: y, r, fill }, content)
    case 'ring':
      return element('circle', { cx: x, cy: y, r: r * 0.8, ...line }, content)
    case 'square':
      return element('rect', { x: x - r * 0.85, y: y - r * 0.85, width: r * 1.7, height: r * 1.7, fill }, content)
    case 'diamond':
      return element('path', { d: `M${at(0, -1.25)}L${at(1.25, 0)}L${at(0, 1.25)}L${at(-1.25, 0)}Z`, fill }, content)
    case 'triangle':
      return element('path', { d: `M${at(0, -1.15)}L${at(1.1, 0.85)}L${at(-1.1, 0.85)}Z`, fill }, content)
    case 'cross':
      return element(
        'path',
        { d: `M${at(-0.8, -0.8)}L${at(0.8, 0.8)}M${at(-0.8, 0.8)}L${at(0.8, -0.8)}`, ...line },
        content,
      )
    case 'tick':
      return element('path', { d: `M${at(-0.8, 0.1)}L${at(-0.2, 0.7)}L${at(0.9, -0.7)}`, ...line }, content)
  }
}
