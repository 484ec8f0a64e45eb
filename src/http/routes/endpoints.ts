/** Endpoints: predictions in, outcomes in, what became of them out. */
import { z } from 'zod'
import { endpointId } from '../../loop/records.ts'
import { instant, paging, type Route, route, tagged } from '../route.ts'
import { found, listOf, projectOf, type RouteContext, reason, record } from './context.ts'

const endpoint = '/v1/projects/{project}/endpoints/{endpoint}'
const key = z.string().min(1).max(500)
const cell = z.union([z.string().max(10_000), z.number(), z.boolean(), z.null()])

const question = z.union([
  z.strictObject({ entities: z.array(key).min(1).max(10_000) }),
  z.strictObject({ records: z.array(z.record(z.string(), cell)).min(1).max(10_000) }),
])
const answers = z.object({
  predictions: z.array(
    z.object({
      id: z.string(),
      output: z.number(),
      decision: z.boolean().optional(),
      version: z.string(),
      route: z.enum(['live', 'canary']),
    }),
  ),
})
const value = z.union([z.number(), z.boolean().transform(Number), z.literal('void')])
const receipts = z.object({
  receipts: z.array(
    z.object({
      id: z.string(),
      status: z.enum(['joined', 'duplicate', 'corrected', 'pending', 'rejected']),
      reason: z.string().optional(),
    }),
  ),
})

export function endpointRoutes({ platform, telemetry }: RouteContext): Route[] {
  const { records, log, endpoints, clock } = platform

  const view = async (project: string, name: string) => {
    const stored = await found(records, 'endpoint', endpointId(project, name))
    const counts = await log.counts(stored.id)
    return tagged(stored.revision, { ...stored.body, counts, load: endpoints.load({ project, name }) })
  }

  return [
    route({
      method: 'GET',
      path: '/v1/projects/{project}/endpoints',
      role: 'reader',
      summary: 'Endpoints with routes, counts and latency',
      query: z.strictObject(paging),
      answer: listOf(record),
      handle: async ({ params, query }) => {
        await projectOf(records, params.project)
        const page = await records.list('endpoint', { ...query, prefix: `${params.project}/` })
        const items = await Promise.all(
          page.items.map(async ({ body }) => (await view(params.project, body.name)).body),
        )
        return { body: { items, next: page.next } }
      },
    }),
    route({
      method: 'GET',
      path: endpoint,
      role: 'reader',
      summary: 'An endpoint; its ETag is what a rollback needs',
      answer: record,
      handle: ({ params }) => view(params.project, params.endpoint),
    }),
    route({
      method: 'POST',
      path: `${endpoint}/predict`,
      role: 'client',
      summary: 'Predicts rows by id or by their columns; on disk before it is answered',
      body: question,
      answer: answers,
      handle: async ({ params, body, requestId }) => {
        const at = { project: params.project, name: params.endpoint }
        const predictions = await endpoints.predict(at, body, requestId)
        telemetry.predictions(at.project, at.name, predictions)
        return { body: { predictions } }
      },
    }),
    route({
      method: 'POST',
      path: `${endpoint}/outcomes`,
      role: 'client',
      summary: 'What turned out to be true, by id',
      body: z.strictObject({
        outcomes: z
          .array(z.strictObject({ id: key, value }))
          .min(1)
          .max(10_000),
      }),
      answer: receipts,
      handle: async ({ params, body }) => {
        const at = { project: params.project, name: params.endpoint }
        const given = await endpoints.outcomes(at, body.outcomes)
        telemetry.outcomes(at.project, at.name, given)
        return { body: { receipts: given } }
      },
    }),
    route({
      method: 'POST',
      path: `${endpoint}/rollback`,
      role: 'editor',
      summary: 'Back to the version that was live before',
      needsMatch: true,
      body: z.strictObject({ reason }),
      answer: record,
      handle: async ({ params, body, ifMatch, caller }) => {
        const at = { project: params.project, name: params.endpoint }
        const stored = await endpoints.rollback(at, { revision: ifMatch!, reason: body.reason, actor: caller.id })
        return tagged(stored.revision, stored.body)
      },
    }),
    route({
      method: 'GET',
      path: `${endpoint}/predictions`,
      role: 'reader',
      summary: 'Logged predictions, newest first',
      query: z.strictObject(paging),
      answer: listOf(record),
      handle: async ({ params, query }) => {
        const { id } = await found(records, 'endpoint', endpointId(params.project, params.endpoint))
        const { after, limit } = query
        return { body: await log.recent(id, { limit, ...(after !== undefined && { before: after }) }) }
      },
    }),
    route({
      method: 'GET',
      path: `${endpoint}/predictions/{key}`,
      role: 'reader',
      summary: 'One prediction with its outcome',
      answer: record,
      handle: async ({ params }) => ({
        body: await endpoints.prediction({ project: params.project, name: params.endpoint }, params.key),
      }),
    }),
    route({
      method: 'GET',
      path: `${endpoint}/predictions/{key}/explanation`,
      role: 'reader',
      summary: 'What each feature added to one prediction, in log odds, by the version that answered',
      answer: record,
      handle: async ({ params }) => ({
        body: await endpoints.explain({ project: params.project, name: params.endpoint }, params.key),
      }),
    }),
    route({
      method: 'GET',
      path: `${endpoint}/performance`,
      role: 'reader',
      summary: 'Realised figures per span: of what was answered, and of each version',
      query: z.strictObject({
        from: instant.optional(),
        to: instant.optional(),
        by: z.enum(['month', 'week', 'day']).default('month'),
      }),
      answer: z.array(record),
      handle: async ({ params, query }) => {
        const { body } = await found(records, 'endpoint', endpointId(params.project, params.endpoint))
        const at = { project: params.project, name: params.endpoint }
        const { from = body.createdAt, to = clock.now() + 1, by } = query
        return { body: await endpoints.performance(at, { from, to, by }) }
      },
    }),
  ]
}
