/** The versions that an action speaks of, as the registry has them. */
import { FalconerError } from '../base/errors.ts'
import type { ProjectConfig } from '../loop/project.ts'
import type { Action, LoopRecords, ModelVersion } from '../loop/records.ts'

type Of = Pick<Action, 'project' | 'model'>

export interface Versions {
  /** Undefined where no version is meant. Errors: `not-found`. */
  find(of: Of, semver: string | undefined): Promise<ModelVersion | undefined>
  /** Errors: `not-found`. */
  need(of: Of, semver: string | undefined): Promise<ModelVersion>
  /** The shadows of the project file, as far as their versions exist. */
  shadows(of: Of, config: Pick<ProjectConfig, 'deploy'>): Promise<readonly ModelVersion[]>
}

export function createVersions(records: LoopRecords): Versions {
  async function named({ project, model }: Of, semver: string): Promise<ModelVersion | undefined> {
    const { items } = await records.list('version', { prefix: `${project}/${model}/`, where: { semver }, limit: 1 })
    return items[0]?.body
  }

  const versions: Versions = {
    async find(of, semver) {
      return semver === undefined ? undefined : versions.need(of, semver)
    },
    async need(of, semver = 'to speak of') {
      const found = await named(of, semver)
      if (!found) throw new FalconerError('not-found', `Model ${of.model} has no version ${semver}.`)
      return found
    },
    async shadows(of, { deploy }) {
      const found = await Promise.all(deploy.shadows.map(semver => named(of, semver)))
      return found.filter(version => version !== undefined)
    },
  }
  return versions
}
