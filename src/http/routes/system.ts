/** Health, metrics, who am I, signing in, keys, the clock, jobs. */
import { z } from 'zod'
import { FalconerError } from '../../base/errors.ts'
import type { JobStatus } from '../../base/ports.ts'
import { mayTouch } from '../identify.ts'
import type { Caller } from '../platform.ts'
import { instant, type Route, route } from '../route.ts'
import { found, name, type RouteContext, record } from './context.ts'

const role = z.enum(['reader', 'client', 'editor', 'admin'])

export function systemRoutes({ platform, identity, telemetry }: RouteContext): Route[] {
  const { clock, keys, engine, records, version } = platform

  /** A job's id begins with its project. */
  const jobOf = async (id: string, caller: Caller): Promise<JobStatus> => {
    const status = mayTouch(caller, id.split('/', 1)[0]!) ? await engine.status(id) : undefined
    if (!status) throw new FalconerError('not-found', `There is no job ${id}.`)
    return status
  }

  return [
    route({
      method: 'GET',
      path: '/health',
      role: 'none',
      summary: 'Whether the server answers',
      answer: z.object({ status: z.literal('ok'), version: z.string() }),
      handle: async () => ({ body: { status: 'ok', version } }),
    }),
    route({
      method: 'GET',
      path: '/metrics',
      role: 'reader',
      summary: 'Metrics in the Prometheus text format',
      handle: async () => ({ content: await telemetry.text(), type: telemetry.contentType }),
    }),
    route({
      method: 'GET',
      path: '/v1/me',
      role: 'reader',
      summary: 'The key that asks',
      answer: z.object({ id: z.string(), name: z.string(), role, projects: z.array(z.string()) }),
      handle: async ({ caller }) => ({
        body: { id: caller.id, name: caller.name, role: caller.role, projects: caller.projects },
      }),
    }),
    route({
      method: 'POST',
      path: '/v1/sessions',
      role: 'none',
      summary: 'Exchanges a one-time sign-in code for a cookie',
      body: z.strictObject({ code: z.string().min(1).max(200) }),
      status: 204,
      handle: async ({ body }) => ({ headers: { 'set-cookie': await identity.signIn(body.code) } }),
    }),
    route({
      method: 'POST',
      path: '/v1/sign-in-links',
      role: 'admin',
      summary: 'A link that signs a browser in once, within ten minutes',
      answer: z.object({ url: z.string() }),
      handle: async ({ origin }) => ({ body: { url: `${origin}/sign-in?code=${identity.code()}` } }),
    }),
    route({
      method: 'GET',
      path: '/v1/keys',
      role: 'admin',
      summary: 'API keys, without their secrets',
      answer: z.object({ items: z.array(record) }),
      handle: async () => {
        const items = (await keys.list()).map(({ id, body: { hash: _, ...shown } }) => ({ id, ...shown }))
        return { body: { items } }
      },
    }),
    route({
      method: 'POST',
      path: '/v1/keys',
      role: 'admin',
      summary: 'Makes an API key; it is shown once',
      body: z.strictObject({
        name,
        role,
        projects: z.array(name).min(1).default(['*']),
        expiresAt: instant.optional(),
      }),
      answer: z.object({ id: z.string(), key: z.string() }),
      status: 201,
      handle: async ({ body: { expiresAt, ...spec }, caller }) => ({
        body: await keys.create({ ...spec, ...(expiresAt !== undefined && { expiresAt }) }, caller.id),
      }),
    }),
    route({
      method: 'DELETE',
      path: '/v1/keys/{id}',
      role: 'admin',
      summary: 'Revokes an API key',
      status: 204,
      handle: async ({ params, caller }) => {
        await found(records, 'key', params.id)
        await keys.revoke(params.id, caller.id)
        return {}
      },
    }),
    route({
      method: 'GET',
      path: '/v1/clock',
      role: 'reader',
      summary: 'The clock of the platform',
      answer: z.object({ mode: z.enum(['wall', 'replay']), now: z.string() }),
      handle: async () => ({ body: { mode: clock.mode, now: clock.now() } }),
    }),
    route({
      method: 'POST',
      path: '/v1/clock',
      role: 'admin',
      summary: 'Advances the replay clock; answers when everything due until then is done',
      body: z.strictObject({ to: instant }),
      answer: z.object({ now: z.string(), busy: z.object({ jobs: z.int(), timers: z.int() }) }),
      handle: async ({ body }) => {
        if (clock.mode === 'wall') {
          throw new FalconerError('conflict', 'This server runs by real time, which nobody advances.', {
            fix: 'Start it with falconer serve --clock replay to replay the past.',
          })
        }
        return { body: await clock.advance(body.to) }
      },
    }),
    route({
      method: 'GET',
      path: '/v1/jobs/{id}',
      role: 'reader',
      summary: 'State and progress of a job',
      answer: record,
      handle: async ({ params, caller }) => ({ body: await jobOf(params.id, caller) }),
    }),
    route({
      method: 'GET',
      path: '/v1/jobs/{id}/log',
      role: 'reader',
      summary: 'The log of a job so far',
      query: z.strictObject({ bytes: z.coerce.number().int().min(1).max(1_000_000).default(100_000) }),
      handle: async ({ params, query, caller }) => {
        await jobOf(params.id, caller)
        return { content: await engine.log(params.id, query.bytes) }
      },
    }),
  ]
}
