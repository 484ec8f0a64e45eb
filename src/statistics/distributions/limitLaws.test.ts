import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { cramerVonMisesLimitSf, kolmogorovLimitSf } from './limitLaws.ts'

// mpmath
const golden: Record<string, [number, number][]> = JSON.parse(
  readFileSync(new URL('../../../test/golden/special.json', import.meta.url), 'utf8'),
)

test('the limiting laws of Kolmogorov and of Cramer and von Mises equal mpmath to 1e-10 in both tails', () => {
  for (const [name, sf] of [
    ['kolmogorov_limit_sf', kolmogorovLimitSf],
    ['cramer_von_mises_limit_sf', cramerVonMisesLimitSf],
  ] as const) {
    for (const [x, expected] of golden[name]!) {
      assert.ok(Math.abs(sf(x) / expected - 1) < 1e-10, `${name}(${x}) is ${sf(x)}, not ${expected}`)
    }
    assert.equal(sf(0), 1)
    assert.equal(sf(1e-3), 1)
  }
})

test('the two forms of each law meet where one takes over from the other', () => {
  const jump = (sf: (x: number) => number, x: number) => Math.abs(sf(x * (1 - 1e-14)) / sf(x * (1 + 1e-14)) - 1)
  assert.ok(jump(kolmogorovLimitSf, 1) < 1e-12)
  assert.ok(jump(cramerVonMisesLimitSf, 0.3) < 1e-12)
  // Anderson and Darling (1952), table 1
  assert.ok(Math.abs(cramerVonMisesLimitSf(0.74346) - 0.01) < 1e-6)
})
