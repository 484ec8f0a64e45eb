/** Monitors: what they measured, trying one on the past, declaring them, their limits. */
import { z } from 'zod'
import { currentMonitor } from '../../loop/monitor.ts'
import { monitorEntry } from '../../loop/monitorEntry.ts'
import { type Measurement, type Monitor, stamp } from '../../loop/records.ts'
import { instant, type Route, route } from '../route.ts'
import { endpointOf, found, type RouteContext, reason, record } from './context.ts'

const monitors = '/v1/projects/{project}/monitors'
/** A year of days, and some. */
const measurementLimit = 10_000
/** A monitor as one entry of `watch` in falconer.yaml. */
const entry = z.record(z.string(), z.unknown())
const span = { from: instant, to: instant }

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
        const { items } = await records.list('monitor', { prefix: `${params.project}/`, limit: 10_000 })
        const views = items.map(async ({ id, body }) => {
          const newest = { prefix: `${id}/`, order: 'descending', limit: 1 } as const
          const [limits, measurement] = await Promise.all([
            records.list('limits', newest),
            records.list('measurement', newest),
          ])
          return { ...monitorView(body), newestLimits: limits.items[0]?.body, newest: measurement.items[0]?.body }
        })
        return { body: { items: await Promise.all(views) } }
      },
    }),
    route({
      method: 'GET',
      path: `${monitors}/options`,
      role: 'reader',
      summary: 'What can be watched here: signals, columns, windows',
      answer: record,
      handle: async ({ params }) => ({ body: await platform.monitors.options(params.project) }),
    }),
    route({
      method: 'POST',
      path: `${monitors}/preview`,
      role: 'reader',
      summary: 'A monitor played over the log, with nothing stored',
      body: z.strictObject({ monitor: entry, from: instant.optional(), to: instant.optional() }),
      answer: record,
      handle: async ({ params, body: { monitor, from, to } }) => {
        const chosen = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
        const { monitor: config, ...played } = await platform.monitors.preview(params.project, monitor, chosen)
        return { body: { monitor: { name: config.name, config }, ...played } }
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
            monitor: monitorView(body),
            limits: limits.items.map(item => item.body),
            measurements: newestRevisions(measured.items.map(item => item.body)).filter(({ from }) => from < to),
          },
        }
      },
    }),
    route({
      method: 'PUT',
      path: `${monitors}/{monitor}`,
      role: 'editor',
      summary: "Adds or changes a monitor in the project's file, whose other lines stay",
      body: z.strictObject({ monitor: entry, reason }),
      answer: z.object({ changes: z.array(z.string()), monitor: z.string() }),
      handle: async ({ params, body, caller }) => ({
        body: await platform.monitors.edit(params.project, params.monitor, body.monitor, body.reason, caller.id),
      }),
    }),
    route({
      method: 'DELETE',
      path: `${monitors}/{monitor}`,
      role: 'editor',
      summary: "Takes a monitor out of the project's file; what it measured stays",
      body: z.strictObject({ reason }),
      answer: z.object({ changes: z.array(z.string()) }),
      handle: async ({ params, body, caller }) => {
        const { changes } = await platform.monitors.edit(
          params.project,
          params.monitor,
          undefined,
          body.reason,
          caller.id,
        )
        return { body: { changes } }
      },
    }),
    route({
      method: 'POST',
      path: `${monitors}/{monitor}/limits`,
      role: 'editor',
      summary: 'The next version of its limits, from a span of the log or as given; its chart begins anew',
      body: z.strictObject({
        ...span,
        exclude: z.array(instant).max(1000).optional(),
        centre: z.number().optional(),
        sd: z.number().positive().optional(),
        reason,
      }),
      answer: record,
      handle: async ({ params, body: { exclude, centre, sd, ...rest }, caller }) => {
        const given = {
          ...rest,
          ...(exclude && { exclude }),
          ...(centre !== undefined && { centre }),
          ...(sd !== undefined && { sd }),
        }
        return { body: await platform.monitors.setLimits(params.project, params.monitor, given, caller.id) }
      },
    }),
    route({
      method: 'POST',
      path: `${monitors}/{monitor}/evaluate`,
      role: 'editor',
      summary: 'Measures past windows; marked as back-fill, they never raise an alarm',
      body: z.strictObject(span),
      answer: z.object({ measurements: z.array(record) }),
      handle: async ({ params, body, caller }) => ({
        body: { measurements: await platform.monitors.evaluate(params.project, params.monitor, body, caller.id) },
      }),
    }),
  ]
}

/** With the entry of falconer.yaml that it is. */
function monitorView(monitor: Monitor) {
  const config = currentMonitor(monitor.config)
  return { ...monitor, config, entry: monitorEntry(config) }
}

/** Of a window that was measured several times the newest; windows stay in their order. */
function newestRevisions(measurements: readonly Measurement[]): Measurement[] {
  const newest = new Map<number, Measurement>()
  for (const measurement of measurements) newest.set(measurement.from, measurement)
  return [...newest.values()]
}
