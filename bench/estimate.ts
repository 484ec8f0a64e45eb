/**
 * Performance without labels beside NannyML in one run: `sh bench/estimate/venv.sh && node bench/estimate.ts`.
 *   speed    CBPE of seven metrics, a reference of 1,000,000 rows and as many to estimate in ten chunks: CPU seconds of
 *            fit and of estimates, medians of runs taken in turns
 *   errors   windows after a covariate shift: mean |estimated - realised| and the share of realised values that the
 *            interval misses (0.27 % wanted). `score` moves the scores only. `kind` also moves a feature on which the
 *            calibration depends: no estimate from scores alone can see that, one with density-ratio weights can
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { table } from '../src/base/table.ts'
import { cbpeEstimate, cbpeFit, cbpeReweighted } from '../src/estimate/cbpe.ts'
import { densityWeights } from '../src/estimate/densityRatio.ts'
import type { Estimate } from '../src/estimate/estimate.ts'
import { realisedMetric } from '../src/estimate/realised.ts'
import { equalWindows } from '../src/estimate/windows.ts'
import { random } from '../src/numeric/random.ts'

const root = join(import.meta.dirname, '..')
const folder = join(root, '.falconer', 'bench', 'estimate')
mkdirSync(folder, { recursive: true })
const metrics = ['roc_auc', 'average_precision', 'accuracy', 'precision', 'recall', 'specificity', 'f1'] as const
type Name = (typeof metrics)[number]

interface Rows {
  readonly score: Float64Array
  readonly truth: Float64Array
  readonly kind: Float64Array
}

/** Of kind 0 a score of s comes true s^1.5 of the time; of kind 1 as often as s, if `twoKinds`. */
function draw(seed: string, n: number, shift: number, shareOfOne: number, twoKinds: boolean): Rows {
  const rng = random(seed)
  const rows = { score: new Float64Array(n), truth: new Float64Array(n), kind: new Float64Array(n) }
  for (let i = 0; i < n; i++) {
    const s = 1 / (1 + Math.exp(-(shift + 1.3 * rng.normal())))
    rows.kind[i] = rng.next() < shareOfOne ? 1 : 0
    rows.score[i] = s
    rows.truth[i] = rng.next() < (twoKinds && rows.kind[i] === 1 ? s : s ** 1.5) ? 1 : 0
  }
  return rows
}

const version = peer('version')
console.log(version.name)
speed(1_000_000, 3)
await errors('score', 30)
await errors('kind', 30)

function speed(n: number, runs: number): void {
  const [reference, window] = [draw('reference', n, 0, 0, false), draw('window', n, 0.5, 0, false)]
  write('reference', reference)
  write('window', window)
  const found: number[][] = [[], [], [], []]
  for (let run = 0; run < runs; run++) {
    const start = process.cpuUsage()
    const fit = cbpeFit(reference, { metrics, windows: equalWindows(n, 10) }, random(run))
    const fitted = process.cpuUsage(start)
    for (const { from, to } of equalWindows(n, 10)) cbpeEstimate(fit, { score: window.score.subarray(from, to) })
    const all = process.cpuUsage(start)
    const theirs = peer('speed', String(n / 10))
    const ours = seconds(fitted)
    ;[ours, seconds(all) - ours, theirs.fit, theirs.estimate].forEach((value, i) => {
      found[i]!.push(value)
    })
  }
  const [fit, estimate, theirFit, theirEstimate] = found.map(median) as [number, number, number, number]
  console.log(`CBPE, ${n} reference rows and ${n} estimated in 10 chunks, CPU seconds (Falconer, NannyML)`)
  console.log(`  fit       ${fit.toFixed(2)}  ${theirFit.toFixed(2)}  ${(theirFit / fit).toFixed(1)} times`)
  console.log(
    `  estimate  ${estimate.toFixed(2)}  ${theirEstimate.toFixed(2)}  ${(theirEstimate / estimate).toFixed(1)} times`,
  )
}

async function errors(scenario: 'score' | 'kind', trials: number): Promise<void> {
  const twoKinds = scenario === 'kind'
  const [N, n] = [4000, 2000]
  const sums = new Map<string, { error: number; missed: number }>()
  const add = (who: string, metric: Name, { estimated, lower, upper }: Interval, realised: number) => {
    const key = `${who} ${metric}`
    const sum = sums.get(key) ?? { error: 0, missed: 0 }
    sum.error += Math.abs(estimated - realised) / trials
    sum.missed += (realised < lower || realised > upper ? 1 : 0) / trials
    sums.set(key, sum)
  }
  for (let trial = 0; trial < trials; trial++) {
    const reference = draw(`${scenario} ${trial}`, N, 0, 0.2, twoKinds)
    const window = draw(`${scenario} ${trial} later`, n, 0.7, twoKinds ? 0.9 : 0.2, twoKinds)
    const fit = cbpeFit(reference, { metrics, windows: equalWindows(N, 10) }, random(trial))
    const rows = (from: Rows) => table([number('score', from.score), number('kind', from.kind)])
    const weights = await densityWeights(rows(reference), rows(window), {}, random(trial))
    if ('reason' in weights) throw new Error(weights.reason)
    const reweighted = cbpeReweighted(fit, reference, weights.weights, random(trial))
    write('reference', reference)
    write('window', window)
    const theirs = peer('errors', String(n))
    const judged = { ...window, prediction: window.score.map(s => (s >= 0.5 ? 1 : 0)) }
    const ours = cbpeEstimate(fit, window)
    const oursWeighted = cbpeEstimate(reweighted, window)
    for (const [m, metric] of metrics.entries()) {
      const realised = realisedMetric(metric, judged).value!
      add('Falconer', metric, interval(ours[m]!), realised)
      add('reweighted', metric, interval(oursWeighted[m]!), realised)
      add('NannyML', metric, theirs.estimates[metric]!, realised)
    }
  }
  console.log(`shift of ${scenario}, ${trials} windows of ${n} rows after ${N}: mean error, share missed`)
  console.log(`  ${''.padEnd(18)}${['Falconer', 'reweighted', 'NannyML'].map(who => who.padEnd(18)).join('')}`)
  for (const metric of metrics) {
    const cells = ['Falconer', 'reweighted', 'NannyML'].map(who => {
      const { error, missed } = sums.get(`${who} ${metric}`)!
      return `${error.toFixed(4)}  ${(100 * missed).toFixed(0)} %`.padEnd(18)
    })
    console.log(`  ${metric.padEnd(18)}${cells.join('')}`)
  }
}

interface Interval {
  readonly estimated: number
  readonly lower: number
  readonly upper: number
}

interface PeerAnswer {
  readonly name: string
  readonly fit: number
  readonly estimate: number
  readonly estimates: { readonly [name in Name]?: Interval }
}

function peer(...argv: string[]): PeerAnswer {
  const python = join(root, '.falconer', 'nannyml', 'bin', 'python')
  const script = join(root, 'bench', 'estimate', 'peer.py')
  const stdio = ['ignore', 'pipe', 'ignore'] as const
  return JSON.parse(execFileSync(python, [script, folder, ...argv], { encoding: 'utf8', stdio: [...stdio] }))
}

function write(name: string, { score, truth }: Rows): void {
  writeFileSync(join(folder, `${name}.score`), score)
  writeFileSync(join(folder, `${name}.truth`), truth)
}

function interval({ estimated, lower, upper }: Estimate): Interval {
  return { estimated: estimated!, lower: lower!, upper: upper! }
}

function number(name: string, values: Float64Array) {
  return { name, kind: 'number', values } as const
}

function seconds({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1e6
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
