import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { categoriesOf, orderedStatistics, targetEncoder } from './targetStatistics.ts'

const categories = (values: (string | null)[]) => categoriesOf({ name: 'c', kind: 'text', values })

describe('target statistics', () => {
  it('draw the mean of a category towards that of all rows', () => {
    const label = Float64Array.of(1, 1, 0, 0, 0, 1)
    const encoder = targetEncoder('c', categories(['a', 'a', 'a', 'b', '', null]), label, 2)
    // a: (2 + 2 * 1/2) / (3 + 2); b: (0 + 2 * 1/2) / (1 + 2)
    assert.deepEqual(
      [...encoder.codes],
      [
        ['a', Math.fround(3 / 5)],
        ['b', Math.fround(1 / 3)],
      ],
    )
    assert.equal(encoder.other, 0.5)
  })

  it('see only earlier rows of the order while training', () => {
    const label = Float64Array.of(1, 0, 1, 1)
    const codes = orderedStatistics(categories(['a', 'a', 'b', 'a']), label, 1, Int32Array.of(1, 0, 2, 3))
    // Row 1 comes first and knows nothing; row 0 has seen a 0 of its own; row 2 sees a prior of 1/2 alone; row 3 has
    // seen 0 and 1 of its own and a prior of 2/3.
    assert.deepEqual(codes, Float32Array.of(0, 0, 1 / 2, (1 + 2 / 3) / 3))
  })

  it('never let a label into its own row', () => {
    const rows = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', null), fc.integer({ min: 0, max: 1 })), {
      minLength: 1,
      maxLength: 30,
    })
    fc.assert(
      fc.property(rows, fc.nat(), (given, at) => {
        const row = at % given.length
        const order = Int32Array.from(given.keys()).reverse()
        const label = Float64Array.from(given, ([, y]) => y)
        const other = Float64Array.from(label)
        other[row] = 1 - label[row]!
        const coded = (y: Float64Array) => orderedStatistics(categories(given.map(([c]) => c)), y, 10, order)[row]
        assert.equal(coded(label), coded(other))
      }),
    )
  })

  it('weigh rows', () => {
    const twice = targetEncoder('c', categories(['a', 'a', 'b', 'a']), Float64Array.of(1, 0, 0, 1), 3)
    const weighted = targetEncoder(
      'c',
      categories(['a', 'a', 'b']),
      Float64Array.of(1, 0, 0),
      3,
      Float64Array.of(2, 1, 1),
    )
    assert.deepEqual(twice, weighted)
  })
})
