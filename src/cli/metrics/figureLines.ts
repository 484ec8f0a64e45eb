/** Metrics and their intervals, as JSON and as lines. */
import { say } from '../terminal.ts'
import type { Figures } from './measure.ts'

/** `{metrics, n, intervals}`: a metric that is undefined is null, an interval is `{lower, upper, method}` or `{reason}`. */
export function figuresAsJson({ metrics, n, intervals }: Figures): Record<string, unknown> {
  return {
    metrics: Object.fromEntries(Object.entries(metrics).map(([name, { value }]) => [name, value ?? null])),
    n,
    intervals,
  }
}

export const figureHeadings = ['metric', 'value', 'lower', 'upper', 'interval by']

/** A row for each metric; where there is no interval, why not. */
export function figureCells({ metrics, intervals }: Figures): unknown[][] {
  return Object.entries(metrics).map(([name, { value }]) => {
    const bounds = intervals[name]
    return [name, value, bounds?.lower, bounds?.upper, bounds?.method ?? bounds?.reason]
  })
}

/** Says on stderr which metrics are undefined, and why. */
export function sayUndefined({ metrics }: Figures, of = ''): void {
  for (const [name, { value, reason }] of Object.entries(metrics)) {
    if (value === undefined) say(`note: ${name}${of} is undefined: ${reason}`)
  }
}
