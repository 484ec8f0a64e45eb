/** Monitors and their measurements. */
import { z } from 'zod'
import { stamp } from '../../loop/records.ts'
import { instant, type Route, route } from '../route.ts'
import { endpointOf, found, type RouteContext, record } from './context.ts'

const monitors = '/v1/projects/{project}/monitors'
/** A year of days, and some. */
const measurementLimit = 10_000

export function monitorRoutes({ platform }: RouteContext): Route[] {
  const { records } = platform

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
  ]
}
