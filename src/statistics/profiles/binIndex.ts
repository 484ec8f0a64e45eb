/**
 * Bins of many values at once. A binary search over 1,024 edges guesses wrong at every second step, which costs more than
 * all else that is done with a value; a grid of equal cells over the edges, found by one multiplication, leaves a search
 * among the few edges of one cell (bench/drift/speed.ts).
 */

export interface BinIndex {
  readonly edges: Float64Array
  /** Where the grid begins, and cells per unit. */
  readonly low: number
  readonly scale: number
  readonly cells: number
  /** How many edges lie in earlier cells. Cell 0 is what is below the grid, cell `cells` + 1 what is above it. */
  readonly before: Uint32Array
}

const cellsPerEdge = 8

/** Of finite ascending edges, as in NumberBins. */
export function binIndex(edges: readonly number[]): BinIndex {
  const sorted = Float64Array.from(edges)
  // Without the outer hundredths: an outlier would put all other edges into one cell.
  const low = sorted[Math.floor(sorted.length * 0.01)] ?? 0
  const high = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0
  const cells = cellsPerEdge * sorted.length
  const perUnit = cells / (high - low)
  const scale = perUnit > 0 && perUnit < Number.POSITIVE_INFINITY ? perUnit : 1
  const before = new Uint32Array(cells + 3)
  for (const edge of sorted) before[cellOf(edge, low, scale, cells) + 1]!++
  for (let c = 1; c < before.length; c++) before[c]! += before[c - 1]!
  return { edges: sorted, low, scale, cells, before }
}

/** Adds each value to the count of its bin and answers how many were NaN, which has none. */
export function countBins({ edges, low, scale, cells, before }: BinIndex, values: Float64Array, counts: Float64Array) {
  let missing = 0
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!
    if (Number.isNaN(x)) {
      missing++
      continue
    }
    const cell = cellOf(x, low, scale, cells)
    let from = before[cell]!
    let to = before[cell + 1]!
    while (to - from > 4) {
      const middle = (from + to) >> 1
      if (edges[middle]! <= x) from = middle + 1
      else to = middle
    }
    while (from < to && edges[from]! <= x) from++
    counts[from]!++
  }
  return missing
}

/** Never falls where x rises (rounding is monotone too): the edges of all other cells are on their own side of x. */
function cellOf(x: number, low: number, scale: number, cells: number): number {
  const t = (x - low) * scale
  return t >= 0 ? (t < cells ? (t | 0) + 1 : cells + 1) : 0
}
