import assert from 'node:assert/strict'
import { test } from 'node:test'
import { random } from '../../numeric/random.ts'
import { normalCdf, normalQuantile } from '../distributions/distributions.ts'
import { pool } from '../hypothesis/pooled.ts'
import { normalScoreDistance } from './ordered.ts'
import { groupCells } from './rankScores.ts'

/** Expected counts of a normal reference in 1024 bins of its own quantiles, and of a window that is shifted and scaled. */
function expectedCounts({ shift = 0, scale = 1, rows = 1e8 }) {
  const edges = Array.from({ length: 1023 }, (_, k) => normalQuantile((k + 1) / 1024))
  const cdf = [0, ...edges.map(edge => normalCdf((edge - shift) / scale)), 1]
  return { a: new Array<number>(1024).fill(rows / 1024), b: cdf.slice(1).map((p, k) => (p - cdf[k]!) * rows) }
}
const effectOf = (a: ArrayLike<number>, b: ArrayLike<number>) => normalScoreDistance(groupCells(a, b, 0))

test('a shift of a normal column by d standard deviations has the effect d', () => {
  for (const shift of [0.05, 0.1, 0.3, 1]) {
    const { a, b } = expectedCounts({ shift })
    assert.ok(Math.abs(effectOf(a, b) / shift - 1) < 0.03, `${effectOf(a, b)} for ${shift}`)
  }
})

test('a spread of 1 + s times has the effect E|z| s = 0.798 s', () => {
  for (const s of [0.1, 0.2, 0.4]) {
    const { a, b } = expectedCounts({ scale: 1 + s })
    assert.ok(Math.abs(effectOf(a, b) / (Math.sqrt(2 / Math.PI) * s) - 1) < 0.05, `${effectOf(a, b)} for ${s}`)
  }
})

test('without drift the effect is about nothing for small samples too, and an outlier of any size is one row', () => {
  const rng = random('chance')
  for (const [n, m] of [
    [1000, 50],
    [200, 200],
  ] as const) {
    let sum = 0
    for (let i = 0; i < 200; i++) {
      const [x, y] = [n, m].map(rows => Float64Array.from({ length: rows }, () => rng.normal())) as [
        Float64Array,
        Float64Array,
      ]
      const { counts } = pool([x, y])
      sum += effectOf(counts[0]!, counts[1]!) ** 2 / 200
      if (i > 0) continue
      const before = effectOf(counts[0]!, counts[1]!)
      const far = pool([x, y.map((value, r) => (r === 0 ? 1e9 : value))])
      assert.ok(Math.abs(effectOf(far.counts[0]!, far.counts[1]!) ** 2 - before ** 2) < 0.02)
    }
    assert.ok(sum < (1 / n + 1 / m) * 1.2, `mean square ${sum}`)
  }
})
