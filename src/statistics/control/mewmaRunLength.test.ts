import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { mewmaArl, mewmaDesign } from './mewmaRunLength.ts'
import { ewmaArl } from './runLength.ts'

// R package spc 0.6.7; its `shift` is the squared length of the mean vector.
const { rows } = JSON.parse(
  readFileSync(new URL('../../../test/golden/control_chart_arl.json', import.meta.url), 'utf8'),
) as { rows: { chart?: string; r: number; p: number; h4: number; shift: number; arl: number }[] }

const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual / expected - 1) < tolerance, `${actual} is not ${expected}`)

test('average run lengths of multivariate EWMA charts equal those of the R package spc', () => {
  let seen = 0
  for (const { chart, r, p, h4, shift, arl } of rows) {
    if (chart !== 'mewma') continue
    // The oracle's own grid is 0.1 % off for two columns with a shift.
    near(mewmaArl({ r, p, h4, shift: Math.sqrt(shift) }), arl, shift === 0 ? 1e-6 : p === 2 ? 2e-3 : 3e-5)
    seen++
  }
  assert.ok(seen >= 8)
})

test('average run lengths equal the published table (Prabhu and Runger 1997) within its Markov approximation', () => {
  const published = [
    [0, 199.78],
    [0.5, 35.05],
    [1, 12.17],
    [1.5, 7.22],
    [2, 5.19],
    [3, 3.42],
  ] as const
  for (const [shift, arl] of published) near(mewmaArl({ r: 0.1, p: 4, h4: 12.73, shift }), arl, 0.004)
})

test('designs equal the published h4 for 200 points to a false alarm', () => {
  for (const [p, h4] of [
    [2, 8.6336],
    [3, 10.7836],
    [4, 12.7231],
    [5, 14.5364],
    [10, 22.6565],
  ] as const)
    near(mewmaDesign(0.1, p, 200), h4, 6e-6)
})

test('T^2 of one column is the square of an EWMA chart', () => {
  near(mewmaArl({ r: 0.2, p: 1, h4: 9, shift: 1 }), ewmaArl({ lambda: 0.2, L: 3, shift: 1 }), 1e-12)
  near(mewmaDesign(0.2, 1, 500), 2.9622 ** 2, 2e-5)
})

test('a longer shift is seen sooner', () => {
  let before = Number.POSITIVE_INFINITY
  for (const shift of [0, 0.5, 1, 2]) {
    const arl = mewmaArl({ r: 0.2, p: 3, h4: 12, shift })
    assert.ok(arl < before)
    before = arl
  }
})
