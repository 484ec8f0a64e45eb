/**
 * How much a metric varies from sample to sample, for any metric that is a smooth function of weighted sums: by how much
 * it moves when one row weighs a little more (infinitesimal jackknife, Jaeckel 1972). It serves weights, and blocks of
 * rows that vary together, and costs one pass.
 *
 * `influence` of a row is its derivative times the total weight; weighted over all rows it sums to 0. Of a mean it is
 * value - mean.
 */

export interface Rows {
  readonly weight?: Float64Array | undefined
  /** Number of the block of each row, such as its day; without it every row varies on its own. */
  readonly block?: ArrayLike<number> | undefined
}

export interface Spread {
  /** Sum of the squared contributions c of the units: the variance of the metric but for the factor units / (units - 1). */
  readonly variance: number
  /** sum c^3 / (sum c^2)^(3/2). */
  readonly skew: number
  /** Rows with a weight above 0, or blocks that hold such rows. */
  readonly units: number
}

export function spreadOf(influence: Float64Array, rows: Rows): Spread {
  let square = 0
  let cube = 0
  const contributions = unitContributions(influence, rows)
  for (const c of contributions) {
    square += c * c
    cube += c * c * c
  }
  return { variance: square, skew: square > 0 ? cube / square ** 1.5 : 0, units: contributions.length }
}

/** What each unit (row with weight, or block of such rows) adds to the metric: w influence / W, summed over the block. */
export function unitContributions(influence: Float64Array, { weight, block }: Rows): Float64Array {
  let total = 0
  for (let i = 0; i < influence.length; i++) total += weight ? weight[i]! : 1
  if (!weight && !block) return influence.map(value => value / total)
  const sums = new Map<number, number>()
  for (let i = 0; i < influence.length; i++) {
    const w = weight ? weight[i]! : 1
    if (w === 0) continue
    const unit = block ? block[i]! : i
    sums.set(unit, (sums.get(unit) ?? 0) + (w * influence[i]!) / total)
  }
  return Float64Array.from(sums.values())
}

/** Size of a sample of equal weights that is as sure as the rows that `counts`; the number of blocks where those vary. */
export function effectiveRows(rows: number, counts: (row: number) => boolean, { weight, block }: Rows): number {
  let sum = 0
  let square = 0
  const blocks = new Set<number>()
  for (let i = 0; i < rows; i++) {
    if (!counts(i)) continue
    const w = weight ? weight[i]! : 1
    sum += w
    square += w * w
    if (block && w > 0) blocks.add(block[i]!)
  }
  if (block) return blocks.size
  return square > 0 ? (sum * sum) / square : 0
}

/**
 * Influence of a row in each cell on functions of cell sums, by central differences of a hundred-thousandth of the cell
 * (relative error about 1e-9). Cells without rows get NaN: no row stands there.
 */
export function cellInfluence<Name extends string>(
  cells: Float64Array,
  metrics: (cells: Float64Array) => { readonly [name in Name]: { readonly value?: number | undefined } },
): { readonly [name in Name]: Float64Array } {
  let total = 0
  for (let cell = 0; cell < cells.length; cell++) total += cells[cell]!
  const names = Object.keys(metrics(cells)) as Name[]
  const influence = Object.fromEntries(names.map(name => [name, new Float64Array(cells.length).fill(Number.NaN)])) as {
    [name in Name]: Float64Array
  }
  const moved = cells.slice()
  for (let cell = 0; cell < cells.length; cell++) {
    if (!(cells[cell]! > 0)) continue
    const step = 1e-5 * cells[cell]!
    moved[cell] = cells[cell]! + step
    const more = metrics(moved)
    moved[cell] = cells[cell]! - step
    const less = metrics(moved)
    moved[cell] = cells[cell]!
    for (const name of names) {
      const high = more[name].value
      const low = less[name].value
      if (high !== undefined && low !== undefined) influence[name][cell] = (total * (high - low)) / (2 * step)
    }
  }
  return influence
}
