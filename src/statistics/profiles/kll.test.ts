import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { random } from '../../numeric/random.ts'
import { addToKll, emptyKll, type Kll, kllQuantile, kllRankError, kllShareBelow, mergeKll } from './kll.ts'

const sizeOf = (sketch: Kll) => sketch.levels.reduce((sum, level) => sum + level.length, 0)

test("the rank errors are those of Apache DataSketches' quantile sketch", () => {
  // datasketches 5.2.0: kll_floats_sketch.get_normalized_rank_error(k, False)
  for (const [k, error] of [
    [20, 0.12473272746646615],
    [100, 0.02608386139187762],
    [200, 0.013294757464848584],
    [1024, 0.0027167972933084344],
  ] as const) {
    assert.ok(Math.abs(kllRankError(k) / error - 1) < 1e-3, `k ${k}: ${kllRankError(k)}, not ${error}`)
  }
})

test('99 of 100 quantiles are within the rank error, in one sketch and after merging forty', () => {
  const n = 20_000
  for (const parts of [1, 40]) {
    let beyond = 0
    let asked = 0
    let bias = 0
    for (let trial = 0; trial < 60; trial++) {
      const values = shuffledRanks(n, trial)
      let sketch = emptyKll({ seed: trial })
      for (let part = 0; part < parts; part++) {
        const own = addToKll(
          emptyKll({ seed: `${trial}/${part}` }),
          values.subarray((part * n) / parts, ((part + 1) * n) / parts),
        )
        sketch = mergeKll(sketch, own)
      }
      assert.equal(sketch.n, n)
      assert.ok(sizeOf(sketch) < 1000, `${sizeOf(sketch)} numbers are kept`)
      for (const p of [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99]) {
        const error = (kllQuantile(sketch, p)! + 1) / n - p
        bias += error
        asked++
        if (Math.abs(error) > kllRankError()) beyond++
        assert.ok(Math.abs(kllShareBelow(sketch, p * n)! - p) < 2 * kllRankError())
      }
    }
    // Binomial bound of 1 % at four standard errors; quantiles of one sketch err together.
    assert.ok(beyond <= 0.01 * asked + 4 * Math.sqrt(0.01 * asked), `${beyond} of ${asked} beyond, ${parts} parts`)
    assert.ok(Math.abs(bias / asked) < 0.001, `bias ${bias / asked}`)
  }
})

test('up to k values every quantile is exact', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 150 }), values => {
      const sketch = addToKll(emptyKll(), Float64Array.from(values))
      const sorted = Float64Array.from(values).sort()
      for (const p of [0, 0.1, 0.5, 0.9, 1]) {
        assert.equal(kllQuantile(sketch, p), sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)]! + 0)
      }
    }),
  )
})

test('a monotone change of unit changes the quantiles alike', () => {
  const values = Float64Array.from(shuffledRanks(10_000, 5), rank => rank / 1000)
  const instants = values.map(x => 1.7e12 + x)
  for (const p of [0.05, 0.5, 0.95]) {
    const direct = kllQuantile(addToKll(emptyKll(), values), p)!
    assert.ok(Math.abs(kllQuantile(addToKll(emptyKll(), instants), p)! - 1.7e12 - direct) < 1e-3)
  }
})

test('the weights of the kept values add up to the rows, whatever the batches', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3000), { minLength: 1, maxLength: 6 }), fc.constantFrom(8, 20, 200), (sizes, k) => {
      const rng = random(sizes.join())
      let merged = emptyKll({ k })
      let batched = emptyKll({ k })
      for (const size of sizes) {
        const batch = Float64Array.from({ length: size }, () => rng.next())
        merged = mergeKll(merged, addToKll(emptyKll({ k, seed: size }), batch))
        batched = addToKll(batched, batch)
      }
      const rows = sizes.reduce((sum, size) => sum + size, 0)
      for (const sketch of [merged, batched]) {
        assert.equal(sketch.n, rows)
        assert.equal(
          sketch.levels.reduce((sum, level, h) => sum + level.length * 2 ** h, 0),
          rows,
        )
      }
    }),
    { numRuns: 50 },
  )
})

test('the same rows in the same batches give the same sketch, also through JSON', () => {
  const values = shuffledRanks(5000, 1)
  const half = addToKll(emptyKll({ seed: 3 }), values.subarray(0, 2500))
  const direct = addToKll(half, values.subarray(2500))
  assert.deepEqual(addToKll(JSON.parse(JSON.stringify(half)) as Kll, values.subarray(2500)), direct)
  assert.deepEqual(addToKll(emptyKll({ seed: 3 }), values), direct)
})

test('values that are no numbers are passed over; without values there is no quantile', () => {
  const none = addToKll(emptyKll(), Float64Array.of(Number.NaN, Number.POSITIVE_INFINITY))
  assert.deepEqual(none, emptyKll())
  assert.equal(kllQuantile(none, 0.5), undefined)
  assert.equal(kllShareBelow(none, 0), undefined)
  assert.throws(() => kllQuantile(none, 2), /p is 2/)
  assert.throws(() => mergeKll(none, emptyKll({ k: 100 })), /k is 200 and 100/)
})

/** 0 … n - 1 in random order: the value is its rank. */
function shuffledRanks(n: number, seed: number): Float64Array {
  const rng = random(seed)
  const values = Float64Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = rng.below(i + 1)
    const kept = values[i]!
    values[i] = values[j]!
    values[j] = kept
  }
  return values
}
