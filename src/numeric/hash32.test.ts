import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashNumber, hashText, mix32 } from './hash32.ts'

// scikit-learn 1.9.1, murmurhash3_32(text.encode('utf-16-le'), seed, positive=True) and struct.pack('<d', x)
const texts: readonly [string, number, number][] = [
  ['', 0, 0],
  ['', 1, 1364076727],
  ['a', 0, 1867108634],
  ['ab', 0, 374890698],
  ['abc', 7, 3629696366],
  ['drift', 0, 183447535],
  ['Zürich 東京 😀', 42, 1811502103],
  ['xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', 12345, 2029575151],
]
const numbers: readonly [number, number, number][] = [
  [0.0, 0, 1669671676],
  [1.0, 0, 4152582287],
  [-1.5, 0, 2150551213],
  [0.1, 9, 446958825],
  [1e300, 1, 4262614097],
  [123456789.0, 0, 2785221071],
]

test('hashes of texts and numbers equal those of scikit-learn', () => {
  for (const [text, seed, hash] of texts) assert.equal(hashText(text, seed), hash, `${text} ${seed}`)
  for (const [x, seed, hash] of numbers) assert.equal(hashNumber(x, seed), hash, `${x} ${seed}`)
})

test('-0 is 0', () => {
  assert.equal(hashNumber(-0), hashNumber(0))
})

test('mix32 is a permutation whose every output bit flips with every input bit about half of the time', () => {
  const seen = new Set(Array.from({ length: 100_000 }, (_, x) => mix32(x)))
  assert.equal(seen.size, 100_000)
  const inputs = 2000
  for (let bit = 0; bit < 32; bit++) {
    const flips = new Int32Array(32)
    for (let x = 0; x < inputs; x++) {
      const changed = mix32(x * 7919) ^ mix32((x * 7919) ^ (1 << bit))
      for (let out = 0; out < 32; out++) flips[out]! += (changed >>> out) & 1
    }
    for (const count of flips) assert.ok(Math.abs(count - inputs / 2) < 6 * Math.sqrt(inputs / 4), `${bit}: ${count}`)
  }
})
