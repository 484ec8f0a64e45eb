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
  const steps: { -readonly [K in keyof ControlLimits]: ControlLimits[K] }[] = []
  for (const [i, { at, ...limits }] of points.entries()) {
    const before = points[i - 1]?.at
    const after = points[i + 1]?.at
    const half = (before === undefined ? (after ?? at + 1) - at : at - before) / 2
    const from = at - half
    const to = after === undefined ? at + half : (at + after) / 2
    const last = steps.at(-1)
    const same =
      last !== undefined &&
      last.centre === limits.centre &&
      last.lower === limits.lower &&
      last.upper === limits.upper &&
      last.sigma === limits.sigma
    if (same) last.to = to
    else steps.push({ from, to, version, ...limits })
  }
  return steps
}
