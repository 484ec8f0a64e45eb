/**
 * CPU milliseconds per row of exact tree explanations, and of sketching and drift over many columns.
 * `node bench/explain.ts`. For LightGBM beside it: `bench/explain_lightgbm.py` (same number of trees and leaves).
 */
import type { Column } from '../src/base/table.ts'
import { treeShap } from '../src/explain/treeShap.ts'
import { type Random, random } from '../src/numeric/random.ts'
import { drift } from '../src/statistics/drift/drift.ts'
import { rocAuc } from '../src/statistics/metrics/ranking.ts'
import { fixBins } from '../src/statistics/profiles/bins.ts'
import { sketchOf } from '../src/statistics/profiles/sketch.ts'
import type { TreeEnsemble } from '../src/trees/ensemble.ts'

const rng = random('bench')

for (const [trees, depth, rows] of [
  [150, 5, 2000],
  [500, 8, 200],
] as const) {
  const ensemble = fullTrees(rng, trees, 20, depth)
  const columns = Array.from({ length: 20 }, () => Float32Array.from({ length: rows }, () => rng.normal()))
  treeShap(ensemble, columns, rows / 10)
  const ms = cpu(() => treeShap(ensemble, columns, rows))
  console.log(`treeShap, ${trees} full trees of depth ${depth}: ${(ms / rows).toFixed(3)} ms a row`)
}

const rows = 1_000_000
const reference = numbers(100_000)
const bins = fixBins(reference)
const baseline = sketchOf(bins, reference)
const window = numbers(rows)
const sketching = cpu(() => sketchOf(bins, window))
console.log(
  `sketch of a column of ${rows} rows over ${bins.kind === 'number' ? bins.edges.length : 0} edges: ${sketching.toFixed(0)} ms`,
)
const sketch = sketchOf(bins, window)
const many = Array.from({ length: 100 }, () => 0)
const judging = cpu(() =>
  drift(
    many.map(() => bins),
    many.map(() => baseline),
    many.map(() => sketch),
  ),
)
console.log(`drift of 100 columns from their sketches: ${judging.toFixed(0)} ms`)
const truth = Float64Array.from({ length: rows }, () => rng.below(2))
const score = Float64Array.from({ length: rows }, () => rng.next())
console.log(`AUC of ${rows} rows: ${cpu(() => rocAuc(truth, score)).toFixed(0)} ms`)

function cpu(work: () => unknown): number {
  const before = process.cpuUsage()
  work()
  return process.cpuUsage(before).user / 1000
}

function numbers(n: number): Column {
  return { name: 'x', kind: 'number', values: Float64Array.from({ length: n }, () => rng.normal()) }
}

function fullTrees(draw: Random, trees: number, features: number, depth: number): TreeEnsemble {
  const each = 2 ** (depth + 1) - 1
  const nodes = trees * each
  const inner = (n: number) => n % each < 2 ** depth - 1
  const numbers = Array.from({ length: nodes }, (_, n) => n)
  const child = (n: number, side: number) => (inner(n) ? n - (n % each) + 2 * (n % each) + side : 0)
  const cover = new Float64Array(nodes)
  for (let n = 0; n < nodes; n++) {
    if (n % each === 0) cover[n] = 1000
    if (!inner(n)) continue
    const share = 0.2 + 0.6 * draw.next()
    cover[child(n, 1)] = cover[n]! * share
    cover[child(n, 2)] = cover[n]! * (1 - share)
  }
  return {
    features: Array.from({ length: features }, (_, f) => `f${f}`),
    link: 'identity',
    base: 0,
    roots: Int32Array.from({ length: trees }, (_, t) => t * each),
    feature: Int32Array.from(numbers, n => (inner(n) ? draw.below(features) : -1)),
    threshold: Float64Array.from(numbers, () => Math.fround(draw.normal())),
    left: Int32Array.from(numbers, n => child(n, 1)),
    right: Int32Array.from(numbers, n => child(n, 2)),
    missingLeft: new Uint8Array(nodes),
    value: Float64Array.from(numbers, n => (inner(n) ? 0 : draw.normal())),
    cover,
  }
}
