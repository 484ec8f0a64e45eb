/**
 * The HTTP server: identifies the caller, reads the request through the call's schema, asks the stage, and writes the
 * answer. All of what differs between calls is in `routes/`.
 */
import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify, LogController } from 'fastify'
import type { Logger } from 'pino'
import { FalconerError } from '../base/errors.ts'
import { streamEvents } from './events.ts'
import { checkHost, checkOrigin, hostNames, isLoopback } from './host.ts'
import { allow, identify, mayTouch } from './identify.ts'
import { openApi } from './openapi.ts'
import { isPage, securityHeaders, servePages } from './pages.ts'
import type { Caller, Platform } from './platform.ts'
import { present } from './present.ts'
import { asRequestError, parsed, problem, problemType } from './problem.ts'
import type { Answer, Route } from './route.ts'
import { createRoutes } from './routes/routes.ts'
import { createTelemetry } from './telemetry.ts'

export interface ServerOptions {
  /** Address to bind; only loopback addresses without a key. */
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** Further names by which clients reach this server (behind a proxy). */
  readonly hostNames: readonly string[]
  /** Nobody needs a key; loopback only. */
  readonly insecureLocal: boolean
  /** Folder with the built pages. */
  readonly pages: string
  /** Folder for uploads while they come in. */
  readonly scratch: string
  /** Largest JSON body and largest upload. */
  readonly bodyBytes: number
  readonly uploadBytes: number
  /** Requests answered at once; more are told to come back. */
  readonly concurrent: number
  readonly logger: Logger
  /** Further protocols under paths of their own; each is given what it must say of its routes. */
  readonly protocols: readonly ((of: ProtocolParts) => (app: FastifyInstance) => Promise<void>)[]
  /** Real time, for sessions. */
  readonly realTime: () => number
}

export interface Server {
  /** Binds, and answers the address as a URL. Errors: `unavailable` where the port is taken. */
  listen(): Promise<string>
  /** A link that signs a browser in, once. */
  signInLink(): string
  /** Takes no more requests, lets the running ones end, at most so long, then closes. */
  close(drainMs: number): Promise<void>
  readonly app: FastifyInstance
}

interface ProtocolParts {
  /** What a route's config says: the least role that may call it. */
  readonly guard: (role: 'reader' | 'client') => Readonly<Record<string, unknown>>
  readonly mayTouch: (request: FastifyRequest, project: string) => boolean
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The call behind it; without one a path is open to anybody (the pages' files). */
    falconer?: Pick<Route, 'role'>
  }
  interface FastifyRequest {
    caller?: Caller
  }
}

const eventQuery = /[?&]after=(\d+)/

export function createServer(platform: Platform, options: ServerOptions): Server {
  if (options.insecureLocal && !isLoopback(options.host)) {
    throw new FalconerError(
      'bad-input',
      `Without keys Falconer listens on this machine only, not on ${options.host}.`,
      {
        fix: 'Leave --insecure-local out, or --host.',
      },
    )
  }
  const identity = identify(platform.keys, { insecure: options.insecureLocal, now: options.realTime })
  const telemetry = createTelemetry(() => platform.clock.now())
  const names = hostNames(options.host, options.hostNames)
  const streams = new Set<() => void>()
  let running = 0
  let url = ''

  const app = fastify({
    loggerInstance: options.logger as Logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: options.bodyBytes,
    requestIdHeader: false,
    genReqId: () => crypto.randomUUID(),
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 500 },
    trustProxy: false,
  }) as unknown as FastifyInstance

  const unfollow = [
    platform.records.follow(entries => telemetry.audited(entries)),
    platform.engine.follow(status => telemetry.job(status)),
  ]

  app.addHook('onRequest', async (request, reply) => {
    running++
    reply.raw.once('close', () => {
      running--
    })
    reply.headers({ ...securityHeaders, 'x-request-id': request.id })
    checkHost(request.headers.host, names)
    checkOrigin(request.method, request.headers.origin, request.headers.host)
    const role = request.routeOptions.config.falconer?.role ?? 'none'
    if (role === 'none') return
    request.caller = await identity.caller(request.headers, request.ip)
    allow(request.caller, role, (request.params as { project?: string }).project)
    if (running > options.concurrent) {
      throw new FalconerError('too-busy', `${running} requests are being answered.`, { retryAfterSeconds: 1 })
    }
  })

  app.addHook('onResponse', async (request, reply) => {
    const seconds = reply.elapsedTime / 1000
    const path = request.routeOptions.url ?? 'none'
    telemetry.request(path, request.method, reply.statusCode, seconds)
    const line = {
      request: request.id,
      method: request.method,
      route: path,
      status: reply.statusCode,
      seconds: Number(seconds.toFixed(4)),
      caller: request.caller?.id,
    }
    if (reply.statusCode >= 400) request.log.info(line, 'refused')
    else request.log.debug(line, 'answered')
  })

  app.setErrorHandler((thrown, request, reply) => {
    const error = asRequestError(thrown)
    // What is left of an upload is read and thrown away; unread it would keep the connection busy.
    if (request.body instanceof Readable) request.body.resume()
    if (error.status >= 500) request.log.error({ err: error, cause: error.cause, request: request.id }, error.message)
    if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds))
    if (error.code === 'not-signed-in') reply.header('www-authenticate', 'Bearer')
    return sendProblem(reply, error, request.id)
  })

  const uploads = ['application/vnd.apache.parquet', 'text/csv', 'application/x-ndjson', 'application/octet-stream']
  app.addContentTypeParser(uploads, (_request, payload, done) => done(null, payload))

  const routes = createRoutes({
    platform,
    identity,
    telemetry,
    scratch: options.scratch,
    uploadBytes: options.uploadBytes,
  })
  for (const declared of routes) app.route(handled(declared))

  app.get('/v1/openapi.json', { config: { falconer: { role: 'reader' } } }, async (_request, reply) =>
    reply.type('application/json').send(JSON.stringify(openApi(routes, platform.version))),
  )
  app.get('/v1/events', { config: { falconer: { role: 'reader' } } }, async (request, reply) => {
    const given = request.headers['last-event-id'] ?? eventQuery.exec(request.url)?.[1]
    const after = /^\d+$/.test(String(given)) ? Number(given) : await newestSequence(platform)
    reply.hijack()
    const raw = reply.raw
    raw.writeHead(200, {
      ...securityHeaders,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
    })
    const stream = streamEvents(raw, { platform, caller: request.caller!, after })
    streams.add(stream.stop)
    stream.done
      .catch(error => request.log.error({ err: error }, 'event stream'))
      .finally(() => streams.delete(stream.stop))
  })
  app.get('/sign-in', async (request, reply) => {
    const code = new URL(request.url, 'http://localhost').searchParams.get('code') ?? ''
    return reply
      .header('set-cookie', await identity.signIn(code))
      .header('cache-control', 'no-store')
      .redirect('/', 303)
  })
  const parts: ProtocolParts = {
    guard: role => ({ falconer: { role } }),
    mayTouch: (request, project) => request.caller !== undefined && mayTouch(request.caller, project),
  }
  for (const protocol of options.protocols) app.register(protocol(parts))
  const sendPage = servePages(app, options.pages)
  app.setNotFoundHandler(async (request, reply) => {
    if (request.method === 'GET' && isPage(request.url)) return sendPage(reply)
    return sendProblem(
      reply,
      new FalconerError('not-found', `There is no ${request.method} ${request.url}.`),
      request.id,
    )
  })

  return {
    app,
    async listen() {
      try {
        url = await app.listen({ host: options.host, port: options.port })
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
        throw new FalconerError('unavailable', `Port ${options.port} is in use.`, {
          fix: 'Stop the other program, or give another --port.',
          cause: error,
        })
      }
      return url
    },
    signInLink: () => `${url}/sign-in?code=${identity.code()}`,
    async close(drainMs) {
      for (const stop of unfollow) stop()
      for (const stop of streams) stop()
      const closed = app.close()
      // Connections that a client opened and has not used yet would hold the server open.
      for (const until = performance.now() + drainMs; running > 0 && performance.now() < until; ) await pause(10)
      app.server.closeAllConnections()
      await closed
    },
  }
}

