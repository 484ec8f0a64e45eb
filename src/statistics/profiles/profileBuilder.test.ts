import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Table, table, take } from '../../base/table.ts'
import { random } from '../../numeric/random.ts'
import { profile, quantileNames } from './profile.ts'
import { profileBuilder } from './profileBuilder.ts'

function inBatches(of: Table, batchRows: number) {
  const builder = profileBuilder()
  for (let from = 0; from < of.rows; from += batchRows) {
    builder.add(
      take(
        of,
        Int32Array.from({ length: Math.min(batchRows, of.rows - from) }, (_, i) => from + i),
      ),
    )
  }
  return builder.profiles()
}

test('columns of few values have the profile of the table in memory, quantiles apart', () => {
  const rng = random('few')
  const of = table([
    {
      name: 'x',
      kind: 'number',
      values: Float64Array.from({ length: 5000 }, (_, i) =>
        i % 100 === 0 ? Number.NaN : i % 999 === 0 ? Number.NEGATIVE_INFINITY : rng.below(500) - 100,
      ),
    },
    {
      name: 's',
      kind: 'text',
      values: Array.from({ length: 5000 }, () => (rng.next() < 0.1 ? null : `v${rng.below(90)}`)),
    },
    { name: 'empty', kind: 'number', values: new Float64Array(5000).fill(Number.NaN) },
  ])
  const exact = profile(of)
  for (const [c, found] of inBatches(of, 700).entries()) {
    const { numbers, ...rest } = found
    const { numbers: wanted, ...others } = exact[c]!
    assert.deepEqual(rest, others)
    if (!wanted) {
      assert.equal(numbers, undefined)
      continue
    }
    const { mean, sd, quantiles: _quantiles, ...counts } = numbers!
    const { mean: wantedMean, sd: wantedSd, quantiles: _wanted, ...wantedCounts } = wanted
    assert.deepEqual(counts, wantedCounts)
    assert.ok(Math.abs(mean - wantedMean) < 1e-10 && Math.abs(sd - wantedSd) < 1e-10)
  }
})

test('of many values the number is estimated and quantiles are off by less than 0.5 % of the rows', () => {
  const rng = random('many')
  const values = Float64Array.from({ length: 100_000 }, () => Math.exp(rng.normal()))
  const names = Array.from({ length: 100_000 }, (_, i) => (i % 4 === 0 ? 'often' : `once ${i}`))
  const [x, s] = inBatches(
    table([
      { name: 'x', kind: 'number', values },
      { name: 's', kind: 'text', values: names },
    ]),
    16_384,
  )
  // Four standard errors of HyperLogLog.
  assert.ok(Math.abs(x!.distinct / 100_000 - 1) < 4 * 0.016, String(x!.distinct))
  assert.ok(Math.abs(s!.distinct / 75_001 - 1) < 4 * 0.016, String(s!.distinct))
  assert.equal(s!.top[0]!.value, 'often')
  assert.deepEqual(x!.top, [])
  const sorted = values.slice().sort()
  for (const p of quantileNames) {
    const rank = sorted.findLastIndex(value => value <= x!.numbers!.quantiles[p]) / sorted.length
    assert.ok(Math.abs(rank - Number(p)) < 0.005, `${p}: ${rank}`)
  }
  assert.equal(x!.numbers!.min, sorted[0])
  assert.equal(x!.numbers!.max, sorted.at(-1))
})
