import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { dayStart, formatDuration, isTimeZone, localDate, localDays, nextDay, parseDuration } from './time.ts'

const hour = 3_600_000
const utc = (text: string) => Date.parse(text)
const iso = (at: number) => new Date(at).toISOString()

test('durations are read as people write them', () => {
  assert.equal(parseDuration('14 days'), 14 * 24 * hour)
  assert.equal(parseDuration('1 hour'), hour)
  assert.equal(parseDuration(' 1.5 h '), 1.5 * hour)
  assert.equal(parseDuration('1 hour 30 minutes'), 1.5 * hour)
  assert.equal(parseDuration('day'), 24 * hour)
  assert.equal(parseDuration('1 year'), 365 * 24 * hour)
  assert.equal(parseDuration('250ms'), 250)
  for (const text of ['', '14', 'days 14', '3 fortnights', '-1 day', 'one day']) {
    assert.throws(() => parseDuration(text), RangeError, text)
  }
})

test('a duration that was written reads back as itself', () => {
  assert.equal(formatDuration(14 * 24 * hour), '14 days')
  assert.equal(formatDuration(1.5 * hour), '1 hour 30 minutes')
  assert.equal(formatDuration(0), '0 seconds')
  fc.assert(fc.property(fc.nat(2 ** 45), ms => parseDuration(formatDuration(ms)) === ms))
  assert.throws(() => formatDuration(-1), RangeError)
})

test('a day in New York has 23 hours when the clocks go forward and 25 when they go back', () => {
  const zone = 'America/New_York'
  const days = localDays(utc('2013-01-01T05:00:00Z'), utc('2014-01-01T05:00:00Z'), zone)
  assert.equal(days.length, 365)
  assert.equal(days[0]!.date, '2013-01-01')
  assert.equal(days[364]!.date, '2013-12-31')
  const odd = days.filter(d => d.to - d.from !== 24 * hour).map(d => [d.date, (d.to - d.from) / hour])
  assert.deepEqual(odd, [
    ['2013-03-10', 23],
    ['2013-11-03', 25],
  ])
  assert.equal(iso(dayStart(utc('2013-03-10T12:00:00Z'), zone)), '2013-03-10T05:00:00.000Z')
  assert.equal(iso(nextDay(utc('2013-03-10T12:00:00Z'), zone)), '2013-03-11T04:00:00.000Z')
})

test('a day whose midnight is skipped begins at one o’clock; one whose midnight comes twice begins at the first', () => {
  // Brazil skipped 00:00 to 01:00 on 2013-10-20. Newfoundland went back from 00:01 to 23:01 on 2010-11-07.
  assert.equal(iso(dayStart(utc('2013-10-20T15:00:00Z'), 'America/Sao_Paulo')), '2013-10-20T03:00:00.000Z')
  assert.equal(iso(nextDay(utc('2013-10-19T15:00:00Z'), 'America/Sao_Paulo')), '2013-10-20T03:00:00.000Z')
  assert.equal(iso(dayStart(utc('2010-11-07T15:00:00Z'), 'America/St_Johns')), '2010-11-07T02:30:00.000Z')
  assert.equal(localDate(utc('2010-11-07T03:00:00Z'), 'America/St_Johns'), '2010-11-07')
})

test('a date that a zone left out has no day: Samoa went from the 29th to the 31st', () => {
  const days = localDays(utc('2011-12-29T12:00:00Z'), utc('2012-01-01T00:00:00Z'), 'Pacific/Apia')
  assert.deepEqual(
    days.map(d => d.date),
    ['2011-12-29', '2011-12-31', '2012-01-01'],
  )
})

test('days follow one another without gap or overlap, in any zone', () => {
  const zones = ['UTC', 'America/New_York', 'Asia/Kolkata', 'Pacific/Apia', 'America/St_Johns', 'Africa/Casablanca']
  const instant = fc.integer({ min: utc('1990-01-01T00:00:00Z'), max: utc('2037-01-01T00:00:00Z') })
  fc.assert(
    fc.property(instant, fc.constantFrom(...zones), (at, zone) => {
      const from = dayStart(at, zone)
      const to = nextDay(at, zone)
      assert.ok(from <= at && at < to)
      assert.equal(dayStart(from, zone), from)
      assert.equal(dayStart(to, zone), to)
      assert.equal(nextDay(from - 1, zone), from)
      assert.ok(localDate(from - 1, zone) < localDate(from, zone))
    }),
    { numRuns: 300 },
  )
})

test('a zone that does not exist is refused', () => {
  assert.ok(isTimeZone('America/New_York'))
  assert.ok(!isTimeZone('America/New_Amsterdam'))
  assert.throws(() => dayStart(0, 'America/New_Amsterdam'), RangeError)
  assert.throws(() => dayStart(Number.NaN, 'UTC'), RangeError)
})
