/**
 * The lower triangle L with L L' = A, row-major n x n with zeros above, or undefined where the symmetric matrix A is not
 * positive definite: a pivot of at most n eps times its diagonal entry counts as 0. Only the lower triangle of A is read.
 */
export function cholesky(a: Float64Array, n: number): Float64Array | undefined {
  if (a.length !== n * n) throw new RangeError(`cholesky: matrix has ${a.length} entries, wanted ${n} x ${n}`)
  const l = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]!
      for (let k = 0; k < j; k++) sum -= l[i * n + k]! * l[j * n + k]!
      if (i > j) l[i * n + j] = sum / l[j * n + j]!
      else if (sum > n * Number.EPSILON * a[i * n + i]!) l[i * n + i] = Math.sqrt(sum)
      else return undefined
    }
  }
  return l
}

/** Squared length of the solution y of L y = x, that is x' A^{-1} x; x is overwritten by y. */
export function choleskyLength(l: Float64Array, x: Float64Array): number {
  const n = x.length
  let length = 0
  for (let i = 0; i < n; i++) {
    let sum = x[i]!
    for (let k = 0; k < i; k++) sum -= l[i * n + k]! * x[k]!
    const y = sum / l[i * n + i]!
    x[i] = y
    length += y * y
  }
  return length
}
