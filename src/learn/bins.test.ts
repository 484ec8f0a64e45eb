import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { random } from '../numeric/random.ts'
import { assignBins, type BinnedColumns, binColumns, binEdges } from './bins.ts'

const bytes = (size: number) => new ArrayBuffer(size)

const binOf = (binned: BinnedColumns, lane: number, row: number) =>
  (binned.packed[lane >> 2]![row]! >>> ((lane & 3) * 8)) & 255

const anyColumn = fc.float32Array({ minLength: 1, maxLength: 600, noNaN: false })

describe('bins', () => {
  it('lie between the values where there are few of them', () => {
    assert.deepEqual(binEdges(Float32Array.of(3, 1, 1, Number.NaN, 2), 255), Float32Array.of(1.5, 2.5))
    assert.deepEqual(binEdges(Float32Array.of(Number.NaN, Number.NaN), 255), new Float32Array(0))
    assert.deepEqual(binEdges(Float32Array.of(7, 7), 255), new Float32Array(0))
  })

  it('keep neighbouring float32 numbers and infinities apart', () => {
    const next = 1 + 2 ** -23
    assert.deepEqual(binEdges(Float32Array.of(1, next), 255), Float32Array.of(1))
    const infinite = Float32Array.of(Number.NEGATIVE_INFINITY, 0, Number.POSITIVE_INFINITY)
    assert.deepEqual(binEdges(infinite, 255), Float32Array.of(Number.NEGATIVE_INFINITY, 0))
  })

  it('hold about equally many rows where there are many values', () => {
    const draw = random(1)
    const values = Float32Array.from({ length: 50_000 }, () => Math.exp(2 * draw.normal()))
    const edges = binEdges(values, 100)
    assert.equal(edges.length, 99)
    const packed = new Uint32Array(values.length)
    assignBins(values, edges, packed, 0)
    const counts = new Int32Array(101)
    for (const bin of packed) counts[bin]!++
    assert.equal(counts[0], 0)
    for (const count of counts.subarray(1)) assert.ok(count >= 400 && count <= 600, String(count))
  })

  it('leave a value with more than its share of rows alone', () => {
    const draw = random(2)
    const values = Float32Array.from({ length: 10_000 }, (_, i) => (i % 2 === 0 ? 0 : draw.normal()))
    const edges = binEdges(values, 20)
    const below = edges.filter(edge => edge < 0).at(-1)!
    const above = edges.find(edge => edge >= 0)!
    assert.equal(values.filter(x => x > below && x <= above && x !== 0).length, 0)
  })

  it('agree with a search from the front for any numbers', () => {
    fc.assert(
      fc.property(anyColumn, fc.integer({ min: 2, max: 255 }), (values, maxBins) => {
        const edges = binEdges(values, maxBins)
        assert.ok(edges.length < maxBins)
        const packed = new Uint32Array(values.length)
        assignBins(values, edges, packed, 16)
        values.forEach((x, i) => {
          const bin = Number.isNaN(x) ? 0 : 1 + edges.filter(edge => x > edge).length
          assert.equal(packed[i]! >>> 16, bin)
        })
      }),
    )
  })

  it('do not change when a column is stretched: the order of values is all that counts', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 500 }), integers => {
        const columns = [integers, integers.map(v => v ** 3)].map(values => Float32Array.from(values))
        const binned = binColumns(columns, integers.length, 20, random(0), bytes)
        if (binned.edges.length === 0) return
        for (let row = 0; row < integers.length; row++) assert.equal(binOf(binned, 0, row), binOf(binned, 1, row))
      }),
    )
  })

  it('are not made for columns that are constant or missing throughout', () => {
    const columns = [
      [1, 1, 1],
      [Number.NaN, Number.NaN, Number.NaN],
      [1, 2, 3],
      [1, Number.NaN, 1],
    ]
    const binned = binColumns(
      columns.map(column => Float32Array.from(column)),
      3,
      255,
      random(0),
      bytes,
    )
    assert.deepEqual(Array.from(binned.column), [2, 3])
    assert.deepEqual(Array.from(binned.missing), [0, 1])
  })
})
