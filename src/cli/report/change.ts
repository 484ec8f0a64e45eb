/** What has changed in a column, as a person would say it: the one thing that the loudest test found. */
import type { DriftTest } from '../../statistics/drift/report.ts'
import type { Bins } from '../../statistics/profiles/bins.ts'
import { present, type Sketch } from '../../statistics/profiles/sketch.ts'
import { categoryShares, mostChanged } from './categoryShares.ts'
import type { CountedColumn } from './countColumns.ts'

export type Change =
  /** Values lie higher or lower: by how many standard deviations of the reference. */
  | { readonly kind: 'level'; readonly higher: boolean; readonly by: number }
  /** Values lie farther from (above 1) or closer to each other, by this factor. */
  | { readonly kind: 'spread'; readonly factor: number }
  | { readonly kind: 'shape' }
  /** The value whose share has changed most. */
  | { readonly kind: 'share'; readonly value: string; readonly from: number; readonly to: number }
  | { readonly kind: 'missing' | 'outside' | 'unseen'; readonly from: number; readonly to: number }

/** `effect` is that of the test, where it is in standard deviations. */
export function changeOf(test: DriftTest, effect: number, column: CountedColumn): Change {
  switch (test) {
    case 'share missing':
      return { kind: 'missing', from: missingShare(column.reference), to: missingShare(column.current) }
    case 'share outside the range':
    case 'share of unseen categories': {
      const kind = column.bins.kind === 'number' ? 'outside' : 'unseen'
      return { kind, from: outsideShare(column.bins, column.reference), to: outsideShare(column.bins, column.current) }
    }
    case 'chi-square of categories':
    case 'share of two values':
      return shareChange(column)
    case 'Kolmogorov-Smirnov':
    case 'location of ranks':
    case 'median of ranks':
    case 'spread of ranks':
    case 'shape of ranks':
      return valuesChange(effect, column)
  }
}

export function missingShare({ missing, rows }: Sketch): number {
  return rows === 0 ? 0 : missing / rows
}

/** Share of the values that are there which the reference has no bin for. */
export function outsideShare(bins: Bins, sketch: Sketch): number {
  const n = present(sketch)
  if (n === 0) return 0
  const closed = bins.kind === 'number' ? bins.edges.length > 0 : bins.complete
  if (!closed) return 0
  return (sketch.counts.at(-1)! + (bins.kind === 'number' ? sketch.counts[0]! : 0)) / n
}

function shareChange(column: CountedColumn): Change {
  const { named, others } = categoryShares(column) ?? { named: [] }
  const most = mostChanged([...named, ...(others?.unseen ? [others] : [])])
  if (!most) return { kind: 'shape' }
  const { name, reference: from, current: to } = most
  return most === others ? { kind: 'unseen', from, to } : { kind: 'share', value: name, from, to }
}

/** The order of rows tells level from spread: no single value can decide it. */
function valuesChange(effect: number, { reference, current }: CountedColumn): Change {
  const [n, m] = [present(reference), present(current)]
  if (n === 0 || m === 0) return { kind: 'shape' }
  let below = 0
  // Mean rank of a current value among the reference's, in [-1, 1], and its mean distance from the middle.
  let mean = 0
  let away = 0
  let awayReference = 0
  for (const [k, count] of reference.counts.entries()) {
    const rank = (2 * below + count) / n - 1
    mean += (current.counts[k]! / m) * rank
    away += (current.counts[k]! / m) * Math.abs(rank)
    awayReference += (count / n) * Math.abs(rank)
    below += count
  }
  // A level that moves by 0.1 sd moves the mean rank by 0.056; half of that is no shift to speak of.
  if (Math.abs(mean) > Math.max(0.028, Math.abs(away - awayReference)))
    return { kind: 'level', higher: mean > 0, by: effect }
  const factor = spreadOf(current) / spreadOf(reference)
  const clear = Math.abs(away - awayReference) > 0.028 && Number.isFinite(factor) && Math.abs(Math.log(factor)) > 0.05
  return clear ? { kind: 'spread', factor } : { kind: 'shape' }
}

function spreadOf({ moments: { n, m2 } }: Sketch): number {
  return Math.sqrt(m2 / Math.max(1, n - 1))
}
