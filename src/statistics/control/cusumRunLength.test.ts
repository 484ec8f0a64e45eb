import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { random } from '../../numeric/random.ts'
import { cusumArl, cusumDesign, twoSidedCusumArl } from './cusumRunLength.ts'

// R package spc 0.6.7
const { rows } = JSON.parse(
  readFileSync(new URL('../../../test/golden/control_chart_arl.json', import.meta.url), 'utf8'),
) as { rows: { chart?: string; design?: string; k: number; h: number; shift: number; arl: number; arl0: number }[] }

const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual / expected - 1) < tolerance, `${actual} is not ${expected}`)

test('average run lengths and designs of CUSUM charts equal those of the R package spc to 1e-6', () => {
  let seen = 0
  for (const row of rows) {
    if (row.chart === 'cusum_one_sided') near(cusumArl(row), row.arl, 1e-6)
    else if (row.chart === 'cusum_two_sided') near(twoSidedCusumArl(row), row.arl, 1e-6)
    else if (row.design === 'cusum_h_two_sided') near(cusumDesign(row.k, row.arl0), row.h, 1e-6)
    else continue
    seen++
  }
  assert.ok(seen > 30)
})

test('average run lengths of CUSUM charts equal the published table, with and without a head start (Lucas and Crosier 1982)', () => {
  const shifts = [0, 0.25, 0.5, 0.75, 1, 1.5, 2, 3]
  const published = [168, 74.2, 26.6, 13.3, 8.38, 4.75, 3.34, 2.19]
  for (const [i, arl] of published.entries()) near(twoSidedCusumArl({ k: 0.5, h: 4, shift: shifts[i]! }), arl, 0.003)
  for (const [shift, arl] of [
    [0, 149],
    [0.5, 20.1],
    [1, 5.29],
    [2, 2.01],
  ] as const)
    near(twoSidedCusumArl({ k: 0.5, h: 4, shift, headStart: 2 }), arl, 0.003)
  near(cusumArl({ k: 0.5, h: 3 }), 117.59, 1e-3) // Brook and Evans 1972, by a Markov chain
  near(cusumArl({ k: 0.25, h: 8, shift: 2.5 }), 4.1500836225, 1e-7)
})

test('h grows with the run length that is asked for, and a head start costs some of it', () => {
  let before = 0
  for (const arl0 of [10, 100, 370.4, 500, 5000]) {
    const h = cusumDesign(0.5, arl0)
    near(twoSidedCusumArl({ k: 0.5, h }), arl0, 1e-6)
    assert.ok(h > before)
    before = h
  }
  assert.ok(cusumDesign(0.5, 500, { headStart: 0.5 }) > cusumDesign(0.5, 500))
})

test('h from a short reference keeps the false-alarm rate: one in 500 on average over references', () => {
  const rng = random('short cusum')
  const m = 25
  const h = cusumDesign(0.5, 500, { reference: { points: m, degrees: m - 1 } })
  const rates: number[] = []
  for (let repeat = 0; repeat < 3000; repeat++) {
    const points = Array.from({ length: m }, () => rng.normal())
    const mean = points.reduce((a, b) => a + b) / m
    const sd = Math.sqrt(points.reduce((a, x) => a + (x - mean) ** 2, 0) / (m - 1))
    let [up, down, alarms] = [0, 0, 0]
    for (let i = 0; i < 500; i++) {
      const y = (rng.normal() - mean) / sd
      up = Math.max(0, up + y - 0.5)
      down = Math.max(0, down - y - 0.5)
      if (up <= h && down <= h) continue
      alarms++
      up = down = 0
    }
    rates.push(alarms / 500)
  }
  const rate = rates.reduce((a, b) => a + b) / rates.length
  const error = Math.sqrt(rates.reduce((a, r) => a + (r - rate) ** 2, 0)) / rates.length
  assert.ok(rate > 0.9 / 500 - 3 * error && rate < 1 / 500 + 3 * error, `rate ${rate} +- ${error}`)
})

test('a design that cannot be computed is refused', () => {
  assert.throws(() => cusumArl({ k: -1, h: 4 }), /k is -1/)
  assert.throws(() => cusumArl({ k: 0.5, h: 0 }), /h is 0/)
  assert.throws(() => cusumArl({ k: 0.5, h: 4, headStart: 5 }), /headStart is 5/)
  assert.throws(() => cusumDesign(0.5, 1), /arl0 is 1/)
})
