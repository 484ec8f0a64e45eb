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

/** What the units that vary (rows with weight, or blocks of such rows) add to a metric; each sums what its rows add. */
export interface Contributions {
  /** Their squares sum to the variance of the metric, but for the factor units / (units - 1). */
  readonly values: Float64Array
  readonly units: number
}

/** w influence / W of each row, summed over the block. */
export function rowContributions(influence: Float64Array, { weight, block }: Rows): Contributions {
  const n = influence.length
  let total = 0
  for (let i = 0; i < n; i++) total += weight ? weight[i]! : 1
  if (block) {
    const sums = new Map<number, number>()
    for (let i = 0; i < n; i++) {
      const w = weight ? weight[i]! : 1
      if (w > 0) sums.set(block[i]!, (sums.get(block[i]!) ?? 0) + (w * influence[i]!) / total)
    }
    return { values: Float64Array.from(sums.values()), units: sums.size }
  }
  const values = new Float64Array(n)
  let units = 0
  for (let i = 0; i < n; i++) {
    const w = weight ? weight[i]! : 1
    if (w === 0) continue
    values[i] = (w * influence[i]!) / total
    units++
  }
  return { values, units }
}

/**
 * The same where the influence depends on the cell of the row alone. Rows of a cell are taken together, which leaves the
 * sum of squares (and products of two metrics) as it is.
 */
export function cellContributions(influence: Float64Array, cellOf: ArrayLike<number>, rows: Rows): Contributions {
  const { weight, block } = rows
  const n = cellOf.length
  if (block) {
    const each = new Float64Array(n)
    for (let i = 0; i < n; i++) each[i] = influence[cellOf[i]!]!
    return rowContributions(each, rows)
  }
  const squares = new Float64Array(influence.length)
  let total = 0
  let units = 0
  for (let i = 0; i < n; i++) {
    const w = weight ? weight[i]! : 1
    total += w
    squares[cellOf[i]!]! += w * w
    if (w > 0) units++
  }
  return {
    values: influence.map((value, cell) => (squares[cell]! > 0 ? (value * Math.sqrt(squares[cell]!)) / total : 0)),
    units,
  }
}

/** values - mean: the influence of rows on their mean. In place. */
export function centred(values: Float64Array, mean: number): Float64Array {
  for (let i = 0; i < values.length; i++) values[i]! -= mean
  return values
}

export function sumOfSquares(values: Float64Array): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!
  return sum
}

/** sum c^3 / (sum c^2)^(3/2). */
export function skewOf(values: Float64Array): number {
  let cube = 0
  for (let i = 0; i < values.length; i++) cube += values[i]! ** 3
  const square = sumOfSquares(values)
  return square > 0 ? cube / square ** 1.5 : 0
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
