/** A version's own answers in the log, whichever route they came by: live, canary or shadow. */
import type { PredictionWindow } from '../base/ports.ts'

/** One output per row of the window, NaN where the version was not asked. */
export function answersOf(window: PredictionWindow, semver: string): Float64Array {
  const beside = window.shadows.get(semver)
  return window.outputs.map((output, row) => (window.version[row] === semver ? output : (beside?.[row] ?? Number.NaN)))
}

/** All versions that answered anything in the window. */
export function versionsIn(window: PredictionWindow): string[] {
  return [...new Set([...window.version, ...window.shadows.keys()])].sort()
}

/** Labels and answers of the rows whose outcome is known and that the version answered, with their places. */
export function labelled(
  window: PredictionWindow,
  answers: Float64Array,
): { readonly rows: Int32Array; readonly labels: Float64Array; readonly outputs: Float64Array } {
  const rows: number[] = []
  for (let row = 0; row < window.rows; row++) {
    if (!Number.isNaN(window.outcomes[row]!) && !Number.isNaN(answers[row]!)) rows.push(row)
  }
  return {
    rows: Int32Array.from(rows),
    labels: Float64Array.from(rows, row => window.outcomes[row]!),
    outputs: Float64Array.from(rows, row => answers[row]!),
  }
}

/** Share of the rows whose outcome is known or void; 1 without rows. */
export function coverageOf({ rows, outcomes, voids }: PredictionWindow): number {
  let settled = 0
  for (let row = 0; row < rows; row++) if (voids[row] === 1 || !Number.isNaN(outcomes[row]!)) settled++
  return rows === 0 ? 1 : settled / rows
}
