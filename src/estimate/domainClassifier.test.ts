import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Table, table } from '../base/table.ts'
import { type Random, random } from '../numeric/random.ts'
import { densityWeights } from './densityRatio.ts'
import { type DomainOptions, domainClassifier } from './domainClassifier.ts'

/** Two numbers with a correlation, one of them rounded to ties, and a category; a twentieth of the numbers is missing. */
function drawn(rng: Random, n: number, { correlation = 0.5, shift = 0, letters = 'aabbcdefgh' } = {}): Table {
  const x = Float64Array.from({ length: n }, () => rng.normal())
  const y = x.map(v => correlation * v + Math.sqrt(1 - correlation ** 2) * rng.normal())
  return table([
    { name: 'x', kind: 'number', values: x.map(v => (rng.next() < 0.05 ? Number.NaN : v + shift)) },
    { name: 'y', kind: 'number', values: y.map(v => Math.round(2 * v) / 2) },
    { name: 'letter', kind: 'text', values: Array.from({ length: n }, () => letters[rng.below(letters.length)]!) },
  ])
}

async function compare(reference: Table, window: Table, seed: string, options: DomainOptions = {}) {
  const found = await domainClassifier(reference, window, options, random(seed))
  return 'reason' in found ? assert.fail(found.reason) : found
}

test('equal laws are told apart in less than a twentieth of comparisons, whatever the sizes', async () => {
  for (const [n, m] of [
    [100, 100],
    [300, 60],
    [60, 300],
  ] as const) {
    let found = 0
    const trials = 50
    for (let r = 0; r < trials; r++) {
      const rng = random(`${n} ${m} ${r}`)
      if ((await compare(drawn(rng, n), drawn(rng, m), `fit ${r}`)).p < 0.05) found++
    }
    // 2.5 of 50 are expected at 5 %; 8 or more have a probability of 0.004.
    assert.ok(found < 8, `${found} of ${trials} with ${n} and ${m} rows`)
  }
})

test('p by permutation rejects equal laws as often as it says', async () => {
  let found = 0
  const options = { permutations: 9, folds: 3, recipe: { iterations: 8, maxLeaves: 4 } }
  for (let r = 0; r < 40; r++) {
    const rng = random(`permutation ${r}`)
    const [before, after] = [drawn(rng, 60), drawn(rng, 60)]
    if ((await compare(before, after, `fit ${r}`, options)).p <= 0.1) found++
  }
  // 4 of 40 are expected; 10 or more have a probability of 0.005.
  assert.ok(found < 10, `${found} of 40`)
})

test('a correlation that is gone is found, though every column is as before, and its columns are named', async () => {
  const rng = random('correlation')
  const found = await compare(drawn(rng, 2000, { correlation: 0.9 }), drawn(rng, 1000, { correlation: 0 }), 'gone')
  assert.ok(found.p < 1e-6 && found.effect > 0.4, `effect ${found.effect}, p ${found.p}`)
  assert.deepEqual(
    found.columns
      .slice(0, 2)
      .map(({ column }) => column)
      .sort(),
    ['x', 'y'],
  )
  assert.ok(Math.abs(found.columns.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-12)
})

test('an AUC that can be worked out is found: a shift of two standard deviations of one column', async () => {
  const rng = random('shift')
  const numbers = (n: number, shift: number) =>
    table([{ name: 'x', kind: 'number', values: Float64Array.from({ length: n }, () => rng.normal() + shift) }])
  const { auc, effect } = await compare(numbers(3000, 0), numbers(3000, 2), 'two')
  // Phi(2 / sqrt 2) = 0.9214
  assert.ok(Math.abs(auc - 0.9214) < 0.015, `${auc}`)
  assert.ok(Math.abs(effect - (2 * auc - 1)) < 1e-12)
})

test('a new category is found', async () => {
  const rng = random('category')
  const found = await compare(drawn(rng, 1500), drawn(rng, 500, { letters: 'aabbcdefghzz' }), 'new')
  assert.equal(found.columns[0]!.column, 'letter')
  assert.ok(found.p < 0.001, `${found.p}`)
})

test('weights make the reference look like the window, and stay near 1 where nothing has moved', async () => {
  const rng = random('weights')
  const reference = drawn(rng, 6000)
  const weigh = async (window: Table) => {
    const found = await densityWeights(reference, window, { sampleRows: 4000 }, random('weigh'))
    return 'reason' in found ? assert.fail(found.reason) : found
  }
  const x = reference.columns[0]!.values as Float64Array
  const meanOf = (weights: Float64Array) => {
    let [sum, total] = [0, 0]
    x.forEach((v, i) => {
      if (Number.isNaN(v)) return
      sum += weights[i]! * v
      total += weights[i]!
    })
    return sum / total
  }
  const shifted = await weigh(drawn(rng, 3000, { shift: 0.6 }))
  assert.ok(Math.abs(meanOf(shifted.weights) - 0.6) < 0.12, `mean ${meanOf(shifted.weights)}`)
  assert.ok(Math.abs(shifted.weights.reduce((sum, w) => sum + w, 0) / 6000 - 1) < 1e-9)
  // The variance of the weights of a shift d is exp(d^2) - 1: 6000 rows amount to 6000 / exp(0.36) = 4186.
  assert.ok(shifted.effectiveRows > 3300 && shifted.effectiveRows < 5000, `${shifted.effectiveRows}`)
  const equal = await weigh(drawn(rng, 3000))
  assert.ok(equal.effectiveRows > 0.95 * 6000, `${equal.effectiveRows}`)
})

test('what cannot be compared says why', async () => {
  const rng = random('few')
  const few = await domainClassifier(drawn(rng, 500), drawn(rng, 20), {}, random('few'))
  assert.deepEqual(few, { reason: 'not enough data: the window has 20 rows, needs 50' })
  const none = await domainClassifier({ rows: 100, columns: [] }, { rows: 100, columns: [] }, {}, random('none'))
  assert.deepEqual(none, { reason: 'there are no columns to compare' })
  const reference = drawn(rng, 100)
  const lost = { rows: 100, columns: drawn(rng, 100).columns.slice(1) }
  await assert.rejects(domainClassifier(reference, lost, {}, random('lost')), /The column x is absent/)
  const constant = table([{ name: 'c', kind: 'number', values: new Float64Array(100) }])
  const same = await domainClassifier(constant, constant, {}, random('constant'))
  assert.ok(!('reason' in same) && same.auc === 0.5 && same.p === 1 && same.columns[0]!.share === 0)
})
