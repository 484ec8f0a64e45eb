import assert from 'node:assert/strict'
import { test } from 'node:test'
import { random } from '../../numeric/random.ts'
import { kolmogorovSmirnovPooled } from '../hypothesis/kolmogorovSmirnov.ts'
import { pool } from '../hypothesis/pooled.ts'
import { binnedKolmogorovSf } from './binnedKolmogorov.ts'
import { largestGap } from './ordered.ts'

/** Counts of two samples over cells with these masses. */
function tied(masses: readonly number[], n: number, m: number, seed: string) {
  const rng = random(seed)
  const total = masses.reduce((sum, mass) => sum + mass)
  const draw = () => {
    let left = rng.next() * total
    let k = 0
    while (k < masses.length - 1 && left >= masses[k]!) left -= masses[k++]!
    return k
  }
  return pool([Float64Array.from({ length: n }, draw), Float64Array.from({ length: m }, draw)])
}

const equal = (cells: number) => new Array<number>(cells).fill(1)
const cases: [string, number[]][] = [
  ['128 equal cells', equal(128)],
  ['20 equal cells', equal(20)],
  ['six equal cells', equal(6)],
  ['counts with mean 1', [0.3679, 0.3679, 0.1839, 0.0613, 0.0153, 0.0031]],
  ['60 % in the first of 129', [192, ...equal(128)]],
  ['half in the middle', [...equal(40), 80, ...equal(40)]],
]
for (const [name, masses] of cases) {
  test(`the law on cells is the exact one of all orders of the rows, within a quarter: ${name}`, () => {
    let compared = 0
    for (let i = 0; i < 60; i++) {
      const [n, m] = i % 2 ? [400, 300] : [900, 100]
      const pooled = tied(masses, n, m, `${name} ${i}`)
      const [a, b] = [pooled.counts[0]!, pooled.counts[1]!]
      const exact = kolmogorovSmirnovPooled(pooled, 'exactTies').result!
      assert.ok(Math.abs(largestGap(a, b) - exact.statistic) < 1e-12)
      const p = binnedKolmogorovSf(a, b, exact.statistic)
      if (exact.p > 0.1) {
        assert.ok(p > 0.08, `${p} for ${exact.p}`)
        continue
      }
      compared++
      assert.ok(p / exact.p < 1.25 && p / exact.p > 0.75, `p ${p}, exact ${exact.p}`)
    }
    assert.ok(compared >= 1)
  })
}

test('the tail holds too: p of a larger statistic than was seen', () => {
  for (const [name, masses] of cases) {
    const pooled = tied(masses, 400, 300, name)
    const [a, b] = [pooled.counts[0]!, pooled.counts[1]!]
    let before = 1
    for (const d of [0.05, 0.1, 0.12, 0.15, 0.2, 0.3, 0.6, 1]) {
      const p = binnedKolmogorovSf(a, b, d)
      assert.ok(p >= 0 && p <= before, `${name}: ${p} at ${d} after ${before}`)
      before = p
    }
    assert.ok(before < 1e-20)
  }
})
