/** `falconer status`: the ring at a glance, worst first, and what to do next. */
import type { Action, Alarm, Endpoint, ModelVersion, Monitor } from '../../loop/records.ts'
import { place } from '../project.ts'
import { connect, type ServerFlags } from '../settings.ts'
import { print } from '../terminal.ts'

interface Items<Item> {
  readonly items: readonly Item[]
}

export async function status(options: ServerFlags & { project?: string; json: boolean }): Promise<number> {
  const client = connect(options)
  const { project, path } = await place(client, options.project)
  const model = encodeURIComponent(project.config.model)
  const [clock, endpoints, models, monitors, open, actions] = await Promise.all([
    client.get<{ mode: string; now: string }>('/v1/clock'),
    client.get<Items<Endpoint & { counts: { predictions: number; outcomes: number; voids: number } }>>(
      `${path}/endpoints`,
    ),
    client.get<{ versions: readonly ModelVersion[] }>(`${path}/models/${model}`),
    client.get<Items<Monitor & { newest?: { status: string } }>>(`${path}/monitors`),
    client.get<Items<Alarm & { id: string }>>(`${path}/alarms?state=open`),
    client.get<Items<Action & { id: string }>>(`${path}/actions?limit=1`),
  ])
  const endpoint = endpoints.items[0]
  const live = endpoint?.routes.find(({ mode }) => mode === 'live')
  const action = actions.items[0]
  const summary = {
    project: project.name,
    clock,
    killSwitch: project.killSwitch.on,
    live: live?.semver ?? null,
    versions: models.versions.length,
    counts: endpoint?.counts ?? null,
    monitors: monitors.items.map(({ name, newest }) => ({ name, status: newest?.status ?? 'not measured' })),
    openAlarms: open.items.map(({ id, headline }) => ({ id, headline })),
    action: action ? { id: action.id, kind: action.kind, state: action.state, outcome: action.outcome ?? null } : null,
    next: nextStep(),
  }

  function nextStep(): string {
    if (project.killSwitch.on)
      return 'The kill switch is on: nothing is retrained. Turn it off when the reason is gone.'
    if (!endpoint) return `Train and deploy a first version: falconer train --project ${project.name}`
    if (action?.state === 'waiting for approval') return `Decide about action ${action.id} on its page.`
    if (open.items.length > 0) return `Look at the alarm ${open.items[0]!.id} on its page.`
    return 'Nothing to do.'
  }

  print(options, summary, () => [
    `${project.name}: ${live ? `${project.config.model} ${live.semver} is live` : 'nothing is deployed yet'}`,
    `clock ${clock.now} (${clock.mode})`,
    ...(endpoint
      ? [
          `${endpoint.counts.predictions} predictions, ${endpoint.counts.outcomes} outcomes, ${endpoint.counts.voids} void`,
        ]
      : []),
    ...summary.monitors.map(({ name, status: state }) => `monitor ${name}: ${state}`),
    ...summary.openAlarms.map(({ headline }) => `open alarm: ${headline}`),
    ...(action ? [`last action: ${action.kind}, ${action.state}${action.outcome ? `: ${action.outcome}` : ''}`] : []),
    `next: ${summary.next}`,
  ])
  return 0
}
