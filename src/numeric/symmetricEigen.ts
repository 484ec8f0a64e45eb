/** Eigenvalues, largest first, and eigenvectors of unit length as the rows of `vectors` (n x n, row-major). */
export interface SymmetricEigen {
  readonly values: Float64Array
  readonly vectors: Float64Array
}

/**
 * Eigenvalues and eigenvectors of a symmetric n x n matrix, row-major; only its lower triangle is read. Householder
 * reduction to a tridiagonal matrix, then QL steps with implicit shifts: the algorithms tred2 and tql2 of Bowdler, Martin,
 * Reinsch and Wilkinson (Handbook for Automatic Computation II, 1971). O(n^3); absolute error a few eps times the norm.
 * The sign of a vector is chosen so that its largest entry is positive.
 */
export function symmetricEigen(a: Float64Array, n: number): SymmetricEigen {
  if (a.length !== n * n) throw new RangeError(`symmetricEigen: matrix has ${a.length} entries, wanted ${n} x ${n}`)
  for (let i = 0; i < a.length; i++) {
    if (!Number.isFinite(a[i])) throw new RangeError(`symmetricEigen: entry ${i} is ${a[i]}, must be finite`)
  }
  if (n === 0) return { values: new Float64Array(0), vectors: new Float64Array(0) }
  // Column j of v is kept as row j: the inner loops of both steps run along it.
  const v = new Float64Array(n * n)
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) v[i * n + j] = v[j * n + i] = a[i * n + j]!
  const d = new Float64Array(n)
  const e = new Float64Array(n)
  tridiagonalise(v, d, e, n)
  diagonalise(v, d, e, n)
  return largestFirst(v, d, n)
}

/** Householder: afterwards d is the diagonal, e[1..] the subdiagonal, row j of v the transformation's column j. */
function tridiagonalise(v: Float64Array, d: Float64Array, e: Float64Array, n: number): void {
  const at = (i: number, j: number) => j * n + i
  for (let j = 0; j < n; j++) d[j] = v[at(n - 1, j)]!
  for (let i = n - 1; i > 0; i--) {
    let scale = 0
    let h = 0
    for (let k = 0; k < i; k++) scale += Math.abs(d[k]!)
    if (scale === 0) {
      e[i] = d[i - 1]!
      for (let j = 0; j < i; j++) {
        d[j] = v[at(i - 1, j)]!
        v[at(i, j)] = 0
        v[at(j, i)] = 0
      }
      d[i] = h
      continue
    }
    for (let k = 0; k < i; k++) {
      d[k]! /= scale
      h += d[k]! * d[k]!
    }
    let f = d[i - 1]!
    let g = f > 0 ? -Math.sqrt(h) : Math.sqrt(h)
    e[i] = scale * g
    h -= f * g
    d[i - 1] = f - g
    for (let j = 0; j < i; j++) e[j] = 0
    for (let j = 0; j < i; j++) {
      f = d[j]!
      v[at(j, i)] = f
      g = e[j]! + v[at(j, j)]! * f
      for (let k = j + 1; k < i; k++) {
        g += v[at(k, j)]! * d[k]!
        e[k]! += v[at(k, j)]! * f
      }
      e[j] = g
    }
    f = 0
    for (let j = 0; j < i; j++) {
      e[j]! /= h
      f += e[j]! * d[j]!
    }
    const half = f / (h + h)
    for (let j = 0; j < i; j++) e[j]! -= half * d[j]!
    for (let j = 0; j < i; j++) {
      f = d[j]!
      g = e[j]!
      for (let k = j; k < i; k++) v[at(k, j)]! -= f * e[k]! + g * d[k]!
      d[j] = v[at(i - 1, j)]!
      v[at(i, j)] = 0
    }
    d[i] = h
  }
  for (let i = 0; i < n - 1; i++) {
    v[at(n - 1, i)] = v[at(i, i)]!
    v[at(i, i)] = 1
    const h = d[i + 1]!
    if (h !== 0) {
      for (let k = 0; k <= i; k++) d[k] = v[at(k, i + 1)]! / h
      for (let j = 0; j <= i; j++) {
        let g = 0
        for (let k = 0; k <= i; k++) g += v[at(k, i + 1)]! * v[at(k, j)]!
        for (let k = 0; k <= i; k++) v[at(k, j)]! -= g * d[k]!
      }
    }
    for (let k = 0; k <= i; k++) v[at(k, i + 1)] = 0
  }
  for (let j = 0; j < n; j++) {
    d[j] = v[at(n - 1, j)]!
    v[at(n - 1, j)] = 0
  }
  v[at(n - 1, n - 1)] = 1
  e[0] = 0
}

