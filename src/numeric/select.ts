/**
 * The value that would stand at `index` if the values were sorted. Floyd and Rivest, Communications of the ACM 18 (1975)
 * 173: bounds from a sample of the range leave about 1.5 n comparisons for the median. Reorders `values`, so that none
 * before `index` is larger and none behind it smaller; they must hold no NaN.
 */
export function selectInPlace(values: Float64Array, index: number): number {
  if (!(index >= 0 && index < values.length)) {
    throw new RangeError(`selectInPlace: index is ${index}, must be in [0, ${values.length})`)
  }
  narrow(values, index, 0, values.length - 1)
  return values[index]!
}

function narrow(values: Float64Array, index: number, from: number, to: number): void {
  let low = from
  let high = to
  while (high > low) {
    if (high - low > 600) {
      const n = high - low + 1
      const i = index - low + 1
      const z = Math.log(n)
      const s = 0.5 * Math.exp((2 * z) / 3)
      const sd = 0.5 * Math.sqrt((z * s * (n - s)) / n) * Math.sign(i - n / 2)
      const newLow = Math.max(low, Math.floor(index - (i * s) / n + sd))
      const newHigh = Math.min(high, Math.floor(index + ((n - i) * s) / n + sd))
      narrow(values, index, newLow, newHigh)
    }
    const pivot = values[index]!
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
    else return
  }
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
