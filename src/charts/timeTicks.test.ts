import assert from 'node:assert/strict'
import { test } from 'node:test'
import { monthStarts, timeTicks } from './timeTicks.ts'

const labels = (from: string, to: string, most: number, zone: string, locale = 'en-GB') =>
  timeTicks(Date.parse(from), Date.parse(to), most, locale, zone).map(t => `${new Date(t.at).toISOString()} ${t.label}`)

test('months begin at local midnight of the first, in winter and in summer time', () => {
  assert.deepEqual(labels('2013-02-15T00:00Z', '2013-05-15T00:00Z', 5, 'America/New_York'), [
    '2013-03-01T05:00:00.000Z Mar 2013',
    '2013-04-01T04:00:00.000Z Apr',
    '2013-05-01T04:00:00.000Z May',
  ])
})

test('days cross the hour that daylight saving drops', () => {
  assert.deepEqual(labels('2013-03-09T05:00Z', '2013-03-12T05:00Z', 4, 'America/New_York'), [
    '2013-03-09T05:00:00.000Z 9 Mar',
    '2013-03-10T05:00:00.000Z 10 Mar',
    '2013-03-11T04:00:00.000Z 11 Mar',
    '2013-03-12T04:00:00.000Z 12 Mar',
  ])
})

test('hours across the repeated hour are round on the wall clock and ascend', () => {
  const ticks = timeTicks(
    Date.parse('2013-11-03T04:00Z'),
    Date.parse('2013-11-03T12:00Z'),
    10,
    'en-GB',
    'America/New_York',
  )
  for (const [i, tick] of ticks.entries()) assert.ok(i === 0 || tick.at > ticks[i - 1]!.at)
  assert.ok(ticks.every(t => t.at % 3_600_000 === 0))
})

test('weeks begin on Mondays', () => {
  const ticks = timeTicks(Date.parse('2013-03-01T00:00Z'), Date.parse('2013-04-10T00:00Z'), 6, 'en-GB', 'UTC')
  assert.ok(ticks.length >= 3)
  for (const tick of ticks) assert.equal(new Date(tick.at).getUTCDay(), 1)
})

test('labels speak the language they are asked for', () => {
  assert.deepEqual(labels('2013-03-01T00:00Z', '2013-04-15T00:00Z', 2, 'UTC', 'zh-CN'), [
    '2013-03-01T00:00:00.000Z 2013年3月',
    '2013-04-01T00:00:00.000Z 4月',
  ])
})

test('months begin at their first local midnight, the first span where it is cut', () => {
  const starts = monthStarts(Date.parse('2013-03-05T10:00Z'), Date.parse('2013-05-01T04:00Z'), 'America/New_York')
  assert.deepEqual(
    starts.map(at => new Date(at).toISOString()),
    ['2013-03-05T10:00:00.000Z', '2013-04-01T04:00:00.000Z'],
  )
})

test('an empty or reversed span has no ticks', () => {
  assert.deepEqual(timeTicks(5, 5, 4, 'en', 'UTC'), [])
  assert.deepEqual(timeTicks(5, 1, 4, 'en', 'UTC'), [])
})
