/**
 * The thread that writes the prediction log: one commit, one sync and one answer for every group of requests.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { asFalconerError, type ErrorCode } from '../base/errors.ts'
import { type EncodedBatch, type EncodedOutcomes, logWriter } from './logWriter.ts'
import { openSqlite, type Synchronous } from './sqlite.ts'

export interface LogWorkerData {
  readonly path: string
  readonly synchronous: Synchronous
}

export type LogQuestion =
  | { readonly append: readonly EncodedBatch[] }
  | { readonly outcomes: EncodedOutcomes }
  | { readonly close: true }

/** One for each question of the group, in order. */
export type LogAnswer =
  | { readonly done: readonly string[] }
  | { readonly error: { readonly code: ErrorCode; readonly message: string } }

const port = parentPort!
const { path, synchronous } = workerData as LogWorkerData
const sqlite = openSqlite(path, { synchronous })
let writer = logWriter(sqlite)

port.on('message', (group: readonly LogQuestion[]) => {
  const answers = commit(group)
  const last = group.some(question => 'close' in question)
  if (last) sqlite.close()
  port.postMessage(answers)
  if (last) port.close()
})

/** One commit for the group; where that fails one commit each, so that an error meets only its own request. */
function commit(group: readonly LogQuestion[]): LogAnswer[] {
  try {
    return sqlite.transaction(() => {
      const answers = group.map(question => ({ done: perform(question) }))
      writer.flush()
      return answers
    })
  } catch (thrown) {
    writer = logWriter(sqlite)
    if (group.length > 1) return group.flatMap(question => commit([question]))
    const { code, message } = asFalconerError(thrown)
    return [{ error: { code, message } }]
  }
}

function perform(question: LogQuestion): readonly string[] {
  if ('append' in question) return writer.append(question.append)
  if ('outcomes' in question) return writer.outcomes(question.outcomes)
  return []
}
