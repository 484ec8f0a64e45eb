import assert from 'node:assert/strict'
import { test } from 'node:test'
import { random } from '../numeric/random.ts'
import { cbpeEstimate, cbpeFit } from './cbpe.ts'
import type { Estimate } from './estimate.ts'
import { realisedMetric } from './realised.ts'
import { type EstimateWithOutcome, reconcile } from './reconcile.ts'

const made = (over: Partial<Estimate>): Estimate => ({
  metric: 'roc_auc',
  rows: 500,
  estimated: 0.8,
  lower: 0.75,
  upper: 0.85,
  limits: { lower: 0.74, upper: 0.86 },
  direction: null,
  reliable: true,
  reason: null,
  ...over,
})

const pair = (over: Partial<Estimate>, realised: number | null, labelled = realised === null ? 0 : 1) => ({
  estimate: made(over),
  realised,
  labelled,
})

test('a realised alarm wins over a healthy estimate, and a healthy realised value over an estimated alarm', () => {
  const { rows } = reconcile([
    pair({}, 0.7),
    pair({ estimated: 0.7, direction: 'worse' }, 0.8),
    pair({ estimated: 0.7, direction: 'worse' }, null),
    pair({}, 0.8),
  ])
  assert.deepEqual(
    rows.map(({ alarm, direction }) => [alarm, direction]),
    [
      ['realised', 'worse'],
      [null, null],
      ['estimated', 'worse'],
      [null, null],
    ],
  )
})

test('an improvement has its direction and is no alarm', () => {
  const [auc, loss, cells] = reconcile([
    pair({}, 0.9),
    pair({ metric: 'log_loss', limits: { lower: 0.3, upper: 0.5 } }, 0.2),
    pair({ metric: 'fp', limits: { lower: 10, upper: 30 } }, 5),
  ]).rows
  assert.deepEqual([auc!.direction, auc!.alarm], ['better', null])
  assert.deepEqual([loss!.direction, loss!.alarm], ['better', null])
  // Fewer false positives may be fewer positives: neither side is better.
  assert.deepEqual([cells!.direction, cells!.alarm], ['changed', 'realised'])
})

test('a value of too few outcomes is provisional: it neither alarms nor counts for the track record', () => {
  const { rows, records } = reconcile([pair({}, 0.5, 0.4)])
  assert.equal(rows[0]!.provisional, true)
  assert.equal(rows[0]!.alarm, null)
  assert.equal(rows[0]!.covered, false)
  assert.equal(records[0]!.matured, 0)
  assert.equal(records[0]!.meanError, null)
  assert.throws(() => reconcile([], { mature: 0 }), /mature is 0/)
})

test('estimates that missed more than a fifth of matured windows are unreliable from then on', () => {
  const { rows, records } = reconcile([pair({}, 0.8), pair({}, 0.79), pair({}, 0.6), pair({}, 0.81), pair({}, null)])
  // 2 of 3 after the third, 3 of 4 after the fourth.
  assert.deepEqual(
    rows.map(({ reliable }) => reliable),
    [true, true, true, false, false],
  )
  assert.match(rows[4]!.reason!, /only 3 of 4 earlier estimates came true/)
  const [record] = records
  assert.deepEqual([record!.matured, record!.covered, record!.reliable], [4, 3, false])
  assert.ok(Math.abs(record!.meanError! - -0.05) < 1e-12)
  assert.ok(Math.abs(record!.meanAbsoluteError! - (0.01 + 0.2 + 0.01) / 4) < 1e-12)
})

test('when the truth follows new rules the estimate stays healthy, and the reconciliation says that it is unreliable', () => {
  const draw = (seed: string, n: number, flip: number) => {
    const rng = random(seed)
    const score = Float64Array.from({ length: n }, () => 1 / (1 + Math.exp(-1.5 * rng.normal())))
    const truth = score.map(s => {
      const y = rng.next() < s ? 1 : 0
      return rng.next() < flip ? 1 - y : y
    })
    return { score, truth, prediction: score.map(s => (s >= 0.5 ? 1 : 0)) }
  }
  const fit = cbpeFit(draw('reference', 5000, 0), { metrics: ['roc_auc'] }, random('fit'))
  const pairs: EstimateWithOutcome[] = []
  for (let month = 0; month < 8; month++) {
    const window = draw(`month ${month}`, 800, month < 4 ? 0 : 0.25)
    const [estimate] = cbpeEstimate(fit, window)
    pairs.push({ estimate: estimate!, realised: realisedMetric('roc_auc', window).value!, labelled: 1 })
  }
  for (const { estimate } of pairs) assert.equal(estimate.direction, null)
  const { rows, records } = reconcile(pairs)
  assert.deepEqual(
    rows.map(({ alarm }) => alarm),
    [null, null, null, null, 'realised', 'realised', 'realised', 'realised'],
  )
  assert.equal(rows[5]!.reliable, true)
  assert.equal(rows[7]!.reliable, false)
  assert.equal(records[0]!.reliable, false)
})
