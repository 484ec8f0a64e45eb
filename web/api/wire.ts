/**
 * The records of the ring as they cross HTTP: instants are RFC 3339 text, NaN is null. The types follow from
 * `src/loop/records.ts`, so a changed record does not compile here until its page says it.
 */
import type { LogCounts, JobStatus as StoredJobStatus, Prediction as StoredPrediction } from '../../src/base/ports.ts'
import type { MonitorEntry } from '../../src/loop/monitorEntry.ts'
import type { NextAction } from '../../src/loop/nextActions.ts'
import type * as Loop from '../../src/loop/records.ts'
import type { MonitorOptions } from '../../src/watch/desk.ts'
import type { Preview as Played } from '../../src/watch/preview.ts'

/** Names of fields that hold instants; the same list as in `src/http/present.ts`. */
type InstantField =
  | 'acknowledgedAt'
  | 'appliedAt'
  | 'asOf'
  | 'at'
  | 'createdAt'
  | 'finishedAt'
  | 'from'
  | 'heldFrom'
  | 'importedAt'
  | 'knownAt'
  | 'measuredAt'
  | 'measuredTo'
  | 'movedAt'
  | 'now'
  | 'openedAt'
  | 'recordedAt'
  | 'registeredAt'
  | 'resolvedAt'
  | 'setAt'
  | 'since'
  | 'startedAt'
  | 'switchedAt'
  | 'to'
  | 'until'

type OpaqueField =
  | 'chart'
  | 'config'
  | 'features'
  | 'metrics'
  | 'parameters'
  | 'products'
  | 'rows'
  | 'shadows'
  | 'verify'

type Wire<T> = T extends readonly (infer Item)[]
  ? readonly Wire<Item>[]
  : T extends object
    ? {
        readonly [Name in keyof T]: Name extends OpaqueField
          ? T[Name]
          : Name extends InstantField
            ? number extends T[Name]
              ? Instant | Exclude<T[Name], number>
              : Wire<T[Name]>
            : Wire<T[Name]>
      }
    : T

/** RFC 3339 UTC. */
export type Instant = string

export interface List<Item> {
  readonly items: readonly Item[]
  readonly next?: string
}

export type Project = Wire<Loop.Project>
export type DatasetVersion = Wire<Loop.DatasetVersion>
export type ModelVersion = Wire<Loop.ModelVersion>
type Alias = Wire<Loop.Alias>
export type Measurement = Wire<Loop.Measurement>
export type Limits = Wire<Loop.Limits>
type Step = Wire<Loop.Step>
export type Route = Wire<Loop.Route>
export type Job = Wire<StoredJobStatus>

export interface Model {
  readonly model: string
  readonly aliases: readonly Alias[]
  /** Newest first. */
  readonly versions: readonly ModelVersion[]
}

export type Monitor = Wire<Loop.Monitor> & {
  readonly newestLimits?: Limits
  readonly newest?: Measurement
}

export interface MonitorHistory {
  /** `entry` is its entry of `watch` in falconer.yaml. */
  readonly monitor: Wire<Loop.Monitor> & { readonly entry: MonitorEntry }
  readonly limits: readonly Limits[]
  readonly measurements: readonly Measurement[]
}

export type { MonitorEntry, MonitorOptions }

/** A monitor played over the log. */
export type Preview = Omit<Wire<Played>, 'monitor'> & {
  readonly monitor: { readonly name: string; readonly config: Played['monitor'] }
}

/** A message to people. */
export type Notification = Wire<Omit<Loop.Notice, 'due' | 'endedAt'>> & {
  readonly id: string
  readonly event: string
  readonly title: string
}

export type { NextAction }

/** `id` is the last two parts of the record's id, joined by `~`. */
export type Alarm = Wire<Loop.Alarm> & {
  readonly id: string
  readonly firstMeasurement?: Measurement
  readonly lastMeasurement?: Measurement
  /** What can be done now, the best first; only of a single alarm. */
  readonly next?: readonly NextAction[]
}

export type Action = Omit<Wire<Loop.Action>, 'steps'> & {
  readonly id: string
  readonly steps: readonly (Step & { readonly found?: unknown })[]
}

export type Endpoint = Wire<Loop.Endpoint> & {
  readonly counts?: LogCounts
  /** Latency and load of the running process; what it holds is the server's to say. */
  readonly load?: unknown
}

export type Prediction = Omit<Wire<StoredPrediction>, 'outcome'> & {
  readonly outcome?: { readonly value: number | 'void'; readonly knownAt: Instant }
}

export interface Explanation {
  readonly version: string
  readonly base: number
  readonly output: number
  readonly contributions: readonly {
    readonly feature: string
    readonly value: string | number | null
    readonly contribution: number
  }[]
}

export interface Figures {
  readonly n?: number
  readonly auc?: number | null
  readonly brier?: number | null
  readonly logLoss?: number | null
}

export interface PerformanceSpan {
  readonly from: Instant
  readonly to: Instant
  readonly n: number
  readonly coverage: number
  readonly answered: Figures
  readonly versions: Readonly<Record<string, Figures>>
}

export interface TimelineItem {
  readonly at: Instant
  readonly until?: Instant
  readonly kind: string
  readonly title: string
  readonly subject: string
  readonly state: string
}

export interface AuditEntry {
  readonly sequence: number
  readonly at: Instant
  readonly recordedAt: Instant
  readonly actor: string
  readonly type: string
  readonly project: string
  readonly subject: string
  readonly reason?: string
  readonly hash: string
}

export interface Importance {
  readonly feature: string
  readonly gain: number
  readonly split: number
}

export interface Evidence {
  readonly evaluation: {
    readonly rows: number
    readonly heldFrom: Instant
    readonly trainedRows: number
    readonly metrics: Readonly<Record<string, number>>
    readonly skew: { readonly compared: number; readonly different: number }
  }
  readonly gate?: unknown
  readonly refit: {
    readonly rows: number
    readonly from: Instant
    readonly to: Instant
    readonly note: string
    readonly importance: readonly Importance[]
    readonly notes: readonly string[]
  }
}

export type ComparedVersion = ModelVersion & {
  readonly importance?: readonly Importance[]
  readonly evaluation?: Evidence['evaluation']
}

export interface Me {
  readonly id: string
  readonly name: string
  readonly role: Loop.Role
  readonly projects: readonly string[]
}

export interface ClockReading {
  readonly mode: 'wall' | 'replay'
  readonly now: Instant
}

/** Milliseconds of an instant; NaN where there is none. */
export function instant(text: Instant | number | undefined): number {
  return text === undefined ? Number.NaN : typeof text === 'number' ? text : Date.parse(text)
}

/** The last two parts of a record's id, as paths carry it. */
export function shortId(id: string): string {
  return id.split('/').slice(-2).join('~')
}
