/** Calls of the HTTP API. What goes wrong is a Problem with its remedy, or a lost connection. */
import { connection } from './connection.ts'

/** RFC 9457, as the server sends it. */
export interface ProblemBody {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly fix: string
  readonly instance?: string
  /** Everything that is wrong with what was sent. */
  readonly errors?: readonly { readonly at: string; readonly text: string }[]
}

export class Problem extends Error {
  readonly body: ProblemBody
  constructor(body: ProblemBody) {
    super(body.detail)
    this.name = 'Problem'
    this.body = body
  }
}

/** The server could not be reached. */
class Unreachable extends Error {}

export async function get<Answer>(path: string): Promise<Answer> {
  return (await (await call('GET', path)).json()) as Answer
}

export async function getText(path: string, accept: string): Promise<string> {
  return (await call('GET', path, { headers: { accept } })).text()
}

/** The answer with the ETag that a change of it must send. */
export async function getTagged<Answer>(path: string): Promise<{ readonly body: Answer; readonly etag: string }> {
  const answer = await call('GET', path)
  return { body: (await answer.json()) as Answer, etag: answer.headers.get('etag') ?? '' }
}

export async function send(
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  if (body === undefined) await call(method, path, { headers })
  else await call(method, path, jsonOf(body, headers))
}

/** Asks a question that is too long for an address. */
export async function ask<Answer>(path: string, body: unknown, signal: AbortSignal): Promise<Answer> {
  return (await (await call('POST', path, { ...jsonOf(body), signal })).json()) as Answer
}

function jsonOf(body: unknown, headers: Readonly<Record<string, string>> = {}): RequestInit {
  return { headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}

async function call(method: string, path: string, init: RequestInit = {}): Promise<Response> {
  let answer: Response
  try {
    answer = await fetch(path, { credentials: 'same-origin', ...init, method })
  } catch (cause) {
    if (init.signal?.aborted) throw cause
    connection.lost()
    throw new Unreachable('The server does not answer.', { cause })
  }
  if (answer.status === 401 && path !== '/v1/sessions') connection.signedOut()
  else connection.heard()
  if (answer.ok) return answer
  throw new Problem(await problemOf(answer))
}

async function problemOf(answer: Response): Promise<ProblemBody> {
  const fallback = { type: 'about:blank', title: answer.statusText, status: answer.status, detail: '', fix: '' }
  if (!answer.headers.get('content-type')?.includes('json')) return fallback
  return { ...fallback, ...((await answer.json()) as Partial<ProblemBody>) }
}
