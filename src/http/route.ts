/**
 * A call of the API as a value: what it is for, who may make it, what goes in, and the one stage function behind it.
 * From these the server registers its handlers and the OpenAPI document is written, so that they cannot differ.
 */
import type { Readable } from 'node:stream'
import { z } from 'zod'
import type { Role } from '../loop/records.ts'
import type { Caller } from './platform.ts'

/** The names in braces of a path. */
export type ParamsOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? { readonly [Key in Name]: string } & ParamsOf<Rest>
  : unknown

export interface Ask<Params, Query, Body> {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  readonly caller: Caller
  /** Revision that If-Match names; required where the route says so. */
  readonly ifMatch: number | undefined
  readonly accept: string
  readonly contentType: string
  /** Body of an upload, not yet read. */
  readonly stream: Readable | undefined
  /** Scheme and host that the caller used. */
  readonly origin: string
  readonly requestId: string
}

export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON, instants as text. */
  readonly body?: unknown
  /** Sent as it is, with `type`. */
  readonly content?: string | Uint8Array
  readonly type?: string
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  /** The least role that may; 'none' needs no key. */
  readonly role: Role | 'none'
  readonly summary: string
  readonly query: z.ZodType
  readonly body: z.ZodType | undefined
  readonly answer: z.ZodType | undefined
  readonly status: number
  readonly needsMatch: boolean
  /** Content types of a body that is read as a stream. */
  readonly uploads: readonly string[]
  handle(ask: Ask<Readonly<Record<string, string>>, unknown, unknown>): Promise<Answer>
}

const noQuery = z.strictObject({})

/** Declares a call; the types of path names, query and body reach the handler. */
export function route<
  const Path extends string,
  Query extends z.ZodType = typeof noQuery,
  Body extends z.ZodType = z.ZodUndefined,
>(declared: {
  readonly method: Route['method']
  readonly path: Path
  readonly role: Route['role']
  readonly summary: string
  readonly query?: Query
  readonly body?: Body
  readonly answer?: z.ZodType
  readonly status?: number
  readonly needsMatch?: boolean
  readonly uploads?: readonly string[]
  readonly handle: (ask: Ask<ParamsOf<Path>, z.output<Query>, z.output<Body>>) => Promise<Answer>
}): Route {
  return {
    ...declared,
    query: declared.query ?? noQuery,
    body: declared.body,
    answer: declared.answer,
    status: declared.status ?? 200,
    needsMatch: declared.needsMatch ?? false,
    uploads: declared.uploads ?? [],
    // The server hands over exactly what the schemas above gave, so the narrower types hold.
    handle: declared.handle as unknown as Route['handle'],
  }
}

/** An answer with the record's revision as its ETag. */
export function tagged(revision: number, body: unknown): Answer {
  return { headers: { etag: `"${revision}"` }, body }
}

/** RFC 3339 text in, milliseconds out. */
export const instant = z
  .string()
  .meta({ format: 'date-time', description: 'RFC 3339 instant' })
  .refine(text => /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text), {
    message: 'must be an RFC 3339 instant such as 2013-03-01T05:00:00Z',
    abort: true,
  })
  .transform((text, context) => {
    const at = Date.parse(text)
    if (Number.isNaN(at)) context.addIssue({ code: 'custom', message: `${text} is no day or time` })
    return at
  })

/** `?after=&limit=` of every list. */
export const paging = {
  after: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
}
