/** Alarms: what they are about, and what people say to them. */
import { z } from 'zod'
import { FalconerError } from '../../base/errors.ts'
import type { Stored } from '../../base/ports.ts'
import { type NextAction, nextActions } from '../../loop/nextActions.ts'
import { type Alarm, endpointId } from '../../loop/records.ts'
import { instant, paging, type Route, route } from '../route.ts'
import { endpointOf, found, listOf, projectOf, type RouteContext, record } from './context.ts'
import { alarmView, recordId } from './views.ts'

const alarms = '/v1/projects/{project}/alarms'
const note = z.string().trim().min(1).max(2000)

export function alarmRoutes({ platform }: RouteContext): Route[] {
  const { records } = platform

  const alarmOf = async (project: string, id: string): Promise<Stored<Alarm>> => {
    const endpoint = await endpointOf(records, project)
    if (!id.includes('~')) throw new FalconerError('not-found', `There is no alarm ${id}.`)
    return found(records, 'alarm', recordId(`${project}/${endpoint}`, id))
  }

  /** What can be done about it now. */
  async function nextOf({ body }: Stored<Alarm>): Promise<readonly NextAction[]> {
    const project = await projectOf(records, body.project)
    const { config } = project.body
    const [endpoint, actions, answer] = await Promise.all([
      records.get('endpoint', endpointId(body.project, body.endpoint)),
      records.list('action', { prefix: `${body.project}/${config.model}/`, order: 'descending', limit: 100 }),
      body.action === undefined ? undefined : records.get('action', body.action),
    ])
    return nextActions({
      alarm: body,
      project: project.body,
      endpoint: endpoint?.body,
      answer: answer?.body,
      actions: actions.items.map(item => item.body),
    })
  }

  return [
    route({
      method: 'GET',
      path: alarms,
      role: 'reader',
      summary: 'Alarms, newest first',
      query: z.strictObject({ ...paging, state: z.enum(['open', 'acknowledged', 'resolved']).optional() }),
      answer: listOf(record),
      handle: async ({ params, query: { state, ...page } }) => {
        const endpoint = await endpointOf(records, params.project)
        const listed = await records.list('alarm', {
          ...page,
          prefix: `${params.project}/${endpoint}/`,
          order: 'descending',
          ...(state && { where: { state } }),
        })
        return { body: { items: listed.items.map(alarmView), next: listed.next } }
      },
    }),
    route({
      method: 'GET',
      path: `${alarms}/{id}`,
      role: 'reader',
      summary: 'An alarm with its cause and the measurements that raised and continued it',
      answer: record,
      handle: async ({ params }) => {
        const stored = await alarmOf(params.project, params.id)
        const first = await records.get('measurement', stored.body.first)
        const last = await records.get('measurement', stored.body.last)
        const next = await nextOf(stored)
        return { body: { ...alarmView(stored), firstMeasurement: first?.body, lastMeasurement: last?.body, next } }
      },
    }),
    route({
      method: 'POST',
      path: `${alarms}/{id}/snooze`,
      role: 'editor',
      summary: 'Nobody is told of the alarm and nothing is started until then',
      body: z.strictObject({ until: instant, note }),
      answer: record,
      handle: async ({ params, body, caller }) => {
        const { id } = await alarmOf(params.project, params.id)
        return { body: alarmView(await platform.alarms.snooze(id, body.until, body.note, caller.id)) }
      },
    }),
    ...(['acknowledge', 'resolve'] as const).map(what =>
      route({
        method: 'POST',
        path: `${alarms}/{id}/${what}`,
        role: 'editor',
        summary: what === 'acknowledge' ? 'Says that somebody is on it' : 'Closes an alarm by hand',
        body: z.strictObject({ note }),
        answer: record,
        handle: async ({ params, body, caller }) => {
          const { project, id } = params as { project: string; id: string }
          const stored = await alarmOf(project, id)
          return { body: alarmView(await platform.alarms[what](stored.id, body.note, caller.id)) }
        },
      }),
    ),
  ]
}
