/**
 * Three weeks are replayed once undisturbed; then the server is killed at each step of an action, while its jobs run, and
 * at random, and each time the replay comes to the same end.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { FalconerError } from '../src/base/errors.ts'
import type { JobStatus } from '../src/base/ports.ts'
import { createClient } from '../src/cli/client.ts'
import { freePort, type ReplayServer, startServer } from '../src/cli/replay/server.ts'
import { random } from '../src/numeric/random.ts'
import { difference, type Ending, type ReplayOptions, replay } from './support/replayRun.ts'
import { begin, type SmallWorld, smallWorld } from './support/replayWorld.ts'

const bin = join(import.meta.dirname, '..', 'bin', 'falconer.js')
const death = pathToFileURL(join(import.meta.dirname, 'support', 'replayDeath.ts'))
const folder = mkdtempSync(join(tmpdir(), 'falconer-kill-'))
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))

/** In the order in which the replay comes to them; the last one when a person takes the version back. */
const steps = 'diagnose train gate refit register approve shadow canary promote verify return'.split(' ')
const limit = { timeout: 600_000 }

let world: SmallWorld
let undisturbed: Ending

before(async () => {
  world = await smallWorld(join(folder, 'project'))
  undisturbed = await run('undisturbed', async server => replay(server, world))
}, limit)

