/**
 * Solves A x = b by Gaussian elimination with partial pivoting. `a` is n x n, row-major; `a` and `b` are overwritten and
 * b, now x, is returned. Throws a RangeError for a singular matrix.
 */
export function solveLinear(a: Float64Array, b: Float64Array): Float64Array {
  const n = b.length
  if (a.length !== n * n) throw new RangeError(`solveLinear: matrix has ${a.length} entries, right side has ${n}`)
  for (let k = 0; k < n; k++) {
    let pivot = k
    for (let i = k + 1; i < n; i++) if (Math.abs(a[i * n + k]!) > Math.abs(a[pivot * n + k]!)) pivot = i
    if (!(Math.abs(a[pivot * n + k]!) > 0)) throw new RangeError('solveLinear: the matrix is singular')
    if (pivot !== k) {
      for (let j = k; j < n; j++) {
        const kept = a[k * n + j]!
        a[k * n + j] = a[pivot * n + j]!
        a[pivot * n + j] = kept
      }
      const kept = b[k]!
      b[k] = b[pivot]!
      b[pivot] = kept
    }
    for (let i = k + 1; i < n; i++) {
      const factor = a[i * n + k]! / a[k * n + k]!
      if (factor === 0) continue
      for (let j = k + 1; j < n; j++) a[i * n + j]! -= factor * a[k * n + j]!
      b[i]! -= factor * b[k]!
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[i]!
    for (let j = i + 1; j < n; j++) sum -= a[i * n + j]! * b[j]!
    b[i] = sum / a[i * n + i]!
  }
  return b
}
