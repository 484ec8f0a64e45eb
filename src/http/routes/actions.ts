/** Actions: each attempt to mend a model with its steps and evidence, and a person's say in it. */
import { z } from 'zod'
import { paging, type Route, route, tagged } from '../route.ts'
import { found, listOf, projectOf, type RouteContext, reason, record } from './context.ts'
import { actionView, recordId } from './views.ts'

const actions = '/v1/projects/{project}/actions'

export function actionRoutes({ platform }: RouteContext): Route[] {
  const { records, blobs } = platform
  const actionOf = (project: string, id: string) => found(records, 'action', recordId(project, id))
  const json = async (digest: string) => JSON.parse(new TextDecoder().decode(await blobs.get(digest)))

  return [
    route({
      method: 'GET',
      path: actions,
      role: 'reader',
      summary: 'Actions, newest first',
      query: z.strictObject({ ...paging, state: z.string().max(50).optional() }),
      answer: listOf(record),
      handle: async ({ params, query: { state, ...page } }) => {
        await projectOf(records, params.project)
        const listed = await records.list('action', {
          ...page,
          prefix: `${params.project}/`,
          order: 'descending',
          ...(state && { where: { state } }),
        })
        return { body: { items: listed.items.map(actionView), next: listed.next } }
      },
    }),
    route({
      method: 'GET',
      path: `${actions}/{id}`,
      role: 'reader',
      summary: 'An action with its steps and the evidence of each',
      answer: record,
      handle: async ({ params }) => {
        const stored = await actionOf(params.project, params.id)
        const steps = await Promise.all(
          stored.body.steps.map(async step => ({
            ...step,
            ...(step.evidence && { found: await json(step.evidence) }),
          })),
        )
        return tagged(stored.revision, { ...actionView(stored), steps })
      },
    }),
    route({
      method: 'POST',
      path: `${actions}/{id}/cancel`,
      role: 'editor',
      summary: 'Ends an action; before its promotion the traffic goes back to the champion',
      body: z.strictObject({ reason }),
      answer: record,
      handle: async ({ params, body, caller }) => {
        const { id } = await actionOf(params.project, params.id)
        return { body: actionView(await platform.actions.cancel(id, body.reason, caller.id)) }
      },
    }),
    ...(['approve', 'reject'] as const).map(what =>
      route({
        method: 'POST',
        path: `${actions}/{id}/${what}`,
        role: 'editor',
        summary: `${what === 'approve' ? 'Approves' : 'Rejects'} the candidate with this digest`,
        body: z.strictObject({ digest: z.string().regex(/^[0-9a-f]{64}$/), reason }),
        answer: record,
        handle: async ({ params, body, caller }) => {
          const { project, id } = params as { project: string; id: string }
          const stored = await actionOf(project, id)
          const verdict = what === 'approve' ? 'approved' : 'rejected'
          return { body: actionView(await platform.actions.decide(stored.id, { ...body, verdict, actor: caller.id })) }
        },
      }),
    ),
  ]
}
