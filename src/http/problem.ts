/** Every error as an RFC 9457 problem document, from the one table of errors. */
import type { z } from 'zod'
import { asFalconerError, FalconerError, type Finding } from '../base/errors.ts'

export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly fix: string
  /** Id of the request; the server's log has it too. */
  readonly instance: string
  readonly errors?: readonly Finding[]
}

export const problemType = 'application/problem+json'

export function problem(error: FalconerError, request: string): Problem {
  return {
    type: `https://falconer.dev/errors/${error.code}`,
    title: error.title,
    status: error.status,
    // What went wrong inside is in the log under this request id, not in the answer.
    detail: error.code === 'internal' ? 'The request could not be answered; the log has the cause.' : error.message,
    fix: error.fix,
    instance: request,
    ...(error.findings.length > 0 && { errors: error.findings }),
  }
}

/** What was thrown on the way to an answer; Fastify's own errors (bad JSON, body too large) get our codes. */
export function asRequestError(thrown: unknown): FalconerError {
  const { statusCode, code, message } = thrown as { statusCode?: number; code?: string; message?: string }
  if (!(thrown instanceof FalconerError) && typeof statusCode === 'number' && statusCode < 500) {
    if (statusCode === 413) return new FalconerError('too-large', 'The request body is too large.', { cause: thrown })
    if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
      return new FalconerError('bad-input', `This call does not take that Content-Type: ${message}`, { cause: thrown })
    }
    return new FalconerError('bad-input', message ?? 'The request cannot be read.', { cause: thrown })
  }
  return asFalconerError(thrown)
}

/** Reads what came in through a schema; every place that is wrong is named. */
export function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown, part: string): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const findings = result.error.issues.flatMap(issue => {
    const at = pointer(issue.path)
    if (issue.code !== 'unrecognized_keys') return [{ at, text: issue.message }]
    return issue.keys.map(key => ({ at: `${at}/${key}`, text: 'is not a field of this call' }))
  })
  const first = findings[0]
  const rest = findings.length > 1 ? `, and ${findings.length - 1} more` : ''
  throw new FalconerError('bad-input', `${part} cannot be used: ${first?.at || '/'}: ${first?.text}${rest}`, {
    findings,
  })
}

function pointer(path: readonly PropertyKey[]): string {
  return path.map(part => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
