/** Rows as sparse vectors, and the two things that least squares needs of them. */

/** Compressed sparse rows: the entries of row i are start[i] .. start[i + 1]. */
export interface SparseRows {
  readonly rows: number
  readonly columns: number
  readonly start: Int32Array
  readonly column: Int32Array
  readonly value: Float64Array
}

/** X w for every row. */
export function times({ rows, start, column, value }: SparseRows, w: Float64Array, out: Float64Array): void {
  for (let i = 0; i < rows; i++) {
    let sum = 0
    for (let k = start[i]!; k < start[i + 1]!; k++) sum += value[k]! * w[column[k]!]!
    out[i] = sum
  }
}

/** X' diag(h) X (row-major, symmetric) and X' g. */
export function normalEquations(
  { rows, columns, start, column, value }: SparseRows,
  h: Float64Array,
  g: Float64Array,
): { readonly matrix: Float64Array; readonly right: Float64Array } {
  const matrix = new Float64Array(columns * columns)
  const right = new Float64Array(columns)
  for (let i = 0; i < rows; i++) {
    const end = start[i + 1]!
    for (let k = start[i]!; k < end; k++) {
      const c = column[k]!
      right[c]! += value[k]! * g[i]!
      const scaled = value[k]! * h[i]!
      // Columns ascend within a row: this fills the upper triangle.
      for (let m = k; m < end; m++) matrix[c * columns + column[m]!]! += scaled * value[m]!
    }
  }
  for (let r = 1; r < columns; r++) for (let c = 0; c < r; c++) matrix[r * columns + c] = matrix[c * columns + r]!
  return { matrix, right }
}

/**
 * Solves A x = b for a symmetric positive definite A (row-major, overwritten) by Cholesky's method. A pivot that is
 * not above 1e-13 of its diagonal entry means a column that depends on others; it gets the weight 0.
 */
export function solveSymmetric(a: Float64Array, b: Float64Array): Float64Array {
  const n = b.length
  const dependent = new Uint8Array(n)
  for (let j = 0; j < n; j++) {
    const diagonal = a[j * n + j]!
    let pivot = diagonal
    for (let k = 0; k < j; k++) pivot -= a[j * n + k]! ** 2
    if (!(pivot > 1e-13 * diagonal)) {
      dependent[j] = 1
      for (let i = j; i < n; i++) a[i * n + j] = 0
      continue
    }
    const root = Math.sqrt(pivot)
    a[j * n + j] = root
    for (let i = j + 1; i < n; i++) {
      let sum = a[i * n + j]!
      for (let k = 0; k < j; k++) sum -= a[i * n + k]! * a[j * n + k]!
      a[i * n + j] = sum / root
    }
  }
  const x = Float64Array.from(b)
  for (let i = 0; i < n; i++) {
    if (dependent[i]) {
      x[i] = 0
      continue
    }
    for (let k = 0; k < i; k++) x[i]! -= a[i * n + k]! * x[k]!
    x[i]! /= a[i * n + i]!
  }
  for (let i = n - 1; i >= 0; i--) {
    if (dependent[i]) continue
    for (let k = i + 1; k < n; k++) x[i]! -= a[k * n + i]! * x[k]!
    x[i]! /= a[i * n + i]!
  }
  return x
}
