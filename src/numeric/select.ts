/**
 * The value that would stand at `index` if the values were sorted: Hoare's quickselect with the median of three, O(n) on
 * average. Reorders `values`; they must hold no NaN.
 */
export function selectInPlace(values: Float64Array, index: number): number {
  if (!(index >= 0 && index < values.length)) {
    throw new RangeError(`selectInPlace: index is ${index}, must be in [0, ${values.length})`)
  }
  let low = 0
  let high = values.length - 1
  while (high > low) {
    const pivot = middleOfThree(values[low]!, values[(low + high) >> 1]!, values[high]!)
    let i = low
    let j = high
    while (i <= j) {
      while (values[i]! < pivot) i++
      while (values[j]! > pivot) j--
      if (i > j) break
      const kept = values[i]!
      values[i] = values[j]!
      values[j] = kept
      i++
      j--
    }
    if (index <= j) high = j
    else if (index >= i) low = i
    else break
  }
  return values[index]!
}

function middleOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
}

/** Median without sorting, the mean of the two middle values for an even number; undefined for no values. */
export function median(values: Float64Array): number | undefined {
  if (values.length === 0) return undefined
  const copy = values.slice()
  const half = copy.length >> 1
  const upper = selectInPlace(copy, half)
  if (copy.length % 2 === 1) return upper
  let lower = Number.NEGATIVE_INFINITY
  for (let i = 0; i < half; i++) if (copy[i]! > lower) lower = copy[i]!
  return lower / 2 + upper / 2
}
