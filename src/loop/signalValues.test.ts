import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Column, table } from '../base/table.ts'
import { random } from '../numeric/random.ts'
import { rocAuc } from '../statistics/metrics/ranking.ts'
import { fixBins } from '../statistics/profiles/bins.ts'
import { dayStatistics } from './dayStatistics.ts'
import { delays } from './delays.ts'
import { scorePairs } from './scorePairs.ts'
import { addService, noService, serviceValue } from './serviceCounts.ts'
import type { SignalName } from './signals.ts'
import { type SignalQuestion, type Stretch, tally } from './signalValues.ts'

const none = Number.NaN
const hour = 3_600_000

/** Forty rows by hand: ten of each answer 0.2, 0.4, 0.6, 0.8; outcomes 2, 4, 6, 8 of them 1. */
function day(): Stretch {
  const answers = [0.2, 0.4, 0.6, 0.8].flatMap(p => new Array<number>(10).fill(p))
  const outcomes = answers.map((p, row): number => (row % 10 < 10 * p ? 1 : 0))
  return {
    features: table([
      { name: 'temp', kind: 'number', values: Float64Array.from(answers, (_, row) => (row < 4 ? none : row)) },
      {
        name: 'shop',
        kind: 'text',
        values: answers.map((_, row) => (row < 2 ? null : row < 7 ? 'new' : 'abc'[row % 3]!)),
      },
    ]),
    answers: Float64Array.from(answers),
    outcomes: Float64Array.from(outcomes),
    voids: new Uint8Array(40),
  }
}

const asked = (of: SignalName, more: Partial<SignalQuestion> = {}): SignalQuestion => ({ of, decision: 0.5, ...more })

function said(
  of: SignalName,
  more: Partial<SignalQuestion> = {},
  stretches: readonly Stretch[] = [day()],
): number | string {
  const reference: Column[] = [
    { name: 'temp', kind: 'number', values: Float64Array.from({ length: 30 }, (_, i) => 5 + i) },
    { name: 'shop', kind: 'text', values: ['a', 'b', 'c'] },
  ]
  const bins = new Map(reference.map(column => [column.name, fixBins(column)]))
  const question = asked(of, more)
  const counts = tally('binary', [question], { bins })
  for (const stretch of stretches) counts.add(stretch)
  const { value, reason } = counts.value(question)
  return value ?? reason!
}

