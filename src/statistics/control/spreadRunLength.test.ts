import assert from 'node:assert/strict'
import { test } from 'node:test'
import { random } from '../../numeric/random.ts'
import { c4, d2, d3 } from './constants.ts'
import { movingRangeArl, movingRangeDesign, spreadDesign, spreadSignalRate } from './spreadRunLength.ts'

const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`)

test('three sigma limits of an R chart of 5 raise a false alarm once in 217 subgroups, of an S chart once in 256', () => {
  // P(R > D2) with D2 = 4.918 of Montgomery's tables, and P(chi2_4 > 4 B6^2) with B6 = 1.964.
  near(1 / spreadSignalRate('r', 5, 3), 217, 1)
  near(1 / spreadSignalRate('s', 5, 3), 256, 1)
  const rng = random('ranges')
  let out = 0
  const repeats = 60_000
  const upper = d2(5) + 3 * d3(5)
  for (let i = 0; i < repeats; i++) {
    const x = [rng.normal(), rng.normal(), rng.normal(), rng.normal(), rng.normal()]
    if (Math.max(...x) - Math.min(...x) > upper) out++
  }
  const rate = spreadSignalRate('r', 5, 3)
  near(out / repeats, rate, 3.5 * Math.sqrt(rate / repeats))
})

test('a larger spread is seen sooner, a smaller one only where there is a lower limit', () => {
  assert.ok(spreadSignalRate('s', 5, 3, 1.5) > 10 * spreadSignalRate('s', 5, 3))
  assert.ok(spreadSignalRate('s', 5, 3, 0.5) < spreadSignalRate('s', 5, 3))
  assert.ok(c4(10) - 3 * Math.sqrt(1 - c4(10) ** 2) > 0)
  assert.ok(spreadSignalRate('s', 10, 3, 0.2) > 0.5)
})

test('a design of R, S or moving range has the run length that was asked for', () => {
  for (const arl0 of [50, 370.4, 5000]) {
    near(spreadSignalRate('r', 5, spreadDesign('r', 5, arl0)) * arl0, 1, 1e-6)
    near(spreadSignalRate('s', 3, spreadDesign('s', 3, arl0)) * arl0, 1, 1e-6)
    near(movingRangeArl({ range: d2(2) + movingRangeDesign(arl0) * d3(2) }) / arl0, 1, 1e-4)
  }
  assert.ok(spreadDesign('r', 5, 370, { degrees: 20 }) > spreadDesign('r', 5, 370))
  assert.ok(movingRangeDesign(370, 20) > movingRangeDesign(370))
  assert.throws(() => spreadDesign('r', 5, 1), /arl0 is 1/)
})

test('moving ranges, alone and with individuals limits, have the run length of simulation', () => {
  const rng = random('moving ranges')
  for (const [range, limit, shift, ratio] of [
    [3.686, Number.POSITIVE_INFINITY, 0, 1],
    [2, Number.POSITIVE_INFINITY, 0, 1],
    [3.686, 3, 0, 1],
    [3.686, 3, 1, 1],
    [3.686, 3, 0, 1.5],
  ] as const) {
    let sum = 0
    let squares = 0
    const runs = 5000
    for (let run = 0; run < runs; run++) {
      let before = Number.NaN
      let length = 0
      for (let out = false; !out; ) {
        const x = ratio * rng.normal() + shift
        length++
        out = Math.abs(x) > limit || Math.abs(x - before) > range
        before = x
      }
      sum += length
      squares += length * length
    }
    const mean = sum / runs
    const error = Math.sqrt((squares / runs - mean * mean) / runs)
    near(movingRangeArl({ range, limit, shift, ratio }), mean, 3.5 * error)
  }
})

test('beside three sigma limits for points, those for moving ranges cost most of the run length', () => {
  // Crowder (1987) and Rigdon et al. (1994) advise against the pair at their usual widths for this.
  near(movingRangeArl({ range: 3.686, limit: 3 }), 105.35, 0.01)
  near(movingRangeArl({ range: 1e3, limit: 3 }), 370.4, 0.05)
})
