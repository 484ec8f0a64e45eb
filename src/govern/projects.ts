/** Projects as declared: applying a falconer.yaml, and the switch that stops all actions. */
import { parse } from 'yaml'
import { FalconerError } from '../base/errors.ts'
import type { Clock } from '../base/ports.ts'
import { type MonitorEntry, monitorOf, withMonitor } from '../loop/monitorEntry.ts'
import { syncTimer } from '../loop/monitorSync.ts'
import { haltTimer } from '../loop/policy.ts'
import type { ProjectConfig } from '../loop/project.ts'
import { parseProject } from '../loop/projectFile.ts'
import type { LoopRecords, Project } from '../loop/records.ts'

export interface Projects {
  /** Stores what the file declares and says what is different from before. Errors: `bad-config`, `bad-query`. */
  apply(
    name: string,
    yaml: string,
    query: string,
    actor: string,
    reason?: string,
  ): Promise<{ readonly changes: readonly string[] }>
  /**
   * Puts a monitor into the file that was applied, or takes it out where there is no entry; comments and other lines stay.
   * Errors: as `apply`, and `not-found`.
   */
  editMonitor(
    name: string,
    monitor: string,
    entry: MonitorEntry | undefined,
    reason: string,
    actor: string,
  ): Promise<{ readonly changes: readonly string[]; readonly monitor: string }>
  /** While on, no action starts and none goes on. */
  killSwitch(name: string, on: boolean, reason: string, actor: string): Promise<void>
}

export function createProjects({
  records,
  clock,
  checkQuery,
}: {
  readonly records: LoopRecords
  readonly clock: Clock
  /** Errors: `bad-query` where the project's query reads what it may not. */
  readonly checkQuery: (config: ProjectConfig) => Promise<void>
}): Projects {
  const projects: Projects = {
    async apply(name, yaml, query, actor, reason) {
      const config = parseProject(yaml, () => (query === '' ? undefined : query))
      if (config.project !== name) {
        throw new FalconerError(
          'bad-config',
          `falconer.yaml declares the project ${config.project}, sent to ${name}.`,
          {
            fix: `Send it to /v1/projects/${config.project}, or correct project: in the file.`,
          },
        )
      }
      await checkQuery(config)
      const before = await records.get('project', name)
      const changes = changesBetween(before?.body, { yaml, query })
      if (changes.length === 0) return { changes }
      const at = clock.now()
      const killSwitch = before?.body.killSwitch ?? { on: false, by: '', reason: '' }
      await records.commit({
        at,
        actor,
        puts: [
          {
            kind: 'project',
            id: name,
            body: { name, config, yaml, query, appliedAt: at, killSwitch },
            expect: before?.revision ?? 'absent',
          },
          { kind: 'timer', ...syncTimer(name, config.deploy.endpoint, at) },
        ],
        audit: [
          {
            type: 'project.applied',
            project: name,
            subject: name,
            reason: [...(reason === undefined ? [] : [reason]), ...changes].join('; '),
            data: { changes },
          },
        ],
      })
      return { changes }
    },

    async editMonitor(name, monitor, entry, reason, actor) {
      const stored = await records.get('project', name)
      if (!stored) throw new FalconerError('not-found', `There is no project ${name}.`)
      const { yaml, query, config } = stored.body
      const { task } = config.train
      // A monitor keeps the name by which it is called, unless the entry gives another one.
      const called = entry && monitorOf(entry, task).name
      const named = entry && entry.name === undefined && called !== monitor ? { ...entry, name: monitor } : entry
      const { changes } = await projects.apply(name, withMonitor(yaml, task, monitor, named), query, actor, reason)
      return { changes, monitor: named ? monitorOf(named, task).name : monitor }
    },

    async killSwitch(name, on, reason, actor) {
      const stored = await records.get('project', name)
      if (!stored) throw new FalconerError('not-found', `There is no project ${name}.`)
      const { killSwitch } = stored.body
      if (killSwitch.on === on) return
      await records.commit({
        at: clock.now(),
        actor,
        puts: [
          {
            kind: 'project',
            id: name,
            body: { ...stored.body, killSwitch: { on, by: actor, reason } },
            expect: stored.revision,
          },
          // What is going on ends, whatever happens to this process.
          ...(on ? [{ kind: 'timer' as const, ...haltTimer(name, clock.now()) }] : []),
        ],
        audit: [{ type: on ? 'kill-switch.on' : 'kill-switch.off', project: name, subject: name, reason }],
      })
    },
  }
  return projects
}

/** What a person would say of the difference: `gate.margin: 0.01 → 0.05`. */
export function changesBetween(
  before: Pick<Project, 'yaml' | 'query'> | undefined,
  after: Pick<Project, 'yaml' | 'query'>,
): string[] {
  if (!before) return ['declared for the first time']
  const old = leaves(parse(before.yaml))
  const now = leaves(parse(after.yaml))
  const changes: string[] = []
  for (const path of new Set([...old.keys(), ...now.keys()])) {
    const [was, is] = [old.get(path), now.get(path)]
    if (was === is) continue
    if (was === undefined) changes.push(`${path}: ${is} is new`)
    else if (is === undefined) changes.push(`${path}: ${was} is gone`)
    else changes.push(`${path}: ${was} → ${is}`)
  }
  if (before.query !== after.query) changes.push('the query is another one')
  // Comments and order are changes too: what is shown is what was applied.
  if (changes.length === 0 && before.yaml !== after.yaml)
    changes.push('falconer.yaml reads differently and means the same')
  return changes
}

/** Every value of a yaml by its path. */
function leaves(value: unknown, path = ''): Map<string, string> {
  if (value === null || typeof value !== 'object') return new Map([[path, String(value)]])
  const entries = Object.entries(value).flatMap(([key, item]) => [
    ...leaves(item, path === '' ? key : `${path}.${key}`),
  ])
  return new Map(entries)
}
