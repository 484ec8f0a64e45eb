/** Which version takes over without anything being made: the one before, or the one that the project names for such a case. */
import type { Endpoint, LoopRecords, Project } from '../loop/records.ts'

/** A version, or why there is none. */
export type Back = { readonly semver: string } | { readonly because: string; readonly reason: string }

export function previousOf(endpoint: Endpoint | undefined, champion: string): Back {
  const semver = endpoint?.previous?.semver
  if (semver) return { semver }
  return { because: 'first version', reason: `${champion} is the first version; there is none to go back to.` }
}

export async function fallbackOf(
  records: LoopRecords,
  { name, config }: Pick<Project, 'name' | 'config'>,
  champion: string,
): Promise<Back> {
  const because = 'no fallback'
  const semver = config.deploy.fallback
  if (semver === undefined) return { because, reason: 'The project names no deploy.fallback.' }
  if (semver === champion) return { because, reason: `The fallback ${semver} answers already.` }
  const { items } = await records.list('version', { prefix: `${name}/${config.model}/`, where: { semver }, limit: 1 })
  if (items.length > 0) return { semver }
  return { because, reason: `deploy.fallback is ${semver}; ${config.model} has no such version.` }
}
