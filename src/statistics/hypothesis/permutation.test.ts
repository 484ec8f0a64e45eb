import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { hypergeometricTerm } from '../../numeric/gammaFunctions.ts'
import { random } from '../../numeric/random.ts'
import { permutationP, permutationTest, permutationTestPooled, runBlocks } from './permutation.ts'
import { pool } from './pooled.ts'
import { hypergeometric, randomTable } from './randomTable.ts'
import { wassersteinPooled } from './sampleDistances.ts'

test('p comes near the share of all labellings that scipy counts, and is the same for the same seed', () => {
  const { exact } = JSON.parse(readFileSync(new URL('../../../test/golden/hypothesis.json', import.meta.url), 'utf8'))
  let tested = 0
  for (const { a, b, wasserstein_permutation } of exact) {
    if (!wasserstein_permutation) continue
    const pooled = pool([Float64Array.from(a), Float64Array.from(b)])
    const run = () => permutationTestPooled(pooled, wassersteinPooled, { replicates: 9999 }, random('w1')).result!
    const [statistic, p] = wasserstein_permutation
    assert.ok(Math.abs(run().statistic - statistic) < 1e-12)
    assert.ok(Math.abs(run().p - p) < 4 * Math.sqrt((p * (1 - p)) / 9999) + 1e-4, `${run().p} is not ${p}`)
    assert.equal(run().p, run().p)
    tested++
  }
  assert.ok(tested >= 4)
})

test('p is never 0: nothing as large among 99 gives 0.01, and equal statistics count', () => {
  assert.equal(
    permutationP(1, () => 0, 99),
    0.01,
  )
  assert.equal(
    permutationP(0.3, () => 0.1 + 0.2 - 1e-16, 9),
    1,
  )
  assert.throws(() => permutationP(1, () => 0, 0), /replicates is 0/)
})

test('random tables have the margins they were given, and their cells the hypergeometric law', () => {
  const rng = random('table')
  const rows = [40, 25, 10]
  const columns = [30, 0, 5, 1, 39]
  const out = rows.map(() => new Uint32Array(columns.length))
  for (let round = 0; round < 50; round++) {
    randomTable(rows, columns, out, rng)
    for (const [i, size] of rows.entries())
      assert.equal(
        out[i]!.reduce((sum, x) => sum + x, 0),
        size,
      )
    for (const [j, size] of columns.entries())
      assert.equal(
        out.reduce((sum, row) => sum + row[j]!, 0),
        size,
      )
  }
  for (const [population, marked, draws] of [
    [50, 20, 8],
    [200, 30, 90],
    [40_000, 12_000, 20_000],
  ] as const) {
    const repeats = 20_000
    const seen = new Map<number, number>()
    for (let i = 0; i < repeats; i++) {
      const x = hypergeometric(population, marked, draws, rng)
      seen.set(x, (seen.get(x) ?? 0) + 1)
    }
    let chiSquare = 0
    let cells = 0
    for (let x = 0; x <= draws; x++) {
      const expected = repeats * hypergeometricTerm(x, population, marked, draws)
      if (expected < 10) continue
      chiSquare += ((seen.get(x) ?? 0) - expected) ** 2 / expected
      cells++
    }
    // Mean cells, standard deviation sqrt(2 cells).
    assert.ok(chiSquare < cells + 5 * Math.sqrt(2 * cells), `${chiSquare} over ${cells} cells`)
  }
})

test('runs of rows become blocks; whole blocks are dealt, and a block of two samples is refused', () => {
  assert.deepEqual([...runBlocks([5, 3], 2)], [0, 0, 1, 1, 1, 2, 2, 2])
  assert.deepEqual([...runBlocks([1, 2], 4)], [0, 1, 1])
  const labels = Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1)
  const seen = new Set<string>()
  const blocks = runBlocks([6, 6], 2)
  permutationTest(
    labels,
    dealt => {
      seen.add(dealt.join(''))
      for (let i = 0; i < 12; i += 2) assert.equal(dealt[i], dealt[i + 1])
      return 0
    },
    { replicates: 500, blocks },
    random('deal'),
  )
  assert.equal(seen.size, 20)
  assert.deepEqual([...labels], [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1])
  assert.throws(
    () => permutationTest(Uint8Array.of(0, 1), () => 0, { blocks: [7, 7] }, random(1)),
    /block 7 has rows of two samples/,
  )
  assert.throws(() => permutationTest(labels, () => 0, { blocks: [1] }, random(1)), /12 labels and 1 blocks/)
})

test('few blocks or one sample cannot be tested, and the answer says why', () => {
  const labels = Uint8Array.of(0, 0, 0, 0, 1, 1)
  const two = { blocks: [0, 0, 1, 1, 2, 2] }
  assert.match(
    permutationTest(labels, () => 0, two, random(1)).reason!,
    /3 blocks can be dealt in 3 ways, 20 are needed/,
  )
  assert.match(permutationTest(new Uint8Array(5), () => 0, {}, random(1)).reason!, /5 rows in 1 samples/)
})
