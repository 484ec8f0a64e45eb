/** Asks for everything that the overview says of projects. */
import { useQueries } from '@tanstack/react-query'
import * as queries from '../api/queries.ts'
import type { Action, Alarm, DatasetVersion, Endpoint, List, Model, Monitor, Project } from '../api/wire.ts'
import type { Facts } from './standing.ts'

export interface KnownFacts {
  readonly facts: Facts
  readonly datasets: readonly DatasetVersion[]
  /** Everything has been asked once. */
  readonly ready: boolean
}

const perProject = 6

export function useFacts(projects: readonly Project[]): readonly KnownFacts[] {
  const results = useQueries({
    queries: projects.flatMap(({ name, config }) => [
      queries.model(name, config.model),
      queries.endpoints(name),
      queries.monitors(name),
      queries.alarms(name),
      queries.actions(name),
      queries.datasets(name),
    ]) as ReturnType<typeof queries.model>[],
  })
  return projects.map((project, i) => {
    const own = results.slice(i * perProject, (i + 1) * perProject)
    const [model, endpoints, monitors, alarms, actions, datasets] = own.map(r => r.data) as unknown as [
      Model | undefined,
      List<Endpoint> | undefined,
      List<Monitor> | undefined,
      List<Alarm> | undefined,
      List<Action> | undefined,
      List<DatasetVersion> | undefined,
    ]
    return {
      facts: {
        project,
        model,
        endpoint: endpoints?.items.find(e => e.name === project.config.deploy.endpoint),
        monitors: monitors?.items ?? [],
        alarms: alarms?.items ?? [],
        actions: actions?.items ?? [],
      },
      datasets: datasets?.items ?? [],
      ready: own.every(r => !r.isPending),
    }
  })
}
