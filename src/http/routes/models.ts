/** Models: versions with lineage, evidence and card, and starting a training. */
import { z } from 'zod'
import { FalconerError } from '../../base/errors.ts'
import { parseDuration } from '../../base/time.ts'
import type { ModelVersion } from '../../loop/records.ts'
import { type Route, route } from '../route.ts'
import { projectOf, type RouteContext, reason, record } from './context.ts'
import { actionView } from './views.ts'

const model = '/v1/projects/{project}/models/{model}'
const version = `${model}/versions/{semver}` as const

export function modelRoutes({ platform: { records, models, blobs } }: RouteContext): Route[] {
  const side = async (stored: ModelVersion) => {
    const { refit, evaluation } = await models.evidence(stored)
    return { ...stored, importance: refit.importance, evaluation }
  }
  return [
    route({
      method: 'GET',
      path: model,
      role: 'reader',
      summary: 'A model: aliases and versions, newest first',
      answer: z.object({ model: z.string(), aliases: z.array(record), versions: z.array(record) }),
      handle: async ({ params }) => {
        await projectOf(records, params.project)
        const [versions, aliases] = await Promise.all([
          models.versions(params.project, params.model),
          models.aliases(params.project, params.model),
        ])
        return { body: { model: params.model, aliases, versions: versions.map(({ body }) => body) } }
      },
    }),
    route({
      method: 'GET',
      path: version,
      role: 'reader',
      summary: 'A version with lineage and metrics',
      answer: record,
      handle: async ({ params }) => ({
        body: (await models.version(params.project, params.model, params.semver)).body,
      }),
    }),
    route({
      method: 'GET',
      path: `${version}/card`,
      role: 'reader',
      summary: 'The model card, as Markdown or (Accept: application/json) in parts',
      handle: async ({ params, accept }) => {
        const { body } = await models.version(params.project, params.model, params.semver)
        const card = await models.card(body)
        if (accept.includes('application/json')) return { body: card.parts }
        return { content: card.markdown, type: 'text/markdown; charset=utf-8' }
      },
    }),
    route({
      method: 'GET',
      path: `${version}/evidence`,
      role: 'reader',
      summary: 'Evaluation, gate and refit as stored',
      answer: record,
      handle: async ({ params }) => {
        const { body } = await models.version(params.project, params.model, params.semver)
        return { body: await models.evidence(body) }
      },
    }),
    route({
      method: 'GET',
      path: `${version}/file`,
      role: 'reader',
      summary: 'The ONNX file',
      handle: async ({ params }) => {
        const { body } = await models.version(params.project, params.model, params.semver)
        return {
          content: await blobs.get(body.digest),
          type: 'application/octet-stream',
          headers: {
            etag: `"${body.digest}"`,
            'content-disposition': `attachment; filename="${params.model}-${body.semver}.onnx"`,
          },
        }
      },
    }),
    route({
      method: 'GET',
      path: `${model}/compare`,
      role: 'reader',
      summary: 'Two versions side by side',
      query: z.strictObject({ a: z.string(), b: z.string() }),
      answer: z.object({ a: record, b: record }),
      handle: async ({ params, query }) => {
        const [a, b] = await Promise.all(
          [query.a, query.b].map(async semver =>
            side((await models.version(params.project, params.model, semver)).body),
          ),
        )
        return { body: { a, b } }
      },
    }),
    route({
      method: 'POST',
      path: `${model}/train`,
      role: 'editor',
      summary: 'Starts a training: the first one, or a retraining that passes the same gate as any other',
      answer: record,
      status: 202,
      handle: async ({ params, caller }) => {
        await projectOf(records, params.project)
        const action = await models.train({ project: params.project, name: params.model }, caller.id)
        const view = actionView(action)
        return { headers: { location: `/v1/projects/${params.project}/actions/${view.id}` }, body: view }
      },
    }),
    route({
      method: 'POST',
      path: `${model}/actions`,
      role: 'editor',
      summary: 'Starts an action by hand: a retraining, a recalibration, another threshold, or the fallback',
      body: z.strictObject({
        kind: z.enum(['retrain', 'recalibrate', 'threshold', 'fallback']),
        reason,
        window: z.string().max(50).optional(),
      }),
      answer: record,
      status: 202,
      handle: async ({ params, body: { kind, reason: why, window }, caller }) => {
        await projectOf(records, params.project)
        if (window !== undefined && kind !== 'retrain') {
          throw new FalconerError('bad-input', `window belongs to retrain, not to ${kind}.`, { fix: 'Leave it out.' })
        }
        const windowMs = window === undefined ? undefined : windowOf(window)
        const wish = { kind, reason: why, ...(windowMs !== undefined && { windowMs }) }
        const view = actionView(await models.train({ project: params.project, name: params.model }, caller.id, wish))
        return { headers: { location: `/v1/projects/${params.project}/actions/${view.id}` }, body: view }
      },
    }),
  ]
}

/** `90 days` or `all`. */
function windowOf(text: string): number | 'all' {
  if (text === 'all') return 'all'
  try {
    return parseDuration(text)
  } catch {
    throw new FalconerError('bad-input', `window is ${JSON.stringify(text)}, wanted a span such as 90 days, or all.`)
  }
}
