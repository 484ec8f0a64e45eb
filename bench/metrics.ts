/**
 * CPU milliseconds of metrics of a million rows beside scikit-learn's, medians of runs in turns; and what Falconer alone
 * has: DeLong's test, all binary metrics, and an interval for each. `node bench/metrics.ts [ROWS]`; Python with
 * scikit-learn is made by bench/trainer/venv.sh, or named in FALCONER_BENCH_PYTHON.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { random } from '../src/numeric/random.ts'
import { isotonicFit, isotonicPredict } from '../src/statistics/calibration/isotonic.ts'
import { delongTest } from '../src/statistics/comparison/delong.ts'
import { binaryIntervals } from '../src/statistics/metrics/binaryIntervals.ts'
import {
  binaryMetrics,
  confusion,
  confusionMetrics,
  logLosses,
  weightedMean,
} from '../src/statistics/metrics/binaryMetrics.ts'
import { averagePrecision, rocAuc } from '../src/statistics/metrics/ranking.ts'

const rows = Number(process.argv[2] ?? 1_000_000)
const repetitions = 7
const python = process.env.FALCONER_BENCH_PYTHON ?? join(import.meta.dirname, '../.falconer/bench/venv/bin/python')

const rng = random('bench metrics')
const truth = Float64Array.from({ length: rows }, () => Number(rng.next() < 0.3))
const score = truth.map(y => 1 / (1 + Math.exp(1.2 - 2 * y - rng.normal())))
const other = score.map(s => Math.min(1, Math.max(0, s + 0.1 * rng.normal())))

const work: Record<string, () => number> = {
  rocAuc: () => rocAuc(truth, score).value!,
  averagePrecision: () => averagePrecision(truth, score).value!,
  logLoss: () => weightedMean(logLosses(truth, score)).value!,
  confusion: () => confusionMetrics(confusion(truth, score)).f1.value!,
  isotonicFit: () => isotonicPredict(isotonicFit(score, truth), score.subarray(0, 1))[0]!,
}
const alone: Record<string, () => unknown> = {
  delongTest: () => delongTest(truth, score, other),
  binaryMetrics: () => binaryMetrics(truth, score),
  binaryIntervals: () => binaryIntervals(truth, score),
}

const folder = mkdtempSync(join(tmpdir(), 'falconer-bench-'))
const file = join(folder, 'rows.f64')
writeFileSync(file, Buffer.concat([Buffer.from(truth.buffer), Buffer.from(score.buffer)]))
const peer = spawn(python, [join(import.meta.dirname, 'metrics.py'), file], { stdio: ['pipe', 'pipe', 'inherit'] })
try {
  const ask = asker(peer as unknown as ChildProcessWithoutNullStreams)
  const version = await ask()
  console.log(`${rows} rows, CPU ms, medians of ${repetitions}: Falconer, scikit-learn ${version}`)
  for (const [name, ours] of Object.entries(work)) {
    const mine: number[] = []
    const theirs: number[] = []
    for (let i = 0; i < repetitions; i++) {
      let value = 0
      mine.push(cpu(() => (value = ours())))
      const [seconds, peerValue] = (await ask(name)).split(' ').map(Number)
      theirs.push(1000 * seconds!)
      if (Math.abs(value - peerValue!) > 1e-9) throw new Error(`${name}: ${value} here, ${peerValue} there`)
    }
    console.log(`${name}\t${median(mine).toFixed(0)}\t${median(theirs).toFixed(0)}`)
  }
  for (const [name, ours] of Object.entries(alone)) {
    const mine = Array.from({ length: repetitions }, () => cpu(ours))
    console.log(`${name}\t${median(mine).toFixed(0)}\t-`)
  }
} finally {
  peer.stdin.end()
  rmSync(folder, { recursive: true, force: true })
}

/** Writes a line to the peer and answers its next one. */
function asker(process: ChildProcessWithoutNullStreams): (line?: string) => Promise<string> {
  const lines = createInterface({ input: process.stdout })[Symbol.asyncIterator]()
  return async line => {
    if (line !== undefined) process.stdin.write(`${line}\n`)
    const { value, done } = await lines.next()
    if (done) throw new Error('the peer ended; is scikit-learn installed? bench/trainer/venv.sh')
    return value
  }
}

function cpu(run: () => unknown): number {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
