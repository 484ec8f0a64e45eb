/** Subgroups: values measured together, reduced to what charts of means and spread take. */

export interface Subgroups {
  readonly means: Float64Array
  /** Largest less smallest. */
  readonly ranges: Float64Array
  /** Divisor n - 1; 0 for a subgroup of one value. */
  readonly deviations: Float64Array
  readonly sizes: Float64Array
  /** Row of each subgroup's first value. */
  readonly first: Int32Array
}

/**
 * Groups values either by `size`, so many rows after one another (a rest at the end makes a smaller subgroup), or by
 * `labels`, in the order in which labels first appear. NaN is refused.
 */
export function subgroups(
  values: Float64Array,
  by: { readonly size: number } | { readonly labels: ArrayLike<string | number | null> },
): Subgroups {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) throw new RangeError(`subgroups: value ${i} is ${values[i]}, must be finite`)
  }
  const groups = 'size' in by ? chunks(values.length, by.size) : labelled(values.length, by.labels)
  const means = new Float64Array(groups.length)
  const ranges = new Float64Array(groups.length)
  const deviations = new Float64Array(groups.length)
  for (const [g, rows] of groups.entries()) {
    let mean = 0
    let sum = 0
    let low = Number.POSITIVE_INFINITY
    let high = Number.NEGATIVE_INFINITY
    for (const [k, row] of rows.entries()) {
      const x = values[row]!
      const d = x - mean
      mean += d / (k + 1)
      sum += d * (x - mean)
      if (x < low) low = x
      if (x > high) high = x
    }
    means[g] = mean
    ranges[g] = high - low
    deviations[g] = rows.length > 1 ? Math.sqrt(sum / (rows.length - 1)) : 0
  }
  return {
    means,
    ranges,
    deviations,
    sizes: Float64Array.from(groups, rows => rows.length),
    first: Int32Array.from(groups, rows => rows[0]!),
  }
}

function chunks(rows: number, size: number): number[][] {
  if (!(Number.isInteger(size) && size >= 1))
    throw new RangeError(`subgroups: size is ${size}, must be a whole number of at least 1`)
  return Array.from({ length: Math.ceil(rows / size) }, (_, g) =>
    Array.from({ length: Math.min(size, rows - g * size) }, (_, k) => g * size + k),
  )
}

function labelled(rows: number, labels: ArrayLike<string | number | null>): number[][] {
  if (labels.length !== rows) throw new RangeError(`subgroups: ${rows} values, ${labels.length} labels`)
  const groups = new Map<string | number | null, number[]>()
  for (let i = 0; i < rows; i++) {
    const label = labels[i]!
    const group = groups.get(label)
    if (group) group.push(i)
    else groups.set(label, [i])
  }
  return [...groups.values()]
}