/** Starts a server on a new data directory for one replay; nothing of it may run when it is over. */
async function run<T>(name: string, play: (server: ReplayServer) => Promise<T>, preload?: URL): Promise<T> {
  const data = join(folder, name, 'data')
  const program = [process.execPath, ...(preload ? ['--import', preload.href] : []), bin]
  const server = await startServer(program, data, await freePort(20_000 + (process.pid % 20_000)))
  try {
    return await play(server)
  } finally {
    await server.stop()
    assert.deepEqual(processesOf(data), [], 'processes outlived the server')
    rmSync(data, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** Command lines of the jobs that work on a data directory, where the system shows them. */
function processesOf(data: string): string[] {
  if (!existsSync('/proc/self/environ')) return []
  const mine = `FALCONER_BLOBS=${join(data, 'blobs')}`
  return readdirSync('/proc').flatMap(pid => {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
      return environment.includes(mine) ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')] : []
    } catch {
      // It has ended meanwhile, or is none.
      return []
    }
  })
}

/** The server's process; one that is just being started again is waited for. */
async function killServer(server: ReplayServer): Promise<void> {
  for (;;) {
    try {
      process.kill(server.pid()!, 'SIGKILL')
      return
    } catch {
      await pause(50)
    }
  }
}

function assertSameEnd(ending: Ending, t: TestContext): void {
  const differences = Object.entries(undisturbed.shown).flatMap(
    ([part, wanted]) => difference(wanted, ending.shown[part], part) ?? [],
  )
  assert.deepEqual(differences, [])
  t.diagnostic(`the same end after ${ending.seconds.toFixed(1)} s (undisturbed ${undisturbed.seconds.toFixed(1)} s)`)
}

/** Each key that was asked for is in the log once, with the answer that the client was given. */
function assertNoneLostOrDoubled({ shown, answers }: Ending, events: SmallWorld['events']): void {
  const logged = shown.predictions as { key: string; output: number; version: string; route: string }[]
  const asked = events.flatMap(({ departing }) => departing)
  assert.deepEqual(
    logged.map(({ key }) => key),
    asked.toSorted((a, b) => (a < b ? -1 : 1)),
  )
  for (const { key, output, version, route } of logged) {
    assert.deepEqual(answers.get(key), { id: key, output, version, route })
  }
}

test('undisturbed, a version is retrained, approved, promoted, verified, kept, and taken back by a person', t => {
  const [rollback, retrain] = undisturbed.actions
  const done = [...retrain!.steps, ...rollback!.steps].map(({ name, state }) => `${name} ${state}`)
  assert.deepEqual(
    done,
    steps.map(name => `${name} done`),
  )
  assert.deepEqual([retrain!.state, rollback!.state], ['kept', 'returned'])
  assertNoneLostOrDoubled(undisturbed, world.events)
  const { audit, predictions, outcomes, voids } = undisturbed.shown.summary as Record<string, unknown>
  assert.ok((audit as { valid: boolean }).valid)
  assert.equal(Number(outcomes) + Number(voids), predictions)
  t.diagnostic(`${world.events.length} hours, ${predictions} predictions, ${undisturbed.seconds.toFixed(1)} s`)
})

for (const when of ['after', 'before'] as const) {
  const text = { after: 'begins', before: 'is noted as done' }[when]
  test(`killed when each step of an action ${text}, a replay comes to the same end`, limit, async t => {
    const died = join(folder, `${when}.died`)
    const preload = new URL(`?${new URLSearchParams({ when, steps: steps.join(), died })}`, death)
    const ending = await run(when, server => replay(server, world), preload)
    const deaths = readFileSync(died, 'utf8').trim().split('\n')
    assert.deepEqual(deaths, steps)
    assertNoneLostOrDoubled(ending, world.events)
    assertSameEnd(ending, t)
  })
}

test('killed five times at random, and while its jobs run, a replay comes to the same end', limit, async t => {
  const draw = random('five kills')
  const moments = new Map<number, number>()
  while (moments.size < 5) moments.set(draw.below(world.events.length), draw.below(60))
  let kills = 0
  const killed: string[] = []
  const ending = await run('random', async server => {
    const kill = async (why: string): Promise<void> => {
      kills += 1
      await killServer(server)
      t.diagnostic(`killed ${why}`)
    }
    const client = createClient({ url: server.url, key: server.key, patienceMs: 60_000 })
    const ended = new AbortController()
    const following = client.events((event, data) => {
      const { id, state, progress } = data as JobStatus
      if (event !== 'progress' || state !== 'running' || !progress || killed.includes(id)) return
      killed.push(id)
      void kill(`while ${id} was at: ${progress.text}`)
    }, ended.signal)
    try {
      const options: ReplayOptions = {
        before(event) {
          const afterMs = moments.get(event ?? -1)
          if (afterMs !== undefined) setTimeout(() => void kill(`${afterMs} ms after hour ${event} began`), afterMs)
        },
      }
      const played = await replay(server, world, options)
      const actions = new Set(killed.map(id => id.slice(0, id.lastIndexOf('/'))))
      assert.equal(actions.size, 2, 'the first training and the next one')
      for (const action of actions) {
        const jobs = await Promise.all(
          ['train', 'refit'].map(name => client.get<JobStatus>(`/v1/jobs/${encodeURIComponent(`${action}/${name}`)}`)),
        )
        assert.ok(jobs.every(({ state }) => state === 'succeeded'))
        // One of them may have come to its end before its server did.
        assert.ok(jobs.some(({ attempt }) => attempt > 1))
      }
      return played
    } finally {
      ended.abort()
      await following
      client.close()
    }
  })
  assert.equal(kills - killed.length, 5)
  // Training and refit, the first version's and the next one's; the two may run side by side and die together.
  assert.ok(killed.length >= 2 && killed.length <= 4, killed.join(', '))
  assertNoneLostOrDoubled(ending, world.events)
  assertSameEnd(ending, t)
})

test('a replay whose disk is full says so, loses nothing and goes on when there is room', limit, async t => {
  const disk = join(folder, 'full')
  mkdirSync(disk)
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'tmpfs', disk]).status !== 0) {
    return t.skip('needs the right to mount a small file system')
  }
  t.after(() => spawnSync('umount', [disk]))
  const ballast = join(disk, 'ballast')
  const events = world.events.slice(0, 72)
  /** Before which call of which hour the disk is full, the hours before the first one included. */
  const full = new Map<number | undefined, RegExp>([
    [undefined, /datasets.flights/],
    [8, /clock$/],
    [30, /predict$/],
    [55, /outcomes$/],
    // A day is closed.
    [events.findIndex(({ at }) => at > begin + 2 * 86_400_000), /clock$/],
  ])
  let hour: number | undefined
  const refusals: string[] = []
  const ending = await run('full', server =>
    replay(server, world, {
      events: events.length,
      before(event) {
        hour = event
      },
      calling(path) {
        if (!full.get(hour)?.test(path)) return
        full.delete(hour)
        fill(ballast)
      },
      again(error, path) {
        if (!(error instanceof FalconerError && error.code === 'disk-full')) return false
        refusals.push(path.split('/').at(-1)!)
        rmSync(ballast, { force: true })
        return true
      },
    }),
  )
  t.diagnostic(`refused: ${refusals.join(', ')}`)
  for (const call of ['versions?name=flights.parquet', 'clock', 'predict', 'outcomes']) {
    assert.ok(refusals.includes(call), call)
  }
  assertNoneLostOrDoubled(ending, events)
  const wanted = new Map((undisturbed.shown.predictions as { key: string }[]).map(each => [each.key, each]))
  const told = new Set(events.flatMap(({ outcomes }) => outcomes.map(({ id }) => id)))
  for (const found of ending.shown.predictions as { key: string }[]) {
    const { outcome, ...rest } = wanted.get(found.key) as { key: string; outcome?: unknown }
    assert.deepEqual(found, told.has(found.key) ? { ...rest, outcome } : rest)
  }
})

/** Leaves no room on the disk. */
function fill(path: string): void {
  const file = openSync(path, 'w')
  try {
    for (let bytes = 2 ** 20; bytes >= 512; ) {
      try {
        if (writeSync(file, Buffer.alloc(bytes)) < bytes) bytes /= 2
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
        bytes /= 2
      }
    }
  } finally {
    closeSync(file)
  }
}
