import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { integrate } from '../../numeric/gaussLegendre.ts'
import { nonCentralChiSquareDensity } from './nonCentralChiSquare.ts'

const rows: [number, number, number, number][] = JSON.parse(
  readFileSync(new URL('../../../test/golden/special.json', import.meta.url), 'utf8'),
).non_central_chi_square_density

test('the non-central chi-square density equals mpmath to 1e-12, for a non-centrality of a million and in the tails too', () => {
  for (const [x, df, lambda, expected] of rows) {
    const density = nonCentralChiSquareDensity(x, df, lambda)
    assert.ok(
      Math.abs(density / expected - 1) < 1e-12,
      `x ${x}, df ${df}, lambda ${lambda}: ${density}, not ${expected}`,
    )
  }
})

test('the density adds up to 1 with mean df + lambda, is 0 below 0, and at 0 depends on the degrees of freedom', () => {
  const [df, lambda] = [3, 40]
  assert.ok(Math.abs(integrate(x => nonCentralChiSquareDensity(x, df, lambda), 0, 250, 120) - 1) < 1e-10)
  assert.ok(Math.abs(integrate(x => x * nonCentralChiSquareDensity(x, df, lambda), 0, 250, 120) - 43) < 1e-8)
  assert.equal(nonCentralChiSquareDensity(-1, 4, 2), 0)
  assert.equal(nonCentralChiSquareDensity(0, 4, 2), 0)
  assert.equal(nonCentralChiSquareDensity(0, 2, 2), Math.exp(-1) / 2)
  assert.equal(nonCentralChiSquareDensity(0, 1, 2), Number.POSITIVE_INFINITY)
  assert.throws(() => nonCentralChiSquareDensity(1, 0, 2), /df is 0/)
  assert.throws(() => nonCentralChiSquareDensity(1, 1, -2), /lambda is -2/)
})
