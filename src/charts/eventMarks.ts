/** Vertical lines with labels for what happened: a deployment, a retraining, a fault in the data. */
import { label, labelSize, type Plot } from './frame.ts'
import { colour } from './palette.ts'
import { element, escapeText, linked } from './svg.ts'
import { textWidth, truncate } from './textWidth.ts'

export interface EventMark {
  readonly at: number
  readonly label: string
  /** Longer text, shown on hovering. */
  readonly note?: string
  readonly href?: string
}

const lanes = 2
const laneHeight = 15

/** Room above the plot for the labels. */
export function eventMarksHeight(marks: readonly EventMark[]): number {
  return marks.length === 0 ? 0 : lanes * laneHeight + 4
}

/** Labels go into the first lane where they do not touch another; where none is free, the line alone stays, with its note. */
export function eventMarks(marks: readonly EventMark[], scale: (at: number) => number, plot: Plot): string {
  const ends = Array<number>(lanes).fill(Number.NEGATIVE_INFINITY)
  const top = plot.top - lanes * laneHeight - 4
  return [...marks]
    .sort((a, b) => a.at - b.at)
    .map(mark => {
      const x = scale(mark.at)
      const text = truncate(mark.label, labelSize, 120)
      const width = textWidth(text, labelSize) * 1.08
      const turned = x + 4 + width > plot.right
      const left = turned ? x - 4 - width : x + 4
      const lane = left < 0 ? -1 : ends.findIndex(end => left > end + 6)
      if (lane >= 0) ends[lane] = turned ? x : left + width
      const y = lane < 0 ? plot.top : top + lane * laneHeight
      return linked(
        mark.href,
        element(
          'g',
          {},
          element('title', {}, escapeText(mark.note ?? mark.label)),
          element('line', {
            x1: x,
            x2: x,
            y1: y,
            y2: plot.bottom,
            stroke: colour('muted'),
            'stroke-width': 1,
            'stroke-dasharray': '2 3',
          }),
          lane < 0
            ? ''
            : label(turned ? x - 4 : x + 4, y + 10, text, { anchor: turned ? 'end' : 'start', fill: colour('muted') }),
        ),
      )
    })
    .join('')
}
