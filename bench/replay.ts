/**
 * The year of flights through the whole loop: seconds by stage, and what the loop gained over the first version.
 * `node bench/replay.ts [last day]`, on a machine that does nothing else.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Summary } from '../src/cli/replay/summary.ts'

const bin = join(import.meta.dirname, '..', 'bin', 'falconer.js')
const until = process.argv[2] ?? '2013-12-31'
const budgetSeconds = 300

const run = spawnSync(process.execPath, [bin, 'demo', '--exit', '--json', '--until', until], {
  stdio: ['ignore', 'pipe', 'inherit'],
  maxBuffer: 2 ** 26,
})
if (run.status !== 0) throw new Error(`the demo ended with ${run.status}`)
const { seconds, stages, months, predictions, retrainings, promotions } = JSON.parse(run.stdout.toString()) as Summary

for (const [stage, spent] of Object.entries(stages))
  console.log(`${stage.padEnd(14)} ${spent.toFixed(1).padStart(7)} s`)
console.log(`${'in all'.padEnd(14)} ${seconds.toFixed(1).padStart(7)} s, budget ${budgetSeconds} s`)
console.log(`${predictions} predictions, ${retrainings} retrainings, ${promotions} promotions`)
for (const name of ['auc', 'brier', 'logLoss'] as const) {
  const gains = months.map(({ frozen, loop }) => (loop[name] ?? Number.NaN) - (frozen[name] ?? Number.NaN))
  const mean = gains.reduce((sum, gain) => sum + gain, 0) / gains.length
  console.log(`${name.padEnd(8)} loop less frozen, mean over ${months.length} months: ${mean.toFixed(4)}`)
}
process.exitCode = seconds <= budgetSeconds ? 0 : 1
