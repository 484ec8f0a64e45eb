import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalJson } from '../../base/json.ts'
import type { Column } from '../../base/table.ts'
import { random } from '../../numeric/random.ts'
import { binCount, binOf, fixBins, type NumberBins, nextAbove } from './bins.ts'
import { mergeMoments, momentsOf, sdOf } from './moments.ts'
import { emptySketch, mergeSketches, type Sketch, sketchBuilder, sketchOf, sketchQuantile } from './sketch.ts'

const numberColumn = (values: Iterable<number>): Column => ({
  name: 'x',
  kind: 'number',
  values: Float64Array.from(values),
})
const textColumn = (values: (string | null)[]): Column => ({ name: 's', kind: 'text', values })
const awkward = fc.oneof(
  fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
  fc.constantFrom(0, -0, 1, 2, 2, 2, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300),
)

/** Counts are integers and have to be equal; moments are sums of floats in another order. */
function assertSame(a: Sketch, b: Sketch): void {
  assert.deepEqual({ ...a, moments: 0 }, { ...b, moments: 0 })
  assert.equal(a.moments.n, b.moments.n)
  assert.equal(a.moments.min, b.moments.min)
  assert.equal(a.moments.max, b.moments.max)
  const scale = Math.max(1, Math.abs(a.moments.min ?? 0), Math.abs(a.moments.max ?? 0))
  assert.ok(Math.abs(a.moments.mean - b.moments.mean) <= 1e-12 * scale)
  assert.ok(Math.abs(sdOf(a.moments) - sdOf(b.moments)) <= 1e-6 * scale)
}

test('merging sketches is associative and commutative and equals the sketch of all rows', () => {
  fc.assert(
    fc.property(
      fc.array(awkward, { maxLength: 60 }),
      fc.array(awkward),
      fc.array(awkward),
      fc.array(awkward),
      (reference, a, b, c) => {
        const bins = fixBins(numberColumn(reference), { bins: 8 })
        const [x, y, z] = [a, b, c].map(values => sketchOf(bins, numberColumn(values))) as [Sketch, Sketch, Sketch]
        assertSame(mergeSketches(mergeSketches(x, y), z), mergeSketches(x, mergeSketches(y, z)))
        assertSame(mergeSketches(x, y), mergeSketches(y, x))
        assertSame(mergeSketches(x, emptySketch(bins)), x)
        assertSame(mergeSketches(x, y), sketchOf(bins, numberColumn([...a, ...b])))
        assert.equal(x.counts.reduce((sum, count) => sum + count, 0) + x.missing, a.length)
      },
    ),
  )
  const words = fc.array(fc.option(fc.constantFrom('a', 'b', 'c', 'd', '')))
  fc.assert(
    fc.property(words, words, words, (reference, a, b) => {
      const bins = fixBins(textColumn(reference), { categories: 3 })
      assertSame(
        mergeSketches(sketchOf(bins, textColumn(a)), sketchOf(bins, textColumn(b))),
        sketchOf(bins, textColumn([...a, ...b])),
      )
    }),
  )
})

test('counts are bit for bit the same however the rows are cut into batches and batches shared among workers', () => {
  const rng = random('batches')
  const values = Float64Array.from({ length: 20_000 }, (_, i) => (i % 50 ? rng.normal() ** 3 : Number.NaN))
  const bins = fixBins(numberColumn(values.subarray(0, 5000)))
  const whole = sketchOf(bins, numberColumn(values))
  for (let round = 0; round < 20; round++) {
    const workers = [0, 1, 2].map(() => sketchBuilder(bins))
    for (let from = 0; from < values.length; ) {
      const to = Math.min(values.length, from + 1 + rng.below(3000))
      workers[rng.below(3)]!.add(numberColumn(values.subarray(from, to)))
      from = to
    }
    const parts = workers.map(worker => worker.sketch())
    assertSame(parts.reduce(mergeSketches), whole)
    assertSame(parts.toReversed().reduce(mergeSketches), whole)
  }
})

test('sketches over other bins are refused by name', () => {
  const first = sketchOf(fixBins(numberColumn([1, 2, 3])), numberColumn([1]))
  const second = sketchOf(fixBins(numberColumn([1, 2, 4])), numberColumn([1]))
  assert.throws(() => mergeSketches(first, second), /count both in the bins of one reference/)
})

