import type { Random } from './random.ts'

/**
 * Brings the numbers into random order, in place (Fisher and Yates). With `count` only the first so many are settled: they
 * are a random sample without repetition, for the price of its size.
 */
export function shuffle(values: Uint8Array | Uint32Array, rng: Random, count = values.length): void {
  for (let i = 0; i < Math.min(count, values.length - 1); i++) {
    const j = i + rng.below(values.length - i)
    const kept = values[i]!
    values[i] = values[j]!
    values[j] = kept
  }
}

/** 0 .. n - 1 in random order. */
export function shuffled(n: number, random: Random): Int32Array {
  const out = new Int32Array(n)
  for (let i = 0; i < n; i++) {
    const j = random.below(i + 1)
    out[i] = out[j]!
    out[j] = i
  }
  return out
}
