/** Tables of numbers as columns of equal length, and their means and covariances. */
export type Columns = readonly Float64Array[]

/** The number of rows of columns that have equally many; `width` is the number of columns that is wanted. */
export function shapeOf(name: string, columns: Columns, width = columns.length): number {
  if (columns.length === 0) throw new RangeError(`${name}: no columns`)
  if (columns.length !== width) {
    throw new RangeError(`${name}: ${columns.length} columns, the reference has ${width}`)
  }
  const rows = columns[0]!.length
  for (const [j, column] of columns.entries()) {
    if (column.length !== rows) throw new RangeError(`${name}: column ${j} has ${column.length} rows, column 0 ${rows}`)
  }
  return rows
}

/** The same, where every value must be finite: there is no distance to a missing value. */
export function rowsOf(name: string, columns: Columns, width?: number): number {
  const rows = shapeOf(name, columns, width)
  for (const [j, column] of columns.entries()) {
    for (let i = 0; i < rows; i++) {
      if (!Number.isFinite(column[i])) {
        throw new RangeError(
          `${name}: column ${j}, row ${i} is ${column[i]}; leave incomplete rows out or fill them first`,
        )
      }
    }
  }
  return rows
}

export interface Standard {
  readonly mean: readonly number[]
  /** Divisor n; 0 for a constant column. */
  readonly sd: readonly number[]
}

/** Mean and standard deviation of each column, on a scale where nothing overflows. */
export function standardOf(columns: Columns): Standard {
  rowsOf('standardOf', columns)
  const mean: number[] = []
  const sd: number[] = []
  for (const column of columns) {
    const n = column.length
    let largest = 0
    for (let i = 0; i < n; i++) largest = Math.max(largest, Math.abs(column[i]!))
    const scale = largest > 1e100 ? 2 ** -Math.ceil(Math.log2(largest)) : 1
    let sum = 0
    for (let i = 0; i < n; i++) sum += scale * column[i]!
    const centre = sum / n
    let squares = 0
    for (let i = 0; i < n; i++) squares += (scale * column[i]! - centre) ** 2
    const constant = column.every(value => value === column[0])
    mean.push(constant ? column[0]! : centre / scale)
    sd.push(constant ? 0 : Math.sqrt(squares / n) / scale)
  }
  return { mean, sd }
}

/** (x - mean) / sd of each column, for distances between rows; a constant column becomes x - mean. */
export function standardise(columns: Columns, { mean, sd }: Standard): Float64Array[] {
  rowsOf('standardise', columns, mean.length)
  return columns.map((column, j) => {
    const scale = sd[j]! > 0 ? sd[j]! : 1
    return column.map(value => (value - mean[j]!) / scale)
  })
}

/**
 * Sums of products around `centre`, p x p row-major: sum_i (x_ij - c_j)(x_ik - c_k) over the given rows, or all. By tiles
 * of rows that stay in the cache.
 */
export function scatter(columns: Columns, centre: readonly number[], rows?: ArrayLike<number>): Float64Array {
  const p = columns.length
  const n = rows?.length ?? columns[0]!.length
  const tile = 256
  const centred = columns.map(() => new Float64Array(tile))
  const sums = new Float64Array(p * p)
  for (let begin = 0; begin < n; begin += tile) {
    const size = Math.min(tile, n - begin)
    for (let j = 0; j < p; j++) {
      const column = columns[j]!
      const target = centred[j]!
      const c = centre[j]!
      if (rows) for (let i = 0; i < size; i++) target[i] = column[rows[begin + i]!]! - c
      else for (let i = 0; i < size; i++) target[i] = column[begin + i]! - c
    }
    for (let j = 0; j < p; j++) {
      const a = centred[j]!
      for (let k = 0; k <= j; k++) {
        const b = centred[k]!
        let sum = 0
        for (let i = 0; i < size; i++) sum += a[i]! * b[i]!
        sums[j * p + k]! += sum
      }
    }
  }
  for (let j = 0; j < p; j++) for (let k = 0; k < j; k++) sums[k * p + j] = sums[j * p + k]!
  return sums
}

export interface Covariance {
  readonly mean: number[]
  /** p x p, row-major. */
  readonly matrix: Float64Array
  /** How far the matrix was pulled towards a multiple of the identity, in [0, 1]. */
  readonly shrinkage: number
}

/**
 * Covariance of the columns.
 * - `none`: divisor n - 1. Singular for n <= p and for columns that depend on each other.
 * - `ledoitWolf`: (1 - s) S + s m I with m the mean variance, divisor n, s from the data (Ledoit and Wolf, Journal of
 *   Multivariate Analysis 88 (2004) 365): never singular unless all columns are constant. Scale the columns first.
 */
export function covarianceOf(columns: Columns, shrinkage: 'none' | 'ledoitWolf' = 'none'): Covariance {
  const n = rowsOf('covarianceOf', columns)
  if (n < 2) throw new RangeError(`covarianceOf: needs 2 rows, got ${n}`)
  const p = columns.length
  const { mean } = standardOf(columns)
  const sums = scatter(columns, mean)
  if (shrinkage === 'none') return { mean: [...mean], matrix: sums.map(sum => sum / (n - 1)), shrinkage: 0 }
  const matrix = sums.map(sum => sum / n)
  let trace = 0
  let squares = 0
  for (let j = 0; j < p; j++) trace += matrix[j * p + j]!
  for (const value of matrix) squares += value * value
  const target = trace / p
  // sum_i |x_i|^4: the spread of single outer products around S.
  let fourth = 0
  for (let i = 0; i < n; i++) {
    let length = 0
    for (let j = 0; j < p; j++) length += (columns[j]![i]! - mean[j]!) ** 2
    fourth += length * length
  }
  const spread = squares - p * target * target
  const noise = Math.min((fourth / n - squares) / n, spread)
  const share = spread > 0 ? noise / spread : 0
  for (let i = 0; i < matrix.length; i++) matrix[i] = (1 - share) * matrix[i]!
  for (let j = 0; j < p; j++) matrix[j * p + j]! += share * target
  return { mean: [...mean], matrix, shrinkage: share }
}
