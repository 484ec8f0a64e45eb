import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { random } from '../../numeric/random.ts'
import { c4, d2, d3, equivalentDegrees, movingRangeVariation, rangeSf } from './constants.ts'

const golden = JSON.parse(
  readFileSync(new URL('../../../test/golden/control_chart_examples.json', import.meta.url), 'utf8'),
)
const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`)

test('c4 and d2 equal the printed tables in all six digits', () => {
  for (const [n, value] of Object.entries<number>(golden.c4)) near(c4(Number(n)), value, 6e-7)
  for (const [n, value] of Object.entries<number>(golden.d2)) near(d2(Number(n)), value, 6e-7)
})

test('d3 equals the printed table (Montgomery, appendix VI: three digits; n = 2 in closed form)', () => {
  const printed = {
    2: 0.853,
    3: 0.888,
    4: 0.88,
    5: 0.864,
    6: 0.848,
    7: 0.833,
    8: 0.82,
    9: 0.808,
    10: 0.797,
    15: 0.756,
    20: 0.729,
    25: 0.708,
  }
  for (const [n, value] of Object.entries(printed)) near(d3(Number(n)), value, 5.1e-4)
  near(d3(2), Math.sqrt(2 - 4 / Math.PI), 1e-10)
  near(d2(2), 2 / Math.sqrt(Math.PI), 1e-12)
  near(d2(3), 3 / Math.sqrt(Math.PI), 1e-12)
})

test('the distribution of the range has the printed quantiles (Harter 1960: studentized range, infinite degrees)', () => {
  // Upper 5 % points of the range of n normal values.
  for (const [n, value] of [
    [2, 2.772],
    [3, 3.314],
    [5, 3.858],
    [10, 4.474],
    [20, 5.012],
  ] as const)
    near(rangeSf(value, n), 0.05, 1e-4)
})

test('c4 of large subgroups goes on where the gamma function would lose digits', () => {
  // c4(n) c4(n + 1) = sqrt((n - 1) / n), from Gamma(x + 1) = x Gamma(x).
  for (const n of [5, 100, 298, 299, 300, 301, 302, 5000]) near(c4(n) * c4(n + 1), Math.sqrt((n - 1) / n), 1e-12)
})

test('a mean moving range is as uncertain as the sd of three fifths as many points', () => {
  const rng = random('moving range')
  for (const m of [5, 25]) {
    let sum = 0
    let squares = 0
    const repeats = 40_000
    for (let i = 0; i < repeats; i++) {
      let before = rng.normal()
      let ranges = 0
      for (let k = 1; k < m; k++) {
        const x = rng.normal()
        ranges += Math.abs(x - before)
        before = x
      }
      sum += ranges / (m - 1)
      squares += (ranges / (m - 1)) ** 2
    }
    const mean = sum / repeats
    near((squares / repeats - mean * mean) / (mean * mean) / movingRangeVariation(m), 1, 0.04)
  }
  near(equivalentDegrees(1 / c4(11) ** 2 - 1), 10, 1e-8)
  near(equivalentDegrees(movingRangeVariation(101)) / 100, 0.605, 0.01)
})

test('a subgroup of one value has no spread', () => {
  assert.throws(() => d2(1), /n is 1, a subgroup needs at least 2 values/)
})
