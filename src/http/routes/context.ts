/** What every group of calls works with. */
import { z } from 'zod'
import { FalconerError } from '../../base/errors.ts'
import type { Stored } from '../../base/ports.ts'
import type { Bodies, LoopRecords, Project } from '../../loop/records.ts'
import type { Identify } from '../identify.ts'
import type { Platform } from '../platform.ts'
import type { Telemetry } from '../telemetry.ts'

export interface RouteContext {
  readonly platform: Platform
  readonly identity: Identify
  readonly telemetry: Telemetry
  /** Folder for uploads while they come in. */
  readonly scratch: string
  readonly uploadBytes: number
}

/** A name in a body: of a project, a key. */
export const name = z.string().min(1).max(200)
export const reason = z.string().trim().min(1, { error: 'say why' }).max(2000)
/** A record as an answer; its fields are those of `loop/records.ts`. */
export const record = z.looseObject({})
export const listOf = (item: z.ZodType): z.ZodType => z.object({ items: z.array(item), next: z.string().optional() })

export async function found<Kind extends keyof Bodies & string>(
  records: LoopRecords,
  kind: Kind,
  id: string,
): Promise<Stored<Bodies[Kind]>> {
  const stored = await records.get(kind, id)
  if (!stored) throw new FalconerError('not-found', `There is no ${kind} ${id}.`)
  return stored
}

/** Every project has one endpoint, which its file names. */
export async function endpointOf(records: LoopRecords, project: string): Promise<string> {
  return (await projectOf(records, project)).body.config.deploy.endpoint
}

export async function projectOf(records: LoopRecords, project: string): Promise<Stored<Project>> {
  const stored = await records.get('project', project)
  if (stored) return stored
  const { items } = await records.list('project', { limit: 20 })
  const there = items.map(({ id }) => id).join(', ') || 'none yet'
  throw new FalconerError('not-found', `There is no project ${project}; there are: ${there}.`, {
    fix: 'Apply its falconer.yaml first: falconer apply.',
  })
}
