/** Two samples of numbers counted over one axis of round edges, for a picture. */
import { ticks } from 'd3-array'

export interface SharedHistogram {
  /** One more than there are shares; the outermost may be infinite. */
  readonly edges: readonly number[]
  readonly reference: readonly number[]
  readonly current: readonly number[]
}

/**
 * The axis spans the middle 99 % of both samples; what lies beyond is in the open bins at its ends. Bins are shares of the
 * values that are there. undefined where neither sample has a finite value.
 */
export function sharedHistogram(
  reference: Float64Array,
  current: Float64Array,
  { bins = 28 }: { readonly bins?: number } = {},
): SharedHistogram | undefined {
  const a = reference.filter(Number.isFinite).sort()
  const b = current.filter(Number.isFinite).sort()
  const low = Math.min(...ends(a, 0.005))
  const high = Math.max(...ends(a, 0.995), ...ends(b, 0.995))
  const from = Math.min(low, ...ends(b, 0.005))
  if (!(from <= high)) return undefined
  const whole = [a, b].every(values => values.every(x => Number.isInteger(x) && Math.abs(x) < 2 ** 50))
  const inner = whole ? wholeEdges(from, high, bins) : roundEdges(from, high, bins)
  const edges = [
    ...(Math.min(a[0] ?? from, b[0] ?? from) < inner[0]! ? [Number.NEGATIVE_INFINITY] : []),
    ...inner,
    ...(Math.max(a.at(-1) ?? high, b.at(-1) ?? high) >= inner.at(-1)! ? [Number.POSITIVE_INFINITY] : []),
  ]
  return { edges, reference: shares(a, edges), current: shares(b, edges) }
}

function ends(sorted: Float64Array, p: number): number[] {
  return sorted.length === 0 ? [] : [sorted[Math.round(p * (sorted.length - 1))]!]
}

/** Round edges that begin at or below `from` and end above `to`. */
function roundEdges(from: number, to: number, bins: number): number[] {
  if (from === to) return [from - Math.max(0.5, Math.abs(from) / 10), from + Math.max(0.5, Math.abs(from) / 10)]
  const round = ticks(from, to, bins)
  const [first, second] = [round[0], round[1]]
  if (first === undefined || second === undefined) return [from, to]
  const step = second - first
  return [...(first > from ? [first - step] : []), ...round, ...(round.at(-1)! <= to ? [round.at(-1)! + step] : [])]
}

/** As many whole numbers in each bin: other steps would draw combs. */
function wholeEdges(from: number, to: number, bins: number): number[] {
  const step = Math.ceil((to - from + 1) / bins)
  const count = Math.ceil((to - from + 1) / step)
  return Array.from({ length: count + 1 }, (_, i) => from - 0.5 + i * step)
}

function shares(sorted: Float64Array, edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length - 1).fill(0)
  let bin = 0
  for (const x of sorted) {
    while (bin < counts.length - 1 && x >= edges[bin + 1]!) bin++
    counts[bin]!++
  }
  return counts.map(count => (sorted.length === 0 ? 0 : count / sorted.length))
}
