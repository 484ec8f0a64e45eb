import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { table } from '../base/table.ts'
import { random } from '../numeric/random.ts'
import { type DleReference, dleEstimate, dleFit, type OutcomeRows, realisedLoss } from './dle.ts'
import { type LossMetricName, lossMetricNames } from './metrics.ts'
import { windowsOfSize } from './windows.ts'

// NannyML 0.13.1, LightGBM 4.5
const golden = JSON.parse(readFileSync(new URL('../../test/golden/estimate/dle.json', import.meta.url), 'utf8'))

const near = (actual: number | null | undefined, expected: number, tolerance: number, what: string) =>
  assert.ok(
    typeof actual === 'number' && Math.abs(actual - expected) <= tolerance,
    `${what}: ${actual}, not ${expected}`,
  )

function rowsOf(columns: { x1: number[]; x2: number[]; prediction: number[]; y: number[] }): OutcomeRows {
  return {
    features: table([
      { name: 'x1', kind: 'number', values: Float64Array.from(columns.x1) },
      { name: 'x2', kind: 'number', values: Float64Array.from(columns.x2) },
    ]),
    prediction: Float64Array.from(columns.prediction),
    truth: Float64Array.from(columns.y),
  }
}

function cut({ features, prediction, truth }: OutcomeRows, from: number, to: number): OutcomeRows {
  return {
    features: table(features.columns.map(c => ({ ...c, values: c.values.slice(from, to) }) as typeof c)),
    prediction: prediction.slice(from, to),
    truth: truth.slice(from, to),
  }
}

/** The error grows with x and is larger for kind b; `share` of the rows are of kind b. */
function drawn(seed: string, n: number, { share = 0.3, scale = 1, from = 0 } = {}): OutcomeRows {
  const rng = random(seed)
  const x = Float64Array.from({ length: n }, () => from + (1 - from) * rng.next())
  const kind = Array.from({ length: n }, () => (rng.next() < share ? 'b' : 'a'))
  const prediction = x.map(v => 10 + 5 * v)
  return {
    features: table([
      { name: 'x', kind: 'number', values: x },
      { name: 'kind', kind: 'text', values: kind },
    ]),
    prediction,
    truth: prediction.map((q, i) => q + scale * (0.3 + x[i]! + (kind[i] === 'b' ? 1 : 0)) * rng.normal()),
  }
}

test('estimates equal those of NannyML as far as two makers of trees agree, errors and limits exactly', async () => {
  const { reference, window, chunk, estimates } = golden
  const rows = rowsOf(reference)
  const windows = windowsOfSize(rows.truth.length, chunk)
  const { reference: fit } = await dleFit(
    rows,
    { metrics: lossMetricNames, windows, limits: 'nannyml' },
    random('golden'),
  )
  const analysis = rowsOf(window)
  windowsOfSize(analysis.truth.length, chunk).forEach(({ from, to }, k) => {
    const piece = cut(analysis, from, to)
    for (const { metric, estimated, limits } of dleEstimate(fit, piece)) {
      const peer = estimates[metric]
      near(estimated, peer.value[k], 0.02 * peer.value[k], `${metric} of window ${k}`)
      near(limits!.lower, peer.lower_threshold[0], 1e-9, `lower limit of ${metric}`)
      near(limits!.upper, peer.upper_threshold[0], 1e-9, `upper limit of ${metric}`)
      near(fit.metrics[metric as LossMetricName]!.spread! / Math.sqrt(chunk), peer.sampling_error[k], 1e-9, metric)
      const realised = realisedLoss(metric as LossMetricName, piece.truth, piece.prediction)
      near(realised.value, peer.realized[k], 1e-9, `realised ${metric}`)
    }
  })
})

