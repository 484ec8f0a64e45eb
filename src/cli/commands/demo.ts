/**
 * `falconer demo`: 2013's flights out of New York through the whole loop. A folder with falconer.yaml, a server by the
 * replay clock, and this program as the outside world that talks to it over HTTP and nothing else.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nextDay } from '../../base/time.ts'
import { createClient } from '../client.ts'
import { interrupted } from '../interrupt.ts'
import { place } from '../project.ts'
import { narrate } from '../replay/narrate.ts'
import { advance, firstVersion, play, type Seconds } from '../replay/play.ts'
import { freePort, startServer } from '../replay/server.ts'
import { summarise, summaryLines } from '../replay/summary.ts'
import { readWorld, type WorldEvent } from '../replay/world.ts'
import { monthlyRetraining } from '../replay/yardstick.ts'
import { say, usage } from '../terminal.ts'
import type { Tools } from '../tools.ts'
import { applyFolder, found } from './apply.ts'

export interface DemoOptions {
  readonly until: string
  readonly port: number
  readonly data?: string
  readonly yardstick: boolean
  readonly exit: boolean
  readonly json: boolean
}

const zone = 'America/New_York'
/** Midnight in New York, when the replay begins: the first version knows January and February. */
const begin = Date.parse('2013-03-01T05:00:00Z')
const yearBegins = Date.parse('2013-01-01T05:00:00Z')
/** A server that was killed is back within seconds; a slow machine is given time. */
const patienceMs = 120_000

export async function demo(options: DemoOptions, tools: Tools): Promise<number> {
  const end = endOf(options.until)
  const folder = join(tools.examples, 'flights')
  const data = options.data ?? mkdtempSync(join(tmpdir(), 'falconer-demo-'))
  const port = await freePort(options.port)
  if (port !== options.port) say(`Port ${options.port} is taken; using ${port}.`)
  const began = performance.now()
  const server = await startServer(tools.program, data, port)
  const client = createClient({ url: server.url, key: server.key, patienceMs })
  let exit = 0
  const stopped = interrupted()
  try {
    say(`Falconer runs at ${server.url}`)
    say(`Watch it there; this link signs you in once: ${server.signInLink}`)
    const replay = async (): Promise<void> => {
      exit = await play2013()
    }
    const first = await Promise.race([replay().then(() => 'done' as const), stopped])
    if (first !== 'done') return 130
    if (options.exit) return exit
    say(`The server stays up at ${server.url} until Ctrl-C.`)
    await stopped
    return exit
  } finally {
    client.close()
    await server.stop()
    if (options.data === undefined) rmSync(data, { recursive: true, force: true })
  }

  async function play2013(): Promise<number> {
    const seconds: Seconds = { import: 0, firstTraining: 0, clock: 0, predict: 0, outcomes: 0 }
    const { now } = await client.get<{ now: string }>('/v1/clock')
    if (Date.parse(now) < begin) await advance(client, begin)
    else say(`Going on from ${now}.`)
    const importing = performance.now()
    const applied = await applyFolder(client, folder)
    for (const line of applied.datasets.flatMap(found)) say(line)
    seconds.import = (performance.now() - importing) / 1000

    const world = await worldOf(begin, end)
    const flights = world.reduce((sum, { departing }) => sum + departing.length, 0)
    const where = await place(client, applied.project)
    const narrator = narrate(client, where.project.config.timezone, flights)
    try {
      await firstVersion(client, applied.project, where.project.config.model, seconds)
      await play(client, where.endpoint, world, seconds, narrator.progress)
    } finally {
      await narrator.stop()
    }

    const span = { from: new Date(begin).toISOString(), to: new Date(end).toISOString() }
    const elapsed = (performance.now() - began) / 1000
    const history = options.yardstick ? await worldOf(yearBegins, begin) : []
    const yardstick = (spans: readonly { from: string; to: string }[]) =>
      monthlyRetraining(client, where, history, spans, text => say(`yardstick: ${text}`))
    const summary = await summarise(client, where, span, elapsed, seconds, options.yardstick ? yardstick : undefined)
    if (options.json) process.stdout.write(`${JSON.stringify(summary, undefined, 2)}\n`)
    else process.stdout.write(`${summaryLines(summary).join('\n')}\n`)
    return summary.audit.valid ? 0 : 1
  }

  async function worldOf(from: number, to: number): Promise<WorldEvent[]> {
    const tables = await tools.openTables()
    return readWorld(folder, tables, from, to).finally(() => tables.close())
  }
}

/** Midnight after the last day, in New York. */
function endOf(until: string): number {
  const noon = /^2013-\d\d-\d\d$/.test(until) ? Date.parse(`${until}T12:00:00Z`) : Number.NaN
  if (Number.isNaN(noon) || noon < begin)
    throw usage(`--until is ${until}.`, 'Give a day from 2013-03-01 to 2013-12-31.')
  return nextDay(noon, zone)
}
