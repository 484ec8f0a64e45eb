/**
 * Columns cut into at most 255 value bins and one bin for missing values, the form in which trees are grown.
 * Bin 0 is missing; a value x is in bin 1 + (number of edges below x), so `x <= edge` is `bin <= index of the edge + 1`.
 * Edges are float32 like the columns: a served model compares the same two numbers as the trainer.
 */
import type { Random } from '../numeric/random.ts'

/** Gives zeroed memory, shared between threads where that is wanted. */
export type Allocate = (bytes: number) => ArrayBuffer | SharedArrayBuffer

export interface BinnedColumns {
  readonly rows: number
  /** Lane -> column. Constant columns have no lane. */
  readonly column: Int32Array
  /** Upper edges of the value bins of each lane, ascending; there is one value bin more than edges. */
  readonly edges: readonly Float32Array[]
  /** 1 where the lane has missing values in these rows. */
  readonly missing: Uint8Array
  /** Four lanes in one word: lane l of row r is byte l % 4 of packed[l >> 2][r]. */
  readonly packed: readonly Uint32Array[]
}

const sampleRows = 200_000

/** Bins all columns; edges come from a random sample of at most 200,000 rows. */
export function binColumns(
  columns: readonly Float32Array[],
  rows: number,
  maxBins: number,
  random: Random,
  bytes: Allocate,
): BinnedColumns {
  if (!Number.isInteger(maxBins) || maxBins < 2 || maxBins > 255) {
    throw new RangeError(`binColumns: maxBins is ${maxBins}, must be an integer in [2, 255]`)
  }
  const sample = rows > sampleRows ? sampleOf(rows, sampleRows, random) : undefined
  const column: number[] = []
  const edges: Float32Array[] = []
  const missing: number[] = []
  const packed: Uint32Array[] = []
  for (let c = 0; c < columns.length; c++) {
    const values = columns[c]!
    const cut = binEdges(values, maxBins, sample)
    const hasMissing = values.some(Number.isNaN)
    if (cut.length === 0 && !(hasMissing && !values.every(Number.isNaN))) continue
    const lane = column.push(c) - 1
    if (lane % 4 === 0) packed.push(new Uint32Array(bytes(4 * rows)))
    assignBins(values, cut, packed[lane >> 2]!, (lane & 3) * 8)
    edges.push(cut)
    missing.push(hasMissing ? 1 : 0)
  }
  return { rows, column: Int32Array.from(column), edges, missing: Uint8Array.from(missing), packed }
}

/**
 * Edges between bins: midpoints of neighbouring values where there are at most `maxBins` different values, else bins
 * of nearly equal row counts in which a value with more than its share of rows is alone. An edge e between a < b is a
 * float32 with a <= e < b.
 */
export function binEdges(values: Float32Array, maxBins: number, sample?: Int32Array): Float32Array {
  const { distinct, counts } = tally(values, sample)
  if (distinct.length <= maxBins) {
    const edges = new Float32Array(Math.max(0, distinct.length - 1))
    for (let i = 0; i < edges.length; i++) edges[i] = edgeBetween(distinct[i]!, distinct[i + 1]!)
    return edges
  }
  let restRows = 0
  let restBins = maxBins
  const rows = counts.reduce((sum, count) => sum + count, 0)
  const share = rows / maxBins
  for (const count of counts) {
    if (count >= share) restBins--
    else restRows += count
  }
  let wanted = restRows / restBins
  const edges: number[] = []
  let inBin = 0
  for (let i = 0; i + 1 < distinct.length && edges.length < maxBins - 1; i++) {
    const alone = counts[i]! >= share
    inBin += counts[i]!
    if (!alone) restRows -= counts[i]!
    if (alone || inBin >= wanted || (counts[i + 1]! >= share && inBin >= wanted / 2)) {
      edges.push(edgeBetween(distinct[i]!, distinct[i + 1]!))
      inBin = 0
      if (!alone) wanted = restRows / Math.max(1, --restBins)
    }
  }
  return Float32Array.from(edges)
}

/** The bin of every row, into the byte at `shift` of `packed`. */
export function assignBins(values: Float32Array, edges: Float32Array, packed: Uint32Array, shift: number): void {
  const count = edges.length
  // A grid over the range of the edges leaves few edges to search for each value. Both an edge and a value find their
  // cell by the same monotone arithmetic, so edges of lower cells are certainly below the value.
  const low = count > 0 ? edges[0]! : 0
  const range = count > 0 ? edges[count - 1]! - low : 0
  const cells = Number.isFinite(range) && range > 0 ? 1024 : 1
  const scale = cells > 1 ? (cells - 1) / range : 0
  const first = new Int32Array(cells + 1).fill(count)
  for (let e = count - 1; e >= 0; e--) first[cells > 1 ? Math.floor((edges[e]! - low) * scale) : 0] = e
  for (let c = cells - 1; c >= 0; c--) if (first[c]! > first[c + 1]!) first[c] = first[c + 1]!
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!
    if (Number.isNaN(x)) continue
    const at = (x - low) * scale
    const cell = at >= cells - 1 ? cells - 1 : at > 0 ? Math.floor(at) : 0
    let from = first[cell]!
    let to = first[cell + 1]!
    while (from < to) {
      const middle = (from + to) >> 1
      if (x > edges[middle]!) from = middle + 1
      else to = middle
    }
    packed[i]! |= (from + 1) << shift
  }
}

/** The float32 nearest to the middle of a < b that is at least a and below b. */
function edgeBetween(a: number, b: number): number {
  const middle = Math.fround(a / 2 + b / 2)
  return middle >= a && middle < b ? middle : a
}

/** Different values in ascending order and their counts, missing values left out. */
function tally(values: Float32Array, sample: Int32Array | undefined): { distinct: Float32Array; counts: Int32Array } {
  const kept = new Float32Array(sample?.length ?? values.length)
  let n = 0
  for (let i = 0; i < kept.length; i++) {
    const x = values[sample ? sample[i]! : i]!
    if (!Number.isNaN(x)) kept[n++] = x + 0 // -0 becomes 0
  }
  const sorted = kept.subarray(0, n).sort()
  const distinct = new Float32Array(n)
  const counts = new Int32Array(n)
  let d = -1
  for (let i = 0; i < n; i++) {
    if (d < 0 || sorted[i] !== distinct[d]) distinct[++d] = sorted[i]!
    counts[d]! += 1
  }
  return { distinct: distinct.subarray(0, d + 1), counts: counts.subarray(0, d + 1) }
}

/** `size` different row numbers out of `rows`, ascending (Knuth, TAOCP 2, algorithm 3.4.2 S). */
function sampleOf(rows: number, size: number, random: Random): Int32Array {
  const out = new Int32Array(size)
  let taken = 0
  for (let i = 0; taken < size; i++) if ((rows - i) * random.next() < size - taken) out[taken++] = i
  return out
}
