import assert from 'node:assert/strict'
import { test } from 'node:test'
import { table } from '../src/base/table.ts'
import { treeShap } from '../src/explain/treeShap.ts'
import { anomalyContributions, anomalyScores, fitIsolationForest } from '../src/learn/isolationForest.ts'
import { random } from '../src/numeric/random.ts'

test('exact Shapley values tell which column makes a row strange, and add up to log2 of its score', () => {
  const rng = random('anomalies')
  const columns = Array.from({ length: 6 }, () => Float64Array.from({ length: 3000 }, () => rng.normal()))
  const named = (values: readonly Float64Array[]) =>
    table(values.map((x, c) => ({ name: `x${c}`, kind: 'number' as const, values: x })))
  const forest = fitIsolationForest(named(columns), {}, random(1))
  const rows = named(columns.map((x, c) => Float64Array.of(x[0]!, c === 4 ? 9 : 0)))
  const scores = anomalyScores(forest, rows)
  assert.ok(scores[1]! > scores[0]!)
  const { base, values } = anomalyContributions(forest, rows, treeShap)
  for (const row of [0, 1]) {
    const own = values.subarray(6 * row, 6 * row + 6)
    assert.ok(Math.abs(own.reduce((a, b) => a + b, base) - Math.log2(scores[row]!)) < 1e-9)
  }
  const strange = values.subarray(6)
  assert.equal(strange.indexOf(Math.max(...strange)), 4)
  assert.ok(
    strange.every((part, c) => c === 4 || part < 0),
    `${strange}`,
  )
})