const near = (actual: number | string, expected: number) =>
  assert.ok(typeof actual === 'number' && Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`)

test('performance of a day worked by hand', () => {
  near(said('observed - expected'), 0)
  // At 0.5: 14 true positives, 6 false ones, 14 true negatives, 6 false ones.
  near(said('accuracy'), 28 / 40)
  near(said('precision', {}, [day(), day()]), 28 / 40)
  near(said('recall', {}, [day(), day()]), 28 / 40)
  near(said('specificity', {}, [day(), day()]), 28 / 40)
  near(said('f1'), 28 / 40)
  // At 0.7 only the last ten are a yes.
  near(said('accuracy', { decision: 0.7 }), (8 + 18) / 40)
  near(said('precision', { decision: 0.7 }, [day(), day(), day()]), 0.8)
  near(said('brier'), [0.2, 0.4, 0.6, 0.8].reduce((sum, p) => sum + p * (1 - p), 0) / 4)
  near(
    said('log_loss'),
    -[0.2, 0.4, 0.6, 0.8].reduce((sum, p) => sum + p * Math.log(p) + (1 - p) * Math.log(1 - p), 0) / 4,
  )
})

test('predictions, rows, columns and coverage of the same day', () => {
  near(said('mean prediction'), 0.5)
  near(said('confidence'), 0.7)
  near(said('positive share'), 0.5)
  near(said('positive share', { decision: 0.4 }), 0.75)
  near(said('rows'), 40)
  near(said('coverage'), 1)
  near(said('missing share', { column: 'temp' }), 0.1)
  // Values 4 to 39 against 5 to 34.
  near(said('outside share', { column: 'temp' }), 6 / 36)
  near(said('missing share', { column: 'shop' }), 2 / 40)
  near(said('unseen share', { column: 'shop' }), 5 / 38)
})

test('what cannot be said is said with its reason', () => {
  const few = { ...day(), outcomes: day().outcomes.map((y, row) => (row < 20 ? y : none)) }
  assert.equal(said('auc', {}, [few]), '20 rows with an outcome, 30 are needed')
  assert.equal(said('precision'), '20 predicted positives with an outcome, 30 are needed')
  assert.equal(said('auc', {}, [{ ...day(), outcomes: new Float64Array(40) }]), 'auc is not defined on these outcomes')
  assert.equal(said('rmse'), Math.sqrt(said('brier') as number))
  assert.match(String(said('missing share', { column: 'tmep' })), /no row has a column tmep; did you mean temp\?/)
  assert.equal(said('unseen share', { column: 'temp' }), 'temp is numbers; watch its outside share instead')
  assert.equal(said('anomalous share'), 'the reference does not say which rows are unusual')
  const infinite = { ...day(), answers: day().answers.map(() => Number.POSITIVE_INFINITY) }
  assert.match(String(said('mean prediction', {}, [infinite])), /mean prediction is Infinity/)
  assert.equal(said('missing share', { column: 'temp' }, []), '0 rows, 30 are needed')
})

test('a column of another kind than in the reference is named, not counted', () => {
  const text = { ...day(), features: table([{ name: 'temp', kind: 'text', values: new Array(40).fill('warm') }]) }
  assert.equal(said('unseen share', { column: 'temp' }, [text]), 'temp is text now and was number in the reference')
})

test('stretches add up to the whole: the same figures, whatever the pieces', () => {
  const rng = random('pieces')
  const rows = 3000
  const answers = Float64Array.from({ length: rows }, () => rng.next())
  const outcomes = answers.map(p => (rng.next() < p ? 1 : 0))
  const pieces = [0, 700, 701, 2500, rows]
  const stretches = pieces.slice(1).map((end, i) => ({
    features: table([]),
    answers: answers.slice(pieces[i], end),
    outcomes: outcomes.slice(pieces[i], end),
    voids: new Uint8Array(end - pieces[i]!),
  }))
  const expected = dayStatistics('binary', outcomes, answers)
  for (const name of ['observed - expected', 'auc', 'log_loss', 'brier'] as const) {
    near(said(name, {}, stretches), expected[name]!)
  }
})

test('a window of very many rows keeps its area under the curve in bounded memory, to 1e-5', () => {
  const rng = random('many')
  const n = 150_000
  const pairs = scorePairs()
  const labels = new Float64Array(n)
  const outputs = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    outputs[i] = rng.next() ** 2
    labels[i] = rng.next() < outputs[i]! ? 1 : 0
    pairs.add(labels[i]!, outputs[i]!)
  }
  assert.ok(Math.abs(pairs.auc()! - rocAuc(labels, outputs).value!) < 1e-5)
})

test('delays: rows that still wait count as having waited at least so long', () => {
  const all = delays()
  for (let i = 1; i <= 100; i++) all.came(i * hour)
  // Buckets are 2.2 % wide.
  assert.ok(Math.abs(all.quantile(0.5)! / (50 * hour) - 1) < 0.022)
  assert.ok(Math.abs(all.quantile(0.9)! / (90 * hour) - 1) < 0.022)
  // By hand (Kaplan-Meier): 10 of 20 came at 1 hour, 5 wait since 2, of the 5 left 1 came at 4: S = 1/2 * 4/5 = 0.4.
  const some = delays()
  for (let i = 0; i < 10; i++) some.came(hour)
  for (let i = 0; i < 5; i++) some.waits(2 * hour)
  some.came(4 * hour)
  for (let i = 0; i < 4; i++) some.waits(8 * hour)
  assert.ok(Math.abs(some.quantile(0.5)! / hour - 1) < 0.022)
  assert.ok(Math.abs(some.quantile(0.6)! / (4 * hour) - 1) < 0.022)
  assert.equal(some.quantile(0.61), undefined)
})

test('requests: counts of two spans add up, shares and times come from them', () => {
  const a = { requests: 60, refused: { 'too-busy': 3 }, latency: { 100: 57, 160: 3 } }
  const b = { requests: 40, refused: { 'too-busy': 1, timeout: 1 }, latency: { 100: 38, 200: 2 } }
  const both = addService(a, b)
  assert.deepEqual(both, {
    requests: 100,
    refused: { 'too-busy': 4, timeout: 1 },
    latency: { 100: 95, 160: 3, 200: 2 },
  })
  assert.deepEqual(serviceValue('requests', both), { rows: 100, value: 100 })
  assert.deepEqual(serviceValue('refused share', both), { rows: 100, value: 0.05 })
  assert.equal(serviceValue('latency p50', both).value, 0.01 * 2 ** (100 / 16))
  assert.equal(serviceValue('latency p95', both).value, 0.01 * 2 ** (100 / 16))
  assert.deepEqual(serviceValue('requests', noService), { rows: 0, value: 0 })
  assert.match(serviceValue('latency p95', noService).reason!, /0 requests, 30 are needed/)
})
