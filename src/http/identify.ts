/**
 * Who is asking: a bearer key, the cookie of a browser that signed in with a one-time code, or nobody. A cookie holds a
 * key of its own that expires, so that signing in survives a restart and can be revoked like any key.
 */
import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { FalconerError } from '../base/errors.ts'
import type { Role } from '../loop/records.ts'
import type { Caller, Keys } from './platform.ts'

const cookieName = 'falconer'
const codeLifetimeMs = 10 * 60_000
const sessionLifetimeMs = 7 * 86_400_000
/** Failed sign-ins per minute from one address before it has to wait. */
const failuresPerMinute = 30

const ranks: Readonly<Record<Role, number>> = { reader: 0, client: 1, editor: 2, admin: 3 }

export interface Identify {
  /** Errors: `not-signed-in`, `too-busy` after many wrong keys. */
  caller(headers: IncomingHttpHeaders, address: string): Promise<Caller>
  /** A one-time code, good for ten minutes of real time. */
  code(): string
  /** Exchanges the code for the value of a Set-Cookie header. */
  signIn(code: string): Promise<string>
}

export function identify(keys: Keys, options: { readonly insecure: boolean; readonly now: () => number }): Identify {
  const codes = new Map<string, number>()
  const failures = new Map<string, { count: number; until: number }>()

  const fail = (address: string, detail: string): never => {
    const now = options.now()
    const seen = failures.get(address)
    const count = seen && seen.until > now ? seen.count + 1 : 1
    if (failures.size > 10_000) failures.clear()
    failures.set(address, { count, until: seen && seen.until > now ? seen.until : now + 60_000 })
    throw new FalconerError('not-signed-in', detail)
  }

  return {
    async caller(headers, address) {
      const seen = failures.get(address)
      if (seen && seen.count >= failuresPerMinute && seen.until > options.now()) {
        const retryAfterSeconds = Math.ceil((seen.until - options.now()) / 1000)
        throw new FalconerError('too-busy', 'Too many wrong keys from this address.', { retryAfterSeconds })
      }
      const key = bearer(headers) ?? cookie(headers)
      if (key !== undefined) {
        const caller = await keys.verify(key)
        if (caller) return caller
        return fail(address, 'The key is unknown, expired or revoked.')
      }
      if (options.insecure) return { id: 'local', name: 'local', role: 'admin', projects: ['*'] }
      throw new FalconerError('not-signed-in', 'This call needs a key.')
    },
    code() {
      const now = options.now()
      for (const [code, until] of codes) if (until <= now) codes.delete(code)
      const code = randomBytes(24).toString('base64url')
      codes.set(code, now + codeLifetimeMs)
      return code
    },
    async signIn(code) {
      const until = codes.get(code)
      codes.delete(code)
      if (until === undefined || until <= options.now()) {
        throw new FalconerError('not-signed-in', 'This sign-in code was used or has expired.', {
          fix: 'Ask for a new link: POST /v1/sign-in-links with an admin key, or start the server again.',
        })
      }
      const expiresAt = options.now() + sessionLifetimeMs
      const { key } = await keys.create({ name: 'browser', role: 'admin', projects: ['*'], expiresAt }, 'sign-in link')
      return `${cookieName}=${key}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${sessionLifetimeMs / 1000}`
    },
  }
}

/**
 * Refuses a caller whose role is too low, or who may not touch the project. What an admin does outside of projects (keys,
 * the clock) reaches into all of them, so it takes a key for all.
 */
export function allow(caller: Caller, role: Role, project: string | undefined): void {
  if (ranks[caller.role] < ranks[role]) {
    throw new FalconerError(
      'not-allowed',
      `This call needs the role ${role}; the key ${caller.name} is ${caller.role}.`,
    )
  }
  if (project === undefined && role === 'admin' && !caller.projects.includes('*')) {
    throw new FalconerError('not-allowed', `This call needs a key for all projects; ${caller.name} is for some.`)
  }
  if (project !== undefined && !mayTouch(caller, project)) {
    throw new FalconerError('not-allowed', `The key ${caller.name} may not touch the project ${project}.`)
  }
}

export function mayTouch(caller: Caller, project: string): boolean {
  return caller.projects.includes('*') || caller.projects.includes(project)
}

function bearer(headers: IncomingHttpHeaders): string | undefined {
  const given = headers.authorization
  return given && /^bearer /i.test(given) ? given.slice(7).trim() : undefined
}

function cookie(headers: IncomingHttpHeaders): string | undefined {
  for (const part of headers.cookie?.split(';') ?? []) {
    const [name, value] = part.trim().split('=', 2)
    if (name === cookieName && value) return value
  }
  return undefined
}
