/** The little linear algebra of multivariate charts; matrices are row-major arrays. */

/** Lower Cholesky factor of a symmetric matrix, or undefined where it is not positive definite. */
export function cholesky(matrix: ArrayLike<number>, p: number): Float64Array | undefined {
  const factor = new Float64Array(p * p)
  for (let i = 0; i < p; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * p + j]!
      for (let k = 0; k < j; k++) sum -= factor[i * p + k]! * factor[j * p + k]!
      if (i !== j) factor[i * p + j] = sum / factor[j * p + j]!
      // A pivot that is rounding of its diagonal says that a column is a combination of the others.
      else if (sum > 1e-12 * matrix[i * p + i]!) factor[i * p + i] = Math.sqrt(sum)
      else return undefined
    }
  }
  return factor
}

/** d' S^{-1} d, where `factor` is the Cholesky factor of S: the squared length of the solution of factor y = d. */
export function squaredDistance(factor: Float64Array, d: ArrayLike<number>): number {
  const p = d.length
  const y = new Float64Array(p)
  let sum = 0
  for (let i = 0; i < p; i++) {
    let value = d[i]!
    for (let k = 0; k < i; k++) value -= factor[i * p + k]! * y[k]!
    value /= factor[i * p + i]!
    y[i] = value
    sum += value * value
  }
  return sum
}

/** Mean and covariance (divisor m - 1) of vectors. */
export function meanAndCovariance(vectors: readonly ArrayLike<number>[]): { mean: number[]; covariance: number[] } {
  const m = vectors.length
  const p = vectors[0]!.length
  const mean = Array<number>(p).fill(0)
  for (const x of vectors) for (let i = 0; i < p; i++) mean[i]! += x[i]! / m
  const covariance = Array<number>(p * p).fill(0)
  for (const x of vectors) {
    for (let i = 0; i < p; i++) {
      for (let j = 0; j < p; j++) covariance[i * p + j]! += ((x[i]! - mean[i]!) * (x[j]! - mean[j]!)) / (m - 1)
    }
  }
  return { mean, covariance }
}
