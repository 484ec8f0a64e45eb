import assert from 'node:assert/strict'
import { test } from 'node:test'
import { erfc } from './errorFunction.ts'
import { betaLower, gammaLower, gammaUpper, hypergeometricTerm, logGamma } from './gammaFunctions.ts'

const near = (actual: number, expected: number, tolerance = 1e-13) =>
  assert.ok(Math.abs(actual / expected - 1) < tolerance, `${actual} is not ${expected}`)

test('erfc equals published values, far into the tail', () => {
  // Abramowitz and Stegun, table 7.1 and 7.3; scipy.special.erfc for the tail
  near(erfc(0.5), 0.4795001221869535)
  near(erfc(1), 0.15729920705028513)
  near(erfc(-1), 2 - 0.15729920705028513)
  near(erfc(5), 1.5374597944280349e-12)
  near(erfc(20), 5.3958656116079005e-176)
  assert.equal(erfc(0), 1)
  assert.equal(erfc(40), 0)
  assert.equal(erfc(Number.NEGATIVE_INFINITY), 2)
})

test('logGamma equals the logarithm of factorials and satisfies the recurrence', () => {
  let factorial = 1
  for (let n = 1; n <= 20; n++) {
    assert.ok(Math.abs(logGamma(n) - Math.log(factorial)) < 1e-13 * Math.max(1, Math.log(factorial)))
    factorial *= n
  }
  near(logGamma(0.5), Math.log(Math.sqrt(Math.PI)))
  for (const x of [0.01, 0.7, 3.3, 9.99, 123.4, 1e6]) {
    assert.ok(Math.abs(logGamma(x + 1) - logGamma(x) - Math.log(x)) < 1e-13 * Math.max(1, logGamma(x + 1)))
  }
  assert.throws(() => logGamma(0), /must be above 0/)
})

test('incomplete functions satisfy their symmetries and closed forms', () => {
  for (const x of [0.01, 0.5, 2, 30]) {
    near(gammaUpper(1, x), Math.exp(-x))
    near(gammaLower(0.5, x) + gammaUpper(0.5, x), 1)
    near(gammaUpper(0.5, x), erfc(Math.sqrt(x)))
  }
  for (const x of [1e-6, 0.2, 0.5, 0.99]) {
    near(betaLower(1, 3, x), 1 - (1 - x) ** 3, 1e-9)
    near(betaLower(2.5, 4, x) + betaLower(4, 2.5, 1 - x), 1)
    near(betaLower(3, 1, x), x ** 3)
  }
  assert.equal(betaLower(2, 3, 0), 0)
  assert.equal(betaLower(2, 3, 1), 1)
  assert.throws(() => gammaLower(-1, 2), RangeError)
})

test('hypergeometric probabilities are quotients of binomial coefficients and add up to 1, for millions too', () => {
  near(hypergeometricTerm(2, 10, 4, 5), (6 * 20) / 252)
  near(hypergeometricTerm(0, 7, 3, 2), 6 / 21)
  near(hypergeometricTerm(4, 4, 4, 4), 1)
  assert.equal(hypergeometricTerm(3, 10, 2, 5), 0)
  let sum = 0
  for (let x = 0; x <= 1000; x++) sum += hypergeometricTerm(x, 4_000_000, 1000, 1_500_000)
  near(sum, 1)
})
