/**
 * Plays a small world to a server as the demo does, over HTTP alone, with a person who approves and later takes back;
 * answers all that can be seen of it at the end, but for real time and what follows from it.
 */
import { FalconerError } from '../../src/base/errors.ts'
import { type Client, createClient } from '../../src/cli/client.ts'
import { applyFolder } from '../../src/cli/commands/apply.ts'
import { type Place, place } from '../../src/cli/project.ts'
import { advance, firstVersion, play, type Seconds } from '../../src/cli/replay/play.ts'
import type { ReplayServer } from '../../src/cli/replay/server.ts'
import { summarise } from '../../src/cli/replay/summary.ts'
import type { Action } from '../../src/loop/records.ts'
import { begin, regret, type SmallWorld } from './replayWorld.ts'

export interface Answer {
  readonly id: string
  readonly output: number
  readonly version: string
  readonly route: string
}

export interface Ending {
  /** Everything that the server shows, comparable between runs. */
  readonly shown: Readonly<Record<string, unknown>>
  readonly actions: readonly Action[]
  /** What the client was told, by key. */
  readonly answers: ReadonlyMap<string, Answer>
  readonly seconds: number
}

export interface ReplayOptions {
  /** Called before each event with its index, and with undefined while the first version is made. */
  readonly before?: (event: number | undefined) => void
  /** Only so many events, and no person. */
  readonly events?: number
  /** Called before each call with its path. */
  readonly calling?: (path: string) => void
  /** Answers whether a call that failed is to be made again. */
  readonly again?: (error: unknown, path: string) => boolean
}

const patienceMs = 60_000

export async function replay(server: ReplayServer, world: SmallWorld, options: ReplayOptions = {}): Promise<Ending> {
  const began = performance.now()
  const answers = new Map<string, Answer>()
  const client = remembering(createClient({ url: server.url, key: server.key, patienceMs }), answers, options)
  const seconds: Seconds = { import: 0, firstTraining: 0, clock: 0, predict: 0, outcomes: 0 }
  try {
    options.before?.(undefined)
    await advance(client, begin)
    const { project } = await applyFolder(client, world.folder)
    const where = await place(client, project)
    await firstVersion(client, project, where.project.config.model, seconds)
    const events = world.events.slice(0, options.events)
    let regretted = options.events !== undefined
    for (const [index, event] of events.entries()) {
      options.before?.(index)
      await play(client, where.endpoint, [event], seconds, () => {})
      if (options.events === undefined) await approve(client, where.path)
      if (!regretted && event.at >= regret) {
        await takeBack(client, where.endpoint)
        regretted = true
      }
    }
    return await ending(client, where, answers, (performance.now() - began) / 1000)
  } finally {
    client.close()
  }
}

/** Keeps what the client is told; a key that is answered differently a second time is an error. */
function remembering(client: Client, answers: Map<string, Answer>, { calling, again }: ReplayOptions): Client {
  const insist = async <T>(path: string, call: () => Promise<T>): Promise<T> => {
    for (;;) {
      calling?.(path)
      try {
        return await call()
      } catch (error) {
        if (!again?.(error, path)) throw error
      }
    }
  }
  return {
    ...client,
    ask: (method, path, ...rest) => insist(path, () => client.ask(method, path, ...rest)),
    get: path => insist(path, () => client.get(path)),
    async post<Body>(path: string, body?: unknown) {
      const answer = await insist(path, () => client.post<Body>(path, body))
      if (!path.endsWith('/predict')) return answer
      for (const given of (answer as { predictions: Answer[] }).predictions) {
        const before = answers.get(given.id)
        if (before && JSON.stringify(before) !== JSON.stringify(given)) {
          throw new Error(`${given.id} was answered ${JSON.stringify(before)}, then ${JSON.stringify(given)}`)
        }
        answers.set(given.id, given)
      }
      return answer
    },
  }
}

async function approve(client: Client, path: string): Promise<void> {
  const { items } = await client.get<{ items: (Action & { id: string })[] }>(`${path}/actions?limit=1`)
  const [newest] = items
  if (newest?.state !== 'waiting for approval') return
  const decision = { digest: newest.products.model, reason: 'it ranks well' }
  await unlessDone('conflict', client.post(`${path}/actions/${newest.id}/approve`, decision))
}

async function takeBack(client: Client, endpoint: string): Promise<void> {
  const { headers } = await client.ask('GET', endpoint)
  const change = { headers: { 'if-match': headers.etag! } }
  await unlessDone('stale', client.ask('POST', `${endpoint}/rollback`, { reason: 'complaints' }, change))
}

/** The call may have been heard before the server died, and its answer lost. */
async function unlessDone(code: string, call: Promise<unknown>): Promise<void> {
  try {
    await call
  } catch (error) {
    if (!(error instanceof FalconerError && error.code === code)) throw error
  }
}

// ------------------------------------------------------------ the end

/** Real time, what is drawn at random for each request, and hashes that contain them. */
const ofTheRun = new Set(['recordedAt', 'latencyMs', 'request', 'hash', 'previous', 'load', 'seconds', 'stages'])

async function ending(client: Client, where: Place, answers: Map<string, Answer>, seconds: number): Promise<Ending> {
  const { path, endpoint } = where
  const to = (await client.get<{ now: string }>('/v1/clock')).now
  const none: Seconds = { import: 0, firstTraining: 0, clock: 0, predict: 0, outcomes: 0 }
  const short = await everything<Action & { id: string }>(client, `${path}/actions`)
  const actions = await Promise.all(short.map(({ id }) => client.get<Action>(`${path}/actions/${id}`)))
  const { items: monitors } = await client.get<{ items: { name: string }[] }>(`${path}/monitors`)
  const predictions = await everything<{ key: string }>(client, `${endpoint}/predictions`)
  const shown = {
    summary: await summarise(client, where, { from: new Date(begin).toISOString(), to }, 0, none),
    endpoint: await client.get(endpoint),
    model: await client.get(`${path}/models/${where.project.config.model}`),
    actions,
    alarms: await everything(client, `${path}/alarms`),
    monitors: await Promise.all(monitors.map(({ name }) => client.get(`${path}/monitors/${encodeURIComponent(name)}`))),
    timeline: await client.get(`${path}/timeline`),
    predictions: predictions.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    // Last: everything before it is in it.
    audit: await everything(client, '/v1/audit'),
  }
  // Keys are drawn at random.
  const { id } = await client.get<{ id: string }>('/v1/me')
  const named = JSON.parse(JSON.stringify(without(shown)).replaceAll(id, 'admin'))
  return { shown: named, actions, answers, seconds }
}

async function everything<Item>(client: Client, path: string): Promise<Item[]> {
  const all: Item[] = []
  for (let after = ''; ; ) {
    const page = await client.get<{ items: Item[]; next?: string }>(`${path}?limit=1000${after}`)
    all.push(...page.items)
    if (page.next === undefined) return all
    after = `&after=${encodeURIComponent(page.next)}`
  }
}

function without(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(without)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, field]) => (ofTheRun.has(name) ? [] : [[name, without(field)]])),
  )
}

/** Where two endings differ first, in words; undefined where they are the same. */
export function difference(a: unknown, b: unknown, at = ''): string | undefined {
  if (Object.is(a, b)) return undefined
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') {
    return `${at}: ${text(a)} and ${text(b)}`
  }
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  for (const name of names) {
    const [left, right] = [a, b].map(of => (of as Readonly<Record<string, unknown>>)[name])
    const found = difference(left, right, `${at}/${name}`)
    if (found !== undefined) return found
  }
  return undefined
}

function text(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 300)
}
