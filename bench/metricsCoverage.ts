/**
 * How often the 95 % interval of each metric holds the true value, by simulation: `node bench/metricsCoverage.ts
 * [SAMPLES]`. The true value is the metric of a large sample of the same law. Takes about a minute with 1000 samples.
 */
import { type Random, random } from '../src/numeric/random.ts'
import type { Measured } from '../src/statistics/measured.ts'
import { binaryIntervals } from '../src/statistics/metrics/binaryIntervals.ts'
import { binaryMetrics } from '../src/statistics/metrics/binaryMetrics.ts'
import type { Bounds } from '../src/statistics/metrics/bounds.ts'
import { multiclassIntervals } from '../src/statistics/metrics/multiclassIntervals.ts'
import { type MulticlassRows, multiclassMetrics } from '../src/statistics/metrics/multiclassMetrics.ts'
import { regressionIntervals } from '../src/statistics/metrics/regressionIntervals.ts'
import { regressionMetrics } from '../src/statistics/metrics/regressionMetrics.ts'

const samples = Number(process.argv[2] ?? 1000)
const large = 400_000

interface Setting<Rows> {
  readonly name: string
  readonly sizes: readonly number[]
  draw(rng: Random, n: number): Rows
  metrics(rows: Rows): Readonly<Record<string, Measured>>
  intervals(rows: Rows): Readonly<Record<string, Bounds>>
}

for (const [prevalence, apart] of [
  [0.5, 1.5],
  [0.2, 1.5],
  [0.5, 3],
] as const) {
  report({
    name: `two classes, prevalence ${prevalence}, ${apart} sd apart`,
    sizes: [30, 100, 400],
    draw: (rng, n) => twoClasses(rng, n, prevalence, apart),
    metrics: ({ truth, score }) => binaryMetrics(truth, score),
    intervals: ({ truth, score }) => binaryIntervals(truth, score),
  })
}
for (const [prevalence, apart] of [
  [[0.4, 0.3, 0.3], 1.2],
  [[0.7, 0.2, 0.1], 1.2],
  [[0.4, 0.3, 0.3], 2.5],
] as const) {
  report({
    name: `three classes, prevalence ${prevalence.join(' ')}, ${apart} sd apart`,
    sizes: [40, 100, 400],
    draw: (rng, n) => severalClasses(rng, n, prevalence, apart),
    metrics: multiclassMetrics,
    intervals: rows => multiclassIntervals(rows),
  })
}
for (const errors of ['normal', 'log-normal'] as const) {
  report({
    name: `a number, ${errors} errors`,
    sizes: [30, 50, 200],
    draw: (rng, n) => numbers(rng, n, errors),
    metrics: ({ truth, prediction }) => regressionMetrics(truth, prediction),
    intervals: ({ truth, prediction }) => regressionIntervals(truth, prediction),
  })
}

function report<Rows>({ name, sizes, draw, metrics, intervals }: Setting<Rows>): void {
  const exact = metrics(draw(random(`large ${name}`), large))
  console.log(`\n${name}\nmetric\t${sizes.map(n => `${n} rows`).join('\t')}`)
  const shares = sizes.map(n => {
    const held: Record<string, { held: number; tried: number }> = {}
    const rng = random(`${name} ${n}`)
    for (let sample = 0; sample < samples; sample++) {
      for (const [metric, bounds] of Object.entries(intervals(draw(rng, n)))) {
        const value = exact[metric]!.value
        if (bounds.reason !== undefined || value === undefined) continue
        held[metric] ??= { held: 0, tried: 0 }
        held[metric].tried++
        if (bounds.lower <= value && value <= bounds.upper) held[metric].held++
      }
    }
    return held
  })
  for (const metric of Object.keys(exact)) {
    const cells = shares.map(({ [metric]: share }) => (share ? ((100 * share.held) / share.tried).toFixed(1) : '-'))
    console.log(`${metric}\t${cells.join('\t')}`)
  }
}

function twoClasses(rng: Random, n: number, prevalence: number, apart: number) {
  const truth = Float64Array.from({ length: n }, () => (rng.next() < prevalence ? 1 : 0))
  const odds = Math.log(prevalence / (1 - prevalence))
  return { truth, score: truth.map(y => 1 / (1 + Math.exp(-apart * (rng.normal() + apart * (y - 0.5)) - odds))) }
}

function severalClasses(rng: Random, n: number, prevalence: readonly number[], apart: number): MulticlassRows {
  const width = prevalence.length
  const truth = new Int32Array(n)
  const probabilities = new Float64Array(n * width)
  for (let i = 0; i < n; i++) {
    let u = rng.next()
    while (truth[i]! < width - 1 && u > prevalence[truth[i]!]!) u -= prevalence[truth[i]!++]!
    const weights = prevalence.map(
      (share, k) => share * Math.exp(apart * (rng.normal() + (k === truth[i] ? apart : 0))),
    )
    const sum = weights.reduce((a, b) => a + b)
    for (let k = 0; k < width; k++) probabilities[i * width + k] = weights[k]! / sum
  }
  return { classes: prevalence.map((_, k) => `c${k}`), truth, probabilities }
}

function numbers(rng: Random, n: number, errors: 'normal' | 'log-normal') {
  const truth = Float64Array.from({ length: n }, () => {
    const z = rng.normal()
    return errors === 'normal' ? 10 + 2 * z : Math.exp(1 + 0.5 * z)
  })
  const prediction = truth.map(y => (errors === 'normal' ? y + rng.normal() : y * Math.exp(0.3 * rng.normal())))
  return { truth, prediction }
}
