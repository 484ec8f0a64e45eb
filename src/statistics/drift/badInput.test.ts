/** What is said of windows and columns that cannot be tested, or that differ before any test. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Column, table } from '../../base/table.ts'
import { random } from '../../numeric/random.ts'
import { fixBins } from '../profiles/bins.ts'
import { sketchOf } from '../profiles/sketch.ts'
import { drift, driftOfRows } from './drift.ts'
import type { DriftReport } from './report.ts'

const rng = random('bad input')
const normal = (n: number, shift = 0) => Float64Array.from({ length: n }, () => shift + rng.normal())
const number = (values: Float64Array, name = 'x'): Column => ({ name, kind: 'number', values })
const text = (values: (string | null)[], name = 'x'): Column => ({ name, kind: 'text', values })
const filled = (n: number, value: number) => new Float64Array(n).fill(value)

/** From rows and from sketches; both must say the same. */
function compare(a: Column, b: Column): DriftReport {
  const rows = driftOfRows(table([a]), table([b]))
  const bins = [fixBins(a)]
  const sketched = drift(bins, [sketchOf(bins[0]!, a)], [sketchOf(bins[0]!, b)])
  const said = ({ drifted, reason, skipped, columns }: DriftReport) => ({
    drifted,
    reason,
    skipped,
    columns: columns.map(column => [column.column, column.drifted]),
  })
  assert.deepEqual(said(sketched), said(rows))
  for (const report of [rows, sketched]) assert.doesNotMatch(JSON.stringify(report), /NaN|Infinity/)
  for (const column of rows.columns) {
    for (const value of [column.pValue, column.adjustedPValue, column.effect, column.statistic]) {
      assert.ok(Number.isFinite(value))
    }
  }
  return rows
}

test('an empty window and one of a single row are no answer, with the reason', () => {
  for (const m of [0, 1, 3]) {
    const report = compare(number(normal(1000)), number(normal(m)))
    assert.equal(report.drifted, null)
    assert.equal(report.reason, `not enough data: n = ${m} in the window, needs 30`)
  }
  assert.match(compare(number(normal(5)), number(normal(1000))).reason!, /n = 5 in the reference, needs 30/)
  assert.equal(driftOfRows(table([]), table([])).reason, 'not enough data: n = 0 in the reference, needs 30')
})

test('a window without a single value has drifted by its missing rows; where the reference has none either, nothing is said', () => {
  const lost = compare(number(normal(1000)), number(filled(500, Number.NaN)))
  assert.equal(lost.drifted, true)
  assert.equal(lost.columns[0]!.test, 'share missing')
  assert.equal(lost.columns[0]!.reason, '100 % missing, 0 % in the reference')
  const never = compare(number(filled(1000, Number.NaN)), number(filled(500, Number.NaN)))
  assert.equal(never.drifted, false)
  assert.equal(never.columns[0]!.pValue, 1)
})

test('a column with one value in both is passed over; one that leaves its value has drifted', () => {
  assert.match(compare(number(filled(100, 7)), number(filled(100, 7))).reason!, /nothing to compare: one value in both/)
  assert.equal(compare(number(filled(100, 7)), number(filled(100, 8))).drifted, true)
  assert.equal(
    compare(number(filled(1000, 7)), number(Float64Array.from({ length: 500 }, (_, i) => (i % 9 ? 7 : i)))).drifted,
    true,
  )
  assert.equal(compare(text(new Array(100).fill('a')), text(new Array(100).fill('b'))).drifted, true)
})

test('infinite and huge values are values like others, far out', () => {
  const values = normal(1000)
  values.fill(Number.POSITIVE_INFINITY, 0, 60)
  values.fill(-1e300, 60, 80)
  const report = compare(number(normal(1000)), number(values))
  assert.equal(report.drifted, true)
  assert.match(report.columns[0]!.reason, /8\.\d % of the values are outside the range of the reference/)
  assert.equal(compare(number(values), number(values.toReversed())).drifted, false)
})

test('a text with a value of its own in every row is no drift', () => {
  const ids = (from: number, n: number) => text(Array.from({ length: n }, (_, i) => `id ${from + i}`))
  assert.equal(compare(ids(0, 900), ids(5000, 400)).drifted, false)
})

test('absent, new and differently typed columns are findings; the others are still tested', () => {
  const reference = table([number(normal(500), 'a'), number(normal(500), 'b'), number(normal(500), 'c')])
  const window = table([
    text(
      Array.from({ length: 200 }, () => 'z'),
      'a',
    ),
    number(normal(200, 1), 'c'),
    number(normal(200), 'd'),
  ])
  const report = driftOfRows(reference, window)
  assert.deepEqual(report.schema, [
    { column: 'a', finding: 'type', reason: 'number in the reference, text in the window' },
    { column: 'b', finding: 'absent', reason: 'the window has no such column' },
    { column: 'd', finding: 'new', reason: 'the reference has no such column' },
  ])
  assert.equal(report.drifted, true)
  assert.deepEqual(
    report.columns.map(({ column, drifted }) => [column, drifted]),
    [['c', true]],
  )
  const only = driftOfRows(
    table([number(normal(500), 'a')]),
    table([number(normal(500), 'a'), number(normal(500), 'd')]),
  )
  assert.equal(only.drifted, false, 'a new column alone is no drift')
})

test('a column that came without a value and so without a type counts as missing rows', () => {
  const report = driftOfRows(table([number(normal(500))]), table([text(new Array(300).fill(null))]))
  assert.deepEqual(report.schema, [])
  assert.equal(report.columns[0]!.test, 'share missing')
  assert.equal(report.drifted, true)
  const back = driftOfRows(table([text(new Array(300).fill(null))]), table([number(normal(500))]))
  assert.equal(back.columns[0]!.reason, '0 % missing, 100 % in the reference')
})

test('instants are passed over, booleans are numbers', () => {
  const time: Column = { name: 't', kind: 'time', values: filled(100, 1e12) }
  const yes: Column = { name: 'b', kind: 'boolean', values: filled(100, 1) }
  const report = driftOfRows(
    table([time, yes]),
    table([{ ...time, values: filled(100, 2e12) }, number(filled(100, 0), 'b')]),
  )
  assert.deepEqual(report.skipped, [{ column: 't', reason: 'instants move on by themselves' }])
  assert.equal(report.columns[0]!.drifted, true)
})

test('wrong use says what was given and what is wanted', () => {
  const one = table([number(normal(100))])
  assert.throws(() => driftOfRows(one, one, { alpha: 0 }), /alpha is 0, must be in \(0, 1\)/)
})
