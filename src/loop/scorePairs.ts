/**
 * Outcomes and answers of a window of any size, for the area under its ROC curve: kept as they are while they are few,
 * counted in fixed bins of the probability when they are many, so that memory does not grow with traffic.
 */
import { rocAuc } from '../statistics/metrics/ranking.ts'

export interface ScorePairs {
  /** Labels 0 and 1, outputs in [0, 1]. */
  add(label: number, output: number): void
  /** Exact up to `keptPairs` rows; beyond them two answers within 1/65,536 of each other count as equal. */
  auc(): number | undefined
}

const keptPairs = 100_000
const bins = 65_536

export function scorePairs(): ScorePairs {
  let labels = new Float64Array(1024)
  let outputs = new Float64Array(1024)
  let n = 0
  let counted: { readonly positive: Float64Array; readonly negative: Float64Array } | undefined

  function count(label: number, output: number): void {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor(output * bins)))
    counted![label === 1 ? 'positive' : 'negative'][bin]! += 1
  }

  return {
    add(label, output) {
      if (counted) return count(label, output)
      if (n === keptPairs) {
        counted = { positive: new Float64Array(bins), negative: new Float64Array(bins) }
        for (let i = 0; i < n; i++) count(labels[i]!, outputs[i]!)
        return count(label, output)
      }
      if (n === labels.length) {
        labels = grown(labels)
        outputs = grown(outputs)
      }
      labels[n] = label
      outputs[n] = output
      n++
    },
    auc: () =>
      counted
        ? binnedAuc(counted.positive, counted.negative)
        : rocAuc(labels.subarray(0, n), outputs.subarray(0, n)).value,
  }
}

/** Share of pairs of a positive and a negative that are in the right order, equal bins counting half. */
function binnedAuc(positive: Float64Array, negative: Float64Array): number | undefined {
  let below = 0
  let won = 0
  let positives = 0
  for (let k = 0; k < positive.length; k++) {
    won += positive[k]! * (below + negative[k]! / 2)
    below += negative[k]!
    positives += positive[k]!
  }
  return positives === 0 || below === 0 ? undefined : won / (positives * below)
}

function grown(values: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * values.length)
  larger.set(values)
  return larger
}
