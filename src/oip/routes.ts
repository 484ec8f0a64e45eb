/**
 * The Open Inference Protocol, version 2, over REST. A model of the protocol is an endpoint: `late-arrival`, or
 * `flights~late-arrival` where two projects have an endpoint of that name.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { asFalconerError, FalconerError } from '../base/errors.ts'
import type { At, Deploy } from '../deploy/deploy.ts'
import { type InferRequest, readRequest } from './request.ts'
import { outputMetadata, writeResponse } from './response.ts'
import { inputMetadata, toRows } from './rows.ts'
import { fromBinary } from './tensor.ts'

export interface OipParts {
  readonly deploy: Pick<Deploy, 'facts' | 'predictRows'>
  /** Version of Falconer. */
  readonly version: string
  /** All endpoints. */
  readonly endpoints: () => Promise<readonly At[]>
  /** What the server wants to know of a route: the least role that may call it. */
  readonly guard: (role: 'reader' | 'client') => Readonly<Record<string, unknown>>
  /** Whether whoever makes this request may touch the project. */
  readonly mayTouch: (request: FastifyRequest, project: string) => boolean
  /** Largest body. */
  readonly bodyBytes?: number
}

interface ModelPath {
  readonly model: string
  readonly version?: string
}

const lengthHeader = 'inference-header-content-length'

/** A Fastify plugin: `app.register(oipRoutes({…}))`. */
export function oipRoutes(parts: OipParts): (app: FastifyInstance) => Promise<void> {
  const { deploy, version, guard, bodyBytes = 64 * 2 ** 20 } = parts

  async function endpointOf(request: FastifyRequest): Promise<At> {
    const { model } = request.params as ModelPath
    const mine = (await parts.endpoints()).filter(({ project }) => parts.mayTouch(request, project))
    const [project, name] = model.includes('~') ? model.split('~', 2) : [undefined, model]
    const found = mine.filter(at => at.name === name && (project === undefined || at.project === project))
    if (found.length === 1) return found[0]!
    const names = (found.length > 1 ? found : mine).map(at => `${at.project}~${at.name}`).join(', ')
    if (found.length > 1) throw new FalconerError('bad-input', `${model} is an endpoint of several projects: ${names}`)
    throw new FalconerError('not-found', `there is no model ${JSON.stringify(model)}; there is ${names || 'none'}`)
  }

  async function factsOf(request: FastifyRequest) {
    const at = await endpointOf(request)
    const facts = await deploy.facts(at)
    const live = facts.endpoint.routes.find(route => route.mode === 'live')!.semver
    const { version } = request.params as ModelPath
    if (version !== undefined && version !== live) {
      throw new FalconerError('not-found', `${at.name} serves the version ${live}, not ${version}`, {
        fix: 'Leave /versions/… out: the endpoint decides which version answers.',
      })
    }
    return { at, facts, live }
  }

  async function infer(request: FastifyRequest, reply: FastifyReply) {
    const { at, facts, live } = await factsOf(request)
    const { model } = request.params as ModelPath
    const asked = readBody(request, facts.inputs)
    const id = asked.id ?? request.id
    const answers = await deploy.predictRows(at, toRows(asked.inputs, facts.inputs, id), id, {
      ...(asked.deadlineMs !== undefined && { deadlineMs: asked.deadlineMs }),
    })
    const { body, jsonLength } = writeResponse(answers, {
      model,
      version: live,
      output: facts.output.name,
      request: asked,
      id,
    })
    if (jsonLength === undefined) return reply.type('application/json').send(body)
    return reply.header(lengthHeader, String(jsonLength)).type('application/octet-stream').send(body)
  }

  return async app => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: bodyBytes }, (_request, body, done) =>
      done(null, body),
    )
    app.setErrorHandler((thrown, request, reply) => {
      const error = asRequestError(thrown)
      if (error.status >= 500) request.log.error({ err: error, cause: error.cause }, error.message)
      if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds))
      const text =
        error.code === 'internal' ? 'The request could not be answered; the log has the cause.' : error.message
      return reply
        .code(error.status)
        .type('application/json')
        .send(JSON.stringify({ error: text }))
    })

    const reader = { config: guard('reader') }
    app.get('/v2/health/live', async () => ({ live: true }))
    app.get('/v2/health/ready', async () => ({ ready: true }))
    app.get('/v2', reader, async () => ({ name: 'falconer', version, extensions: ['binary_tensor_data'] }))
    for (const path of ['/v2/models/:model', '/v2/models/:model/versions/:version']) {
      app.get(path, reader, async request => {
        const { facts, live } = await factsOf(request)
        return {
          name: (request.params as ModelPath).model,
          versions: [live],
          platform: 'onnx_onnxv1',
          inputs: facts.inputs.map(inputMetadata),
          outputs: outputMetadata(facts.output.name),
        }
      })
      app.get(`${path}/ready`, reader, async request => {
        await factsOf(request)
        return { name: (request.params as ModelPath).model, ready: true }
      })
      app.post(`${path}/infer`, { config: guard('client'), bodyLimit: bodyBytes }, infer)
    }
  }
}

/** The request; a header of 0 says that the body is nothing but the values of the model's only input. */
function readBody(request: FastifyRequest, inputs: Awaited<ReturnType<Deploy['facts']>>['inputs']): InferRequest {
  const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  const header = request.headers[lengthHeader]
  if (header === undefined) return readRequest(bytes)
  const length = /^\d+$/.test(String(header)) ? Number(header) : Number.NaN
  if (length !== 0) return readRequest(bytes, length)
  const [input, ...others] = inputs.filter(candidate => candidate.required)
  if (!input || others.length > 0 || input.kind === 'text') {
    throw new FalconerError(
      'bad-input',
      'a body without JSON is for models with one input of numbers; this one has others',
    )
  }
  const rows = bytes.length / (4 * input.width)
  if (!Number.isInteger(rows)) {
    throw new FalconerError(
      'bad-input',
      `input ${JSON.stringify(input.name)}: ${bytes.length} bytes were sent, wanted a multiple of ${4 * input.width}`,
    )
  }
  const tensor = fromBinary({ name: input.name, datatype: 'FP32', shape: [rows, input.width] }, bytes)
  return { inputs: [tensor], binaryOutput: true }
}

/** Errors of Fastify's own reading of the request get our codes. */
function asRequestError(thrown: unknown): FalconerError {
  const { statusCode, message } = thrown as { statusCode?: number; message?: string }
  if (thrown instanceof FalconerError || typeof statusCode !== 'number' || statusCode >= 500)
    return asFalconerError(thrown)
  if (statusCode === 413) return new FalconerError('too-large', 'The request body is too large.', { cause: thrown })
  return new FalconerError('bad-input', message ?? 'The request cannot be read.', { cause: thrown })
}
