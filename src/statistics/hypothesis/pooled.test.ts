import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { random } from '../../numeric/random.ts'
import { countValues } from './countValues.ts'
import { type Pooled, pool, sortSample } from './pooled.ts'

/** The slow obvious version. */
function plain(samples: readonly Float64Array[]): Pooled {
  const values = [...new Set(samples.flatMap(sample => [...sample].map(x => x + 0)))].sort((a, b) => (a < b ? -1 : 1))
  return {
    values: Float64Array.from(values),
    counts: samples.map(sample => Uint32Array.from(values, value => sample.filter(x => x === value).length)),
    sizes: samples.map(sample => sample.length),
  }
}

function equal(pooled: Pooled, expected: Pooled): void {
  assert.deepEqual(
    [...pooled.values].map(x => x + 0),
    [...expected.values],
  )
  assert.deepEqual(
    pooled.counts.map(counts => [...counts]),
    expected.counts.map(counts => [...counts]),
  )
  assert.deepEqual(pooled.sizes, expected.sizes)
}

test('pooling counts every distinct value in every sample, however the samples are given', () => {
  const value = fc.oneof(
    fc.integer({ min: -3, max: 3 }),
    fc.double({ noNaN: true }),
    fc.constantFrom(0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-320),
  )
  const sample = fc.array(value, { maxLength: 40 }).map(values => Float64Array.from(values))
  fc.assert(
    fc.property(fc.array(sample, { minLength: 2, maxLength: 4 }), samples => {
      const expected = plain(samples)
      equal(pool(samples), expected)
      equal(pool(samples.map(values => sortSample(values))), expected)
      equal(pool([samples[0]!, sortSample(samples[1]!), ...samples.slice(2)]), expected)
    }),
  )
})

test('many rows of few or of many values are pooled alike', () => {
  const rng = random('pool')
  for (const draw of [
    () => rng.below(200),
    () => rng.below(400),
    () => rng.normal(),
    () => Math.round(rng.normal()) || -0,
  ]) {
    const samples = [3000, 1800].map(n => Float64Array.from({ length: n }, draw))
    equal(pool(samples), plain(samples))
  }
})

test('values are counted only where there are few', () => {
  const counted = countValues(Float64Array.of(2, -0, 0, 2, Number.NEGATIVE_INFINITY))!
  assert.deepEqual([...counted.values], [Number.NEGATIVE_INFINITY, 0, 2])
  assert.deepEqual([...counted.counts], [1, 2, 2])
  assert.equal(countValues(Float64Array.of(1, 2, 3), 2), undefined)
  assert.equal(countValues(Float64Array.of(1, Number.NaN)), undefined)
})

test('NaN is refused with the name of the test and the row', () => {
  assert.throws(() => pool([Float64Array.of(1, Number.NaN), Float64Array.of(1)], 'someTest'), /someTest: row 1 is NaN/)
})
