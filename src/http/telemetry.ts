/** What Prometheus reads. Names begin with falconer_; durations are seconds. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { AuditEntry, JobStatus } from '../base/ports.ts'
import type { Measurement } from '../loop/records.ts'

export interface Telemetry {
  request(route: string, method: string, status: number, seconds: number): void
  predictions(project: string, endpoint: string, answers: readonly { version: string; route: string }[]): void
  outcomes(project: string, endpoint: string, receipts: readonly { status: string }[]): void
  audited(entries: readonly AuditEntry[]): void
  job(status: JobStatus): void
  text(): Promise<string>
  readonly contentType: string
}

/** What the audit log says of a closed window. */
interface Closed {
  readonly coverage?: number
  readonly monitors?: Readonly<Record<string, Measurement['status']>>
}

export function createTelemetry(clock: () => number): Telemetry {
  const registers = [new Registry()]
  const registry = registers[0]!
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'falconer_http_request_seconds',
    help: 'Time to answer an HTTP request',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  })
  const predictions = new Counter({
    name: 'falconer_predictions_total',
    help: 'Predictions answered',
    labelNames: ['project', 'endpoint', 'version', 'route'],
    registers,
  })
  const outcomes = new Counter({
    name: 'falconer_outcomes_total',
    help: 'Outcomes received, by what became of them',
    labelNames: ['project', 'endpoint', 'status'],
    registers,
  })
  const entries = new Counter({
    name: 'falconer_audit_entries_total',
    help: 'Audit entries by type: alarms, actions, switches, registrations',
    labelNames: ['project', 'type'],
    registers,
  })
  const jobs = new Counter({
    name: 'falconer_jobs_total',
    help: 'Jobs by how they ended',
    labelNames: ['state'],
    registers,
  })
  const monitors = new Gauge({
    name: 'falconer_monitor_out',
    help: 'Newest window of a monitor: 1 out of its limits, 0 in; absent while it cannot be judged',
    labelNames: ['project', 'endpoint', 'monitor'],
    registers,
  })
  const coverage = new Gauge({
    name: 'falconer_label_coverage',
    help: 'Share of the rows of the newest closed window whose outcome is known',
    labelNames: ['project', 'endpoint'],
    registers,
  })
  new Gauge({
    name: 'falconer_clock_seconds',
    help: 'The clock of the platform, seconds since 1970 UTC (the replay clock in a replay)',
    registers,
    collect() {
      this.set(clock() / 1000)
    },
  })

  function closed({ project, subject, data }: AuditEntry): void {
    const endpoint = subject.slice(project.length + 1)
    const { monitors: statuses = {}, coverage: share } = data as Closed
    if (share !== undefined) coverage.set({ project, endpoint }, share)
    for (const [monitor, status] of Object.entries(statuses)) {
      if (status === 'not enough data') monitors.remove({ project, endpoint, monitor })
      else monitors.set({ project, endpoint, monitor }, status === 'out' ? 1 : 0)
    }
  }

  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    request(route, method, status, seconds) {
      requests.observe({ route, method, status }, seconds)
    },
    predictions(project, endpoint, answers) {
      const counts = new Map<string, { version: string; route: string; count: number }>()
      for (const { version, route } of answers) {
        const key = `${version} ${route}`
        const seen = counts.get(key)
        if (seen) seen.count++
        else counts.set(key, { version, route, count: 1 })
      }
      for (const { version, route, count } of counts.values()) {
        predictions.inc({ project, endpoint, version, route }, count)
      }
    },
    outcomes(project, endpoint, receipts) {
      for (const { status } of receipts) outcomes.inc({ project, endpoint, status })
    },
    audited(of) {
      for (const entry of of) {
        const { project, type } = entry
        entries.inc({ project, type })
        if (type === 'day.closed' || type === 'window.closed') closed(entry)
      }
    },
    job(status) {
      if (status.finishedAt !== undefined) jobs.inc({ state: status.state })
    },
  }
}
