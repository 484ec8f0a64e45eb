import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { random } from '../numeric/random.ts'
import { cbpeEstimate, cbpeFit } from './cbpe.ts'
import {
  type LabelledClassScores,
  type MulticlassReference,
  multiclassEstimate,
  multiclassFit,
  realisedMulticlass,
} from './cbpeMulticlass.ts'
import { type MulticlassEstimateName, multiclassEstimateNames } from './metrics.ts'
import { windowsOfSize } from './windows.ts'

// NannyML 0.13.1
const golden = JSON.parse(readFileSync(new URL('../../test/golden/estimate/cbpe.json', import.meta.url), 'utf8'))

const near = (actual: number | null | undefined, expected: number, tolerance: number, what: string) =>
  assert.ok(
    typeof actual === 'number' && Math.abs(actual - expected) <= tolerance,
    `${what}: ${actual}, not ${expected}`,
  )

const classes = ['a', 'b', 'c']

function cut({ scores, prediction, truth }: LabelledClassScores, from: number, to: number) {
  return {
    scores: scores.map(score => score.subarray(from, to)),
    prediction: prediction!.subarray(from, to),
    truth: truth.subarray(from, to),
  }
}

function drawn(seed: string, n: number, { shift = 0, power = 1 } = {}): LabelledClassScores {
  const rng = random(seed)
  const scores = classes.map(() => new Float64Array(n))
  const truth = new Int32Array(n)
  for (let i = 0; i < n; i++) {
    const weights = [0, shift, -0.3].map(mean => Math.exp(mean + 1.2 * rng.normal()))
    const sum = weights.reduce((total, w) => total + w, 0)
    const u = rng.next() * sum
    truth[i] = u < weights[0]! ? 0 : u < weights[0]! + weights[1]! ? 1 : 2
    const bent = weights.map(w => (w / sum) ** power)
    const all = bent.reduce((total, w) => total + w, 0)
    classes.forEach((_, k) => {
      scores[k]![i] = bent[k]! / all
    })
  }
  return { scores, truth, prediction: Int32Array.from(truth, (_, i) => best(scores.map(score => score[i]!))) }
}

const best = (values: readonly number[]) => values.indexOf(Math.max(...values))
const judged = ({ scores, prediction, truth }: LabelledClassScores) => ({ scores, prediction: prediction!, truth })

test('estimates of three classes equal those of NannyML', () => {
  const read = (columns: Record<string, (number | string)[]>): LabelledClassScores => ({
    scores: classes.map(name => Float64Array.from(columns[name] as number[])),
    prediction: Int32Array.from(columns.pred as string[], name => classes.indexOf(name)),
    truth: Int32Array.from(columns.y as string[], name => classes.indexOf(name)),
  })
  const { reference, window, chunk, estimates } = golden.multiclass
  const metrics = multiclassEstimateNames.filter(metric => metric !== 'log_loss' && metric !== 'brier')
  const fit = multiclassFit(classes, read(reference), { metrics, calibrate: 'always' }, random('golden'))
  const analysis = read(window)
  windowsOfSize(analysis.truth.length, chunk).forEach(({ from, to }, k) => {
    const rows = cut(analysis, from, to)
    for (const { metric, estimated } of multiclassEstimate(fit, rows)) {
      // Scores have five digits, so some are equal: NannyML's curves depend on their order, ours do not.
      const tolerance = metric === 'roc_auc' || metric === 'average_precision' ? 5e-5 : 1e-9
      near(estimated, estimates[metric].value[k], tolerance, `${metric} of window ${k}`)
      near(
        realisedMulticlass(metric as MulticlassEstimateName, rows).value,
        estimates[metric].realized[k],
        1e-9,
        `realised ${metric}`,
      )
    }
  })
})

test('the spread of a mean over classes is that of the realised metric, classes moving together', () => {
  const { metrics } = multiclassFit(
    classes,
    drawn('spread', 30_000),
    { metrics: multiclassEstimateNames, calibrate: 'never' },
    random('spread'),
  )
  const windows = Array.from({ length: 400 }, (_, r) => judged(drawn(`of spread ${r}`, 400)))
  for (const metric of multiclassEstimateNames) {
    const found = windows.map(window => realisedMulticlass(metric, window).value!)
    const mean = found.reduce((sum, x) => sum + x, 0) / found.length
    const sd = Math.sqrt(found.reduce((sum, x) => sum + (x - mean) ** 2, 0) / found.length)
    near(metrics[metric]!.spread! / 20 / sd, 1, 0.14, metric)
  }
})

test('intervals of three distorted classes cover what comes true after a shift', () => {
  const missed = new Map<string, number>()
  for (let r = 0; r < 60; r++) {
    const fit = multiclassFit(
      classes,
      drawn(`reference ${r}`, 600, { power: 2 }),
      { metrics: multiclassEstimateNames },
      random(r),
    )
    const window = drawn(`window ${r}`, 400, { power: 2, shift: 0.2 })
    for (const { metric, lower, upper } of multiclassEstimate(fit, window)) {
      const value = realisedMulticlass(metric as MulticlassEstimateName, judged(window)).value!
      if (value < lower! || value > upper!) missed.set(metric, (missed.get(metric) ?? 0) + 1)
    }
  }
  for (const [metric, count] of missed) assert.ok(count <= 3, `${metric}: ${count} of 60 windows missed`)
})

test('two classes give the accuracy and AUC of the binary estimate', () => {
  const rng = random('two')
  const score = Float64Array.from({ length: 3000 }, () => rng.next())
  const truth = score.map(s => (rng.next() < s ** 2 ? 1 : 0))
  const scores = [score.map(s => 1 - s), score]
  const options = { metrics: ['accuracy', 'roc_auc'], calibrate: 'always' } as const
  const fit = multiclassFit(['no', 'yes'], { scores, truth: Int32Array.from(truth) }, options, random('two'))
  const binary = cbpeFit({ score, truth }, options, random('two'))
  const later = Float64Array.from({ length: 500 }, () => rng.next() ** 0.5)
  const two = multiclassEstimate(fit, { scores: [later.map(s => 1 - s), later] })
  const one = cbpeEstimate(binary, { score: later })
  near(two[0]!.estimated, one[0]!.estimated!, 1e-9, 'accuracy')
  near(two[1]!.estimated, one[1]!.estimated!, 1e-9, 'AUC')
})

test('rows and windows that cannot be used say why', () => {
  const rows = drawn('bad', 400)
  rows.scores[1]![0] = Number.NaN
  rows.scores[2]![1] = 1.5
  rows.truth[2] = -1
  const fit = multiclassFit(classes, rows, {}, random(1))
  assert.deepEqual(fit.leftOut, [
    { reason: 'a score is missing', rows: 1 },
    { reason: 'a score is no probability in [0, 1]', rows: 1 },
    { reason: 'the truth is not known or none of the classes', rows: 1 },
  ])
  assert.deepEqual(JSON.parse(JSON.stringify(fit)) as MulticlassReference, fit)
  const few = multiclassEstimate(fit, cut(rows, 10, 20))
  assert.match(few[0]!.reason!, /not enough data: 10 rows/)
  assert.throws(() => multiclassEstimate(fit, { scores: rows.scores.slice(1) }), /2 columns of scores for 3 classes/)
  const whole = drawn('without c', 100)
  const withoutC = { ...judged(whole), truth: whole.truth.map(k => (k === 2 ? 0 : k)) }
  assert.equal(realisedMulticlass('roc_auc', withoutC).reason, 'no positive rows')
})
