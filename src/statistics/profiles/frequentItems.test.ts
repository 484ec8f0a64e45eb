import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { random } from '../../numeric/random.ts'
import { countItems, type FrequentItems, itemsAbove, mergeItems, noItems } from './frequentItems.ts'

/** A column whose i-th value has a share of about 1 / i. */
function zipf(rows: number, values: number, seed: string): string[] {
  const rng = random(seed)
  return Array.from({ length: rows }, () => `v${Math.floor(values ** rng.next())}`)
}

function exact(rows: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const value of rows) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

function assertBounds(items: FrequentItems, rows: readonly string[]): void {
  const truth = exact(rows)
  const kept = new Map(items.counts)
  assert.equal(items.n, rows.length)
  assert.ok(items.error <= rows.length / (items.capacity + 1), `error ${items.error} of ${rows.length} rows`)
  assert.ok(items.counts.length <= 2 * items.capacity)
  for (const [value, count] of truth) {
    const least = kept.get(value) ?? 0
    assert.ok(
      least <= count && count <= least + items.error,
      `${value}: ${least} to ${least + items.error}, is ${count}`,
    )
  }
}

test('a value was there at least as often as its counter says and at most the error more often', () => {
  const rows = zipf(50_000, 5000, 'bounds')
  const items = countItems(noItems(100), rows)
  assertBounds(items, rows)
  assert.ok(items.error > 0)
  const frequent = itemsAbove(items, 0.02)
  const truth = [...exact(rows)].filter(([, count]) => count >= 0.02 * rows.length).map(([value]) => value)
  assert.ok(truth.length > 2)
  for (const value of truth)
    assert.ok(
      frequent.some(item => item.value === value),
      `${value} is left out`,
    )
})

test('the bounds hold in any batches, merged in any order', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(400), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 20 }),
      (sizes, capacity) => {
        const batches = sizes.map((size, i) => zipf(size, 200, `${i}/${size}`))
        const sketches = batches.map(batch => countItems(noItems(capacity), batch))
        const forwards = sketches.reduce(mergeItems)
        const backwards = sketches.reduceRight(mergeItems)
        const batched = batches.reduce(countItems, noItems(capacity))
        for (const items of [forwards, backwards, batched]) assertBounds(items, batches.flat())
      },
    ),
  )
})

test('up to twice the capacity of different values every count is exact and merging is order-free', () => {
  const rows = zipf(3000, 150, 'exact')
  const whole = countItems(noItems(100), [null, ...rows, null])
  assert.equal(whole.error, 0)
  assert.deepEqual(new Map(whole.counts), exact(rows))
  const [a, b] = [rows.slice(0, 700), rows.slice(700)].map(part => countItems(noItems(100), part))
  assert.deepEqual(mergeItems(a!, b!), whole)
  assert.deepEqual(mergeItems(b!, a!), whole)
  assert.deepEqual(JSON.parse(JSON.stringify(whole)), whole)
})

test('a share below the error of the counts cannot be answered and is refused', () => {
  const items = countItems(noItems(10), zipf(10_000, 5000, 'refused'))
  assert.throws(() => itemsAbove(items, 1e-6), /must be above .* \(the error of the counts\)/)
  assert.throws(() => mergeItems(items, noItems(20)), /capacity is 10 and 20/)
  assert.throws(() => noItems(0), /capacity is 0/)
  assert.deepEqual(itemsAbove(noItems(), 0.1), [])
})
