import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { random } from '../../numeric/random.ts'
import {
  countDistinct,
  decodeHyperLogLog,
  distinctError,
  distinctEstimate,
  encodeHyperLogLog,
  hyperLogLog,
  mergeHyperLogLogs,
} from './hyperLogLog.ts'

const numbers = (values: Iterable<number>) =>
  ({ name: 'x', kind: 'number', values: Float64Array.from(values) }) as const
const texts = (values: readonly (string | null)[]) => ({ name: 'x', kind: 'text', values }) as const

test('the estimate is unbiased with a relative standard error of 1.04 / sqrt(2^lgK), for numbers and for texts', () => {
  const lgK = 8
  for (const n of [200, 1000, 10_000]) {
    const errors = Array.from({ length: 300 }, (_, trial) => {
      const sketch = hyperLogLog(lgK)
      if (trial % 2) countDistinct(sketch, numbers(Array.from({ length: n }, (_, i) => trial * 1e6 + i)))
      else countDistinct(sketch, texts(Array.from({ length: n }, (_, i) => `${trial}/${i}`)))
      return distinctEstimate(sketch) / n - 1
    })
    const mean = errors.reduce((sum, e) => sum + e, 0) / errors.length
    const sd = Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length)
    assert.ok(Math.abs(mean) < (4 * distinctError(lgK)) / Math.sqrt(errors.length), `n ${n}: bias ${mean}`)
    // Registers that are still empty tell more; the spread of 300 trials is known to 4 %.
    assert.ok(sd < distinctError(lgK) * 1.12, `n ${n}: standard error ${sd}`)
    if (n === 10_000) assert.ok(sd > distinctError(lgK) * 0.85, `n ${n}: standard error ${sd}`)
  }
})

test('small counts are right almost to the unit', () => {
  for (const n of [0, 1, 2, 5, 20, 100]) {
    const sketch = hyperLogLog()
    countDistinct(sketch, numbers(Array.from({ length: n }, (_, i) => i / 7)))
    assert.ok(Math.abs(distinctEstimate(sketch) - n) < 0.5 + 0.02 * n, `${n}: ${distinctEstimate(sketch)}`)
  }
})

test('ten million different values are counted within three standard errors in 4 KiB', () => {
  const sketch = hyperLogLog()
  const batch = new Float64Array(1_000_000)
  for (let start = 0; start < 10; start++) {
    for (let i = 0; i < batch.length; i++) batch[i] = start * batch.length + i
    countDistinct(sketch, { name: 'x', kind: 'number', values: batch })
  }
  assert.ok(Math.abs(distinctEstimate(sketch) / 1e7 - 1) < 3 * distinctError(), `${distinctEstimate(sketch)}`)
})

test('merging is associative, commutative and idempotent, and equals counting all rows at once', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 300 }),
      fc.nat(300),
      fc.nat(300),
      (rows, i, j) => {
        const cuts = [Math.min(i, j), Math.max(i, j)] as const
        const parts = [rows.slice(0, cuts[0]), rows.slice(cuts[0], cuts[1]), rows.slice(cuts[1])].map(part => {
          const sketch = hyperLogLog(5)
          countDistinct(sketch, numbers(part))
          return sketch
        })
        const [a, b, c] = parts as [
          ReturnType<typeof hyperLogLog>,
          ReturnType<typeof hyperLogLog>,
          ReturnType<typeof hyperLogLog>,
        ]
        const whole = hyperLogLog(5)
        countDistinct(whole, numbers(rows))
        assert.deepEqual(mergeHyperLogLogs(mergeHyperLogLogs(a, b), c), whole)
        assert.deepEqual(mergeHyperLogLogs(c, mergeHyperLogLogs(b, a)), whole)
        assert.deepEqual(mergeHyperLogLogs(whole, whole), whole)
      },
    ),
  )
  assert.throws(() => mergeHyperLogLogs(hyperLogLog(5), hyperLogLog(6)), /lgK is 5 and 6/)
})

test('missing values are no value, repeated ones and -0 count once', () => {
  const sketch = hyperLogLog()
  countDistinct(sketch, numbers([Number.NaN, 0, -0, 0, Number.NaN]))
  countDistinct(sketch, texts([null, null]))
  assert.equal(Math.round(distinctEstimate(sketch)), 1)
})

test('bytes give the sketch back, and other bytes are refused', () => {
  const sketch = hyperLogLog(6)
  const rng = random('bytes')
  countDistinct(sketch, numbers(Array.from({ length: 500 }, () => rng.next())))
  assert.deepEqual(decodeHyperLogLog(encodeHyperLogLog(sketch)), sketch)
  assert.equal(encodeHyperLogLog(hyperLogLog()).length, 4097)
  for (const bytes of [new Uint8Array(0), new Uint8Array(65), encodeHyperLogLog(sketch).subarray(0, 50)]) {
    assert.throws(() => decodeHyperLogLog(bytes), /are no HyperLogLog/)
  }
  assert.throws(() => hyperLogLog(30), /lgK is 30/)
})
