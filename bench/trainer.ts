/**
 * The booster beside LightGBM, both on one thread and with the same settings: fit time with binning, and AUC.
 *
 *   sh bench/trainer/venv.sh
 *   node bench/trainer.ts [--python PATH] [--flights FOLDER] [--seeds 5] [--iterations 150]
 *
 * Times are taken in turns, ours and theirs, and the median is printed. Both draw 80 % of the rows for each tree:
 * without a draw LightGBM gives the same model for every seed.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { fitBoost } from '../src/learn/boost.ts'
import { random } from '../src/numeric/random.ts'
import { auc, doubles, part, readSet } from './trainer/data.ts'

const root = join(import.meta.dirname, '..')
const { values: options } = parseArgs({
  options: {
    python: { type: 'string', default: join(root, '.falconer/bench/venv/bin/python') },
    flights: { type: 'string', default: join(root, 'examples/flights') },
    seeds: { type: 'string', default: '5' },
    iterations: { type: 'string', default: '150' },
  },
})
const rowShare = 0.8
const folder = join(root, '.falconer/bench/trainer')
const script = join(root, 'bench/trainer/peer.py')

interface Fit {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly auc: number
}

mkdirSync(folder, { recursive: true })
execFileSync(options.python, [script, 'data', folder, options.flights], { stdio: 'inherit' })
const peer = startPeer()
console.log(
  `LightGBM ${await peer.version}, one thread; ${options.iterations} iterations, ${options.seeds} seeds; medians`,
)
for (const name of ['flights', 'breast-cancer', 'synthetic']) {
  const set = readSet(folder, name)
  const train = part(set, 'train')
  const test = part(set, 'test')
  const ours: Fit[] = []
  const theirs: Fit[] = []
  for (let seed = 0; seed < Number(options.seeds); seed++) {
    const before = process.cpuUsage()
    const start = performance.now()
    const recipe = { iterations: Number(options.iterations), rowShare }
    const model = await fitBoost(train.table, train.label, recipe, { task: 'binary' }, random(seed))
    const seconds = (performance.now() - start) / 1000
    const { user, system } = process.cpuUsage(before)
    ours.push({ seconds, cpuSeconds: (user + system) / 1e6, auc: auc(test.label, model.predict(test.table)) })
    const answer = await peer.fit(`${name} ${seed} ${options.iterations} ${rowShare}`)
    theirs.push({ ...answer, auc: auc(test.label, doubles(answer.scores)) })
  }
  const row = (of: (fit: Fit) => number, digits: number) => {
    const [a, b] = [median(ours.map(of)), median(theirs.map(of))]
    return { ours: a.toFixed(digits), theirs: b.toFixed(digits), ratio: a / b, difference: a - b }
  }
  const wall = row(fit => fit.seconds, 2)
  const cpu = row(fit => fit.cpuSeconds, 2)
  const area = row(fit => fit.auc, 4)
  console.log(`${name}: ${train.table.rows} rows, ${train.table.columns.length} columns`)
  console.log(`  fit    ${wall.ours} s, LightGBM ${wall.theirs} s: ratio ${wall.ratio.toFixed(2)}`)
  console.log(`  cpu    ${cpu.ours} s, LightGBM ${cpu.theirs} s: ratio ${cpu.ratio.toFixed(2)}`)
  console.log(`  AUC    ${area.ours}, LightGBM ${area.theirs}: difference ${area.difference.toFixed(4)}`)
}
peer.stop()

function startPeer() {
  const child: ChildProcess = spawn(options.python, [script, 'serve', folder], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  const next = async <T>() => JSON.parse((await lines.next()).value ?? '{}') as T
  return {
    version: next<{ lightgbm: string }>().then(({ lightgbm }) => lightgbm),
    fit(request: string) {
      child.stdin!.write(`${request}\n`)
      return next<{ seconds: number; cpuSeconds: number; scores: string }>()
    },
    stop: () => child.stdin!.end(),
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
