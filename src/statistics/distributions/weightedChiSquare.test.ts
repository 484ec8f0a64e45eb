import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chiSquareSf } from './distributions.ts'
import { weightedChiSquareSf } from './weightedChiSquare.ts'

const near = (actual: number, expected: number, what: string, tolerance = 1e-9) =>
  assert.ok(Math.abs(actual / expected - 1) < tolerance, `${what}: ${actual} is not ${expected}`)

test('with equal weights it is a chi-square law, from the lower end to tails of 1e-130', () => {
  for (const df of [1, 2, 3, 7]) {
    for (const x of [1e-3, 0.01, 0.3, 1, 2, df, 5, 20, 100, 600]) {
      near(weightedChiSquareSf(x, Float64Array.of(1), df), chiSquareSf(x, df), `${df} degrees, ${x}`)
      near(
        weightedChiSquareSf(0.3 * x, new Float64Array(5).fill(0.3), df),
        chiSquareSf(x, 5 * df),
        `5 times ${df}, ${x}`,
      )
    }
  }
})

test('with two weights and two degrees it is the sum of two exponential variables', () => {
  for (const x of [0.01, 0.1, 1, 3, 8, 20, 60]) {
    near(weightedChiSquareSf(x, Float64Array.of(1, 0.5), 2), 2 * Math.exp(-x / 2) - Math.exp(-x), `${x}`)
  }
})

test('the weights 1 / (j (j + 1)) give the published critical values of Anderson and Darling', () => {
  const weights = Float64Array.from({ length: 1000 }, (_, j) => 1 / ((j + 1) * (j + 2)))
  // Marsaglia and Marsaglia, Journal of Statistical Software 9 (2004) 2
  for (const [x, p] of [
    [1.932958, 0.1],
    [2.492367, 0.05],
    [3.878125, 0.01],
  ] as const) {
    near(weightedChiSquareSf(x - 1 / 1001, weights), p, `${x}`, 1e-6)
  }
})

test('below 0 all is above; without weights there is no law', () => {
  assert.equal(weightedChiSquareSf(-1, Float64Array.of(1)), 1)
  assert.equal(weightedChiSquareSf(Number.POSITIVE_INFINITY, Float64Array.of(1)), 0)
  assert.throws(() => weightedChiSquareSf(1, new Float64Array(2)), /no weight is above 0/)
  assert.throws(() => weightedChiSquareSf(1, Float64Array.of(-1)), /weight 0 is -1/)
})
