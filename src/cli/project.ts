/** Which project and endpoint a command means: the one that is named, or the only one there is. */
import { FalconerError } from '../base/errors.ts'
import type { Project } from '../loop/records.ts'
import type { Client } from './client.ts'
import { usage } from './terminal.ts'

export interface Place {
  readonly project: Project
  /** `/v1/projects/<name>`. */
  readonly path: string
  /** Path of the project's endpoint. */
  readonly endpoint: string
}

export async function place(client: Client, named: string | undefined): Promise<Place> {
  const { items } = await client.get<{ items: Project[] }>('/v1/projects?limit=1000')
  const chosen = named === undefined ? items : items.filter(({ name }) => name === named)
  if (chosen.length === 1) {
    const project = chosen[0]!
    const path = `/v1/projects/${encodeURIComponent(project.name)}`
    return { project, path, endpoint: `${path}/endpoints/${encodeURIComponent(project.config.deploy.endpoint)}` }
  }
  const names = items.map(({ name }) => name).join(', ')
  if (items.length === 0) {
    throw new FalconerError('not-found', 'The server has no project yet.', {
      fix: 'Write one with falconer init FILE, then send it with falconer apply.',
    })
  }
  if (named !== undefined) throw new FalconerError('not-found', `There is no project ${named}; there are: ${names}.`)
  throw usage(`The server has several projects: ${names}.`, 'Name one with --project.')
}
