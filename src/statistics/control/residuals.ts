/**
 * Charts for series that resemble their own past. Limits for independent points alarm far too often on them; the residuals
 * of a model of the past are independent again, and a shift shows in them as it happens.
 */
import type { ResidualModel } from './limits.ts'

/** What the model does not explain of the value at position `t`, given the value before it (unused at t = 0). */
export function residualOf(model: ResidualModel, t: number, before: number, value: number): number {
  if (model.kind === 'season') return value - model.levels[t % model.levels.length]!
  // The first point has the spread of the process, which is 1 / sqrt(1 - phi^2) times that of the residuals.
  if (t === 0) return (value - model.mean) * Math.sqrt(1 - model.phi * model.phi)
  return value - model.mean - model.phi * (before - model.mean)
}
