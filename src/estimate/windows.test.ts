import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { equalWindows, periods, placesIn, type RowWindow, windowsByTime, windowsOfSize } from './windows.ts'

const at = (text: string) => Date.parse(`${text}Z`)

function isPartition(windows: readonly RowWindow[], rows: number): void {
  let next = 0
  for (const { from, to } of windows) {
    assert.equal(from, next)
    assert.ok(to > from)
    next = to
  }
  assert.equal(next, rows)
}

test('windows by size, by number and by time hold every row once, in order', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 1, max: 60 }), (rows, n) => {
      isPartition(windowsOfSize(rows, n), rows)
      const equal = equalWindows(rows, n)
      isPartition(equal, rows)
      const sizes = equal.map(({ from, to }) => to - from)
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1 || rows === 0)
      const times = Float64Array.from({ length: rows }, (_, i) => at('2024-01-01T00:00') + i * n * 1_800_000)
      for (const period of periods) isPartition(windowsByTime(times, period), rows)
    }),
  )
})

test('periods are those of the calendar in UTC: weeks begin on Monday, months have their own length', () => {
  const times = ['2024-02-28T23:59', '2024-02-29T00:00', '2024-03-01T12:00', '2024-03-04T00:00'].map(at)
  const starts = (period: 'day' | 'week' | 'month') =>
    windowsByTime(Float64Array.from(times), period).map(({ from, to, start, end }) => [
      from,
      to,
      new Date(start).toISOString().slice(0, 10),
      new Date(end).toISOString().slice(0, 10),
    ])
  assert.deepEqual(starts('day'), [
    [0, 1, '2024-02-28', '2024-02-29'],
    [1, 2, '2024-02-29', '2024-03-01'],
    [2, 3, '2024-03-01', '2024-03-02'],
    [3, 4, '2024-03-04', '2024-03-05'],
  ])
  assert.deepEqual(starts('week'), [
    [0, 3, '2024-02-26', '2024-03-04'],
    [3, 4, '2024-03-04', '2024-03-11'],
  ])
  assert.deepEqual(starts('month'), [
    [0, 2, '2024-02-01', '2024-03-01'],
    [2, 4, '2024-03-01', '2024-04-01'],
  ])
  // Before 1970 as well.
  assert.equal(new Date(windowsByTime(Float64Array.of(at('1969-12-31T05:00')), 'week')[0]!.start).getUTCDay(), 1)
})

test('places of a window among the rows that were kept', () => {
  const kept = Int32Array.of(0, 2, 3, 7)
  assert.deepEqual(placesIn(kept, { from: 1, to: 7 }), [1, 3])
  assert.deepEqual(placesIn(kept, { from: 4, to: 7 }), [3, 3])
  assert.deepEqual(placesIn(kept, { from: 0, to: 9 }), [0, 4])
})

test('sizes of 0, missing times and times that run backwards are refused', () => {
  assert.throws(() => windowsOfSize(10, 0), /size is 0/)
  assert.throws(() => equalWindows(10, 1.5), /count is 1.5/)
  assert.throws(() => windowsByTime(Float64Array.of(Number.NaN), 'day'), /time of row 0 is NaN/)
  assert.throws(() => windowsByTime(Float64Array.of(5, 3), 'day'), /row 1 is earlier/)
})
