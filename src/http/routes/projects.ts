/** Projects: what is declared in falconer.yaml and the query beside it. */
import { z } from 'zod'
import { mayTouch } from '../identify.ts'
import { paging, type Route, route, tagged } from '../route.ts'
import { listOf, projectOf, type RouteContext, reason, record } from './context.ts'

export function projectRoutes({ platform: { records, projects } }: RouteContext): Route[] {
  return [
    route({
      method: 'GET',
      path: '/v1/projects',
      role: 'reader',
      summary: 'The projects that the key may see',
      query: z.strictObject(paging),
      answer: listOf(record),
      handle: async ({ query, caller }) => {
        const page = await records.list('project', query)
        const items = page.items.filter(({ id }) => mayTouch(caller, id)).map(({ body }) => body)
        return { body: { items, next: page.next } }
      },
    }),
    route({
      method: 'GET',
      path: '/v1/projects/{project}',
      role: 'reader',
      summary: 'A project with its yaml and its query',
      answer: record,
      handle: async ({ params }) => {
        const stored = await projectOf(records, params.project)
        return tagged(stored.revision, stored.body)
      },
    }),
    route({
      method: 'PUT',
      path: '/v1/projects/{project}',
      role: 'editor',
      summary: 'Applies falconer.yaml and its query',
      body: z.strictObject({ yaml: z.string().max(1_000_000), query: z.string().max(1_000_000) }),
      answer: z.object({ changes: z.array(z.string()) }),
      handle: async ({ params, body, caller }) => ({
        body: await projects.apply(params.project, body.yaml, body.query, caller.id),
      }),
    }),
    route({
      method: 'PUT',
      path: '/v1/projects/{project}/kill-switch',
      role: 'editor',
      summary: 'While on, no action starts and none goes on',
      body: z.strictObject({ on: z.boolean(), reason }),
      answer: record,
      handle: async ({ params, body, caller }) => {
        await projectOf(records, params.project)
        await projects.killSwitch(params.project, body.on, body.reason, caller.id)
        const stored = await projectOf(records, params.project)
        return tagged(stored.revision, stored.body.killSwitch)
      },
    }),
  ]
}
