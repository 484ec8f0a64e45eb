/**
 * What starting costs: `falconer --help` through the bin, a server on an empty data directory until it answers, and its
 * memory when it has nothing to do. Run on a machine that does nothing else: node bench/start.ts
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'

const bin = join(import.meta.dirname, '..', 'bin', 'falconer.js')
const budget = { helpMs: 150, readyMs: 3000, residentMb: 250 }

function help(): number {
  const began = performance.now()
  const { status } = spawnSync(process.execPath, [bin, '--help'])
  if (status !== 0) throw new Error(`--help ended with ${status}`)
  return performance.now() - began
}

/** Time until `serve` says that it listens, and resident memory ten seconds later. */
async function serve(): Promise<{ readyMs: number; residentMb: number }> {
  const data = mkdtempSync(join(tmpdir(), 'falconer-bench-'))
  const began = performance.now()
  const argv = ['serve', '--data', data, '--port', '0', '--json', '--log-level', 'silent']
  const server = spawn(process.execPath, [bin, ...argv], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    await new Promise(resolve => createInterface({ input: server.stdout }).once('line', resolve))
    const readyMs = performance.now() - began
    await pause(10_000)
    const [, kb] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8')) ?? []
    return { readyMs, residentMb: Number(kb) / 1024 }
  } finally {
    const ended = new Promise(resolve => server.once('exit', resolve))
    server.kill('SIGTERM')
    await ended
    rmSync(data, { recursive: true, force: true })
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}

help()
const helps = Array.from({ length: 20 }, help)
const servers = [await serve(), await serve(), await serve()]
const figures = {
  helpMs: median(helps),
  readyMs: median(servers.map(({ readyMs }) => readyMs)),
  residentMb: median(servers.map(({ residentMb }) => residentMb)),
}
for (const [name, value] of Object.entries(figures)) {
  const limit = budget[name as keyof typeof budget]
  console.log(`${name}\t${value.toFixed(1)}\tbudget ${limit}\t${value <= limit ? 'held' : 'MISSED'}`)
}
console.log(`Node ${process.version}, medians of ${helps.length} and ${servers.length}`)
