import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addToIdSample, idSample, mergeIdSamples } from './idSample.ts'

const rows = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i): [string, number] => [`row ${from + i}`, from + i])

test('every row is drawn with the same probability', () => {
  const n = 100
  const size = 20
  const draws = 3000
  const counts = new Int32Array(n)
  for (let seed = 0; seed < draws; seed++) {
    for (const { row } of addToIdSample(idSample<number>({ size, seed }), rows(0, n)).rows) counts[row]!++
  }
  const expected = (draws * size) / n
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / (expected * (1 - size / n)), 0)
  // 99 degrees of freedom: the central 99.9 % lie between 56.6 and 153.
  assert.ok(chiSquare > 56 && chiSquare < 153, `chi-square ${chiSquare}`)
})

test('the sample depends on seed and ids alone, not on batches, order, merges or repeated rows', () => {
  fc.assert(
    fc.property(fc.nat(300), fc.nat(300), fc.integer({ min: 1, max: 60 }), (i, j, size) => {
      const [low, high] = [Math.min(i, j), Math.max(i, j)]
      const draw = (part: [string, number][]) => addToIdSample(idSample<number>({ size, seed: 's' }), part)
      const whole = draw(rows(0, 300))
      const [a, b, c] = [draw(rows(0, low)), draw(rows(low, high)), draw(rows(high, 300))]
      assert.deepEqual(mergeIdSamples(mergeIdSamples(a, b), c), whole)
      assert.deepEqual(mergeIdSamples(c, mergeIdSamples(b, a)), whole)
      assert.deepEqual(draw(rows(0, 300).reverse()), whole)
      assert.deepEqual(addToIdSample(addToIdSample(a, rows(low, high)), rows(high, 300)), whole)
      assert.deepEqual(mergeIdSamples(whole, whole).rows, whole.rows)
      assert.equal(whole.rows.length, Math.min(size, 300))
    }),
  )
})

test('all rows are kept while there are no more than the size, with numbers as ids too', () => {
  const sample = addToIdSample(
    idSample<string>({ size: 5 }),
    [1, 2, 3, 2].map(id => [id, `row ${id}`]),
  )
  assert.deepEqual(sample.rows.map(({ id }) => id).sort(), [1, 2, 3])
  assert.equal(sample.n, 4)
  assert.deepEqual(JSON.parse(JSON.stringify(sample)), sample)
})

test('samples that were drawn otherwise are refused', () => {
  assert.throws(() => mergeIdSamples(idSample({ seed: 1 }), idSample({ seed: 2 })), /draw both alike/)
  assert.throws(() => idSample({ size: 0 }), /size is 0/)
})
