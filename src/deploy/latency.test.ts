import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLatency } from './latency.ts'

test('quantiles of latency are exact to one part in twenty', () => {
  const latency = createLatency()
  for (let ms = 1; ms <= 1000; ms++) latency.observe(ms)
  for (const p of [0.5, 0.95, 0.99]) {
    const given = latency.quantile(p)!
    assert.ok(given >= 1000 * p && given < 1000 * p * 1.05, `${p}: ${given}`)
  }
  assert.equal(latency.count, 1000)
  assert.equal(latency.sumMs, 500_500)
})

test('latency has no quantile before the first request, and p must be a share', () => {
  assert.equal(createLatency().quantile(0.5), undefined)
  assert.throws(() => createLatency().quantile(50), /p is 50/)
})

test('a request of no time and one of a day are counted too', () => {
  const latency = createLatency()
  latency.observe(0)
  latency.observe(86_400_000)
  assert.ok(latency.quantile(0.1)! <= 0.01)
  assert.ok(latency.quantile(1)! >= 600_000)
})
