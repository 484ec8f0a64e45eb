/** Monitors, their measurements, and alarms. */
import { z } from 'zod'
import { FalconerError } from '../../base/errors.ts'
import { stamp } from '../../loop/records.ts'
import { instant, paging, type Route, route } from '../route.ts'
import { endpointOf, found, listOf, type RouteContext, record } from './context.ts'
import { alarmView, recordId } from './views.ts'

const monitors = '/v1/projects/{project}/monitors'
const alarms = '/v1/projects/{project}/alarms'
/** A year of days, and some. */
const measurementLimit = 10_000

export function watchRoutes({ platform }: RouteContext): Route[] {
  const { records } = platform

  const answered = (project: string, id: string, note: string, actor: string, what: 'acknowledge' | 'resolve') =>
    endpointOf(records, project).then(async endpoint => {
      const stored = await found(records, 'alarm', recordId(`${project}/${endpoint}`, id))
      return { body: alarmView(await platform.alarms[what](stored.id, note, actor)) }
    })

  return [
    route({
      method: 'GET',
      path: monitors,
      role: 'reader',
      summary: 'Monitors with their state, limits and newest measurement',
      answer: z.object({ items: z.array(record) }),
      handle: async ({ params }) => {
        await endpointOf(records, params.project)
        const { items } = await records.list('monitor', { prefix: `${params.project}/` })
        const views = items.map(async ({ id, body }) => {
          const newest = { prefix: `${id}/`, order: 'descending', limit: 1 } as const
          const [limits, measurement] = await Promise.all([
            records.list('limits', newest),
            records.list('measurement', newest),
          ])
          return { ...body, newestLimits: limits.items[0]?.body, newest: measurement.items[0]?.body }
        })
        return { body: { items: await Promise.all(views) } }
      },
    }),
    route({
      method: 'GET',
      path: `${monitors}/{monitor}`,
      role: 'reader',
      summary: 'A monitor with all its limits and the measurements of a span',
      query: z.strictObject({ from: instant.optional(), to: instant.optional() }),
      answer: z.object({ monitor: record, limits: z.array(record), measurements: z.array(record) }),
      handle: async ({ params, query }) => {
        const endpoint = await endpointOf(records, params.project)
        const { id, body } = await found(records, 'monitor', `${params.project}/${endpoint}/${params.monitor}`)
        const prefix = `${id}/`
        const after = query.from === undefined ? {} : { after: `${prefix}${stamp(query.from - 1)}` }
        const [limits, measured] = await Promise.all([
          records.list('limits', { prefix, limit: measurementLimit }),
          records.list('measurement', { prefix, limit: measurementLimit, ...after }),
        ])
        const to = query.to ?? Number.POSITIVE_INFINITY
        return {
          body: {
            monitor: body,
            limits: limits.items.map(item => item.body),
            measurements: measured.items.map(item => item.body).filter(measurement => measurement.from < to),
          },
        }
      },
    }),
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
        const endpoint = await endpointOf(records, params.project)
        const stored = await found(records, 'alarm', recordId(`${params.project}/${endpoint}`, params.id))
        const first = await records.get('measurement', stored.body.first)
        const last = await records.get('measurement', stored.body.last)
        return { body: { ...alarmView(stored), firstMeasurement: first?.body, lastMeasurement: last?.body } }
      },
    }),
    ...(['acknowledge', 'resolve'] as const).map(what =>
      route({
        method: 'POST',
        path: `${alarms}/{id}/${what}`,
        role: 'editor',
        summary: what === 'acknowledge' ? 'Says that somebody is on it' : 'Closes an alarm by hand',
        body: z.strictObject({ note: z.string().trim().min(1).max(2000) }),
        answer: record,
        handle: async ({ params, body, caller }) => {
          const { project, id } = params as { project: string; id: string }
          if (!id.includes('~')) throw new FalconerError('not-found', `There is no alarm ${id}.`)
          return answered(project, id, body.note, caller.id, what)
        },
      }),
    ),
  ]
}
