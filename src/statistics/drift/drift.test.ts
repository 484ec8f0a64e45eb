import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Column } from '../../base/table.ts'
import { type Random, random } from '../../numeric/random.ts'
import { type Bins, fixBins } from '../profiles/bins.ts'
import { sketchOf } from '../profiles/sketch.ts'
import { drift } from './drift.ts'

const number = (name: string, values: Float64Array): Column => ({ name, kind: 'number', values })
const text = (name: string, values: (string | null)[]): Column => ({ name, kind: 'text', values })

/** Eight independent columns of many kinds; `change` alters the values. */
function rows(
  rng: Random,
  n: number,
  change: { shift?: number; scale?: number; missing?: number; swap?: number } = {},
): Column[] {
  const { shift = 0, scale = 1, missing = 0.1, swap = 0 } = change
  const draw = (f: () => number) => Float64Array.from({ length: n }, f)
  return [
    number(
      'normal',
      draw(() => shift + scale * rng.normal()),
    ),
    number(
      'skewed',
      draw(() => Math.exp(rng.normal())),
    ),
    number(
      'tied',
      draw(() => rng.below(20)),
    ),
    number(
      'two levels',
      draw(() => (rng.next() < 0.3 ? 1 : 0)),
    ),
    number(
      'gaps',
      draw(() => (rng.next() < missing ? Number.NaN : rng.normal())),
    ),
    text(
      'five',
      Array.from({ length: n }, () => 'abcde'[rng.next() < swap ? 0 : rng.below(5)]!),
    ),
    text(
      'many',
      Array.from({ length: n }, () => `c${Math.floor(40 * rng.next() ** 2)}`),
    ),
    number(
      'constant',
      draw(() => 7),
    ),
  ]
}

const sketches = (bins: readonly Bins[], columns: readonly Column[]) => bins.map((b, i) => sketchOf(b, columns[i]!))

test('on stable rows any column is flagged as often as alpha says or less, also for 2000 rows against 200', () => {
  const rng = random('stable')
  for (const [n, m] of [
    [1000, 1000],
    [2000, 200],
  ] as const) {
    const repeats = 200
    let flagged = 0
    let small = 0
    for (let i = 0; i < repeats; i++) {
      const reference = rows(rng, n)
      const bins = reference.map(column => fixBins(column))
      const report = drift(bins, sketches(bins, reference), sketches(bins, rows(rng, m)), { alpha: 0.05 })
      if (report.columns.some(({ adjustedPValue }) => adjustedPValue < 0.05)) small++
      if (report.columns.some(({ drifted }) => drifted)) flagged++
    }
    assert.ok(small / repeats < 0.05 + 3 * Math.sqrt(0.0475 / repeats), `${n} against ${m}: ${small / repeats}`)
    assert.ok(flagged <= small)
  }
})

test('a shift, a wider spread, missing values, a category that grows and an unseen one are each found and named', () => {
  const rng = random('changes')
  const reference = rows(rng, 5000)
  const bins = reference.map(column => fixBins(column))
  const base = sketches(bins, reference)
  const driftOf = (columns: Column[]) =>
    drift(bins, base, sketches(bins, columns), { alpha: 0.001 }).columns.filter(c => c.drifted)

  assert.deepEqual(driftOf(rows(rng, 2000)), [])
  const shifted = driftOf(rows(rng, 2000, { shift: 0.3 }))
  assert.deepEqual(
    shifted.map(c => c.column),
    ['normal'],
  )
  assert.ok(Math.abs(shifted[0]!.effect - 0.3) < 0.08, `effect ${shifted[0]!.effect}`)
  assert.deepEqual(
    driftOf(rows(rng, 4000, { scale: 1.4 })).map(c => c.column),
    ['normal'],
  )
  const gaps = driftOf(rows(rng, 2000, { missing: 0.3 }))
  assert.deepEqual(
    gaps.map(c => [c.column, c.test]),
    [['gaps', 'share missing']],
  )
  assert.ok(Math.abs(gaps[0]!.effect - 0.2) < 0.03)
  assert.deepEqual(
    driftOf(rows(rng, 2000, { swap: 0.2 })).map(c => c.column),
    ['five'],
  )

  const unseen = rows(rng, 2000)
  unseen[5] = text(
    'five',
    Array.from({ length: 2000 }, (_, i) => (i % 20 ? 'abcde'[rng.below(5)]! : 'new')),
  )
  const [five, ...others] = driftOf(unseen)
  assert.deepEqual([five!.column, others], ['five', []])
  assert.match(five!.reason, /5\.0 % of the rows have a category that the reference has not got/)
  const changed = rows(rng, 2000)
  changed[7] = number('constant', new Float64Array(2000).fill(8))
  assert.deepEqual(
    driftOf(changed).map(c => c.column),
    ['constant'],
  )
})

test('a large sample with a tiny difference is significant but not drift', () => {
  const rng = random('tiny')
  const reference = [
    number(
      'x',
      Float64Array.from({ length: 100_000 }, () => rng.normal()),
    ),
  ]
  const bins = [fixBins(reference[0]!)]
  const window = [
    number(
      'x',
      Float64Array.from({ length: 100_000 }, () => 0.03 + rng.normal()),
    ),
  ]
  const { columns } = drift(bins, sketches(bins, reference), sketches(bins, window))
  assert.ok(columns[0]!.adjustedPValue < 1e-4)
  assert.equal(columns[0]!.drifted, false)
})

test('too few rows and columns with one value in both are named, not called sound', () => {
  const rng = random('few')
  const reference = rows(rng, 1000)
  const bins = reference.map(column => fixBins(column))
  const base = sketches(bins, reference)
  const { columns, skipped } = drift(bins, base, sketches(bins, rows(rng, 29)))
  assert.equal(columns.length, 0)
  assert.equal(skipped.length, 8)
  assert.equal(skipped[0]!.reason, 'not enough data: n = 29 in the window, needs 30')
  const same = drift(bins, base, sketches(bins, rows(rng, 500)))
  assert.deepEqual(same.skipped, [{ column: 'constant', reason: 'nothing to compare: one value in both' }])
  assert.throws(() => drift(bins, base, base.slice(1)), /build it from the reference's bins/)
})
