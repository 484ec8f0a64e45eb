import assert from 'node:assert/strict'
import { test } from 'node:test'
import { table } from '../base/table.ts'
import { random } from '../numeric/random.ts'
import { buildReference, rowsByDay } from './reference.ts'

const hour = 3_600_000

/** Three days in New York around the change to summer time, 40 rows each, from local midnight on. */
function threeDays() {
  const starts = [Date.UTC(2013, 2, 9, 5), Date.UTC(2013, 2, 10, 5), Date.UTC(2013, 2, 11, 4)]
  const at = Float64Array.from(starts.flatMap(start => Array.from({ length: 40 }, (_, i) => start + (i * hour) / 2)))
  const rng = random('reference')
  const labels = Float64Array.from(at, () => (rng.next() < 0.3 ? 1 : 0))
  const outputs = Float64Array.from(at, () => 0.1 + 0.8 * rng.next())
  const features = table([
    { name: 'temp', kind: 'number', values: Float64Array.from(at, () => rng.normal()) },
    { name: 'origin', kind: 'text', values: Array.from(at, (_, i) => (i % 3 ? 'EWR' : 'JFK')) },
  ])
  return { at, labels, outputs, features, timezone: 'America/New_York' }
}

test('days are local days, also where one has 23 hours', () => {
  const { at } = threeDays()
  const days = rowsByDay(at, 'America/New_York')
  assert.deepEqual(
    days.map(({ day, rows }) => [day.date, (day.to - day.from) / hour, rows.length]),
    [
      ['2013-03-09', 24, 40],
      ['2013-03-10', 23, 40],
      ['2013-03-11', 24, 40],
    ],
  )
})

test('statistics of a day are those of its rows', () => {
  const rows = threeDays()
  const { days, task } = buildReference(rows)
  assert.equal(task, 'binary')
  const { statistics } = days[1]!
  const labels = rows.labels.slice(40, 80)
  const outputs = rows.outputs.slice(40, 80)
  const mean = (values: Float64Array) => values.reduce((a, b) => a + b) / values.length
  assert.ok(Math.abs(statistics['observed - expected']! - (mean(labels) - mean(outputs))) < 1e-12)
  assert.ok(Math.abs(statistics.brier! - mean(labels.map((y, i) => (y - outputs[i]!) ** 2))) < 1e-12)
  let won = 0
  let pairs = 0
  for (let i = 0; i < 40; i++) {
    for (let j = 0; j < 40; j++) {
      if (labels[i] !== 1 || labels[j] !== 0) continue
      pairs++
      won += outputs[i]! > outputs[j]! ? 1 : outputs[i]! === outputs[j]! ? 0.5 : 0
    }
  }
  assert.ok(Math.abs(statistics.auc! - won / pairs) < 1e-12)
})

test('the order of the rows does not matter, and the reference is plain JSON', () => {
  const rows = threeDays()
  const order = Int32Array.from(rows.at, (_, i) => rows.at.length - 1 - i)
  const turned = {
    ...rows,
    at: rows.at.toReversed(),
    labels: rows.labels.toReversed(),
    outputs: rows.outputs.toReversed(),
    features: table(
      rows.features.columns.map(column =>
        column.kind === 'text'
          ? { ...column, values: column.values.toReversed() }
          : { ...column, values: Float64Array.from(order, i => column.values[i]!) },
      ),
    ),
  }
  const a = buildReference(rows)
  const b = buildReference(turned)
  assert.deepEqual(
    a.days.map(({ date, rows: count, profile }) => [date, count, profile[0]!.quantiles]),
    b.days.map(({ date, rows: count, profile }) => [date, count, profile[0]!.quantiles]),
  )
  assert.deepEqual(JSON.parse(JSON.stringify(a)), a)
})

test('a day with fewer than 30 rows says nothing about days', () => {
  const rows = threeDays()
  const cut = (values: Float64Array) => values.slice(0, 100)
  const features = table(
    rows.features.columns.map(column =>
      column.kind === 'text'
        ? { ...column, values: column.values.slice(0, 100) }
        : { ...column, values: cut(column.values) },
    ),
  )
  const { days } = buildReference({
    ...rows,
    features,
    at: cut(rows.at),
    labels: cut(rows.labels),
    outputs: cut(rows.outputs),
  })
  assert.equal(days.length, 2)
})

test('labels beyond 0 and 1 are numbers to be predicted, with their own statistics', () => {
  const rows = threeDays()
  const { days, task } = buildReference({ ...rows, labels: rows.labels.map(y => 10 * y) })
  assert.equal(task, 'regression')
  assert.deepEqual(Object.keys(days[0]!.statistics).sort(), ['mae', 'observed - expected', 'rmse'])
})

test('no rows, and rows without their labels, are refused with what was given', () => {
  const rows = threeDays()
  assert.throws(() => buildReference({ ...rows, labels: rows.labels.slice(1) }), /119 labels for 120 rows/)
  const none = new Float64Array(0)
  assert.throws(
    () => buildReference({ ...rows, features: table([]), at: none, outputs: none, labels: none }),
    /no rows, wanted days that the model has not seen/,
  )
})
