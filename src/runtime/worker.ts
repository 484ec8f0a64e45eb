/**
 * The inference thread. It takes messages one by one; a `run` message holds whatever arrived during the previous run.
 */
import { parentPort } from 'node:worker_threads'
import { sliceRows } from './batch.ts'
import type { Answer, Batch, BatchAnswer, Reply, Request, Rows } from './protocol.ts'
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
      return reply({ kind: 'ran', answers: await run(request.batches) })
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

async function run(batches: readonly Batch[]): Promise<BatchAnswer[]> {
  const answers: BatchAnswer[] = []
  for (const { models, rows, lengths } of batches) {
    const whole = await runModels(models, rows)
    if (lengths.length === 1 || !whole.some(answer => 'error' in answer)) {
      answers.push({ whole })
      continue
    }
    // The rows of one request must not spoil the answer of another.
    const single: Answer[][] = []
    let from = 0
    for (const length of lengths) {
      single.push(await runModels(models, sliceRows(rows, from, from + length)))
      from += length
    }
    answers.push({ single })
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
