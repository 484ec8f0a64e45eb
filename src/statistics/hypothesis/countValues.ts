/** Distinct values, ascending, and how often each occurs. */
export interface CountedValues {
  readonly values: Float64Array
  readonly counts: Uint32Array
}

/**
 * Counts the values of a column that has few distinct ones, without sorting it: a hash table of their bits. Undefined as
 * soon as there are more than `most`, which a continuous column shows within its first rows, and where a value is NaN.
 */
export function countValues(column: Float64Array, most = 256): CountedValues | undefined {
  const slots = 4096
  const keys = new Float64Array(slots)
  const counts = new Uint32Array(slots)
  const words = new Uint32Array(column.buffer, column.byteOffset, 2 * column.length)
  let distinct = 0
  for (let i = 0; i < column.length; i++) {
    const value = column[i]!
    // -0 and 0 are one value with different bits.
    let slot = value === 0 ? 0 : Math.imul(words[2 * i]! ^ Math.imul(words[2 * i + 1]!, 0x9e3779b1), 0x85ebca6b) >>> 20
    while (counts[slot]! > 0 && keys[slot] !== value) slot = (slot + 1) & (slots - 1)
    if (counts[slot] === 0) {
      if (++distinct > most || Number.isNaN(value)) return undefined
      keys[slot] = value
    }
    counts[slot]!++
  }
  const used = Uint32Array.from(counts.keys())
    .filter(slot => counts[slot]! > 0)
    .sort((a, b) => keys[a]! - keys[b]!)
  return {
    values: Float64Array.from(used, slot => keys[slot]! + 0),
    counts: Uint32Array.from(used, slot => counts[slot]!),
  }
}
