/**
 * Hashes of 32 bits, the same on every machine: MurmurHash3 (Appleby 2011). For sketches and for random numbers that
 * are a function of a counter; not for secrets.
 */

/** Murmur's finaliser: every bit of a 32-bit integer moves about half of the bits of the result. */
export function mix32(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}

/** MurmurHash3_x86_32 of the UTF-16 code units of a text, little-endian. */
export function hashText(text: string, seed = 0): number {
  let h = seed
  const even = text.length & ~1
  for (let i = 0; i < even; i += 2) h = block(h, text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16))
  if (even < text.length) h ^= scramble(text.charCodeAt(even))
  return mix32(h ^ (2 * text.length))
}

/** MurmurHash3_x86_32 of the eight bytes of a double, little-endian. -0 counts as 0, every NaN as one value. */
export function hashNumber(x: number, seed = 0): number {
  double[0] = Number.isNaN(x) ? Number.NaN : x + 0
  return mix32(block(block(seed, words[littleEndian ? 0 : 1]!), words[littleEndian ? 1 : 0]!) ^ 8)
}

const double = new Float64Array(1)
const words = new Int32Array(double.buffer)
const littleEndian = new Uint8Array(Int32Array.of(1).buffer)[0] === 1

function scramble(k: number): number {
  k = Math.imul(k, 0xcc9e2d51)
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593)
}

function block(h: number, k: number): number {
  h ^= scramble(k)
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0
}
