import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { random } from '../../numeric/random.ts'
import { binIndex, countBins } from './binIndex.ts'
import { binOf, fixBins, type NumberBins } from './bins.ts'

/** The slow obvious way. */
function countOneByOne(edges: readonly number[], values: Float64Array): Float64Array {
  const counts = new Float64Array(edges.length + 1)
  for (const x of values) if (!Number.isNaN(x)) counts[binOf(edges, x)]!++
  return counts
}

function countAtOnce(edges: readonly number[], values: Float64Array): Float64Array {
  const counts = new Float64Array(edges.length + 1)
  const missing = countBins(binIndex(edges), values, counts)
  assert.equal(missing, values.filter(Number.isNaN).length)
  return counts
}

test('the grid finds the bin that a search over all edges finds, for all doubles', () => {
  const anything = fc.double({ noDefaultInfinity: false })
  const near = fc.constantFrom(0, -0, 1, 1 + 2 ** -52, 1 - 2 ** -53, 5e-324, 1e70, -1e70, 1e308, 1e300)
  const ascending = fc
    .uniqueArray(fc.oneof(fc.double({ noNaN: true, min: -1e70, max: 1e70 }), near), { maxLength: 40 })
    .map(edges => edges.map(x => x + 0).sort((a, b) => a - b))
  fc.assert(
    fc.property(ascending, fc.array(fc.oneof(anything, near)), (edges, others) => {
      const values = Float64Array.of(...others, ...edges)
      assert.deepEqual(countAtOnce(edges, values), countOneByOne(edges, values))
    }),
    { numRuns: 2000 },
  )
})

test('heavy tails, instants, a single value and no edge at all are counted as any other', () => {
  const rng = random('grid')
  const laws = [
    () => rng.normal() / rng.normal(),
    () => Math.exp(3 * rng.normal()),
    () => 1.7e12 + 1e9 * rng.next(),
    () => 7,
    () => Math.floor(40 * rng.next()),
  ]
  for (const law of laws) {
    const reference = Float64Array.from({ length: 20_000 }, law)
    const { edges } = fixBins({ name: 'x', kind: 'number', values: reference }) as NumberBins
    const values = Float64Array.of(
      ...Array.from({ length: 5000 }, law),
      0,
      -1e9,
      1e300,
      Number.NaN,
      -Infinity,
      Infinity,
    )
    assert.deepEqual(countAtOnce(edges, values), countOneByOne(edges, values))
  }
  assert.deepEqual(countAtOnce([], Float64Array.of(1, Number.NaN, Infinity)), Float64Array.of(2))
})
