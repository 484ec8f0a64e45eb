/** Addresses of the pages, in one place: links, charts and shortcuts all come from here. */
const e = encodeURIComponent

export const paths = {
  overview: () => '/',
  project: (project: string) => `/projects/${e(project)}`,
  timeline: (project: string) => `/projects/${e(project)}/timeline`,
  datasets: (project: string) => `/projects/${e(project)}/datasets`,
  dataset: (project: string, dataset: string) => `/projects/${e(project)}/datasets/${e(dataset)}`,
  model: (project: string, model: string) => `/projects/${e(project)}/models/${e(model)}`,
  version: (project: string, model: string, semver: string) =>
    `/projects/${e(project)}/models/${e(model)}/versions/${e(semver)}`,
  card: (project: string, model: string, semver: string) =>
    `/projects/${e(project)}/models/${e(model)}/versions/${e(semver)}/card`,
  compare: (project: string, model: string, a: string, b: string) =>
    `/projects/${e(project)}/models/${e(model)}/compare?a=${e(a)}&b=${e(b)}`,
  endpoint: (project: string, endpoint: string) => `/projects/${e(project)}/endpoints/${e(endpoint)}`,
  prediction: (project: string, endpoint: string, key: string) =>
    `/projects/${e(project)}/endpoints/${e(endpoint)}/predictions/${e(key)}`,
  monitors: (project: string) => `/projects/${e(project)}/monitors`,
  monitor: (project: string, monitor: string) => `/projects/${e(project)}/monitors/${e(monitor)}`,
  newMonitor: (project: string) => `/projects/${e(project)}/new-monitor`,
  editMonitor: (project: string, monitor: string) => `/projects/${e(project)}/monitors/${e(monitor)}/edit`,
  drift: (project: string) => `/projects/${e(project)}/drift`,
  alarms: (project: string) => `/projects/${e(project)}/alarms`,
  alarm: (project: string, alarm: string) => `/projects/${e(project)}/alarms/${e(alarm)}`,
  notifications: (project: string) => `/projects/${e(project)}/notifications`,
  actions: (project: string) => `/projects/${e(project)}/actions`,
  action: (project: string, action: string) => `/projects/${e(project)}/actions/${e(action)}`,
  audit: (project: string) => `/projects/${e(project)}/audit`,
} as const
