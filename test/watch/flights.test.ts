/**
 * Faults planted in real weather: what diagnosis must see between March and June, and what it must not take for a fault.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { type Column, numbers, select, type Table, take } from '../../src/base/table.ts'
import { dayStart, localDate } from '../../src/base/time.ts'
import { profileColumns } from '../../src/loop/columnProfile.ts'
import { diagnose } from '../../src/loop/diagnosis/diagnose.ts'
import type { DiagnosedDay } from '../../src/loop/diagnosis/evidence.ts'
import { relatedFault } from '../../src/loop/diagnosis/relatedFault.ts'
import { rowsByDay } from '../../src/loop/reference.ts'

import { contentOfDay, repeatedShare } from '../../src/loop/watchedDay.ts'
import { duckTables } from '../../src/tables/duckTables.ts'

const zone = 'America/New_York'
const weather = ['temp', 'dewp', 'humid', 'wind_dir', 'wind_speed', 'precip', 'pressure', 'visib']
const columns = ['carrier', 'origin', 'dest', 'distance', 'hour', ...weather]
/** Days from February 1 on. */
const days: { readonly date: string; readonly features: Table }[] = []

before(async () => {
  const examples = join(import.meta.dirname, '../../examples/flights')
  const tables = await duckTables()
  try {
    await tables.read('flights', join(examples, 'flights.parquet'), 'parquet')
    await tables.read('weather', join(examples, 'weather.parquet'), 'parquet')
    const named = (from: string, names: readonly string[]) => names.map(name => `${from}.${name}`).join(', ')
    const rows = await tables.query(
      `select epoch_ms(f.time_hour) as at, f.carrier, f.origin, f.dest, f.distance::double as distance,
         f.hour::double as hour, ${named('w', weather)}
       from flights f left join weather w on w.origin = f.origin and w.time_hour = f.time_hour - interval 1 hour
       where f.month between 2 and 6 order by f.time_hour, f.carrier, f.flight, f.origin`,
    )
    for (const { day, rows: places } of rowsByDay(numbers(rows, 'at'), zone)) {
      days.push({ date: localDate(dayStart(day.from, zone), zone), features: select(take(rows, places), columns) })
    }
  } finally {
    await tables.close()
  }
})

function withNumbers(table: Table, changes: Readonly<Record<string, (x: number, row: number) => number>>): Table {
  return {
    ...table,
    columns: table.columns.map((column): Column => {
      const change = changes[column.name]
      return change && column.kind !== 'text' ? { ...column, values: column.values.map(change) } : column
    }),
  }
}

/** Verdict on the evening of `date`, with `fault` in the rows of that day and the days before it, `since` days in all. */
function verdictOn(date: string, since: number, fault: (rows: Table) => Table) {
  const last = days.findIndex(day => day.date === date)
  const seen = days
    .slice(last - 20, last + 1)
    .map((day, d) => (d > 20 - since ? { ...day, features: fault(day.features) } : day))
  const contents = seen.map(({ features }) => contentOfDay(features))
  const evidence = seen.map(
    ({ date: of, features }, d): DiagnosedDay => ({
      date: of,
      from: d,
      rows: features.rows,
      profile: profileColumns(features),
      repeated: repeatedShare(contents[d]!.hashes, contents[d - 1]?.hashes ?? []),
      losses: {},
    }),
  )
  const related = relatedFault(seen)
  return diagnose({
    columns,
    reference: days.slice(0, 28).map(({ features }) => profileColumns(features)),
    days: evidence,
    drifted: ['temp'],
    alarms: ['drift'],
    ...(related && { related }),
  })
}

const evenings = ['2013-03-16', '2013-03-30', '2013-04-14', '2013-04-28', '2013-05-12', '2013-05-26', '2013-06-16']

test('real springs and summers are no fault: on none of 30 evenings is a retraining blocked', () => {
  for (let d = 28 + 14; d < days.length; d += 4) {
    const { verdict, reasons } = verdictOn(days[d]!.date, 0, rows => rows)
    assert.equal(verdict, 'covariate shift', `${days[d]!.date}: ${reasons[0]}`)
  }
})

test('a temperature that switches to Celsius blocks retraining and says so, from late winter to summer', () => {
  for (const since of [2, 4]) {
    for (const date of evenings) {
      const { verdict, column, reasons } = verdictOn(date, since, rows =>
        withNumbers(rows, { temp: t => (t - 32) / 1.8 }),
      )
      assert.deepEqual([verdict, column], ['unit change', 'temp'], `${date}: ${reasons[0]}`)
      assert.match(reasons[0]!, /degrees Fahrenheit to Celsius/)
    }
  }
})

test('a weather feed that freezes blocks retraining and says so, also when each station freezes at its own values', () => {
  const still = { temp: 51, dewp: 40, humid: 65, wind_dir: 220, wind_speed: 9, precip: 0, pressure: 1016, visib: 10 }
  for (const date of evenings) {
    for (const station of [0, 1]) {
      const { verdict, reasons } = verdictOn(date, 3, rows => {
        const origin = rows.columns.find(({ name }) => name === 'origin')!.values
        const at = (row: number) => station * ['EWR', 'JFK', 'LGA'].indexOf(String(origin[row]))
        return withNumbers(
          rows,
          Object.fromEntries(
            Object.entries(still).map(([name, value]) => [name, (_: number, row: number) => value + at(row)]),
          ),
        )
      })
      assert.equal(verdict, 'frozen sensor', `${date}: ${reasons[0]}`)
    }
  }
})

test('a weather source that delivers nothing is an outage, a batch that came twice is a duplicate', () => {
  for (const date of evenings) {
    const outage = verdictOn(date, 2, rows => withNumbers(rows, { temp: () => Number.NaN, humid: () => Number.NaN }))
    assert.deepEqual([outage.verdict, outage.column], ['source outage', 'temp'], date)
    const twice = verdictOn(date, 1, rows => {
      const half = Math.floor(rows.rows / 2)
      return take(
        rows,
        Int32Array.from({ length: rows.rows }, (_, row) => row % half),
      )
    })
    assert.equal(twice.verdict, 'duplicated batch', date)
  }
})
