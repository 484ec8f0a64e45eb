import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { windowAt, windowProblem, windowsBetween } from './monitorWindow.ts'

const hour = 3_600_000
const day = 24 * hour
const zones = ['UTC', 'America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'Pacific/Apia', 'Asia/Kathmandu']
const lengths = [0.25, 1, 2, 3, 6, 12, 24, 48, 168].map(hours => hours * hour)

test('windows follow one another without gap or overlap, in every zone and through every change of the clocks', () => {
  const begin = Date.parse('2011-12-20T00:00:00Z')
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.constantFrom(...lengths),
      fc.integer({ min: 0, max: 800 * day }),
      (zone, everyMs, offset) => {
        const at = begin + offset
        const { from, to } = windowAt(at, everyMs, zone)
        assert.ok(from <= at && at < to)
        assert.deepEqual(windowAt(from, everyMs, zone), { from, to })
        assert.deepEqual(windowAt(to - 1, everyMs, zone), { from, to })
        assert.equal(windowAt(to, everyMs, zone).from, to)
        assert.equal(windowAt(from - 1, everyMs, zone).to, from)
      },
    ),
    { numRuns: 400, seed: 1 },
  )
})

test('on the day on which the clocks go forward the window of that hour is an hour shorter, the others begin as ever', () => {
  // 10 March 2013, New York: 02:00 is followed by 03:00.
  const midnight = Date.parse('2013-03-10T05:00:00Z')
  const spans = windowsBetween(midnight, midnight + 23 * hour, 6 * hour, 'America/New_York')
  assert.deepEqual(
    spans.map(({ from, to }) => (to - from) / hour),
    [5, 6, 6, 6],
  )
  assert.equal(new Date(spans[1]!.from).toISOString(), '2013-03-10T10:00:00.000Z')
})

test('on the day on which the clocks go back it is an hour longer', () => {
  const midnight = Date.parse('2013-11-03T04:00:00Z')
  const spans = windowsBetween(midnight, midnight + 25 * hour, 6 * hour, 'America/New_York')
  assert.deepEqual(
    spans.map(({ from, to }) => (to - from) / hour),
    [7, 6, 6, 6],
  )
  const hours = windowsBetween(midnight, midnight + 25 * hour, hour, 'America/New_York')
  assert.equal(hours.length, 25)
})

test('a week begins on Monday, at local midnight', () => {
  const { from, to } = windowAt(Date.parse('2013-03-13T12:00:00Z'), 7 * day, 'America/New_York')
  assert.deepEqual(
    [new Date(from).toISOString(), new Date(to).toISOString()],
    ['2013-03-11T04:00:00.000Z', '2013-03-18T04:00:00.000Z'],
  )
})

test('lengths that do not divide a day or an hour are refused with what is wanted', () => {
  assert.equal(windowProblem({ kind: 'time', everyMs: 8 * hour }), undefined)
  assert.match(windowProblem({ kind: 'time', everyMs: 5 * hour })!, /windows of 5 hours/)
  assert.match(windowProblem({ kind: 'time', everyMs: 90 * 60_000 })!, /windows of 1 hour 30 minutes/)
  assert.match(windowProblem({ kind: 'rows', rows: 12.5 })!, /12.5 rows/)
})
