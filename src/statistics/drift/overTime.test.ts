import assert from 'node:assert/strict'
import { test } from 'node:test'
import { random } from '../../numeric/random.ts'
import { alarmRate, alphaOfRule, alphaPerCheck, falseAlarmsOver } from './overTime.ts'

test('one false alarm in 100 checks is an alpha of 0.01, whatever the checks have to do with each other', () => {
  assert.equal(alphaPerCheck(1, 100), 0.01)
  const { expected, anyAtMost, anyIndependent } = falseAlarmsOver(30, 0.01)
  assert.ok(Math.abs(expected - 0.3) < 1e-15 && Math.abs(anyAtMost - 0.3) < 1e-15)
  assert.ok(Math.abs(anyIndependent - (1 - 0.99 ** 30)) < 1e-14)
  assert.throws(() => alphaPerCheck(5, 5), /5 false alarms in 5 checks/)
})

test('two of three independent checks are out with 3 alpha^2 - 2 alpha^3; checks that agree with alpha, below the bound', () => {
  const alpha = 0.01
  const { atMost, independent } = alarmRate(alpha, { need: 2, of: 3 })
  assert.ok(Math.abs(independent - (3 * alpha ** 2 - 2 * alpha ** 3)) < 1e-15)
  assert.ok(Math.abs(atMost - 0.015) < 1e-15)
  assert.ok(alpha <= atMost)
  assert.throws(() => alarmRate(alpha, { need: 4, of: 3 }), /4 of 3 checks/)
})

test('alpha of a rule gives the rate that was asked for', () => {
  const alpha = alphaOfRule(0.001, { need: 2, of: 3 })
  const rng = random('two of three')
  let met = 0
  const trials = 400_000
  for (let i = 0; i < trials; i++) {
    const out = Number(rng.next() < alpha) + Number(rng.next() < alpha) + Number(rng.next() < alpha)
    if (out >= 2) met++
  }
  assert.ok(Math.abs(met / trials - 0.001) < 3.5 * Math.sqrt(0.001 / trials), `${met} of ${trials}`)
})
