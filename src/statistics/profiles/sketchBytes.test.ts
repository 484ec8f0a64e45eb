import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fixBins } from './bins.ts'
import { type Sketch, sketchOf } from './sketch.ts'
import { decodeSketch, encodeSketch } from './sketchBytes.ts'

const column = (values: readonly number[]) =>
  ({ name: 'température', kind: 'number', values: Float64Array.from(values) }) as const
const sketch = (values: readonly number[]): Sketch => sketchOf(fixBins(column([1, 2, 3])), column(values))

test('a sketch comes back from its bytes as it was', () => {
  fc.assert(
    fc.property(fc.array(fc.double()), values => {
      // Canonical JSON has no -0.
      const there = sketch(values)
      assert.deepEqual(decodeSketch(encodeSketch(there)), JSON.parse(JSON.stringify(there)))
    }),
  )
})

test('counts are little-endian integers of 32 bits, and doubles where one is larger', () => {
  const bytes = encodeSketch(sketch([0, 1, 1, 2, Number.NaN]))
  assert.deepEqual([...bytes.subarray(0, 3)], [...new TextEncoder().encode('FSK')])
  assert.deepEqual(new Uint32Array(bytes.slice(-20).buffer), Uint32Array.of(1, 2, 1, 0, 0))
  const rows = 2 ** 53 - 1
  const large = { ...sketch([]), rows, counts: [0, rows, 0, 0, 0] }
  assert.deepEqual(decodeSketch(encodeSketch(large)), large)
})

test('bytes that are no sketch, are cut off or do not add up are refused', () => {
  const bytes = encodeSketch(sketch([1, 2, 2]))
  assert.throws(() => decodeSketch(new Uint8Array(3)), /no sketch of this version/)
  assert.throws(() => decodeSketch(bytes.subarray(0, 40)), /40 bytes, wanted/)
  assert.throws(() => decodeSketch(bytes.subarray(0, -4)), /read the whole of it/)
  const damaged = bytes.slice()
  damaged[damaged.length - 1] = 1
  assert.throws(() => decodeSketch(damaged), /counts 16777219 of its 3 rows; the bytes are damaged/)
})
