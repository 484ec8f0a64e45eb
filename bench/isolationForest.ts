/**
 * The isolation forest beside scikit-learn's: CPU seconds to score rows on one thread, and AUC.
 *
 *   sh bench/streams/venv.sh
 *   node bench/isolationForest.ts [--python PATH] [--rows 1000000]
 *
 * Both have 100 trees of 256 of the first 20,000 rows; every row has ten numbers, one row in fifty is drawn from a wider
 * law. Times are taken in turns, three of each, and medians printed; the plain walk is that of `rawScores`.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { table } from '../src/base/table.ts'
import { anomalyContributions, anomalyScores, fitIsolationForest } from '../src/learn/isolationForest.ts'
import { random } from '../src/numeric/random.ts'
import { rocAuc } from '../src/statistics/metrics/ranking.ts'
import { rawScores } from '../src/trees/predict.ts'

const root = join(import.meta.dirname, '..')
const { values: options } = parseArgs({
  options: {
    python: { type: 'string', default: join(root, '.falconer/bench/streams-venv/bin/python') },
    rows: { type: 'string', default: '1000000' },
  },
})
const rows = Number(options.rows)
const width = 10
const fitted = 20_000
const folder = join(root, '.falconer/bench/isolation')
mkdirSync(folder, { recursive: true })

const rng = random('isolation')
const label = Float64Array.from({ length: rows }, () => (rng.next() < 0.02 ? 1 : 0))
const columns = Array.from({ length: width }, () =>
  Float64Array.from({ length: rows }, (_, i) => rng.normal() * (label[i] ? 1.7 : 1)),
)
const file = join(folder, 'rows.bin')
const byRow = new Float32Array(rows * width)
for (const [c, values] of columns.entries()) for (let i = 0; i < rows; i++) byRow[i * width + c] = values[i]!
writeFileSync(file, byRow)
writeFileSync(`${file}.label`, label)

const named = (count: number) =>
  table(columns.map((x, c) => ({ name: `x${c}`, kind: 'number' as const, values: x.subarray(0, count) })))
const reference = named(fitted)
const all = named(rows)
const peer = startPeer()
const { version } = await peer.next<{ version: string }>()

const ours: Record<'fit' | 'score' | 'plain' | 'auc', number[]> = { fit: [], score: [], plain: [], auc: [] }
const theirs: Record<'fit' | 'score' | 'auc', number[]> = { fit: [], score: [], auc: [] }
for (let seed = 0; seed < 3; seed++) {
  const [fit, forest] = cpu(() => fitIsolationForest(reference, {}, random(seed)))
  const [score, scores] = cpu(() => anomalyScores(forest, all))
  let encoded: readonly Float32Array[] = []
  anomalyContributions(forest, all, (_, seen) => {
    encoded = seen
    return { base: 0, values: new Float64Array(0) }
  })
  const [plain] = cpu(() => rawScores(forest.trees, encoded, rows))
  ours.fit.push(fit)
  ours.score.push(score)
  ours.plain.push(plain)
  ours.auc.push(rocAuc(label, scores).value!)
  const answer = await peer.run(seed)
  theirs.fit.push(answer.fit)
  theirs.score.push(answer.score)
  theirs.auc.push(answer.auc)
}
peer.end()
const print = (what: string, a: number[], b: number[], digits: number) =>
  console.log(`${what.padEnd(34)} ${median(a).toFixed(digits).padStart(8)} ${median(b).toFixed(digits).padStart(14)}`)
console.log(`${rows} rows x ${width}, CPU seconds            ours  scikit-learn ${version}`)
print('fit', ours.fit, theirs.fit, 2)
print('score', ours.score, theirs.score, 2)
console.log(`${'score, plain walk'.padEnd(34)} ${median(ours.plain).toFixed(2).padStart(8)}`)
print('AUC', ours.auc, theirs.auc, 4)

function cpu<T>(work: () => T): [number, T] {
  const before = process.cpuUsage()
  const result = work()
  const { user, system } = process.cpuUsage(before)
  return [(user + system) / 1e6, result]
}

function median(of: readonly number[]): number {
  return of.toSorted((a, b) => a - b)[of.length >> 1]!
}

function startPeer() {
  const child: ChildProcess = spawn(
    options.python,
    [join(root, 'bench/isolation/peer.py'), file, String(width), String(fitted)],
    { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, OMP_NUM_THREADS: '1' } },
  )
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  const next = async <T>() => JSON.parse((await lines.next()).value ?? '{}') as T
  return {
    next,
    run(seed: number) {
      child.stdin!.write(`${seed}\n`)
      return next<{ fit: number; score: number; auc: number }>()
    },
    end: () => child.stdin!.end(),
  }
}
