import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Table, table, take } from '../../base/table.ts'
import { random } from '../../numeric/random.ts'
import { fixBins, type NumberBins, type TextBins } from './bins.ts'
import { type BinsBuilderOptions, binsBuilder } from './binsBuilder.ts'
import { sketchOf } from './sketch.ts'

function columnsOf(rows: number): Table {
  const rng = random('reference')
  const draw = (law: () => number) => Float64Array.from({ length: rows }, law)
  return table([
    { name: 'normal', kind: 'number', values: draw(() => rng.normal()) },
    { name: 'heavy', kind: 'number', values: draw(() => (rng.next() < 0.1 ? Number.NaN : Math.exp(3 * rng.normal()))) },
    { name: 'few', kind: 'number', values: draw(() => rng.below(40)) },
    { name: 'half zero', kind: 'number', values: draw(() => Math.max(0, rng.normal())) },
    { name: 'word', kind: 'text', values: Array.from({ length: rows }, () => `w${Math.floor(30 * rng.next() ** 2)}`) },
  ])
}

function binsInBatches(of: Table, batchRows: number, options: BinsBuilderOptions = {}) {
  const builder = binsBuilder(options, random('sample'))
  for (let from = 0; from < of.rows; from += batchRows) {
    const rows = Int32Array.from({ length: Math.min(batchRows, of.rows - from) }, (_, i) => from + i)
    builder.add(take(of, rows))
  }
  return builder.bins()
}

test('a reference no larger than the sample gets the bins of the reference in memory', () => {
  const all = columnsOf(5000)
  assert.deepEqual(
    binsInBatches(all, 700, { bins: 64 }),
    all.columns.map(column => fixBins(column, { bins: 64 })),
  )
})

test('a longer one gets about equally full bins from which nothing of it lies outside, whatever the batches', () => {
  const all = columnsOf(60_000)
  const options = { bins: 64, sampleRows: 4096 }
  const bins = binsInBatches(all, 1000, options)
  assert.deepEqual(binsInBatches(all, 7777, options), bins)
  for (const [c, column] of all.columns.entries()) {
    const { counts, rows, missing } = sketchOf(bins[c]!, column)
    if (column.kind === 'text') continue
    assert.equal(counts[0], 0)
    assert.equal(counts.at(-1), 0)
    // Quantiles of 4,096 rows: a bin of 64 of them has a share of 1/64 give or take an eighth; six of those.
    if (c < 2) for (const count of counts.slice(1, -1)) assert.ok(count / (rows - missing) < (1 / 64) * 1.75)
  }
  assert.deepEqual(bins[2], fixBins(all.columns[2]!, { bins: 64 }))
  assert.deepEqual(bins[4], fixBins(all.columns[4]!))
  // Half of the rows are 0: the value has a bin of its own.
  const zero = bins[3] as NumberBins
  assert.ok(zero.edges.includes(0) && zero.edges.includes(Number.MIN_VALUE))
})

test('texts without end need room for a few per bin, and the frequent ones get theirs', () => {
  const rng = random('texts')
  const builder = binsBuilder({ categories: 10 }, rng)
  for (let batch = 0; batch < 50; batch++) {
    const values = Array.from({ length: 2000 }, (_, i) => (i % 20 === 0 ? 'often' : `${batch}/${i}`))
    builder.add(table([{ name: 'id', kind: 'text', values }]))
  }
  const [bins] = builder.bins() as [TextBins]
  assert.equal(bins.complete, false)
  assert.equal(bins.categories[0], 'often')
  assert.ok(bins.categories.length <= 10)
})

test('columns without a value have bins too', () => {
  const empty = table([
    { name: 'x', kind: 'number', values: Float64Array.of(Number.NaN, Number.POSITIVE_INFINITY) },
    { name: 's', kind: 'text', values: [null, null] },
  ])
  assert.deepEqual(
    binsInBatches(empty, 1),
    empty.columns.map(column => fixBins(column)),
  )
  assert.deepEqual(binsBuilder({}, random(1)).bins(), [])
})