test('a shift of the rows is seen without labels, and reference windows are judged by trees that have not seen them', async () => {
  const { reference, windows } = await dleFit(drawn('reference', 4000), {}, random('shift'))
  for (const { metric, estimate, realised } of windows) {
    assert.ok(estimate.lower! <= realised.value! && realised.value! <= estimate.upper!, metric)
  }
  const later = drawn('later', 1000, { share: 0.8, from: 0.5 })
  for (const { metric, estimated, lower, upper, direction } of dleEstimate(reference, later)) {
    const realised = realisedLoss(metric as LossMetricName, later.truth, later.prediction).value!
    assert.ok(lower! <= realised && realised <= upper!, `${metric}: ${estimated} against ${realised}`)
    assert.equal(direction, 'worse')
  }
})

test('an improvement has a direction, which is no alarm', async () => {
  const { reference } = await dleFit(drawn('reference', 3000, { share: 0.6 }), { metrics: ['mae'] }, random('better'))
  const [mae] = dleEstimate(reference, drawn('easy', 1000, { share: 0 }))
  assert.equal(mae!.direction, 'better')
})

test('errors that grow for every row alike are not seen: the estimate stays where it was', async () => {
  const { reference } = await dleFit(drawn('reference', 3000), { metrics: ['mae'] }, random('blind'))
  const later = drawn('all worse', 1000, { scale: 1.5 })
  const [mae] = dleEstimate(reference, later)
  assert.equal(mae!.direction, null)
  assert.ok(realisedLoss('mae', later.truth, later.prediction).value! > mae!.upper!)
})

test('intervals cover what comes true', async () => {
  let missed = 0
  const trials = 60
  for (let r = 0; r < trials; r++) {
    const small = { metrics: ['mae'], recipe: { iterations: 30, maxLeaves: 8 } } as const
    const { reference } = await dleFit(drawn(`reference ${r}`, 500), small, random(r))
    const window = drawn(`window ${r}`, 500, { share: 0.5 })
    const [mae] = dleEstimate(reference, window)
    const realised = realisedLoss('mae', window.truth, window.prediction).value!
    if (realised < mae!.lower! || realised > mae!.upper!) missed++
  }
  // At 0.5 % a window, 3 of 60 or more have a probability of 0.003.
  assert.ok(missed < 3, `${missed} of ${trials}`)
})

test('a frozen reference is plain data and gives the same estimates after a round trip', async () => {
  const { reference } = await dleFit(drawn('json', 600), { metrics: ['mape'] }, random('json'))
  const window = drawn('window', 100)
  const again = JSON.parse(JSON.stringify(reference)) as DleReference
  assert.deepEqual(dleEstimate(again, window), dleEstimate(reference, window))
})

test('rows without a loss are counted with their reason; a truth of 0 has no relative loss', async () => {
  const rows = drawn('zero', 300)
  rows.truth[0] = 0
  rows.truth[1] = Number.NaN
  rows.prediction[2] = Number.POSITIVE_INFINITY
  const { reference } = await dleFit(rows, { metrics: ['mape', 'rmsle'] }, random('zero'))
  assert.deepEqual(reference.losses.relative!.leftOut, [
    { reason: 'the truth or the prediction is missing', rows: 2 },
    { reason: 'the truth is 0', rows: 1 },
  ])
  assert.equal(reference.losses.squared_log!.rows, 298)
  const few = dleEstimate(reference, cut(rows, 0, 20))
  assert.match(few[0]!.reason!, /not enough data: 19 rows, needs 30/)
  assert.match(realisedLoss('mape', Float64Array.of(0), Float64Array.of(1)).reason!, /the truth is 0/)
  await assert.rejects(dleFit(cut(rows, 0, 20), {}, random(1)), /dleFit: 18 rows can be used .*needs 30/)
  await assert.rejects(dleFit({ ...rows, truth: new Float64Array(3) }, {}, random(1)), /3 truths for 300 rows/)
})

test('a window without a column of the reference is refused by its name', async () => {
  const rows = drawn('column', 300)
  const { reference } = await dleFit(rows, { metrics: ['mae'] }, random('column'))
  const window = { ...rows, features: table(rows.features.columns.slice(0, 1)) }
  assert.throws(() => dleEstimate(reference, window), /kind/)
})
