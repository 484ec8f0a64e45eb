/** Why a monitor is out: what moved the predictions, and which segments cost the loss, against the version's reference. */
import { numbers, type Table, take } from '../base/table.ts'
import { mean, rowLosses } from '../loop/dayStatistics.ts'
import type { Cause } from '../loop/records.ts'
import { type Reference, segmentLosses } from '../loop/reference.ts'

/** Shapley values of rows by a version, one number column per feature. */
export type Explain = (
  project: string,
  model: string,
  semver: string,
  rows: Table,
) => Promise<{ readonly values: Table }>

const shownFeatures = 12
const shownSegments = 12

/** Change of the mean contribution of each feature, the largest first. */
export function movedFeatures(reference: Reference, contributions: Table): Cause['movedFeatures'] {
  const usual = reference.contributions
  if (!usual || contributions.rows === 0) return []
  return contributions.columns
    .flatMap(({ name }) => {
      const before = usual[name]
      return before === undefined ? [] : [{ feature: name, change: mean(numbers(contributions, name)) - before }]
    })
    .sort((a, b) => Math.abs(b.change) - Math.abs(a.change))
    .slice(0, shownFeatures)
}

/**
 * What each category adds to the change of the mean loss, with p its share and L its loss, before and after:
 *   (p + p') / 2 (L' - L) + (p' - p) ((L + L') / 2 - M),   M the mean loss over both times
 */
export function costlySegments(
  reference: Reference,
  features: Table,
  rows: Int32Array,
  labels: Float64Array,
  outputs: Float64Array,
): Cause['segments'] {
  if (rows.length === 0) return []
  const losses = rowLosses(reference.task === 'binary' ? 'log_loss' : 'squared_error', labels, outputs)
  const middle = (reference.loss + mean(losses)) / 2
  return segmentLosses(take(features, rows), losses)
    .flatMap(segment => {
      const { column, value } = segment
      const before = reference.segments.find(other => other.column === column && other.value === value)
      if (!before) return []
      const share = before.rows / reference.rows
      const shareNow = segment.rows / rows.length
      const contribution =
        ((share + shareNow) / 2) * (segment.loss - before.loss) +
        (shareNow - share) * ((segment.loss + before.loss) / 2 - middle)
      return [{ column, value, rows: segment.rows, contribution, loss: segment.loss, referenceLoss: before.loss }]
    })
    .sort((a, b) => b.contribution - a.contribution)
    .slice(0, shownSegments)
}
