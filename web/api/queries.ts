/** What the pages ask of the server. The first part of each key is what server-sent events make stale. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { get, getTagged, getText, ask as question } from './client.ts'
import type {
  Action,
  Alarm,
  AuditEntry,
  ClockReading,
  ComparedVersion,
  DatasetVersion,
  Endpoint,
  Evidence,
  Explanation,
  List,
  Me,
  Model,
  ModelVersion,
  Monitor,
  MonitorEntry,
  MonitorHistory,
  MonitorOptions,
  Notification,
  PerformanceSpan,
  Prediction,
  Preview,
  Project,
  TimelineItem,
} from './wire.ts'

export type Scope =
  | 'me'
  | 'clock'
  | 'projects'
  | 'datasets'
  | 'model'
  | 'version'
  | 'endpoints'
  | 'predictions'
  | 'performance'
  | 'monitors'
  | 'alarms'
  | 'notifications'
  | 'actions'
  | 'timeline'
  | 'audit'

const e = encodeURIComponent
const at = (project: string) => `/v1/projects/${e(project)}`

function ask<Answer>(scope: Scope, path: string, more: { readonly staleTime?: number } = {}) {
  return queryOptions({
    queryKey: [scope, path] as const,
    queryFn: () => get<Answer>(path),
    ...more,
  })
}

export const me = () => ask<Me>('me', '/v1/me', { staleTime: 300_000 })
export const clock = () => ask<ClockReading>('clock', '/v1/clock')
export const projects = () => ask<List<Project>>('projects', '/v1/projects?limit=1000')
export const datasets = (project: string) => ask<List<DatasetVersion>>('datasets', `${at(project)}/datasets`)
export const datasetVersions = (project: string, dataset: string) =>
  ask<List<DatasetVersion>>('datasets', `${at(project)}/datasets/${e(dataset)}/versions`)
export const quarantine = (project: string, dataset: string, version: number) =>
  ask<List<Readonly<Record<string, unknown>>>>(
    'datasets',
    `${at(project)}/datasets/${e(dataset)}/versions/${version}/quarantine?limit=50`,
  )

const modelAt = (project: string, model: string) => `${at(project)}/models/${e(model)}`
export const model = (project: string, name: string) => ask<Model>('model', modelAt(project, name))
export const version = (project: string, name: string, semver: string) =>
  ask<ModelVersion>('version', `${modelAt(project, name)}/versions/${e(semver)}`)
export const evidence = (project: string, name: string, semver: string) =>
  ask<Evidence>('version', `${modelAt(project, name)}/versions/${e(semver)}/evidence`, { staleTime: 60_000 })
export const compare = (project: string, name: string, a: string, b: string) =>
  ask<{ readonly a: ComparedVersion; readonly b: ComparedVersion }>(
    'version',
    `${modelAt(project, name)}/compare?a=${e(a)}&b=${e(b)}`,
  )
export const card = (project: string, name: string, semver: string) =>
  queryOptions({
    queryKey: ['version', 'card', project, name, semver] as const,
    queryFn: () => getText(`${modelAt(project, name)}/versions/${e(semver)}/card`, 'text/markdown'),
    staleTime: 60_000,
  })
export const modelFile = (project: string, name: string, semver: string) =>
  `${modelAt(project, name)}/versions/${e(semver)}/file`

export const endpointAt = (project: string, name: string) => `${at(project)}/endpoints/${e(name)}`
export const endpoints = (project: string) => ask<List<Endpoint>>('endpoints', `${at(project)}/endpoints`)
export const endpoint = (project: string, name: string) =>
  queryOptions({
    queryKey: ['endpoints', endpointAt(project, name)] as const,
    queryFn: () => getTagged<Endpoint>(endpointAt(project, name)),
  })
export const predictions = (project: string, name: string) =>
  infiniteQueryOptions({
    queryKey: ['predictions', project, name] as const,
    queryFn: ({ pageParam }) =>
      get<List<Prediction>>(
        `${endpointAt(project, name)}/predictions?limit=100${pageParam === '' ? '' : `&after=${e(pageParam)}`}`,
      ),
    initialPageParam: '',
    getNextPageParam: last => last.next,
    placeholderData: keepPreviousData,
  })
export const prediction = (project: string, name: string, key: string) =>
  ask<Prediction>('predictions', `${endpointAt(project, name)}/predictions/${e(key)}`)
export const explanation = (project: string, name: string, key: string) =>
  ask<Explanation>('version', `${endpointAt(project, name)}/predictions/${e(key)}/explanation`, {
    staleTime: Number.POSITIVE_INFINITY,
  })
/** Figures of one span. The server reads all of its rows for them: what cannot change any more is asked for once. */
export const performance = (project: string, name: string, from: number, to: number, settled: boolean) => {
  const iso = (at: number) => e(new Date(at).toISOString())
  return queryOptions({
    ...ask<readonly PerformanceSpan[]>(
      'performance',
      `${endpointAt(project, name)}/performance?by=month&from=${iso(from)}&to=${iso(to)}`,
    ),
    staleTime: settled ? Number.POSITIVE_INFINITY : 10_000,
    ...(!settled && { refetchInterval: 20_000 }),
  })
}

export const monitors = (project: string) => ask<List<Monitor>>('monitors', `${at(project)}/monitors`)
export const monitor = (project: string, name: string) =>
  ask<MonitorHistory>('monitors', `${at(project)}/monitors/${e(name)}`)
export const monitorAt = (project: string, name: string) => `${at(project)}/monitors/${e(name)}`
export const monitorOptions = (project: string) =>
  ask<MonitorOptions>('monitors', `${at(project)}/monitors/options`, { staleTime: 60_000 })
/** The log is read once per entry; what was played before is shown until the next has come. */
export const monitorPreview = (project: string, entry: MonitorEntry) =>
  queryOptions({
    queryKey: ['preview', project, JSON.stringify(entry)] as const,
    queryFn: ({ signal }) => question<Preview>(`${at(project)}/monitors/preview`, { monitor: entry }, signal),
    placeholderData: keepPreviousData,
    staleTime: 300_000,
    retry: false,
  })
export const notificationsAt = (project: string) => `${at(project)}/notifications`
export const notifications = (project: string) =>
  ask<List<Notification>>('notifications', `${at(project)}/notifications?limit=1000`)
export const modelActionsAt = (project: string, model: string) => `${modelAt(project, model)}/actions`
export const alarms = (project: string) => ask<List<Alarm>>('alarms', `${at(project)}/alarms?limit=1000`)
export const alarm = (project: string, id: string) => ask<Alarm>('alarms', `${at(project)}/alarms/${e(id)}`)
export const actions = (project: string) => ask<List<Action>>('actions', `${at(project)}/actions?limit=1000`)
export const action = (project: string, id: string) => ask<Action>('actions', `${at(project)}/actions/${e(id)}`)
export const timeline = (project: string) => ask<List<TimelineItem>>('timeline', `${at(project)}/timeline`)

export const audit = (project: string) =>
  infiniteQueryOptions({
    queryKey: ['audit', project] as const,
    queryFn: ({ pageParam }) =>
      get<List<AuditEntry>>(
        `/v1/audit?project=${e(project)}&order=descending&limit=200${pageParam === '' ? '' : `&after=${pageParam}`}`,
      ),
    initialPageParam: '',
    getNextPageParam: last => last.next,
    placeholderData: keepPreviousData,
  })
export const auditCheck = () => ask<{ valid: boolean; entries: number; brokenAt?: number }>('me', '/v1/audit/verify')
