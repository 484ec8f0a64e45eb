import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { random } from '../../numeric/random.ts'
import { adjustP } from './multipleTesting.ts'

// scipy 1.17
const golden = JSON.parse(
  readFileSync(new URL('../../../test/golden/two_sample.json', import.meta.url), 'utf8'),
).multiple_testing

test('adjusted p-values equal those of scipy, in input order', () => {
  const p = Float64Array.from(golden.p)
  for (const method of ['bh', 'by'] as const) {
    for (const [i, value] of adjustP(p, method).entries()) assert.ok(Math.abs(value - golden[method][i]) < 1e-14)
  }
})

test('Holm equals statsmodels and never exceeds Bonferroni', () => {
  const { p, adjusted } = JSON.parse(
    readFileSync(new URL('../../../test/golden/hypothesis.json', import.meta.url), 'utf8'),
  ).holm
  const holm = adjustP(Float64Array.from(p), 'holm')
  const bonferroni = adjustP(Float64Array.from(p), 'bonferroni')
  for (const [i, value] of holm.entries()) {
    assert.ok(Math.abs(value - adjusted[i]) < 1e-14)
    assert.ok(value <= bonferroni[i]!)
  }
})

test('adjusted p-values keep the order of the p-values', () => {
  const rng = random('order')
  const p = Float64Array.from({ length: 50 }, () => rng.next() ** 2)
  const order = Array.from(p.keys()).sort((i, j) => p[i]! - p[j]!)
  for (const method of ['bh', 'by', 'holm', 'bonferroni'] as const) {
    const adjusted = adjustP(p, method)
    for (let k = 1; k < order.length; k++) assert.ok(adjusted[order[k]!]! >= adjusted[order[k - 1]!]!)
  }
})

test('of 20 tests without any effect, one or more is rejected at 5 % in 5 % of cases', () => {
  const rng = random('bh')
  const repeats = 4000
  let any = 0
  for (let i = 0; i < repeats; i++) {
    const adjusted = adjustP(Float64Array.from({ length: 20 }, () => rng.next()))
    if (adjusted.some(p => p < 0.05)) any++
  }
  assert.ok(Math.abs(any / repeats - 0.05) < 3.5 * Math.sqrt(0.0475 / repeats), `rate ${any / repeats}`)
})

test('a test that was not made counts for nothing; what is no probability is refused', () => {
  assert.deepEqual([...adjustP(Float64Array.of(0.01, Number.NaN, 0.04))], [0.02, Number.NaN, 0.04])
  assert.deepEqual([...adjustP(Float64Array.of(0.2, 0.6), 'bonferroni')], [0.4, 1])
  assert.equal(adjustP(new Float64Array(0)).length, 0)
  assert.throws(() => adjustP(Float64Array.of(1.5)), /p of test 0 is 1.5/)
})
