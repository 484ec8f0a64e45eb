/**
 * The order that sorts numbers ascending: `values[order[0]] <= values[order[1]] <= ...`, equal values in row order.
 * NaN goes last; -0 and 0 are equal. Least significant digit radix sort on the bits of the numbers, 16 bits at a time,
 * because a comparison function costs more than the whole sort.
 */
export function argsort(values: Float64Array): Uint32Array {
  const n = values.length
  let order = new Uint32Array(n)
  for (let i = 0; i < n; i++) order[i] = i
  if (n < 1024) return order.sort((i, j) => ascending(values[i]!, values[j]!) || i - j)

  let low = new Uint32Array(n)
  let high = new Uint32Array(n)
  sortableBits(values, low, high)
  let nextOrder = new Uint32Array(n)
  let nextLow = new Uint32Array(n)
  let nextHigh = new Uint32Array(n)
  const start = new Uint32Array(65536)
  for (let pass = 0; pass < 4; pass++) {
    const word = pass < 2 ? low : high
    const shift = pass % 2 === 0 ? 0 : 16
    start.fill(0)
    for (let i = 0; i < n; i++) start[(word[i]! >>> shift) & 0xffff]!++
    if (start[(word[0]! >>> shift) & 0xffff] === n) continue
    let sum = 0
    for (let digit = 0; digit < 65536; digit++) {
      const count = start[digit]!
      start[digit] = sum
      sum += count
    }
    for (let i = 0; i < n; i++) {
      const to = start[(word[i]! >>> shift) & 0xffff]!++
      nextOrder[to] = order[i]!
      nextLow[to] = low[i]!
      nextHigh[to] = high[i]!
    }
    ;[order, nextOrder] = [nextOrder, order]
    ;[low, nextLow] = [nextLow, low]
    ;[high, nextHigh] = [nextHigh, high]
  }
  return order
}

/** Bits whose unsigned order is the order of the numbers: flip all bits of negatives, the sign bit of the others. */
function sortableBits(values: Float64Array, low: Uint32Array, high: Uint32Array): void {
  const one = new Float64Array(1)
  const bits = new Uint32Array(one.buffer)
  const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1
  const lowAt = littleEndian ? 0 : 1
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (Number.isNaN(value)) {
      low[i] = high[i] = 0xffffffff
      continue
    }
    one[0] = value + 0 // -0 becomes 0
    const h = bits[1 - lowAt]!
    const l = bits[lowAt]!
    if (h >>> 31) {
      high[i] = ~h
      low[i] = ~l
    } else {
      high[i] = h | 0x80000000
      low[i] = l
    }
  }
}

function ascending(a: number, b: number): number {
  if (a < b) return -1
  if (a > b) return 1
  if (a === b) return 0
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
}
