import assert from 'node:assert/strict'
import { test } from 'node:test'
import { numbers, type Table, table, texts } from '../../base/table.ts'
import { random } from '../../numeric/random.ts'
import { rowSample } from './rowSample.ts'

/** Rows named by their number, in both columns. */
function rowsBetween(from: number, to: number): Table {
  const values = Float64Array.from({ length: to - from }, (_, i) => from + i)
  return table([
    { name: 'n', kind: 'number', values },
    { name: 'name', kind: 'text', values: Array.from(values, String) },
  ])
}

function sampleOf(rows: number, size: number, seed: number | string, batchRows: number): Table {
  const sample = rowSample(size, random(seed))
  for (let from = 0; from < rows; from += batchRows) sample.add(rowsBetween(from, Math.min(rows, from + batchRows)))
  return sample.table()
}

test('a sample that is larger than the stream holds all rows in their order', () => {
  assert.deepEqual(sampleOf(57, 100, 'all', 10), rowsBetween(0, 57))
  assert.deepEqual(sampleOf(100, 100, 'all', 10), rowsBetween(0, 100))
  assert.equal(rowSample(5, random(1)).table().rows, 0)
})

test('the sample depends on the seed and the rows, not on the batches, and keeps rows whole', () => {
  const whole = sampleOf(5000, 64, 7, 5000)
  for (const batchRows of [1, 63, 64, 65, 999]) assert.deepEqual(sampleOf(5000, 64, 7, batchRows), whole)
  assert.notDeepEqual(sampleOf(5000, 64, 8, 5000), whole)
  assert.deepEqual(Array.from(numbers(whole, 'n'), String), texts(whole, 'name'))
  assert.equal(new Set(numbers(whole, 'n')).size, 64)
})

test('every row of the stream is drawn equally often', () => {
  // 4,000 samples of 10 of 50 rows: each row 800 times, sd sqrt(4000 0.2 0.8) = 25.3; chi-square with 49 degrees.
  const drawn = new Float64Array(50)
  for (let seed = 0; seed < 4000; seed++) for (const n of numbers(sampleOf(50, 10, seed, 7), 'n')) drawn[n]!++
  const chiSquare = drawn.reduce((sum, count) => sum + (count - 800) ** 2 / (4000 * 0.2 * 0.8), 0) * (49 / 50)
  // Quantiles 0.001 and 0.999 of chi-square with 49 degrees of freedom.
  assert.ok(chiSquare > 23.98 && chiSquare < 85.35, String(chiSquare))
})

test('a sample without room is refused', () => {
  assert.throws(() => rowSample(0, random(1)), /size is 0, must be at least 1/)
})
