import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { random } from '../numeric/random.ts'
import { binColumns } from './bins.ts'
import { buildHistogram, histogramOffsets, subtractHistogram } from './histogram.ts'
import { gradients } from './loss.ts'

const rows = 500
const draw = random(9)
const lanes = 11
const columns = Array.from({ length: lanes }, () =>
  Float32Array.from({ length: rows }, () => (draw.next() < 0.1 ? Number.NaN : draw.below(40))),
)
const binned = binColumns(columns, rows, 255, random(0), size => new ArrayBuffer(size))
const offsets = histogramOffsets(binned)
const size = offsets[lanes]!
const label = Float64Array.from({ length: rows }, () => draw.below(2))
const scores = Float64Array.from({ length: rows }, () => draw.normal())
const pairs = new Float64Array(2 * rows)
gradients('binary', scores, label, undefined, pairs)

/** Row by row, lane by lane, from the definition. */
function plain(of: Int32Array, lane: number): Float64Array {
  const out = new Float64Array(offsets[lane + 1]! - offsets[lane]!)
  for (const row of of) {
    const bin = (binned.packed[lane >> 2]![row]! >>> ((lane & 3) * 8)) & 255
    out[2 * bin]! += pairs[2 * row]!
    out[2 * bin + 1]! += pairs[2 * row + 1]!
  }
  return out
}

function built(of: Int32Array, wanted: Uint8Array, pool: Float64Array, base: number, from = 0, to = lanes): void {
  const ordered = Float64Array.from([...of].flatMap(row => [pairs[2 * row]!, pairs[2 * row + 1]!]))
  buildHistogram(pool, base, offsets, wanted, binned.packed, of, 0, of.length, ordered, from, to)
}

const all = Int32Array.from({ length: rows }, (_, i) => i)
const some = all.filter(i => i % 3 === 0)

describe('histograms of gradients', () => {
  it('are the sums of their definition, whichever lanes are wanted', () => {
    for (let mask = 1; mask < 2 ** lanes; mask += 7) {
      const wanted = Uint8Array.from({ length: lanes }, (_, l) => (mask >> l) & 1)
      const pool = new Float64Array(size)
      built(some, wanted, pool, 0)
      for (let l = 0; l < lanes; l++) {
        const found = pool.subarray(offsets[l]!, offsets[l + 1]!)
        assert.deepEqual(found, wanted[l] ? plain(some, l) : new Float64Array(found.length))
      }
    }
  })

  it('of a child are exactly those of the parent minus the sibling', () => {
    const wanted = new Uint8Array(lanes).fill(1)
    const pool = new Float64Array(3 * size)
    built(all, wanted, pool, 0)
    built(some, wanted, pool, size)
    subtractHistogram(pool, 0, size, 0, size)
    built(
      all.filter(i => i % 3 !== 0),
      wanted,
      pool,
      2 * size,
    )
    assert.deepEqual(pool.subarray(0, size), pool.subarray(2 * size))
  })

  it('do not depend on the order of rows or on how lanes are shared out', () => {
    const wanted = new Uint8Array(lanes).fill(1)
    const pool = new Float64Array(2 * size)
    built(some, wanted, pool, 0)
    built(some.toReversed(), wanted, pool, size, 0, 4)
    built(some.toReversed(), wanted, pool, size, 4, lanes)
    assert.deepEqual(pool.subarray(0, size), pool.subarray(size))
  })
})
