/** Drift from sketches is drift from rows, within bounds: in bins of the reference's quantiles, and exactly where the cells are the values. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Column, table } from '../../base/table.ts'
import { random } from '../../numeric/random.ts'
import { kolmogorovSmirnov } from '../hypothesis/kolmogorovSmirnov.ts'
import { fixBins } from '../profiles/bins.ts'
import { sketchOf } from '../profiles/sketch.ts'
import { drift, driftOfRows } from './drift.ts'
import { largestGap } from './ordered.ts'

/** A value from a uniform u and a normal z. Where values repeat they do so after the change as well. */
const laws = {
  normal: (_u: number, z: number) => z,
  skewed: (_u: number, z: number) => Math.exp(z),
  heavy: (u: number, z: number) => z / (0.1 + u),
  rounded: (_u: number, z: number) => Math.round(4 * z) / 4,
  zeros: (u: number, z: number) => (u < 0.5 ? 0 : Math.exp(z)),
}

const cases = fc.record({
  law: fc.constantFrom(...(Object.keys(laws) as (keyof typeof laws)[])),
  n: fc.integer({ min: 200, max: 4000 }),
  m: fc.integer({ min: 60, max: 4000 }),
  bins: fc.constantFrom(64, 256, 1024),
  shift: fc.constantFrom(0, 0.02, 0.1, 0.5),
  scale: fc.constantFrom(1, 1.1, 1.5),
  seed: fc.nat(),
})

function draw({
  law,
  n,
  m,
  shift,
  scale,
  seed,
}: {
  law: keyof typeof laws
  n: number
  m: number
  shift: number
  scale: number
  seed: number
}) {
  const rng = random(seed)
  const sample = (rows: number, move: (z: number) => number): Column => ({
    name: 'x',
    kind: 'number',
    values: Float64Array.from({ length: rows }, () => laws[law](rng.next(), move(rng.normal()))),
  })
  return [sample(n, z => z), sample(m, z => shift + scale * z)] as [
    Column & { values: Float64Array },
    Column & { values: Float64Array },
  ]
}

test('D of the bins is at most D of the rows, and at least that less the share of both samples in one bin', () => {
  fc.assert(
    fc.property(cases, given => {
      const [a, b] = draw(given)
      const bins = fixBins(a, { bins: given.bins })
      const x = sketchOf(bins, a).counts
      const y = sketchOf(bins, b).counts
      const exact = kolmogorovSmirnov(a.values, b.values, 'asymptotic').result!.statistic
      const binned = largestGap(x, y)
      const bound = Math.max(...x.map((count, k) => Math.min(count / given.n, y[k]! / given.m)))
      assert.ok(binned <= exact + 1e-12, `${binned} above ${exact}`)
      assert.ok(exact <= binned + bound + 1e-12, `${exact} above ${binned} + ${bound}`)
      // Bins of quantiles hold at most their share of the reference, but for a value that fills more: it has its own.
      if (given.law === 'normal' || given.law === 'skewed' || given.law === 'heavy') {
        assert.ok(bound <= 1 / given.bins + 1 / given.n + 1e-12)
      }
    }),
    { numRuns: 150, seed: 7 },
  )
})

test('with 1024 bins and some thousand rows p below 0.1 and effect are those of the rows: log p within 0.4 and a tenth, effect within 0.02 and a tenth', () => {
  fc.assert(
    fc.property(cases, fc.integer({ min: 2500, max: 6000 }), (given, n) => {
      const [a, b] = draw({ ...given, n })
      const rows = driftOfRows(table([a]), table([b]), { alpha: 0.05 })
      const bins = [fixBins(a)]
      const sketched = drift(bins, [sketchOf(bins[0]!, a)], [sketchOf(bins[0]!, b)], { alpha: 0.05 })
      const values = [rows, sketched].map(({ columns }) => columns[0]!.parts[0]!)
      const [p, q] = values.map(({ pValue }) => Math.log10(Math.max(1e-300, pValue))) as [number, number]
      const bothDull = Math.min(p, q) > -1
      assert.ok(
        bothDull || Math.abs(p - q) < 0.4 + 0.1 * Math.abs(p),
        `p ${10 ** p} from rows, ${10 ** q} from sketches`,
      )
      const [e, f] = values.map(({ effect }) => effect) as [number, number]
      // Near none the effect is the root of a difference of two squares: there its square is compared.
      const square = (1 / n + 1 / given.m) / 2
      const close = Math.abs(e - f) < 0.02 + 0.1 * e || Math.abs(e * e - f * f) < square
      assert.ok(close, `effect ${e} from rows, ${f} from sketches`)
    }),
    { numRuns: 60, seed: 7 },
  )
})

test('categories and missing rows are the same from sketches and from rows, to the last digit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 60 }), fc.integer({ min: 40, max: 500 }), fc.nat(), (levels, rows, seed) => {
      const rng = random(seed)
      const column = (length: number, power: number): Column => ({
        name: 'c',
        kind: 'text',
        values: Array.from({ length }, () =>
          rng.next() < 0.1 ? null : `v${Math.floor(levels * rng.next() ** power)}`,
        ),
      })
      const [a, b] = [column(2 * rows, 2), column(rows, rng.next() < 0.5 ? 2 : 1.5)]
      const bins = [fixBins(a, { categories: 1000 })]
      const fromRows = driftOfRows(table([a]), table([b]))
      const fromSketches = drift(bins, [sketchOf(bins[0]!, a)], [sketchOf(bins[0]!, b)])
      const rounded = (columns: typeof fromRows.columns) =>
        columns.map(({ pValue, effect, test, drifted }) => [
          pValue.toPrecision(10),
          effect.toPrecision(10),
          test,
          drifted,
        ])
      assert.deepEqual(rounded(fromSketches.columns), rounded(fromRows.columns))
    }),
    { numRuns: 60, seed: 7 },
  )
})

test('the order of rows and of categories changes nothing; neither do values on another scale', () => {
  const rng = random('order')
  const x = Float64Array.from({ length: 500 }, () => rng.normal())
  const y = Float64Array.from({ length: 300 }, () => 0.3 + rng.normal())
  const report = (a: Float64Array, b: Float64Array) => {
    const of = (values: Float64Array) => table([{ name: 'x', kind: 'number', values }])
    return driftOfRows(of(a), of(b))
  }
  assert.deepEqual(report(x.toReversed(), y.toSorted()), report(x, y))
  assert.deepEqual(report(x.map(Math.exp), y.map(Math.exp)), report(x, y))
})
