/**
 * The inference thread. It takes messages one by one; a `run` message holds whatever arrived during the previous run,
 * and jobs that go through the same models with the same columns are run as one batch.
 */
import { parentPort } from 'node:worker_threads'
import type { Answer, Job, Reply, Request, Rows } from './protocol.ts'
import { openSession, type Session, type TensorCache } from './session.ts'

const port = parentPort
if (!port) throw new Error('the inference thread is started by the runtime, not by hand')

const sessions = new Map<number, Session>()

port.on('message', async (request: Request) => {
  switch (request.kind) {
    case 'load':
      return reply(await load(request.model, request.bytes))
    case 'unload': {
      const session = sessions.get(request.model)
      sessions.delete(request.model)
      return session?.release()
    }
    case 'run':
      return reply({ kind: 'ran', answers: await run(request.jobs) })
    case 'end':
      return port.close()
  }
})

function reply(message: Reply): void {
  port!.postMessage(message)
}

async function load(model: number, bytes: Uint8Array): Promise<Reply> {
  try {
    const session = await openSession(bytes)
    sessions.set(model, session)
    return { kind: 'loaded', facts: session.facts }
  } catch (error) {
    return { kind: 'refused', error: messageOf(error) }
  }
}

async function run(jobs: readonly Job[]): Promise<Answer[][]> {
  const answers = new Array<Answer[]>(jobs.length)
  for (const batch of batches(jobs)) {
    const merged = batch.length === 1 ? jobs[batch[0]!]!.rows : merge(batch.map(i => jobs[i]!.rows))
    const results = await runModels(jobs[batch[0]!]!.models, merged)
    if (batch.length > 1 && results.some(result => 'error' in result)) {
      // One job's rows must not spoil another job's answer.
      for (const i of batch) answers[i] = await runModels(jobs[i]!.models, jobs[i]!.rows)
      continue
    }
    let from = 0
    for (const i of batch) {
      const to = from + jobs[i]!.rows.rows
      answers[i] = batch.length === 1 ? results : results.map(result => (result as Float64Array).slice(from, to))
      from = to
    }
  }
  return answers
}

async function runModels(models: readonly number[], rows: Rows): Promise<Answer[]> {
  const shared: TensorCache = new Map()
  const answers: Answer[] = []
  for (const model of models) {
    const session = sessions.get(model)
    if (!session) {
      answers.push({ error: 'the model was unloaded' })
      continue
    }
    try {
      answers.push(await session.run(rows, shared))
    } catch (error) {
      answers.push({ error: messageOf(error) })
    }
  }
  return answers
}

/** Indices of jobs that can run together. */
function batches(jobs: readonly Job[]): number[][] {
  if (jobs.length === 1) return [[0]]
  const alike = new Map<string, number[]>()
  jobs.forEach(({ models, rows }, i) => {
    const key = `${models.join()}\0${rows.numberNames.join('\0')}\0\0${rows.textNames.join('\0')}`
    const batch = alike.get(key)
    if (batch) batch.push(i)
    else alike.set(key, [i])
  })
  return [...alike.values()]
}

function merge(parts: readonly Rows[]): Rows {
  const { numberNames, textNames } = parts[0]!
  let rows = 0
  for (const part of parts) rows += part.rows
  const numbers = new Float64Array(numberNames.length * rows)
  let at = 0
  for (const part of parts) {
    for (let column = 0; column < numberNames.length; column++) {
      const from = column * part.rows
      numbers.set(part.numbers.subarray(from, from + part.rows), column * rows + at)
    }
    at += part.rows
  }
  const texts = textNames.map((_, column) => parts.flatMap(part => part.texts[column]!))
  return { rows, numberNames, numbers, textNames, texts }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
