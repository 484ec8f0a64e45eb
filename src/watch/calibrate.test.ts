import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Series } from '../loop/referenceSeries.ts'
import type { Side } from '../loop/signals.ts'
import { type Random, random } from '../numeric/random.ts'
import { fitEwma } from '../statistics/control/phaseOne.ts'
import { falseAlarmRate } from './calibrate.ts'

const once = { out: 1, of: 1 }

function ewmaRate(values: Float64Array, { arl0, side }: { arl0: number; side: Side }, rng: Random, alarm = once) {
  const refit = (drawn: Series) => fitEwma(drawn.values, { lambda: 0.2, arl0 }).limits
  return falseAlarmRate({ values, sizes: new Float64Array(values.length) }, { side, alarm, refit }, rng)
}

test('on independent days the measured rate is about that of the design, its interval around it', () => {
  const rng = random('independent')
  const stable = Float64Array.from({ length: 200 }, () => rng.normal())
  const found = ewmaRate(stable, { arl0: 50, side: 'both' }, rng)
  assert.ok('measuredRate' in found)
  const { measuredRate, measuredLow, measuredHigh } = found
  assert.ok(measuredLow < measuredRate && measuredRate < measuredHigh)
  // ARL0 50 with both halves drawn from the same 200 days: within a third of 1 in 50.
  assert.ok(measuredRate > 0.02 / 1.5 && measuredRate < 0.02 * 1.5, `${measuredRate}`)
})

test('days that resemble their neighbours raise more false alarms than the design says, and it is seen', () => {
  const rng = random('correlated')
  let x = 0
  const stable = Float64Array.from({ length: 200 }, () => {
    x = 0.8 * x + 0.6 * rng.normal()
    return x
  })
  const { measuredRate = 0 } = ewmaRate(stable, { arl0: 500, side: 'both' }, rng)
  assert.ok(measuredRate > 3 / 500, `${measuredRate}`)
})

test('a chart of one side alarms about half as often', () => {
  const rng = random('side')
  const stable = Float64Array.from({ length: 100 }, () => rng.normal())
  const rate = (side: 'both' | 'lower') => ewmaRate(stable, { arl0: 20, side }, random('draws')).measuredRate!
  assert.ok(rate('lower') < 0.75 * rate('both'))
})

test('two weeks are needed to draw weeks from', () => {
  assert.deepEqual(ewmaRate(new Float64Array(13), { arl0: 500, side: 'both' }, random(1)), {})
})
