import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import * as d from './distributions.ts'

// scipy 1.17
const golden = JSON.parse(readFileSync(new URL('../../../test/golden/distributions.json', import.meta.url), 'utf8'))
  .distributions as Record<string, number[][]>

const functions: Record<string, (...args: number[]) => number> = {
  normal_cdf: x => d.normalCdf(x!),
  normal_quantile: p => d.normalQuantile(p!),
  t_cdf: (x, df) => d.tCdf(x!, df!),
  t_quantile: (p, df) => d.tQuantile(p!, df!),
  chi2_sf: (x, df) => d.chiSquareSf(x!, df!),
  chi2_quantile: (p, df) => d.chiSquareQuantile(p!, df!),
  f_sf: (x, a, b) => d.fSf(x!, a!, b!),
  f_quantile: (p, a, b) => d.fQuantile(p!, a!, b!),
  beta_cdf: (x, a, b) => d.betaCdf(x!, a!, b!),
  beta_quantile: (p, a, b) => d.betaQuantile(p!, a!, b!),
  gamma_sf: (x, a) => d.gammaSf(x!, a!),
  binom_sf: (k, n, p) => d.binomialSf(k!, n!, p!),
  poisson_sf: (k, mean) => d.poissonSf(k!, mean!),
}

test('distribution functions and quantiles equal those of scipy to 1e-10, tails included', () => {
  for (const [name, rows] of Object.entries(golden)) {
    for (const row of rows) {
      const expected = row.at(-1)!
      const actual = functions[name]!(...row.slice(0, -1))
      const error = Math.abs(actual - expected) / Math.max(Math.abs(expected), Number.MIN_VALUE)
      assert.ok(
        error < 1e-10 || actual === expected,
        `${name}(${row.slice(0, -1)}) is ${actual}, scipy has ${expected}`,
      )
    }
  }
})

test('cdf and sf add up to 1 and the quantile inverts the cdf', () => {
  const families: [(x: number) => number, (x: number) => number, (p: number) => number][] = [
    [d.normalCdf, d.normalSf, d.normalQuantile],
    ...[0.3, 1, 4.5, 300].flatMap(
      a =>
        [
          [(x: number) => d.tCdf(x, a), (x: number) => d.tSf(x, a), (p: number) => d.tQuantile(p, a)],
          [
            (x: number) => d.chiSquareCdf(x, a),
            (x: number) => d.chiSquareSf(x, a),
            (p: number) => d.chiSquareQuantile(p, a),
          ],
          [
            (x: number) => d.gammaCdf(x, a, 3),
            (x: number) => d.gammaSf(x, a, 3),
            (p: number) => d.gammaQuantile(p, a, 3),
          ],
          [(x: number) => d.fCdf(x, a, 7), (x: number) => d.fSf(x, a, 7), (p: number) => d.fQuantile(p, a, 7)],
          [(x: number) => d.betaCdf(x, a, 2), (x: number) => d.betaSf(x, a, 2), (p: number) => d.betaQuantile(p, a, 2)],
        ] as [(x: number) => number, (x: number) => number, (p: number) => number][],
    ),
  ]
  for (const [cdf, sf, quantile] of families) {
    for (const p of [1e-9, 0.001, 0.2, 0.5, 0.9, 0.9999]) {
      const x = quantile(p)
      assert.ok(Math.abs(cdf(x) / p - 1) < 1e-9, `cdf(quantile(${p})) is ${cdf(x)}`)
      assert.ok(Math.abs(cdf(x) + sf(x) - 1) < 1e-12)
    }
  }
})

test('a count quantile is the smallest count whose cdf reaches p', () => {
  for (const p of [0.001, 0.5, 0.975, 1 - 1e-9]) {
    const k = d.binomialQuantile(p, 40, 0.3)
    assert.ok(d.binomialCdf(k, 40, 0.3) >= p && d.binomialCdf(k - 1, 40, 0.3) < p)
    const j = d.poissonQuantile(p, 12.5)
    assert.ok(d.poissonCdf(j, 12.5) >= p && d.poissonCdf(j - 1, 12.5) < p)
  }
})
