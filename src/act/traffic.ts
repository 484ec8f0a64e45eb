/**
 * The one way in which actions move traffic, and how they take it back. All of it may be asked for again after a crash:
 * a switch that was made, a mark that is set and limits that are renewed stay as they are.
 */
import { FalconerError } from '../base/errors.ts'
import type { ProjectConfig } from '../loop/project.ts'
import { type Action, endpointId, type LoopRecords, type ModelVersion, type Route } from '../loop/records.ts'
import type { DeploySteps, ModelSteps, WatchSteps } from '../loop/steps.ts'
import { routesOf } from './routes.ts'
import type { Versions } from './versions.ts'

export interface Traffic {
  /** Makes these the endpoint's routes; `once` is a name within the action. */
  move(
    id: string,
    action: Action,
    change: { readonly routes: readonly Route[]; readonly reason: string; readonly once: string },
  ): Promise<void>
  /** The version is live from now on, and the monitors have its limits; `from` is what it takes the place of. */
  goesLive(
    id: string,
    action: Action,
    change: {
      readonly to: ModelVersion
      readonly from?: { readonly semver: string; readonly state: 'replaced' | 'returned' }
      readonly reason: string
      readonly at: number
      readonly once: string
    },
  ): Promise<void>
  /** What an action that was given up has moved goes back to where it was. */
  withdraw(id: string, action: Action, config: ProjectConfig, at: number): Promise<void>
  live(action: Pick<Action, 'project' | 'endpoint'>): Promise<string | undefined>
}

export function createTraffic({
  records,
  model,
  deploy,
  watch,
  versions,
}: {
  readonly records: LoopRecords
  readonly model: ModelSteps
  readonly deploy: DeploySteps
  readonly watch: WatchSteps
  readonly versions: Versions
}): Traffic {
  const traffic: Traffic = {
    async live({ project, endpoint }) {
      return liveOf((await records.get('endpoint', endpointId(project, endpoint)))?.body.routes)
    },

    async move(id, { project, endpoint, model: name }, { routes, reason, once }) {
      const after = await deploy.route({
        project,
        endpoint,
        model: name,
        routes,
        reason,
        actor: 'falconer',
        once: `${id}/${once}`,
      })
      const [wanted, found] = [liveOf(routes), liveOf(after.body.routes)]
      if (wanted !== found) {
        throw new FalconerError('internal', `The endpoint ${endpoint} serves ${found} after a switch to ${wanted}.`)
      }
    },

    async goesLive(id, { project, model: name, endpoint }, { to, from, reason, at, once }) {
      await model.mark(project, name, to.semver, 'live', reason)
      if (from) await model.mark(project, name, from.semver, from.state, reason)
      await watch.renew({ project, endpoint, version: to, at, once: `${id}/${once}` })
    },

    async withdraw(id, action, config, at) {
      const champion = await versions.find(action, action.champion)
      if (!champion || !action.candidate || !hasStep(action, 'shadow', 'canary', 'promote')) return
      const candidate = await versions.need(action, action.candidate)
      const live = await traffic.live(action)
      // Something else is live: that was somebody's decision, made after this action's.
      if (live !== candidate.semver && live !== champion.semver) return
      const shadows = await versions.shadows(action, config)
      if (hasStep(action, 'verify')) {
        // It has been live for a while, and what it answers is no worse as far as is known: it stays, no longer compared.
        if (live !== candidate.semver) return
        const reason = `${candidate.semver} stays, its verification has ended early`
        await traffic.move(id, action, { routes: routesOf(candidate, { shadows }), reason, once: 'withdraw' })
        return
      }
      const reason = `${candidate.semver} is withdrawn: ${action.outcome}`
      await traffic.move(id, action, { routes: routesOf(champion, { shadows }), reason, once: 'withdraw' })
      if (hasStep(action, 'promote')) {
        const from = { semver: candidate.semver, state: 'returned' } as const
        await traffic.goesLive(id, action, { to: champion, from, reason, at, once: 'withdraw-limits' })
      } else if (hasStep(action, 'canary')) {
        await model.mark(action.project, action.model, candidate.semver, 'returned', reason)
      }
    },
  }
  return traffic
}

function hasStep({ steps }: Action, ...names: readonly Action['steps'][number]['name'][]): boolean {
  return steps.some(({ name }) => names.includes(name))
}

export function liveOf(routes: readonly Route[] | undefined): string | undefined {
  return routes?.find(({ mode }) => mode === 'live')?.semver
}
