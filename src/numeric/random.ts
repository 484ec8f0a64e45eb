/**
 * Seeded random numbers: xoshiro128** (Blackman and Vigna 2021) seeded by splitmix32. A generator is always an
 * argument; `fork(label)` gives an independent stream that does not depend on how much was drawn before.
 */
export interface Random {
  /** Uniform in [0, 1) with 53 random bits. */
  next(): number
  /** Uniform integer in [0, n). */
  below(n: number): number
  /** Standard normal (Marsaglia's polar method). */
  normal(): number
  /** A stream of its own for the named purpose: same seed and label, same stream. */
  fork(label: string | number): Random
}

export function random(seed: number | string): Random {
  const root = hash32(String(seed))
  let mix = root
  const splitmix = () => {
    mix = (mix + 0x9e3779b9) | 0
    let z = mix ^ (mix >>> 16)
    z = Math.imul(z, 0x21f0aaad)
    z ^= z >>> 15
    z = Math.imul(z, 0x735a2d97)
    return (z ^ (z >>> 15)) >>> 0
  }
  let a = splitmix()
  let b = splitmix()
  let c = splitmix()
  let d = splitmix()
  let spare: number | undefined

  const next32 = () => {
    const r = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    const t = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    d = rotate(d, 11)
    return r
  }
  const next = () => ((next32() >>> 5) * 67108864 + (next32() >>> 6)) / 9007199254740992

  return {
    next,
    below(n) {
      if (!Number.isInteger(n) || n < 1 || n > 2 ** 32) {
        throw new RangeError(`random.below: n is ${n}, must be an integer in [1, 2^32]`)
      }
      // Rejection of the last, incomplete block keeps all values equally likely.
      const limit = 2 ** 32 - (2 ** 32 % n)
      for (;;) {
        const r = next32()
        if (r < limit) return r % n
      }
    },
    normal() {
      if (spare !== undefined) {
        const kept = spare
        spare = undefined
        return kept
      }
      for (;;) {
        const x = 2 * next() - 1
        const y = 2 * next() - 1
        const s = x * x + y * y
        if (s > 0 && s < 1) {
          const f = Math.sqrt((-2 * Math.log(s)) / s)
          spare = y * f
          return x * f
        }
      }
    },
    fork: label => random(`${seed}/${label}`),
  }
}

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by))
}

/** FNV-1a over UTF-16 code units, then a finaliser: enough to separate seeds, not a cryptographic hash. */
function hash32(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  h ^= h >>> 16
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
