/**
 * The HTTP client of the command line: one kept connection, errors come back as they were thrown in the server. A
 * patient client asks again while the server is away; every call that it repeats is safe to repeat, because the API
 * knows predictions and outcomes by their keys.
 */
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { type ErrorCode, errorCodes, FalconerError, type Finding } from '../base/errors.ts'

export interface ClientSettings {
  readonly url: string
  readonly key: string | undefined
  /** How long to keep trying while the server does not answer; 0 for not at all. */
  readonly patienceMs?: number
}

interface Reply<Body> {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Body
}

interface AskOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** Bytes to send instead of JSON, with their content type. */
  readonly upload?: { readonly bytes: Uint8Array; readonly type: string }
}

export interface Client {
  readonly url: string
  ask<Body>(method: string, path: string, body?: unknown, options?: AskOptions): Promise<Reply<Body>>
  get<Body>(path: string): Promise<Body>
  post<Body>(path: string, body?: unknown): Promise<Body>
  /** Audit entries, progress and clock as they come; returns on `signal`, reconnects by itself where patient. */
  events(listener: (event: string, data: unknown) => void, signal: AbortSignal, after?: number): Promise<void>
  close(): void
}

export function createClient({ url, key, patienceMs = 0 }: ClientSettings): Client {
  const base = new URL(url)
  if (base.protocol !== 'http:') {
    throw new FalconerError('bad-input', `The server address is ${url}; wanted http://host:port.`)
  }
  const agent = new Agent({ keepAlive: true, maxSockets: 8, scheduling: 'lifo' })
  const authorization: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` }

  function once<Body>(method: string, path: string, body: unknown, options: AskOptions): Promise<Reply<Body>> {
    const content = options.upload?.bytes ?? (body === undefined ? undefined : Buffer.from(JSON.stringify(body)))
    const headers: Record<string, string | number> = { ...authorization, ...options.headers }
    if (content !== undefined) {
      headers['content-type'] = options.upload?.type ?? 'application/json'
      headers['content-length'] = content.length
    }
    return new Promise((resolve, reject) => {
      const sent = httpRequest(new URL(path, base), { method, agent, headers }, answer => {
        const chunks: Buffer[] = []
        answer.on('data', chunk => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () => {
          if (!answer.complete) return reject(Object.assign(new Error('cut off'), { code: 'ECONNRESET' }))
          const text = Buffer.concat(chunks).toString('utf8')
          const type = answer.headers['content-type'] ?? ''
          const status = answer.statusCode ?? 0
          const value: unknown = type.includes('json') && text !== '' ? JSON.parse(text) : text
          if (status < 400) resolve({ status, headers: answer.headers, body: value as Body })
          else reject(asThrown(value, status))
        })
      })
      sent.on('error', reject)
      sent.end(content)
    })
  }

  async function ask<Body>(
    method: string,
    path: string,
    body?: unknown,
    options: AskOptions = {},
  ): Promise<Reply<Body>> {
    const until = performance.now() + patienceMs
    for (let wait = 50; ; wait = Math.min(wait * 2, 1000)) {
      try {
        return await once<Body>(method, path, body, options)
      } catch (error) {
        if (patienceMs === 0 || !(isAway(error) || isBusy(error)))
          throw isAway(error) ? unreachable(base, error) : error
        if (performance.now() >= until) throw unreachable(base, error)
        await new Promise(resolve => setTimeout(resolve, wait))
      }
    }
  }

  async function stream(
    listener: (event: string, data: unknown) => void,
    signal: AbortSignal,
    after: number | undefined,
    seen: (id: number) => void,
  ): Promise<void> {
    const path = after === undefined ? '/v1/events' : `/v1/events?after=${after}`
    await new Promise<void>((resolve, reject) => {
      const sent = httpRequest(new URL(path, base), { headers: authorization, signal }, answer => {
        if (answer.statusCode !== 200) {
          answer.resume()
          return reject(asThrown(undefined, answer.statusCode ?? 0))
        }
        let buffer = ''
        answer.setEncoding('utf8')
        answer.on('data', (chunk: string) => {
          buffer += chunk
          for (let end = buffer.indexOf('\n\n'); end >= 0; end = buffer.indexOf('\n\n')) {
            const event = parseEvent(buffer.slice(0, end))
            buffer = buffer.slice(end + 2)
            if (event.id !== undefined) seen(event.id)
            if (event.data !== undefined) listener(event.name, event.data)
          }
        })
        answer.on('error', reject)
        answer.on('end', resolve)
      })
      sent.on('error', reject)
      sent.end()
    })
  }

  return {
    url,
    ask,
    get: async path => (await ask<never>('GET', path)).body,
    post: async (path, body = {}) => (await ask<never>('POST', path, body)).body,
    async events(listener, signal, after) {
      let last = after
      while (!signal.aborted) {
        try {
          await stream(listener, signal, last, id => {
            last = id
          })
        } catch (error) {
          if (signal.aborted) return
          if (patienceMs === 0 || !(isAway(error) || isBusy(error))) throw error
        }
        if (!signal.aborted) await new Promise(resolve => setTimeout(resolve, 200))
      }
    },
    close: () => agent.destroy(),
  }
}

function parseEvent(text: string): { name: string; id?: number; data?: unknown } {
  let name = 'message'
  let id: number | undefined
  let data: string | undefined
  for (const line of text.split('\n')) {
    if (line.startsWith('event: ')) name = line.slice(7)
    else if (line.startsWith('id: ')) id = Number(line.slice(4))
    else if (line.startsWith('data: ')) data = line.slice(6)
  }
  return { name, ...(id !== undefined && { id }), ...(data !== undefined && { data: JSON.parse(data) }) }
}

/** The error of the server, from its problem document. */
function asThrown(value: unknown, status: number): FalconerError {
  const {
    type = '',
    detail,
    fix,
    errors,
  } = (typeof value === 'object' && value !== null ? value : {}) as {
    type?: string
    detail?: string
    fix?: string
    errors?: readonly Finding[]
  }
  const code = type.split('/').at(-1) as ErrorCode
  const known = errorCodes.includes(code) ? code : codeOf(status)
  return new FalconerError(known, detail ?? `The server answered ${status}.`, {
    ...(fix !== undefined && { fix }),
    ...(errors !== undefined && { findings: errors }),
  })
}

function isAway(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === 'EPIPE' || code === 'ETIMEDOUT'
}

/** Of an answer without a problem document, such as a proxy's. */
function codeOf(status: number): ErrorCode {
  if (status === 401) return 'not-signed-in'
  if (status === 403) return 'not-allowed'
  return status === 429 ? 'too-busy' : status < 500 ? 'bad-input' : 'unavailable'
}

/** It will be back: it is starting or stopping, or has too much to do. */
function isBusy(error: unknown): boolean {
  return error instanceof FalconerError && (error.code === 'unavailable' || error.code === 'too-busy')
}

function unreachable(base: URL, cause: unknown): FalconerError {
  return new FalconerError('unavailable', `No Falconer answers at ${base.origin}.`, {
    fix: 'Start one with falconer serve, or name another with --url or FALCONER_URL.',
    cause,
  })
}
