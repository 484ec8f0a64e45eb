import { FalconerError } from '../base/errors.ts'
import type { Secret } from '../loop/project.ts'

/** The value of a secret. Errors: `bad-config` where the server does not have it. */
export function secretOf({ env }: Secret, environment: Readonly<Record<string, string | undefined>>): string {
  const value = environment[env]
  if (value !== undefined && value !== '') return value
  throw new FalconerError('bad-config', `The server has no environment variable ${env}.`, {
    fix: `Start it with ${env} set.`,
  })
}
