import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalJson } from '../../base/json.ts'
import { table } from '../../base/table.ts'
import { columnProfile, profile, sortedQuantile } from './profile.ts'

test('the profile of a number column counts what is special and describes the rest', () => {
  const values = Float64Array.of(3, 1, Number.NaN, 4, 1, 5, -0, Number.POSITIVE_INFINITY, -2, 1)
  const { numbers, ...rest } = columnProfile({ name: 'x', kind: 'number', values }, { top: 2 })
  assert.deepEqual(rest, {
    column: 'x',
    kind: 'number',
    rows: 10,
    missing: 1,
    distinct: 7,
    top: [
      { value: 1, rows: 3 },
      { value: -2, rows: 1 },
    ],
  })
  const { quantiles, mean, sd, ...counts } = numbers!
  assert.deepEqual(counts, { infinite: 1, zero: 1, negative: 1, min: -2, max: 5 })
  assert.equal(quantiles['0.5'], 1)
  assert.ok(Math.abs(mean - 13 / 8) < 1e-15)
  // Squares around 13/8: 57 - 8 (13/8)^2, divided by 7.
  assert.ok(Math.abs(sd - Math.sqrt((57 - 169 / 8) / 7)) < 1e-14)
})

test('quantiles are linear between the two nearest values', () => {
  // numpy.quantile([1, 2, 4, 8], [0.1, 0.5, 0.9])
  const sorted = Float64Array.of(1, 2, 4, 8)
  for (const [p, expected] of [
    [0, 1],
    [0.1, 1.3],
    [0.5, 3],
    [0.9, 6.8],
    [1, 8],
  ] as const) {
    assert.ok(Math.abs(sortedQuantile(sorted, p) - expected) < 1e-12)
  }
  assert.throws(() => sortedQuantile(sorted, 1.2), /p is 1.2, must be in \[0, 1\]/)
})

test('the profile of a text column has its most frequent values; an empty text is a value, null is missing', () => {
  const values = ['b', null, '', 'b', 'a', 'c', 'a', 'b']
  assert.deepEqual(columnProfile({ name: 's', kind: 'text', values }, { top: 3 }), {
    column: 's',
    kind: 'text',
    rows: 8,
    missing: 1,
    distinct: 4,
    top: [
      { value: 'b', rows: 3 },
      { value: 'a', rows: 2 },
      { value: '', rows: 1 },
    ],
  })
})

test('columns without any value and tables without rows have a profile too, as canonical JSON', () => {
  const profiles = profile(
    table([
      { name: 'x', kind: 'number', values: Float64Array.of(Number.NaN, Number.NEGATIVE_INFINITY) },
      { name: 's', kind: 'text', values: [null, null] },
    ]),
  )
  assert.equal(profiles[0]!.numbers, undefined)
  assert.equal(profiles[1]!.distinct, 0)
  assert.deepEqual(JSON.parse(canonicalJson(profiles)), profiles)
  assert.deepEqual(profile(table([])), [])
})
