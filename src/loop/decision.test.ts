import assert from 'node:assert/strict'
import { test } from 'node:test'
import { random } from '../numeric/random.ts'
import { type Costs, cheapestThreshold, costOf, decisionRule, isYes, thresholdFor } from './decision.ts'

const costs: Costs = { falsePositive: 1, falseNegative: 4 }

function total(outputs: Float64Array, truth: Float64Array, threshold: number): number {
  return truth.reduce((sum, y, row) => sum + costOf(costs, y, outputs[row]!, threshold), 0)
}

test('a missed case that costs four times a false alarm makes a yes of everything from 20 % on', () => {
  // Elkan 2001, equation 2: p* = c10 / (c10 + c01) where right answers cost nothing.
  assert.equal(thresholdFor(costs), 0.2)
  assert.deepEqual(decisionRule({ kind: 'costs', ...costs }), { threshold: 0.2, costs })
  assert.deepEqual(decisionRule({ kind: 'threshold', threshold: 0.5 }), { threshold: 0.5 })
  assert.equal(decisionRule(undefined), undefined)
  assert.ok(isYes(0.2, 0.2) && !isYes(0.19, 0.2))
})

test('a wrong yes costs one thing, a wrong no another, what is right nothing', () => {
  assert.deepEqual(
    [costOf(costs, 0, 0.7, 0.5), costOf(costs, 1, 0.3, 0.5), costOf(costs, 1, 0.7, 0.5), costOf(costs, 0, 0.3, 0.5)],
    [1, 4, 0, 0],
  )
})

test('worked by hand: five rows, and every cut between them', () => {
  const outputs = Float64Array.of(0.1, 0.3, 0.5, 0.7, 0.9)
  const truth = Float64Array.of(0, 1, 0, 0, 1)
  // Cuts from nobody to everybody cost 8, 4, 5, 6, 2, 3: four rows are a yes, from somewhere between 0.1 and 0.3 on.
  assert.equal(cheapestThreshold(outputs, truth, costs, 0.5), 0.2)
  assert.equal(cheapestThreshold(outputs, truth, costs, 0.25), 0.25)
})

test('no threshold of a fine grid costs less, whatever the rows, ties included', () => {
  const rng = random('thresholds')
  for (let round = 0; round < 200; round++) {
    const n = 1 + rng.below(30)
    const outputs = Float64Array.from({ length: n }, () => rng.below(11) / 10)
    const truth = Float64Array.from({ length: n }, () => rng.below(2))
    const threshold = cheapestThreshold(outputs, truth, costs, rng.next())
    assert.ok(threshold >= 0 && threshold <= 1, `${threshold}`)
    const found = total(outputs, truth, threshold)
    for (let k = 0; k <= 40; k++) assert.ok(found <= total(outputs, truth, k / 40), `${k / 40} instead of ${threshold}`)
  }
})

test('on true probabilities the cheapest threshold is near the one by costs, and stays where it is if nothing is cheaper', () => {
  const rng = random('calibrated')
  const outputs = Float64Array.from({ length: 40_000 }, () => rng.next())
  const truth = outputs.map(p => (rng.next() < p ? 1 : 0))
  const threshold = cheapestThreshold(outputs, truth, costs, 0.5)
  assert.ok(Math.abs(threshold - thresholdFor(costs)) < 0.03, `${threshold}`)
  assert.equal(cheapestThreshold(outputs, truth, costs, threshold), threshold)
})

test('where nothing is true, nobody is a yes unless an output is 1; where all is, everybody', () => {
  const outputs = Float64Array.of(0, 0.4, 0.8)
  assert.ok(cheapestThreshold(outputs, Float64Array.of(0, 0, 0), costs, 0.5) > 0.8)
  assert.equal(cheapestThreshold(outputs, Float64Array.of(1, 1, 1), costs, 0.5), 0)
  assert.equal(cheapestThreshold(Float64Array.of(0, 0), Float64Array.of(1, 1), costs, 0.5), 0)
})