test('bins are equally full for a continuous column, and reference values are never outside', () => {
  const rng = random('bins')
  const values = Float64Array.from({ length: 12_800 }, () => rng.normal())
  const bins = fixBins(numberColumn(values), { bins: 128 }) as NumberBins
  const { counts } = sketchOf(bins, numberColumn(values))
  assert.equal(counts.length, 130)
  assert.equal(counts[0], 0)
  assert.equal(counts.at(-1), 0)
  for (const count of counts.slice(1, -1)) assert.equal(count, 100)
  const outlying = sketchOf(bins, numberColumn([1e9, -1e9, Number.POSITIVE_INFINITY]))
  assert.equal(outlying.counts[0], 1)
  assert.equal(outlying.counts.at(-1), 2)
  assert.equal(outlying.infinite, 1)
})

test('a few different values get a bin each, and a value that fills half of a column one of its own', () => {
  const few = fixBins(numberColumn([3, 1, 2, 2, 3])) as NumberBins
  assert.deepEqual(few.edges, [1, 2, 3, nextAbove(3)])
  const rng = random('atom')
  const half = Float64Array.from({ length: 2000 }, (_, i) => (i % 2 ? 0 : rng.normal()))
  const bins = fixBins(numberColumn(half), { bins: 16 }) as NumberBins
  const atZero = binOf(bins.edges, 0)
  assert.equal(sketchOf(bins, numberColumn(half)).counts[atZero], 1000)
  assert.ok(binOf(bins.edges, Number.MIN_VALUE) > atZero)
  assert.equal(binCount(fixBins(numberColumn([Number.NaN]))), 1)
})

test('an outlier in the reference moves no other edge', () => {
  const rng = random('outlier')
  const values = Array.from({ length: 1000 }, () => rng.normal())
  const plain = fixBins(numberColumn(values), { bins: 20 }) as NumberBins
  const with1 = fixBins(numberColumn([...values.slice(0, 999), 1e12]), { bins: 20 }) as NumberBins
  const moved = plain.edges.slice(0, -1).filter((edge, i) => Math.abs(edge - with1.edges[i]!) > 0.05)
  assert.equal(moved.length, 0)
})

test('the same reference gives the same bins under the same id; a sketch is canonical JSON', () => {
  const values = [5, 1, 4, 4, Number.NaN]
  assert.deepEqual(fixBins(numberColumn(values)), fixBins(numberColumn([...values].reverse())))
  const sketch = sketchOf(fixBins(numberColumn(values)), numberColumn([Number.NaN, Number.POSITIVE_INFINITY]))
  assert.deepEqual(JSON.parse(canonicalJson(sketch)), sketch)
})

test('moments of parts merged equal those of the whole, up to the fourth', () => {
  const rng = random('moments')
  const values = Float64Array.from({ length: 1000 }, () => 5 + rng.normal() ** 3)
  const whole = momentsOf(values)
  const merged = [0, 1, 10, 500]
    .map((from, i, all) => momentsOf(values.subarray(from, all[i + 1])))
    .reduce(mergeMoments)
  const mean = values.reduce((a, b) => a + b) / 1000
  const central = (k: number) => values.reduce((sum, x) => sum + (x - mean) ** k, 0)
  for (const moments of [whole, merged]) {
    for (const [k, value] of [
      [2, moments.m2],
      [3, moments.m3],
      [4, moments.m4],
    ] as const) {
      assert.ok(Math.abs(value / central(k) - 1) < 1e-10, `m${k}`)
    }
    assert.ok(Math.abs(moments.mean - mean) < 1e-13)
  }
})

test('a quantile from a sketch lies in the bin of the true one', () => {
  const rng = random('quantile')
  const values = Float64Array.from({ length: 5000 }, () => rng.normal())
  const bins = fixBins(numberColumn(values), { bins: 100 }) as NumberBins
  const other = Float64Array.from({ length: 3000 }, () => rng.normal() + 0.5)
  const sketch = sketchOf(bins, numberColumn(other))
  const sorted = other.slice().sort()
  for (const p of [0.01, 0.25, 0.5, 0.9, 0.99]) {
    const truth = sorted[Math.floor(p * 3000)]!
    assert.ok(Math.abs(binOf(bins.edges, sketchQuantile(bins, sketch, p)!) - binOf(bins.edges, truth)) <= 1)
  }
  assert.equal(sketchQuantile(bins, sketch, 0), sorted[0])
  assert.equal(sketchQuantile(bins, sketch, 1), sorted.at(-1))
  assert.equal(sketchQuantile(bins, emptySketch(bins), 0.5), undefined)
})

test('a column of the wrong kind is refused', () => {
  assert.throws(
    () => sketchOf(fixBins(numberColumn([1])), textColumn(['a'])),
    /column s is text, the bins are for numbers/,
  )
  assert.throws(() => sketchOf(fixBins(textColumn(['a'])), numberColumn([1])), /the bins are for text/)
})
