/** Limits point by point, joined into the steps that a chart draws. */
import type { ControlLimits } from './controlChart.ts'

export interface PointLimits {
  readonly at: number
  readonly centre: number
  readonly lower?: number
  readonly upper?: number
  readonly sigma?: number
}

/** Each step reaches half way to the points before and after; equal neighbours are one step. */
export function limitSteps(points: readonly PointLimits[], version = 1): ControlLimits[] {
  const steps: ControlLimits[] = []
  let first = 0
  const edge = (i: number) => {
    // Before the first point and after the last as far as on their other side.
    const before = points[i - 1]
    const after = points[i]
    if (before && after) return (before.at + after.at) / 2
    if (after) return after.at - ((points[i + 1]?.at ?? after.at + 1) - after.at) / 2
    return before!.at + (before!.at - (points[i - 2]?.at ?? before!.at - 1)) / 2
  }
  for (let i = 1; i <= points.length; i++) {
    const begun = points[first]!
    const next = points[i]
    if (
      next &&
      next.centre === begun.centre &&
      next.lower === begun.lower &&
      next.upper === begun.upper &&
      next.sigma === begun.sigma
    )
      continue
    const { at: _, ...limits } = begun
    steps.push({ from: edge(first), to: edge(i), version, ...limits })
    first = i
  }
  return steps
}
