/**
 * Drift of two tables: CPU seconds of one thread beside plain scipy, alibi-detect, NannyML and Evidently, taken in turns;
 * drift from sketches, which does not depend on the rows; and one pass over a file of 100 columns with its peak memory.
 *
 *   sh bench/drift/venv.sh
 *   node bench/drift/speed.ts [--sizes 100000x20,100000x100,1000000x20] [--repeat 3] [--peers scipy,alibi,nannyml,evidently]
 *
 * Only the comparison counts, on both sides: import, reading and each peer's own layout of the table are done before. A
 * peer that takes more than 20 seconds is run once, and gets no further table. Sums of CPU, because other work on the machine moves wall time.
 */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { type Column, type Table, table } from '../../src/base/table.ts'
import { drift, driftOfRows } from '../../src/statistics/drift/drift.ts'
import { fixBins } from '../../src/statistics/profiles/bins.ts'
import { sketchOf } from '../../src/statistics/profiles/sketch.ts'
import { duckTables } from '../../src/tables/duckTables.ts'
import { speedTables } from './tables.ts'

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: '100000x20,100000x100,1000000x20' },
    repeat: { type: 'string', default: '3' },
    peers: { type: 'string', default: 'scipy,alibi,nannyml,evidently' },
  },
})
const root = join(import.meta.dirname, '..', '..')
const environments = join(root, '.falconer/bench/drift')
const folder = join(environments, 'tables')
/** A peer slower than this is not asked again, for this table or the next. */
const onceSeconds = 20

interface Peer {
  readonly name: string
  readonly version: string
  compare(reference: string, current: string): Promise<number>
  stop(): void
}

const peers: Peer[] = []
for (const name of options.peers.split(',').filter(Boolean)) {
  if (existsSync(join(environments, name))) peers.push(await startPeer(name))
  else console.log(`${name} is not installed: sh bench/drift/venv.sh`)
}

const slow = new Set<string>()
for (const size of options.sizes.split(',')) {
  const [rows, columns] = size.split('x').map(Number) as [number, number]
  const paths = await speedTables(folder, rows, columns)
  const tables = (await Promise.all(paths.map(readWhole))) as [Table, Table]
  const ours: number[] = []
  const asked = peers.filter(({ name }) => !slow.has(name))
  const theirs = asked.map((): number[] => [])
  for (let round = 0; round < Number(options.repeat); round++) {
    ours.push(cpuSeconds(() => driftOfRows(...tables)))
    for (const [i, peer] of asked.entries()) {
      if (slow.has(peer.name)) continue
      theirs[i]!.push(await peer.compare(...paths))
      if (theirs[i]!.at(-1)! > onceSeconds) slow.add(peer.name)
    }
  }
  const floor = median(ours)
  console.log(`${rows} rows x ${columns} columns: from rows ${floor.toFixed(2)} CPU s`)
  for (const [i, { name, version }] of asked.entries()) {
    const seconds = median(theirs[i]!)
    console.log(`  ${name} ${version}: ${seconds.toFixed(2)} CPU s, ${(seconds / floor).toFixed(1)} times ours`)
  }
  fromSketches(...tables)
}
for (const peer of peers) peer.stop()

for (const rows of [1_000_000, 2_000_000]) {
  const [path] = await speedTables(folder, rows, 100)
  const child = execFileSync(process.execPath, [join(import.meta.dirname, 'onePass.ts'), path], { encoding: 'utf8' })
  const { seconds, cpuSeconds, peakMb } = JSON.parse(child) as Record<string, number>
  console.log(
    `one pass over ${rows} rows x 100 columns: ${seconds!.toFixed(1)} s, ${cpuSeconds!.toFixed(1)} CPU s, peak ${Math.round(peakMb!)} MB`,
  )
}

function fromSketches(reference: Table, current: Table): void {
  const bins = reference.columns.map(column => fixBins(column))
  const sketch = (of: Table) => of.columns.map((column, c) => sketchOf(bins[c]!, column))
  const [a, b] = [sketch(reference), sketch(current)]
  const times = Array.from({ length: 51 }, () => 1000 * cpuSeconds(() => drift(bins, a, b)))
  console.log(`  from sketches ${median(times).toFixed(1)} CPU ms (median of 51)`)
}

async function readWhole(path: string): Promise<Table> {
  const tables = await duckTables()
  const parts: Table[] = []
  for await (const batch of (await tables.scan(path, 'parquet')).batches()) parts.push(batch)
  await tables.close()
  const columns = parts[0]!.columns.map(({ name, kind }, c): Column => {
    const values = parts.map(part => part.columns[c]!.values)
    if (kind === 'text') return { name, kind, values: (values as (string | null)[][]).flat() }
    const all = new Float64Array(values.reduce((sum, part) => sum + part.length, 0))
    let at = 0
    for (const part of values as Float64Array[]) {
      all.set(part, at)
      at += part.length
    }
    return { name, kind, values: all }
  })
  return table(columns)
}

function cpuSeconds(work: () => unknown): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

async function startPeer(name: string): Promise<Peer> {
  const python = join(environments, name, 'bin', 'python')
  const child = spawn(python, [join(import.meta.dirname, 'speed_peer.py'), name], { stdio: ['pipe', 'pipe', 'ignore'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async <T>(): Promise<T> => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`${name} ended; run: ${python} bench/drift/speed_peer.py ${name}`)
    return JSON.parse(value) as T
  }
  const { version } = await next<{ version: string }>()
  return {
    name,
    version,
    async compare(reference, current) {
      child.stdin.write(`${reference} ${current}\n`)
      return (await next<{ cpuSeconds: number }>()).cpuSeconds
    },
    stop: () => child.stdin.end(),
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