/** QL with implicit shifts: afterwards d holds the eigenvalues and row j of v the vector of d[j]. */
function diagonalise(v: Float64Array, d: Float64Array, e: Float64Array, n: number): void {
  for (let i = 1; i < n; i++) e[i - 1] = e[i]!
  e[n - 1] = 0
  let f = 0
  let largest = 0
  for (let l = 0; l < n; l++) {
    largest = Math.max(largest, Math.abs(d[l]!) + Math.abs(e[l]!))
    let m = l
    while (m < n - 1 && Math.abs(e[m]!) > Number.EPSILON * largest) m++
    if (m > l) {
      do {
        let g = d[l]!
        let p = (d[l + 1]! - g) / (2 * e[l]!)
        let r = Math.hypot(p, 1)
        if (p < 0) r = -r
        d[l] = e[l]! / (p + r)
        d[l + 1] = e[l]! * (p + r)
        const next = d[l + 1]!
        const h = g - d[l]!
        for (let i = l + 2; i < n; i++) d[i]! -= h
        f += h
        p = d[m]!
        let c = 1
        let c2 = 1
        let c3 = 1
        const subdiagonal = e[l + 1]!
        let s = 0
        let s2 = 0
        for (let i = m - 1; i >= l; i--) {
          c3 = c2
          c2 = c
          s2 = s
          g = c * e[i]!
          const cp = c * p
          r = Math.hypot(p, e[i]!)
          e[i + 1] = s * r
          s = e[i]! / r
          c = p / r
          p = c * d[i]! - s * g
          d[i + 1] = cp + s * (c * g + s * d[i]!)
          const upper = (i + 1) * n
          const lower = i * n
          for (let k = 0; k < n; k++) {
            const u = v[upper + k]!
            v[upper + k] = s * v[lower + k]! + c * u
            v[lower + k] = c * v[lower + k]! - s * u
          }
        }
        p = (-s * s2 * c3 * subdiagonal * e[l]!) / next
        e[l] = s * p
        d[l] = c * p
      } while (Math.abs(e[l]!) > Number.EPSILON * largest)
    }
    d[l]! += f
    e[l] = 0
  }
}

function largestFirst(v: Float64Array, d: Float64Array, n: number): SymmetricEigen {
  const order = Array.from(d.keys()).sort((i, j) => d[j]! - d[i]!)
  const values = new Float64Array(n)
  const vectors = new Float64Array(n * n)
  for (const [to, from] of order.entries()) {
    values[to] = d[from]!
    const row = v.subarray(from * n, (from + 1) * n)
    let extreme = 0
    for (let k = 1; k < n; k++) if (Math.abs(row[k]!) > Math.abs(row[extreme]!)) extreme = k
    const sign = row[extreme]! < 0 ? -1 : 1
    for (let k = 0; k < n; k++) vectors[to * n + k] = sign * row[k]! + 0
  }
  return { values, vectors }
}

/**
 * Moore-Penrose inverse of a symmetric n x n matrix, row-major, and its rank: eigenvalues of at most `tolerance`
 * times the largest one count as 0.
 */
export function pseudoInverse(
  a: Float64Array,
  n: number,
  tolerance = n * Number.EPSILON,
): { inverse: Float64Array; rank: number } {
  const { values, vectors } = symmetricEigen(a, n)
  const inverse = new Float64Array(n * n)
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  let rank = 0
  for (let l = 0; l < n; l++) {
    if (!(Math.abs(values[l]!) > tolerance * largest)) continue
    rank++
    const vector = vectors.subarray(l * n, (l + 1) * n)
    for (let i = 0; i < n; i++) {
      const factor = vector[i]! / values[l]!
      for (let j = 0; j < n; j++) inverse[i * n + j]! += factor * vector[j]!
    }
  }
  return { inverse, rank }
}
