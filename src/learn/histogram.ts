/**
 * Histograms of gradients: for each lane and bin the sum of (gradient, hessian) over the rows of a leaf, interleaved
 * in one Float64Array. A lane with b bins takes 2 b numbers.
 */
import type { BinnedColumns } from './bins.ts'

/** Where each lane starts in a histogram; the last entry is the size of the whole. */
export function histogramOffsets(binned: BinnedColumns): Int32Array {
  const offsets = new Int32Array(binned.edges.length + 1)
  for (let lane = 0; lane < binned.edges.length; lane++) {
    offsets[lane + 1] = offsets[lane]! + 2 * (binned.edges[lane]!.length + 2)
  }
  return offsets
}

/**
 * Fills the histogram that starts at `base` of `pool` for the lanes in [from, to) where `wanted` is 1, from
 * rows[start .. end), whose (gradient, hessian) pairs lie in that order in `ordered`. `from` is a multiple of 4.
 */
export function buildHistogram(
  pool: Float64Array,
  base: number,
  offsets: Int32Array,
  wanted: Uint8Array,
  packed: readonly Uint32Array[],
  rows: Int32Array,
  start: number,
  end: number,
  ordered: Float64Array,
  from: number,
  to: number,
): void {
  pool.fill(0, base + offsets[from]!, base + offsets[to]!)
  for (let lane = from; lane < to; lane += 4) {
    const words = packed[lane >> 2]!
    const present = [lane, lane + 1, lane + 2, lane + 3].filter(l => l < to && wanted[l] === 1)
    const at = (k: number) => base + offsets[present[k]!]!
    const shift = (k: number) => (present[k]! & 3) * 8
    if (present.length === 4) {
      addFourLanes(pool, at(0), at(1), at(2), at(3), words, rows, start, end, ordered)
      continue
    }
    // A pass over the rows costs more than a lane in it, so lanes go in pairs where they can.
    if (present.length > 1) addTwoLanes(pool, at(0), shift(0), at(1), shift(1), words, rows, start, end, ordered)
    const last = present.length - 1
    if (present.length % 2 === 1) addOneLane(pool, at(last), words, shift(last), rows, start, end, ordered)
  }
}

/** larger = parent - smaller for the numbers in [from, to) of both histograms, in place of the parent. */
export function subtractHistogram(pool: Float64Array, parent: number, smaller: number, from: number, to: number): void {
  for (let i = from; i < to; i++) pool[parent + i]! -= pool[smaller + i]!
}

function addFourLanes(
  pool: Float64Array,
  a: number,
  b: number,
  c: number,
  d: number,
  words: Uint32Array,
  rows: Int32Array,
  start: number,
  end: number,
  ordered: Float64Array,
): void {
  for (let i = start, k = 0; i < end; i++, k += 2) {
    const word = words[rows[i]!]!
    const gradient = ordered[k]!
    const hessian = ordered[k + 1]!
    const i0 = a + ((word & 255) << 1)
    const i1 = b + ((word >>> 7) & 510)
    const i2 = c + ((word >>> 15) & 510)
    const i3 = d + ((word >>> 23) & 510)
    pool[i0]! += gradient
    pool[i0 + 1]! += hessian
    pool[i1]! += gradient
    pool[i1 + 1]! += hessian
    pool[i2]! += gradient
    pool[i2 + 1]! += hessian
    pool[i3]! += gradient
    pool[i3 + 1]! += hessian
  }
}

function addTwoLanes(
  pool: Float64Array,
  a: number,
  shiftA: number,
  b: number,
  shiftB: number,
  words: Uint32Array,
  rows: Int32Array,
  start: number,
  end: number,
  ordered: Float64Array,
): void {
  for (let i = start, k = 0; i < end; i++, k += 2) {
    const word = words[rows[i]!]!
    const gradient = ordered[k]!
    const hessian = ordered[k + 1]!
    const i0 = a + (((word >>> shiftA) & 255) << 1)
    const i1 = b + (((word >>> shiftB) & 255) << 1)
    pool[i0]! += gradient
    pool[i0 + 1]! += hessian
    pool[i1]! += gradient
    pool[i1 + 1]! += hessian
  }
}

function addOneLane(
  pool: Float64Array,
  a: number,
  words: Uint32Array,
  shift: number,
  rows: Int32Array,
  start: number,
  end: number,
  ordered: Float64Array,
): void {
  for (let i = start, k = 0; i < end; i++, k += 2) {
    const at = a + (((words[rows[i]!]! >>> shift) & 255) << 1)
    pool[at]! += ordered[k]!
    pool[at + 1]! += ordered[k + 1]!
  }
}
