/** What happened: the timeline of a project, and the audit log. */
import { z } from 'zod'
import { mayTouch } from '../identify.ts'
import { instant, type Route, route } from '../route.ts'
import { timeline } from '../timeline.ts'
import { projectOf, type RouteContext, record } from './context.ts'

export function historyRoutes({ platform }: RouteContext): Route[] {
  const { records, clock } = platform
  return [
    route({
      method: 'GET',
      path: '/v1/projects/{project}/timeline',
      role: 'reader',
      summary: 'Everything that happened, on one axis',
      query: z.strictObject({ from: instant.optional(), to: instant.optional() }),
      answer: z.object({ items: z.array(record) }),
      handle: async ({ params, query }) => {
        await projectOf(records, params.project)
        const { from = 0, to = clock.now() + 1 } = query
        return { body: { items: await timeline(records, params.project, from, to) } }
      },
    }),
    route({
      method: 'GET',
      path: '/v1/audit',
      role: 'reader',
      summary: 'Entries of the audit log with their hashes',
      query: z.strictObject({
        project: z.string().max(200).optional(),
        after: z.coerce.number().int().min(0).optional(),
        limit: z.coerce.number().int().min(1).max(1000).default(100),
        order: z.enum(['ascending', 'descending']).default('ascending'),
      }),
      answer: z.object({ items: z.array(record), next: z.string().optional() }),
      handle: async ({ query: { order, project, after, limit }, caller }) => {
        const entries = await records.audit({
          limit,
          descending: order === 'descending',
          ...(project !== undefined && { project }),
          ...(after !== undefined && { after }),
        })
        const next = entries.length === limit ? String(entries.at(-1)!.sequence) : undefined
        return { body: { items: entries.filter(entry => mayTouch(caller, entry.project)), next } }
      },
    }),
    route({
      method: 'GET',
      path: '/v1/audit/verify',
      role: 'reader',
      summary: 'Whether the chain of hashes holds from the first entry to the last',
      answer: z.object({ valid: z.boolean(), entries: z.int(), brokenAt: z.int().optional() }),
      handle: async () => ({ body: await platform.audit.verify() }),
    }),
  ]
}
