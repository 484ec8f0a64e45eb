import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { random } from '../../numeric/random.ts'
import { ewmaArl, ewmaDesign, ewmaFalseAlarmRate, shewhartArl, shewhartDesign } from './runLength.ts'

// R package spc 0.6.7
const { rows } = JSON.parse(
  readFileSync(new URL('../../../test/golden/control_chart_arl.json', import.meta.url), 'utf8'),
) as {
  rows: { chart?: string; design?: string; lambda: number; L: number; shift: number; arl: number; arl0: number }[]
}

const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual / expected - 1) < tolerance, `${actual} is not ${expected}`)

test('average run lengths and designs of EWMA charts equal those of the R package spc to 1e-6', () => {
  let seen = 0
  for (const row of rows) {
    if (row.chart === 'ewma_two_sided_asymptotic_limits') near(ewmaArl(row), row.arl, 1e-6)
    else if (row.chart === 'ewma_two_sided_time_varying_limits')
      near(ewmaArl({ ...row, limits: 'time-varying' }), row.arl, 1e-6)
    else if (row.design === 'ewma_L') near(ewmaDesign(row.lambda, row.arl0), row.L, 1e-6)
    else continue
    seen++
  }
  assert.ok(seen > 40)
})

test('average run lengths of EWMA charts equal the published table (Lucas and Saccucci 1990)', () => {
  const published: [number, number, number[]][] = [
    [0.5, 3.071, [500, 255, 88.8, 35.9, 17.5, 6.53, 3.63, 1.93]],
    [0.03, 2.437, [500, 76.7, 29.3, 17.6, 12.6, 8.07, 5.99, 4.03]],
  ]
  const shifts = [0, 0.25, 0.5, 0.75, 1, 1.5, 2, 3]
  for (const [lambda, L, arls] of published) {
    for (const [i, arl] of arls.entries()) near(ewmaArl({ lambda, L, shift: shifts[i]! }), arl, 0.003)
  }
})

test('a chart of single points with 3 sigma limits raises a false alarm once in 370 points', () => {
  near(shewhartArl(3), 370.398, 1e-5)
  near(shewhartArl(3, 1), 43.89, 1e-3)
  near(shewhartDesign(370.398), 3, 1e-6)
  near(ewmaArl({ lambda: 1, L: 3, shift: 2 }), 6.3, 1e-3)
})

test('a design has the run length that was asked for, also a very short one', () => {
  for (const arl0 of [2, 3, 6, 20, 500]) {
    for (const lambda of [0.05, 0.2, 0.7]) {
      for (const limits of ['asymptotic', 'time-varying'] as const) {
        near(ewmaArl({ lambda, limits, L: ewmaDesign(lambda, arl0, { limits }) }), arl0, 1e-6)
        assert.ok(ewmaDesign(lambda, arl0, { limits, reference: 28 }) > 0)
      }
    }
  }
})

test('a larger shift is seen sooner', () => {
  for (const limits of ['asymptotic', 'time-varying'] as const) {
    let before = Number.POSITIVE_INFINITY
    for (const shift of [0, 0.3, 0.6, 1, 2, 3]) {
      const arl = ewmaArl({ lambda: 0.2, L: 2.9, shift, limits })
      assert.ok(arl < before)
      before = arl
    }
  }
})

test('limits from a short reference keep the false-alarm rate: one in 500 on average over references', () => {
  const rng = random('short reference')
  for (const [lambda, m] of [
    [0.2, 14],
    [0.2, 28],
    [0.1, 28],
  ] as const) {
    const L = ewmaDesign(lambda, 500, { reference: m })
    const halfWidth = L * Math.sqrt(lambda / (2 - lambda))
    const perReference: number[] = []
    for (let repeat = 0; repeat < 3000; repeat++) {
      const points = Array.from({ length: m }, () => rng.normal())
      const mean = points.reduce((a, b) => a + b) / m
      const sd = Math.sqrt(points.reduce((a, x) => a + (x - mean) ** 2, 0) / (m - 1))
      let z = 0
      let alarms = 0
      for (let i = 0; i < 500; i++) {
        z = (1 - lambda) * z + (lambda * (rng.normal() - mean)) / sd
        if (Math.abs(z) <= halfWidth) continue
        alarms++
        z = 0
      }
      perReference.push(alarms / 500)
    }
    const rate = perReference.reduce((a, b) => a + b) / perReference.length
    const spread = perReference.reduce((a, r) => a + (r - rate) ** 2, 0) / perReference.length
    const error = Math.sqrt(spread / perReference.length)
    // A restarted chart needs a few points before it can signal: its rate is a little below 1 / ARL.
    assert.ok(
      rate > 0.93 / 500 - 3 * error && rate < 1 / 500 + 3 * error,
      `m ${m}, lambda ${lambda}: rate ${rate} +- ${error}`,
    )
  }
})

test('without the correction a reference of 28 points alarms three times as often as designed', () => {
  const L = ewmaDesign(0.2, 500)
  assert.ok(ewmaFalseAlarmRate(0.2, L, 28) > 3 / 500)
  near(ewmaDesign(0.2, 500, { reference: 1e6 }), L, 1e-4)
})

test('a design that cannot be computed is refused', () => {
  assert.throws(() => ewmaDesign(0.2, 1), /arl0 is 1/)
  assert.throws(() => ewmaDesign(0.2, 500, { reference: 4 }), /at least 5/)
  assert.throws(() => ewmaArl({ lambda: 0, L: 3 }), /lambda is 0/)
})
