import type { Random } from '../numeric/random.ts'

/** 0 .. n - 1 in random order (Fisher and Yates). */
export function shuffled(n: number, random: Random): Int32Array {
  const out = new Int32Array(n)
  for (let i = 0; i < n; i++) {
    const j = random.below(i + 1)
    out[i] = out[j]!
    out[j] = i
  }
  return out
}
