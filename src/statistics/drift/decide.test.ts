import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide, type TestedColumn } from './decide.ts'
import type { DriftPart } from './report.ts'

const part = (pValue: number, effect: number, change = 'values are higher'): DriftPart => ({
  test: 'Kolmogorov-Smirnov',
  statistic: 0.1,
  pValue,
  effect,
  effectName: 'standard deviations',
  change,
})
const column = (name: string, ...parts: DriftPart[]): TestedColumn => ({
  column: name,
  n: 1000,
  m: 500,
  parts: parts.map((of, i) => ({ ...of, weight: i === 0 ? 9 : 1 })),
})
const examined = (...tested: TestedColumn[]) => ({ tested, skipped: [], schema: [], n: 1000, m: 500 })

test('drift is significant and large; either alone is only shown', () => {
  const { columns, drifted } = decide(
    examined(column('both', part(1e-6, 0.3)), column('small', part(1e-6, 0.05)), column('chance', part(0.4, 0.3))),
    {},
  )
  assert.equal(drifted, true)
  assert.deepEqual(
    columns.map(({ drifted, reason }) => [drifted, reason]),
    [
      [true, 'values are higher'],
      [false, 'values are higher, but too little to matter'],
      [false, 'no difference beyond chance'],
    ],
  )
})

test('parts share the budget of their column by weight, columns that of the check by the correction', () => {
  const parts = column('x', part(0.018, 0.2), part(0.009, 0.01, 'a little missing'))
  const of = (correction: 'bh' | 'by' | 'bonferroni') =>
    decide(examined(parts, column('y', part(0.5, 0))), { correction }).columns[0]!
  // 0.018 / 0.9: the part with an effect speaks, not the one with the smaller p.
  assert.ok(Math.abs(of('bh').pValue - 0.02) < 1e-15)
  assert.ok(Math.abs(of('bh').adjustedPValue - 0.04) < 1e-15)
  assert.ok(Math.abs(of('bonferroni').adjustedPValue - 0.04) < 1e-15)
  assert.ok(Math.abs(of('by').adjustedPValue - 0.06) < 1e-15)
})

test('the reason names every part that would have been enough', () => {
  const two = decide(examined(column('x', part(1e-9, 0.5), part(1e-9, 0.2, '20 % missing, 1 % in the reference'))), {})
  assert.equal(two.columns[0]!.reason, 'values are higher; 20 % missing, 1 % in the reference')
})

test('thresholds of effects can be chosen', () => {
  const one = examined(column('x', part(1e-6, 0.05)))
  assert.equal(decide(one, { effects: { 'standard deviations': 0.02 } }).drifted, true)
})

test('an absent column alone is drift, a new one is not, and nothing at all is no answer', () => {
  const finding = (of: 'absent' | 'new') => [{ column: 'x', finding: of, reason: '' }]
  assert.equal(decide({ ...examined(), schema: finding('absent') }, {}).drifted, true)
  assert.equal(decide({ ...examined(), schema: finding('new') }, {}).drifted, null)
  assert.equal(decide(examined(), {}).reason, 'there is no column to compare')
})
