/**
 * What can happen to a user, in one table: every door prints from here.
 * Wrong use of a function is a RangeError or TypeError instead; a failed check is a value.
 */

interface ErrorKind {
  /** HTTP status that the HTTP doors answer with. */
  readonly status: number
  /** Exit code of the command line: 1 failed, 2 wrong usage, 3 a gate or a check said no. */
  readonly exit: 1 | 2 | 3
  readonly title: string
  /** What to do about it, where the thrower does not know better. */
  readonly fix: string
}

const kinds = {
  'bad-input': {
    status: 400,
    exit: 2,
    title: 'The input cannot be used',
    fix: 'Correct the input as described and send it again.',
  },
  'bad-config': { status: 400, exit: 2, title: 'falconer.yaml cannot be used', fix: 'Correct the line named above.' },
  'bad-data': {
    status: 422,
    exit: 1,
    title: 'The data cannot be used',
    fix: 'Correct the rows named above and import again.',
  },
  'bad-query': {
    status: 422,
    exit: 1,
    title: 'The feature query cannot be used',
    fix: 'Correct the query; it may read only the views of the project.',
  },
  'bad-model': {
    status: 422,
    exit: 1,
    title: 'The model file cannot be used',
    fix: 'Export the model as ONNX, opset 7 to 26, and try again.',
  },
  'not-signed-in': {
    status: 401,
    exit: 1,
    title: 'No valid key was given',
    fix: 'Send Authorization: Bearer <key>, or set FALCONER_KEY.',
  },
  'not-allowed': { status: 403, exit: 1, title: 'This key may not do that', fix: 'Use a key whose role allows it.' },
  'not-found': { status: 404, exit: 1, title: 'Not found', fix: 'Check the name; the list command shows what exists.' },
  conflict: {
    status: 409,
    exit: 1,
    title: 'It conflicts with what is already there',
    fix: 'Read the current state and decide again.',
  },
  stale: {
    status: 412,
    exit: 1,
    title: 'Somebody changed it in the meantime',
    fix: 'Read the current state and decide again.',
  },
  'etag-needed': {
    status: 428,
    exit: 2,
    title: 'The change needs an If-Match header',
    fix: 'Read the resource and send its ETag as If-Match.',
  },
  'too-large': {
    status: 413,
    exit: 2,
    title: 'The input is too large',
    fix: 'Split it, or raise the limit in the server options.',
  },
  'too-busy': {
    status: 429,
    exit: 1,
    title: 'Too many requests are waiting',
    fix: 'Try again after the time given in Retry-After.',
  },
  'gate-refused': { status: 409, exit: 3, title: 'The gate refused', fix: 'Read the evidence of the gate.' },
  'check-failed': { status: 422, exit: 3, title: 'A check failed', fix: 'Read the findings.' },
  'job-failed': { status: 500, exit: 1, title: 'A job failed', fix: 'Read the log of the job.' },
  timeout: { status: 503, exit: 1, title: 'It took too long', fix: 'Try again, or raise the deadline.' },
  unavailable: { status: 503, exit: 1, title: 'Not available right now', fix: 'Try again in a moment.' },
  'disk-full': {
    status: 507,
    exit: 1,
    title: 'The disk is full',
    fix: 'Free space in the data directory; nothing that was answered is lost.',
  },
  locked: {
    status: 503,
    exit: 1,
    title: 'Another process uses this data directory',
    fix: 'Stop the other process, or give another --data.',
  },
  corrupt: {
    status: 500,
    exit: 1,
    title: 'Stored data do not match their digest',
    fix: 'Restore the named object from a backup.',
  },
  internal: {
    status: 500,
    exit: 1,
    title: 'Something went wrong in Falconer',
    fix: 'Report it with the log around the request id.',
  },
} as const satisfies Record<string, ErrorKind>

export type ErrorCode = keyof typeof kinds

/** One place in the input that is wrong: a JSON pointer, `file:line:column`, or a column name. */
export interface Finding {
  readonly at: string
  readonly text: string
}

/** An error with a remedy, for people. `detail` says what was given and what was wanted. */
export class FalconerError extends Error {
  readonly code: ErrorCode
  readonly fix: string
  readonly findings: readonly Finding[]
  readonly retryAfterSeconds: number | undefined

  constructor(
    code: ErrorCode,
    detail: string,
    more: { fix?: string; findings?: readonly Finding[]; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(detail, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'FalconerError'
    this.code = code
    this.fix = more.fix ?? kinds[code].fix
    this.findings = more.findings ?? []
    this.retryAfterSeconds = more.retryAfterSeconds
  }

  get status(): number {
    return kinds[this.code].status
  }

  get exit(): 1 | 2 | 3 {
    return kinds[this.code].exit
  }

  get title(): string {
    return kinds[this.code].title
  }
}

/** Anything thrown, as an error with a remedy; what we do not know becomes `internal` and keeps its cause. */
export function asFalconerError(thrown: unknown): FalconerError {
  if (thrown instanceof FalconerError) return thrown
  if (isDiskFull(thrown)) return new FalconerError('disk-full', (thrown as Error).message, { cause: thrown })
  if (thrown instanceof RangeError || thrown instanceof TypeError) {
    return new FalconerError('internal', thrown.message, { cause: thrown })
  }
  return new FalconerError('internal', thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown })
}

function isDiskFull(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false
  const { code, message } = thrown as NodeJS.ErrnoException
  return code === 'ENOSPC' || code === 'EDQUOT' || /database or disk is full/.test(message)
}

export const errorCodes = Object.keys(kinds) as readonly ErrorCode[]
