/** Plays the world to a server, hour by hour: advance the clock, tell what is known, ask for predictions. */
import { FalconerError } from '../../base/errors.ts'
import type { Action, Endpoint } from '../../loop/records.ts'
import type { Client } from '../client.ts'
import type { WorldEvent } from './world.ts'

export interface Seconds {
  import: number
  firstTraining: number
  clock: number
  predict: number
  outcomes: number
}

export interface Progress {
  readonly at: number
  readonly predictions: number
  readonly outcomes: number
}

const hourMs = 3_600_000
/** The first training has this much time of the replay clock. */
const firstTrainingMs = 12 * hourMs
/** As many rows as one request may hold. */
const rowsAtOnce = 10_000

/** Trains the first version and waits until it is live. Does nothing where one is live already. */
export async function firstVersion(client: Client, project: string, model: string, seconds: Seconds): Promise<void> {
  const began = performance.now()
  const path = `/v1/projects/${project}`
  const isLive = async () => {
    const { items } = await client.get<{ items: Endpoint[] }>(`${path}/endpoints`)
    return items.some(({ routes }) => routes.some(({ mode }) => mode === 'live'))
  }
  if (await isLive()) return
  const newest = async () => (await client.get<{ items: Action[] }>(`${path}/actions?limit=1`)).items[0]
  if (!(await newest())) {
    await client.post(`${path}/models/${model}/train`).catch(async error => {
      // It may have been heard by a server that died before it answered.
      if (!(error instanceof FalconerError && error.code === 'conflict' && (await newest()))) throw error
    })
  }
  let { now } = await client.get<{ now: string }>('/v1/clock')
  const until = Date.parse(now) + firstTrainingMs
  while (!(await isLive())) {
    const action = await newest()
    if (action?.finishedAt !== undefined || Date.parse(now) > until) {
      throw new FalconerError('job-failed', `The first training ended as ${action?.state}: ${action?.outcome}`)
    }
    now = await advance(client, Date.parse(now) + hourMs / 2)
  }
  seconds.firstTraining += (performance.now() - began) / 1000
}

/** Plays all events from the server's instant on. */
export async function play(
  client: Client,
  endpoint: string,
  world: readonly WorldEvent[],
  seconds: Seconds,
  progress: (progress: Progress) => void,
): Promise<void> {
  const { now } = await client.get<{ now: string }>('/v1/clock')
  const from = Date.parse(now)
  let predictions = 0
  let outcomes = 0
  /** Told again after a cut: the server knows what it has. */
  const known: { id: string; value: number | 'void' }[] = []
  for (const event of world) {
    if (event.at < from) continue
    known.push(...event.outcomes)
    await timed(seconds, 'clock', () => advance(client, event.at))
    await Promise.all([
      timed(seconds, 'outcomes', () => tell(client, endpoint, known.splice(0))),
      timed(seconds, 'predict', () => askFor(client, endpoint, event.departing)),
    ])
    predictions += event.departing.length
    outcomes += event.outcomes.length
    progress({ at: event.at, predictions, outcomes })
  }
}

export async function advance(client: Client, to: number): Promise<string> {
  const answer = await client.post<{ now: string }>('/v1/clock', { to: new Date(to).toISOString() })
  return answer.now
}

async function tell(client: Client, endpoint: string, outcomes: readonly { id: string }[]): Promise<void> {
  for (let i = 0; i < outcomes.length; i += rowsAtOnce) {
    const answer = await client.post<{ receipts: { id: string; status: string; reason?: string }[] }>(
      `${endpoint}/outcomes`,
      { outcomes: outcomes.slice(i, i + rowsAtOnce) },
    )
    const refused = answer.receipts.find(({ status }) => status === 'rejected')
    if (refused) throw new FalconerError('conflict', `The outcome of ${refused.id} was rejected: ${refused.reason}`)
  }
}

async function askFor(client: Client, endpoint: string, ids: readonly string[]): Promise<void> {
  for (let i = 0; i < ids.length; i += rowsAtOnce) {
    await client.post(`${endpoint}/predict`, { entities: ids.slice(i, i + rowsAtOnce) })
  }
}

async function timed<T>(seconds: Seconds, stage: keyof Seconds, work: () => Promise<T>): Promise<T> {
  const began = performance.now()
  try {
    return await work()
  } finally {
    seconds[stage] += (performance.now() - began) / 1000
  }
}
