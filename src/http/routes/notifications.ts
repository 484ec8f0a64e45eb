/** Messages to people: what was sent, what could not be, and sending again. */
import { z } from 'zod'
import type { Stored } from '../../base/ports.ts'
import type { Notice } from '../../loop/records.ts'
import { paging, type Route, route } from '../route.ts'
import { found, listOf, name, projectOf, type RouteContext, record } from './context.ts'

const notifications = '/v1/projects/{project}/notifications'

export function notificationRoutes({ platform }: RouteContext): Route[] {
  const { records, notices } = platform

  return [
    route({
      method: 'GET',
      path: notifications,
      role: 'reader',
      summary: 'Messages to the channels of the project, newest first',
      query: z.strictObject({
        ...paging,
        state: z.enum(['waiting', 'delivered', 'withdrawn', 'failed']).optional(),
      }),
      answer: listOf(record),
      handle: async ({ params, query: { state, ...page } }) => {
        await projectOf(records, params.project)
        const listed = await records.list('notice', {
          ...page,
          prefix: `${params.project}/`,
          order: 'descending',
          ...(state && { where: { state } }),
        })
        return { body: { items: listed.items.map(noticeView), next: listed.next } }
      },
    }),
    route({
      method: 'POST',
      path: `${notifications}/test`,
      role: 'editor',
      summary: 'Sends a message that says it is a test, and answers when the channel has taken it',
      body: z.strictObject({ channel: name }),
      answer: z.object({ channel: z.string(), delivered: z.literal(true) }),
      handle: async ({ params, body: { channel }, caller }) => {
        await projectOf(records, params.project)
        await notices.test(params.project, channel, caller.id)
        return { body: { channel, delivered: true } }
      },
    }),
    route({
      method: 'POST',
      path: `${notifications}/{id}/retry`,
      role: 'editor',
      summary: 'Tries a message again that could not be delivered',
      answer: record,
      handle: async ({ params, caller }) => {
        const { id } = await found(records, 'notice', `${params.project}/${params.id.replace('~', '/')}`)
        return { body: noticeView(await notices.retry(id, caller.id)) }
      },
    }),
  ]
}

/** `shop/000000000042/oncall` → `000000000042~oncall`. */
function noticeView({ id, body }: Stored<Notice>) {
  const { message, ...rest } = body
  return { id: id.split('/').slice(1).join('~'), ...rest, event: message.event, title: message.title, message }
}
