import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { random } from '../../numeric/random.ts'
import { binomialQuantile } from '../distributions/distributions.ts'
import { rankedListMetricNames, rankedListMetrics } from './rankedLists.ts'

// scikit-learn 1.9: ndcg_score, average_precision_score
const golden = JSON.parse(
  readFileSync(new URL('../../../test/golden/metrics/metrics.json', import.meta.url), 'utf8'),
).ranking

const near = (actual: number | undefined, expected: number, what = '') =>
  assert.ok(actual !== undefined && Math.abs(actual - expected) < 1e-12, `${what} ${actual} is not ${expected}`)

function one(relevance: readonly number[], score: readonly number[]) {
  return {
    relevance: Float64Array.from(relevance),
    score: Float64Array.from(score),
    query: new Int32Array(relevance.length),
  }
}

test("normalised discounted gain equals scikit-learn's, ties averaged, and average precision without ties", () => {
  golden.relevance.forEach((relevance: number[], i: number) => {
    near(rankedListMetrics(one(relevance, golden.tied[i])).metrics.ndcg.value, golden.ndcg[i])
    near(rankedListMetrics(one(relevance, golden.tied[i]), { k: 4 }).metrics.ndcg.value, golden.ndcg_at_4[i])
    near(rankedListMetrics(one(relevance, golden.untied[i])).metrics.map.value, golden.average_precision[i])
  })
})

test('by hand: relevant items at places 2 and 4 of 5', () => {
  const list = one([0, 1, 0, 1, 0], [5, 4, 3, 2, 1])
  const { metrics } = rankedListMetrics(list, { k: 3 })
  near(metrics.precision.value, 1 / 3)
  near(metrics.recall.value, 1 / 2)
  near(metrics.mrr.value, 1 / 2)
  near(metrics.map.value, 1 / 2 / 2)
  near(metrics.ndcg.value, 1 / Math.log2(3) / (1 + 1 / Math.log2(3)))
  near(rankedListMetrics(list).metrics.map.value, (1 / 2 + 2 / 4) / 2)
  // 2^relevance - 1 gives an item of relevance 2 three times the gain of one of relevance 1.
  const graded = rankedListMetrics(one([1, 2], [2, 1]), { gain: 'exponential' }).metrics.ndcg.value
  near(graded, (1 + 3 / Math.log2(3)) / (3 + 1 / Math.log2(3)))
})

test('ties give the mean over all orders of the tied items', () => {
  const rng = random('ties')
  for (let round = 0; round < 30; round++) {
    const n = 5
    const relevance = Array.from({ length: n }, (_, i) => (i === 0 ? 1 : rng.below(3)))
    const score = Array.from({ length: n }, () => rng.below(3))
    const k = 1 + rng.below(n)
    const found = rankedListMetrics(one(relevance, score), { k }).metrics
    const sums = Object.fromEntries(rankedListMetricNames.map(name => [name, 0]))
    const orders = permutations(n)
    for (const order of orders) {
      const broken = score.map((s, i) => s + order[i]! / 100)
      const { metrics } = rankedListMetrics(one(relevance, broken), { k })
      for (const name of rankedListMetricNames) sums[name]! += metrics[name].value!
    }
    for (const name of rankedListMetricNames) near(found[name].value, sums[name]! / orders.length, name)
  }
})

function permutations(n: number): number[][] {
  if (n === 0) return [[]]
  return permutations(n - 1).flatMap(rest => Array.from({ length: n }, (_, i) => rest.toSpliced(i, 0, n - 1)))
}

test('queries without a relevant item have no right order: they are counted and left out', () => {
  const lists = {
    relevance: Float64Array.of(1, 0, 0, 0),
    score: Float64Array.of(1, 2, 1, 2),
    query: Int32Array.of(7, 7, 9, 9),
  }
  const found = rankedListMetrics(lists)
  assert.deepEqual([found.queries, found.withoutRelevant], [1, 1])
  near(found.metrics.mrr.value, 0.5)
  assert.match(found.intervals.mrr.reason!, /1 queries with a relevant item, 2 are needed/)
  assert.equal(rankedListMetrics(one([0], [1])).metrics.ndcg.reason, 'no query has a relevant item')
  assert.throws(() => rankedListMetrics(one([-1], [1])), /relevance of item 0 is -1/)
  assert.throws(() => rankedListMetrics(one([1], [1]), { k: 0 }), /k is 0/)
})

test('intervals by queries hold the mean of all queries in 93 to 97 % of samples of 40 queries', () => {
  const draw = (seed: string, queries: number) => {
    const rng = random(seed)
    const query = Int32Array.from({ length: queries * 8 }, (_, i) => Math.floor(i / 8))
    const relevance = Float64Array.from(query, () => (rng.next() < 0.3 ? 1 + rng.below(2) : 0))
    return { query, relevance, score: relevance.map(r => r + 1.5 * rng.normal()) }
  }
  const exact = rankedListMetrics(draw('all queries', 20_000), { k: 5 }).metrics
  const runs = 500
  for (const name of rankedListMetricNames) {
    let held = 0
    for (let run = 0; run < runs; run++) {
      const { lower, upper } = rankedListMetrics(draw(`queries ${run}`, 40), { k: 5 }).intervals[name]
      if (lower! <= exact[name].value! && exact[name].value! <= upper!) held++
    }
    assert.ok(held >= binomialQuantile(1e-4, runs, 0.93), `${name}: ${held} of ${runs}`)
    assert.ok(held <= binomialQuantile(1 - 1e-4, runs, 0.97), `${name}: ${held} of ${runs}`)
  }
})
