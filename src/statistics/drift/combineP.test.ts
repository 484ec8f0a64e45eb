import assert from 'node:assert/strict'
import { test } from 'node:test'
import { random } from '../../numeric/random.ts'
import { normalSf } from '../distributions/distributions.ts'
import { cauchyCombination } from './combineP.ts'

test('equal p-values combine to themselves, and any single one to itself', () => {
  for (const p of [1e-12, 0.001, 0.05, 0.5, 0.9]) {
    assert.ok(Math.abs(cauchyCombination([p, p, p], [1, 2, 5]) / p - 1) < 1e-9)
    assert.ok(Math.abs(cauchyCombination([p], [0.3]) / p - 1) < 1e-9)
  }
})

test('two p-values of 0.01 and 0.3 combine to the value worked by hand', () => {
  // T = (cot(0.01 pi) + cot(0.3 pi)) / 2 = (31.8205 + 0.72654) / 2 = 16.2735, p = atan(1 / T) / pi
  assert.ok(Math.abs(cauchyCombination([0.01, 0.3], [1, 1]) - 0.0195349) < 1e-6)
})

test('p of zero, and one test that sees nothing at all, do not break the combination', () => {
  assert.ok(cauchyCombination([0, 0.5], [1, 1]) < 1e-290)
  assert.ok(cauchyCombination([1, 1e-4], [1, 1]) < 3e-4)
  assert.throws(() => cauchyCombination([Number.NaN], [1]), /p is NaN/)
  assert.throws(() => cauchyCombination([], []), /0 p-values/)
})

for (const correlation of [0, 0.5, 0.9]) {
  test(`dependent tests keep the level (correlation ${correlation})`, () => {
    const rng = random(`cauchy ${correlation}`)
    const trials = 40_000
    const rates = new Map([
      [0.05, 0],
      [0.005, 0],
    ])
    for (let i = 0; i < trials; i++) {
      const common = rng.normal()
      const p = Array.from({ length: 4 }, () => {
        const z = Math.sqrt(correlation) * common + Math.sqrt(1 - correlation) * rng.normal()
        return 2 * normalSf(Math.abs(z))
      })
      const combined = cauchyCombination(p, [4, 2, 1, 1])
      for (const [alpha, hits] of rates) if (combined < alpha) rates.set(alpha, hits + 1)
    }
    for (const [alpha, hits] of rates) {
      // At most a tenth above nominal at 5 % for dependent tests, as Liu and Xie found; less further out.
      assert.ok(hits / trials < 1.1 * alpha + 3 * Math.sqrt(alpha / trials), `${alpha}: ${hits / trials}`)
      assert.ok(hits / trials > 0.7 * alpha, `${alpha}: ${hits / trials}`)
    }
  })
}
