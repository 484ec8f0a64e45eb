/**
 * API keys: `fk_<id>_<secret>`. The id is public and names the key in the audit log; the secret is 256 random bits, shown
 * once and stored as its SHA-256 (a secret that nobody can guess needs no slow hash). Keys expire in real time, also in a
 * replay.
 */
import { timingSafeEqual } from 'node:crypto'
import { FalconerError } from '../base/errors.ts'
import { sha256 } from '../base/hash.ts'
import type { Clock, Stored } from '../base/ports.ts'
import type { ApiKey, LoopRecords, Role } from '../loop/records.ts'

interface KeySpec {
  readonly name: string
  readonly role: Role
  /** Projects it may touch; '*' for all. */
  readonly projects: readonly string[]
  /** Real time. */
  readonly expiresAt?: number
}

/** What a key lets its holder be. */
interface KeyHolder {
  readonly id: string
  readonly name: string
  readonly role: Role
  readonly projects: readonly string[]
}

export interface Keys {
  /** Undefined where the key is unknown, expired or revoked. */
  verify(key: string): Promise<KeyHolder | undefined>
  /** The key is told here and never again. Errors: `bad-input`. */
  create(spec: KeySpec, actor: string): Promise<{ readonly id: string; readonly key: string }>
  list(): Promise<readonly Stored<ApiKey>[]>
  /** Takes effect at once. Errors: `not-found`. */
  revoke(id: string, actor: string): Promise<void>
  /** The first start: makes an admin key where none is in force that lasts; undefined otherwise. */
  firstKey(): Promise<{ readonly id: string; readonly key: string } | undefined>
}

const roles: readonly Role[] = ['admin', 'editor', 'client', 'reader']

export function createKeys({
  records,
  clock,
  now,
  randomBytes,
}: {
  readonly records: LoopRecords
  readonly clock: Clock
  /** Real time. */
  readonly now: () => number
  /** So many unpredictable bytes. */
  readonly randomBytes: (count: number) => Uint8Array
}): Keys {
  const inForce = ({ revokedAt, expiresAt }: ApiKey) =>
    revokedAt === undefined && (expiresAt === undefined || expiresAt > now())

  const keys: Keys = {
    async verify(key) {
      const [, id, secret] = /^fk_([0-9a-f]{16})_([\w-]{43})$/.exec(key) ?? []
      if (id === undefined || secret === undefined) return undefined
      const stored = await records.get('key', id)
      // Compared in any case, so that the time tells nothing about which ids exist.
      const same = timingSafeEqual(Buffer.from(sha256(secret)), Buffer.from(stored?.body.hash ?? sha256('')))
      if (!stored || !same || !inForce(stored.body)) return undefined
      const { name, role, projects } = stored.body
      return { id, name, role, projects }
    },

    async create(spec, actor) {
      check(spec, now())
      const id = Buffer.from(randomBytes(8)).toString('hex')
      const secret = Buffer.from(randomBytes(32)).toString('base64url')
      const { name, role, projects, expiresAt } = spec
      const body = { name, role, projects, ...(expiresAt !== undefined && { expiresAt }) }
      await records.commit({
        at: clock.now(),
        actor,
        puts: [{ kind: 'key', id, body: { ...body, hash: sha256(secret), createdAt: now() }, expect: 'absent' }],
        audit: [{ type: 'key.created', project: projects.length === 1 ? projects[0]! : '*', subject: id, data: body }],
      })
      return { id, key: `fk_${id}_${secret}` }
    },

    async list() {
      const all: Stored<ApiKey>[] = []
      let after: string | undefined
      do {
        const page = await records.list('key', after === undefined ? {} : { after })
        all.push(...page.items)
        after = page.next
      } while (after !== undefined)
      return all
    },

    async revoke(id, actor) {
      const stored = await records.get('key', id)
      if (!stored) throw new FalconerError('not-found', `There is no key ${id}.`)
      if (stored.body.revokedAt !== undefined) return
      const { name, projects } = stored.body
      await records.commit({
        at: clock.now(),
        actor,
        puts: [{ kind: 'key', id, body: { ...stored.body, revokedAt: now() }, expect: stored.revision }],
        audit: [
          { type: 'key.revoked', project: projects.length === 1 ? projects[0]! : '*', subject: id, data: { name } },
        ],
      })
    },

    async firstKey() {
      const lasting = (await keys.list()).some(
        ({ body }) => body.role === 'admin' && body.expiresAt === undefined && inForce(body),
      )
      return lasting ? undefined : keys.create({ name: 'admin', role: 'admin', projects: ['*'] }, 'falconer')
    },
  }
  return keys
}

function check({ name, role, projects, expiresAt }: KeySpec, now: number): void {
  const findings = [
    name.trim() === '' || name.length > 100
      ? { at: '/name', text: `The name has ${name.length} characters, wanted 1 to 100.` }
      : undefined,
    roles.includes(role) ? undefined : { at: '/role', text: `${role} is no role; there are ${roles.join(', ')}.` },
    projects.length === 0 ? { at: '/projects', text: 'Name at least one project, or "*" for all.' } : undefined,
    expiresAt !== undefined && !(expiresAt > now)
      ? { at: '/expiresAt', text: 'The key would have expired already.' }
      : undefined,
  ].filter(finding => finding !== undefined)
  if (findings.length > 0) throw new FalconerError('bad-input', findings[0]!.text, { findings })
}
