import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Random, random } from '../../numeric/random.ts'
import { rocAuc } from '../metrics/ranking.ts'
import {
  blockAucDifference,
  blockBootstrapInterval,
  blockMeanInterval,
  type Inference,
  pAbove,
} from './pairedDifference.ts'

/** Differences with mean 0 whose days differ more than chance: unequal days, a common effect per day, skewed rows. */
function nullDays(rng: Random, days: number): { differences: Float64Array; day: Float64Array } {
  const differences: number[] = []
  const day: number[] = []
  for (let d = 0; d < days; d++) {
    const effect = 0.3 * rng.normal()
    for (let row = 20 + rng.below(40); row > 0; row--) {
      differences.push(effect - Math.log(1 - rng.next()) - 1)
      day.push(d)
    }
  }
  return { differences: Float64Array.from(differences), day: Float64Array.from(day) }
}

function missRate(repeats: number, run: (rng: Random) => Inference, seed: string): number {
  const rng = random(seed)
  let missed = 0
  for (let i = 0; i < repeats; i++) {
    const { interval } = run(rng)
    if (interval!.lower > 0 || interval!.upper < 0) missed++
  }
  return missed / repeats
}

const within = (rate: number, nominal: number, repeats: number, slack = 0) => {
  const error = 3.5 * Math.sqrt((nominal * (1 - nominal)) / repeats)
  assert.ok(rate > nominal - error - slack && rate < nominal + error + slack, `missed ${rate}, nominal ${nominal}`)
}

test('a 95 % interval by day blocks misses the true mean in 5 % of cases, with 7, 14 and 28 days', () => {
  for (const days of [7, 14, 28]) {
    const rate = missRate(
      2000,
      rng => {
        const { differences, day } = nullDays(rng, days)
        return blockMeanInterval(differences, day)
      },
      `t ${days}`,
    )
    within(rate, 0.05, 2000, 0.01)
  }
})

test('the bootstrap of days misses the true mean in 5 % of cases too', () => {
  const rate = missRate(
    800,
    rng => {
      const { differences, day } = nullDays(rng, 14)
      return blockBootstrapInterval(differences, day, { draws: 400 }, rng)
    },
    'bootstrap',
  )
  within(rate, 0.05, 800, 0.01)
})

test('taking rows as independent would miss far more often', () => {
  const rate = missRate(
    300,
    rng => {
      const { differences } = nullDays(rng, 14)
      return blockMeanInterval(
        differences,
        differences.map((_, i) => i),
      )
    },
    'rows',
  )
  assert.ok(rate > 0.15, `missed ${rate}`)
})

test('for one row per block the interval is the textbook t-interval', () => {
  // Student's sleep data (1908), differences of the two drugs: t = 4.0621 with 9 degrees of freedom.
  const differences = Float64Array.of(1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4)
  const { interval } = blockMeanInterval(
    differences,
    differences.map((_, i) => i),
  )
  assert.ok(Math.abs(interval!.estimate - 1.58) < 1e-12)
  assert.ok(Math.abs(interval!.lower - 0.7001142) < 1e-6)
  assert.ok(Math.abs(interval!.upper - 2.4598858) < 1e-6)
  assert.ok(Math.abs(2 * pAbove(interval!) - 0.00283289) < 1e-7)
})

function twoScores(rng: Random, days: number, gain = 0) {
  const truth: number[] = []
  const a: number[] = []
  const b: number[] = []
  const day: number[] = []
  for (let d = 0; d < days; d++) {
    const better = 0.25 * rng.normal()
    for (let row = 0; row < 60; row++) {
      const y = rng.next() < 0.3 ? 1 : 0
      const common = 0.8 * y + rng.normal()
      truth.push(y)
      a.push(common + (better + gain) * (y - 0.3) + 0.5 * rng.normal())
      b.push(common - better * (y - 0.3) + 0.5 * rng.normal())
      day.push(d)
    }
  }
  return [truth, a, b, day].map(values => Float64Array.from(values)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ]
}

test('a 95 % interval of an AUC difference by day blocks misses 0 in 5 % of cases when no score is better', () => {
  const rate = missRate(1000, rng => blockAucDifference(...twoScores(rng, 14)), 'auc')
  within(rate, 0.05, 1000, 0.01)
})

test('the AUC difference is that of the pooled rows, and a real gain is found', () => {
  const rng = random('gain')
  const [truth, a, b, day] = twoScores(rng, 14, 0.8)
  const { interval } = blockAucDifference(truth, a, b, day)
  assert.ok(Math.abs(interval!.estimate - (rocAuc(truth, a).value! - rocAuc(truth, b).value!)) < 1e-12)
  assert.ok(interval!.lower > 0)
  const other = blockAucDifference(truth, b, a, day).interval!
  assert.ok(Math.abs(other.upper + interval!.lower) < 1e-12)
})

test('the jackknife standard error is that of leaving out each day and counting again', () => {
  const [truth, a, b, day] = twoScores(random('leave'), 6)
  const left = Array.from({ length: 6 }, (_, d) => {
    const keep = (values: Float64Array) => values.filter((_, i) => day[i] !== d)
    return rocAuc(keep(truth), keep(a)).value! - rocAuc(keep(truth), keep(b)).value!
  })
  const mean = left.reduce((x, y) => x + y) / 6
  const expected = Math.sqrt((5 / 6) * left.reduce((sum, x) => sum + (x - mean) ** 2, 0))
  assert.ok(Math.abs(blockAucDifference(truth, a, b, day).interval!.standardError - expected) < 1e-12)
})

test('the same seed gives the same bootstrap interval', () => {
  const { differences, day } = nullDays(random('x'), 10)
  assert.deepEqual(
    blockBootstrapInterval(differences, day, {}, random(1)),
    blockBootstrapInterval(differences, day, {}, random(1)),
  )
})

test('too few blocks, one class or identical blocks give a reason instead of an interval', () => {
  const ones = new Float64Array(9).fill(1)
  assert.match(blockMeanInterval(ones, new Float64Array(9)).reason!, /1 blocks, 4 are needed/)
  assert.match(
    blockAucDifference(
      ones,
      ones,
      ones,
      ones.map((_, i) => i),
    ).reason!,
    /no negative rows/,
  )
  assert.match(
    blockBootstrapInterval(
      ones,
      ones.map((_, i) => i),
      {},
      random(1),
    ).reason!,
    /same in every block/,
  )
  assert.throws(() => blockMeanInterval(Float64Array.of(1, Number.NaN), Float64Array.of(3, 4)), /block 4 is not finite/)
})
