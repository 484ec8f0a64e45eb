/**
 * A sorted copy, -0 before 0. Least significant digit radix sort on the upper 32 bits of the numbers (3 passes); what
 * shares these bits, that is about six digits, is brought into order afterwards. Throws a RangeError for NaN, which has no place in an order.
 */
export function sortAscending(values: Float64Array): Float64Array {
  const n = values.length
  for (let i = 0; i < n; i++) if (Number.isNaN(values[i])) throw new RangeError(`sortAscending: row ${i} is NaN`)
  if (n < 1024 || !littleEndian) return values.slice().sort()
  const counts = new Uint32Array(3 * buckets)
  const words = new Uint32Array(values.buffer, values.byteOffset, 2 * n)
  for (let i = 0; i < n; i++) {
    const key = upperBits(words[2 * i + 1]!)
    counts[key & 1023]!++
    counts[buckets + ((key >>> 10) & 2047)]!++
    counts[2 * buckets + (key >>> 21)]!++
  }
  let from = values
  let to: Float64Array = new Float64Array(n)
  for (let pass = 0; pass < 3; pass++) {
    const start = counts.subarray(pass * buckets, (pass + 1) * buckets)
    if (start.includes(n)) continue
    cumulate(start)
    scatter(from, to, start, pass)
    const spare = from === values ? new Float64Array(n) : from
    from = to
    to = spare
  }
  const sorted = from === values ? values.slice() : from
  orderRuns(sorted)
  return sorted
}

const buckets = 2048
const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1

/** Bits whose unsigned order is the order of the numbers: all flipped for negatives, the sign bit for the others. */
function upperBits(word: number): number {
  return word ^ ((word >> 31) | 0x80000000)
}

function cumulate(counts: Uint32Array): void {
  let sum = 0
  for (let digit = 0; digit < counts.length; digit++) {
    const count = counts[digit]!
    counts[digit] = sum
    sum += count
  }
}

function scatter(from: Float64Array, to: Float64Array, start: Uint32Array, pass: number): void {
  const words = new Uint32Array(from.buffer, from.byteOffset, 2 * from.length)
  const shift = pass === 0 ? 0 : pass === 1 ? 10 : 21
  const mask = pass === 0 ? 1023 : 2047
  for (let i = 0; i < from.length; i++) to[start[(upperBits(words[2 * i + 1]!) >>> shift) & mask]!++] = from[i]!
}

/** Sorts within runs of equal upper bits: short ones by insertion, long ones (values very close together) at once. */
function orderRuns(sorted: Float64Array): void {
  const words = new Uint32Array(sorted.buffer, sorted.byteOffset, 2 * sorted.length)
  for (let i = 1; i < sorted.length; i++) {
    const value = sorted[i]!
    if (!(sorted[i - 1]! > value)) continue
    const bits = words[2 * i + 1]!
    let begin = i - 1
    while (begin > 0 && words[2 * begin - 1] === bits && i - begin < 32) begin--
    if (i - begin < 32) {
      let j = i - 1
      while (j >= begin && sorted[j]! > value) {
        sorted[j + 1] = sorted[j]!
        j--
      }
      sorted[j + 1] = value
      continue
    }
    while (begin > 0 && words[2 * begin - 1] === bits) begin--
    let end = i + 1
    while (end < sorted.length && words[2 * end + 1] === bits) end++
    sorted.subarray(begin, end).sort()
    i = end - 1
  }
}