/** A declared call as Fastify wants it. */
function handled(declared: Route): Parameters<FastifyInstance['route']>[0] {
  return {
    method: declared.method,
    url: declared.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    config: { falconer: declared },
    handler: async (request, reply) => sendAnswer(reply, declared, await declared.handle(ask(request, declared))),
  }
}

function ask(request: FastifyRequest, declared: Route): Parameters<Route['handle']>[0] {
  const contentType = request.headers['content-type']?.split(';', 1)[0]?.trim() ?? ''
  const isUpload = request.body instanceof Readable
  if (declared.uploads.length > 0 && !isUpload) {
    throw new FalconerError(
      'bad-input',
      `Content-Type ${contentType || 'is missing'}; wanted ${declared.uploads.join(', ')}.`,
    )
  }
  if (declared.uploads.length === 0 && isUpload) {
    throw new FalconerError('bad-input', `Content-Type ${contentType}; wanted application/json.`)
  }
  return {
    params: request.params as Readonly<Record<string, string>>,
    query: parsed(declared.query, request.query, 'The query'),
    body: declared.body && parsed(declared.body, request.body ?? undefined, 'The body'),
    caller: request.caller ?? nobody,
    ifMatch: declared.needsMatch ? revision(request.headers['if-match']) : undefined,
    accept: request.headers.accept ?? '',
    contentType,
    stream: isUpload ? (request.body as Readable) : undefined,
    origin: `${request.protocol}://${request.headers.host}`,
    requestId: request.id,
  }
}

const nobody: Caller = { id: 'nobody', name: 'nobody', role: 'reader', projects: [] }

function revision(ifMatch: string | undefined): number {
  if (ifMatch === undefined) throw new FalconerError('etag-needed', 'This change moves traffic and needs If-Match.')
  const found = /^(?:W\/)?"(\d+)"$/.exec(ifMatch)
  if (!found)
    throw new FalconerError('bad-input', `If-Match is ${ifMatch}; wanted the ETag of the resource, such as "3".`)
  return Number(found[1])
}

function sendAnswer(reply: FastifyReply, declared: Route, answer: Answer): unknown {
  reply.code(answer.status ?? declared.status)
  if (answer.headers) reply.headers(answer.headers)
  const etag = answer.headers?.etag
  if (etag !== undefined && declared.method === 'GET' && reply.request.headers['if-none-match'] === etag) {
    return reply.code(304).send()
  }
  if (answer.content !== undefined) return reply.type(answer.type ?? 'text/plain; charset=utf-8').send(answer.content)
  if (answer.body === undefined) return reply.send()
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
  return reply.type('application/json; charset=utf-8').send(present(answer.body))
}

function sendProblem(reply: FastifyReply, error: FalconerError, request: string): unknown {
  return reply
    .code(error.status)
    .type(problemType)
    .send(JSON.stringify(problem(error, request)))
}

async function newestSequence({ records }: Platform): Promise<number> {
  const [newest] = await records.audit({ descending: true, limit: 1 })
  return newest?.sequence ?? 0
}
