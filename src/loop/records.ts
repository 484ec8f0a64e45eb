/**
 * The records of the ring: one type per word of the design. They are plain JSON; what has a history is written as new
 * records (versions, limits, measurements) and every change of state has its entry in the audit log.
 *
 * Ids are natural and sort in time: `flights/late-arrival/00003`. `project/…` is always the first part, so that a
 * prefix lists what belongs together. Indexed fields (usable in `where`) are listed in `indexedFields`.
 */
import type { Digest, Records } from '../base/ports.ts'
import type { ChartInUse } from './chartInUse.ts'
import type { DecisionRule } from './decision.ts'
import type { MonitorConfig } from './monitor.ts'
import type { Message } from './notification.ts'
import type { ProjectConfig, RecipeConfig } from './project.ts'
import type { ServiceCounts } from './serviceCounts.ts'

export interface Project {
  readonly name: string
  readonly config: ProjectConfig
  /** The yaml and the query as applied. */
  readonly yaml: string
  readonly query: string
  readonly appliedAt: number
  /** While on, no action starts and none goes on. */
  readonly killSwitch: { readonly on: boolean; readonly by: string; readonly reason: string }
}

export interface SchemaColumn {
  readonly name: string
  readonly kind: 'number' | 'boolean' | 'time' | 'text'
}

export interface CheckResult {
  readonly check: string
  readonly column?: string
  readonly then: 'warn' | 'blank' | 'quarantine' | 'fail'
  readonly failingRows: number
  readonly failingShare: number
  readonly status: 'passed' | 'breached'
  /** Up to five failing rows, by key, with the value found. */
  readonly examples: readonly { readonly key: string; readonly value: string }[]
}

/** id `project/dataset/00001`. */
export interface DatasetVersion {
  readonly project: string
  readonly dataset: string
  readonly version: number
  /** SHA-256 of the canonical manifest: content, schema, derivations, contract, parent. */
  readonly digest: Digest
  readonly source: { readonly name: string; readonly digest: Digest; readonly sizeBytes: number }
  /** Parquet, with blanked cells blanked and quarantined rows marked in `_quarantined`. */
  readonly content: Digest
  readonly rows: number
  readonly schema: readonly SchemaColumn[]
  /** JSON of the column profiles. */
  readonly profile: Digest
  readonly contract: readonly CheckResult[]
  readonly blankedCells: number
  readonly quarantined: { readonly rows: number; readonly reasons: Readonly<Record<string, number>> }
  readonly parent?: number
  readonly importedAt: number
}

export interface Signature {
  readonly inputs: readonly { readonly name: string; readonly kind: 'number' | 'text' }[]
  readonly output: { readonly name: string; readonly task: 'binary' | 'regression' }
}

export interface Lineage {
  readonly datasets: readonly { readonly dataset: string; readonly version: number; readonly digest: Digest }[]
  /** SHA-256 of the query's text. */
  readonly query: Digest
  /** Parquet of the rows trained on: id, cutoff, features, label. */
  readonly trainingSet: Digest
  readonly rows: number
  /** First and last cutoff of the rows, and the instant whose knowledge they hold. */
  readonly from: number
  readonly to: number
  readonly asOf: number
  readonly recipe: RecipeConfig
  readonly seed: number
  readonly falconer: string
  /** Version it was trained to replace. */
  readonly parent?: string
  /** What was done to the file of another version, in the place of a training. */
  readonly adjustment?: { readonly kind: Adjustment; readonly of: string; readonly digest: Digest }
  readonly action?: string
}

/** How another version is made of one: another curve of probabilities in its file, or another threshold beside the same file. */
export type Adjustment = 'recalibrate' | 'threshold'

export type VersionState = 'registered' | 'canary' | 'live' | 'replaced' | 'returned' | 'refused'

/** id `project/model/00001`. */
export interface ModelVersion {
  readonly project: string
  readonly model: string
  readonly version: number
  readonly semver: string
  readonly digest: Digest
  readonly sizeBytes: number
  readonly signature: Signature
  readonly lineage: Lineage
  /** From which output on an answer is a yes; absent where the project wants no decisions. */
  readonly decision?: DecisionRule
  /** Evaluation on the newest rows that the evaluated candidate had not seen. */
  readonly metrics: Readonly<Record<string, number>>
  readonly evaluatedRows: number
  /** JSON: evaluation, gate, refit: what a person needs to believe it. */
  readonly evidence: Digest
  /** Reference for monitors: JSON of sketches and of the daily statistics on unseen days. */
  readonly reference: Digest
  /** One line for the change log: why this version exists. */
  readonly changes: string
  readonly state: VersionState
  readonly registeredAt: number
}

/** id `project/model/alias/…`: `champion` and others; every move is in the audit log. */
export interface Alias {
  readonly project: string
  readonly model: string
  readonly alias: string
  readonly semver: string
  readonly movedAt: number
}

export interface Route {
  readonly mode: 'live' | 'canary' | 'shadow'
  readonly semver: string
  readonly digest: Digest
  /** Share of the keys, for a canary. */
  readonly share?: number
}

/** id `project/endpoint`. */
export interface Endpoint {
  readonly project: string
  readonly name: string
  readonly model: string
  readonly routes: readonly Route[]
  /** What was live before, for rollback. */
  readonly previous?: { readonly semver: string; readonly digest: Digest }
  readonly switchedAt: number
  readonly createdAt: number
}

/** id `project/endpoint/monitor`. */
export interface Monitor {
  readonly project: string
  readonly endpoint: string
  readonly name: string
  readonly config: MonitorConfig
  /** Number of its newest limits. */
  readonly limits: number
  /** End of the last window that was measured. */
  readonly measuredTo: number
  /** State that the chart carries from point to point (an EWMA's z), as plain JSON. */
  readonly state: Readonly<Record<string, unknown>>
  /**
   * Consecutive windows in and out of limits: an alarm is latched until enough are in. `recent` says of the newest
   * windows whether each was out, the newest last, where the alarm rule asks for several.
   */
  readonly run: { readonly out: number; readonly in: number; readonly recent?: readonly boolean[] }
  /** Windows from then on count for its chart; absent: since its limits were set. */
  readonly since?: number
  /** Of an estimate: windows of this version whose outcomes came, and how many of them its interval covered. */
  readonly past?: { readonly matured: number; readonly covered: number }
}

/** Frozen limits; id `project/endpoint/monitor/00001`. Never changed: a new version is an explicit act. */
export interface Limits {
  readonly project: string
  readonly endpoint: string
  readonly monitor: string
  readonly version: number
  /** Model version whose unseen days they come from. */
  readonly semver: string
  readonly method: string
  readonly centre: number
  readonly sd: number
  /** Multiplier of sd, from the design for arl0 and the length of the reference. */
  readonly width: number
  readonly lower?: number
  readonly upper?: number
  readonly days: number
  readonly from: number
  readonly to: number
  /** Further numbers of the method: lambda, arl0, the false-alarm rate measured on resampled days. */
  readonly parameters: Readonly<Record<string, number>>
  /** JSON of what no single number holds: the limits of each column, for drift. */
  readonly content?: Digest
  /** The chart itself, as its steps take it; absent for drift, for fixed thresholds, and in limits of before. */
  readonly chart?: ChartInUse
  /** Days that the version was evaluated on, windows of the log, or given by a person. Absent: the reference. */
  readonly source?: 'reference' | 'windows' | 'given'
  /** Who set them by hand, and why. */
  readonly by?: string
  readonly reason?: string
  /** Why no automatic action may rest on it, where the monitor asks for a measured rate of false alarms. */
  readonly unarmed?: string
  readonly setAt: number
}

/** One value of a monitor; id `project/endpoint/monitor/<window start as ISO>`. */
export interface Measurement {
  readonly project: string
  readonly endpoint: string
  readonly monitor: string
  readonly from: number
  readonly to: number
  readonly semver: string
  readonly limits: number
  /** Absent where it cannot be computed; `reason` says why. */
  readonly value?: number
  /** What is compared with the limits (an EWMA's z; the number of drifted columns). */
  readonly charted?: number
  readonly centre?: number
  readonly lower?: number
  readonly upper?: number
  readonly rows: number
  /** Share of the rows whose outcome is known or void. */
  readonly coverage?: number
  readonly status: 'ok' | 'out' | 'not enough data'
  readonly reason?: string
  /** Per column: effect and adjusted p, for drift. */
  readonly columns?: readonly ColumnDrift[]
  /** Columns that could not be compared, and why. */
  readonly skipped?: readonly { readonly column: string; readonly reason: string }[]
  /** Per category, of a monitor that charts each; the window is out where one of them is. */
  readonly parts?: readonly MeasuredPart[]
  /** Of an estimate: where the realised value will lie. */
  readonly interval?: { readonly low: number; readonly high: number }
  /** Of an estimate: what came true, when the outcomes were in. */
  readonly reconciled?: {
    readonly realised: number
    /** Realised less estimated. */
    readonly error: number
    readonly covered: boolean
    readonly coverage: number
    readonly asOf: number
  }
  /** Too few outcomes are known: shown, never judged. */
  readonly provisional?: true
  /** Outcomes are those known at this instant. */
  readonly asOf?: number
  /** A window is measured again when late outcomes make it final; its id then ends with `~2` and so on. */
  readonly revision?: number
  /** Measured long after its window: never an alarm. */
  readonly backfill?: true
  /** Columns in which rows with an outcome differ from those without: the value speaks for the former. */
  readonly selective?: readonly SelectiveColumn[]
  readonly measuredAt: number
}

export interface MeasuredPart {
  readonly part: string
  readonly rows: number
  readonly value?: number
  readonly charted?: number
  readonly centre?: number
  readonly lower?: number
  readonly upper?: number
  readonly status: Measurement['status']
  readonly reason?: string
  readonly columns?: readonly ColumnDrift[]
}

export interface SelectiveColumn {
  readonly column: string
  readonly pAdjusted: number
  readonly effect: number
  /** What the effect is counted in: `standard deviations`, `JS distance`, `share of rows`. */
  readonly effectName: string
}

/**
 * A closed day of an endpoint, whatever is monitored: what diagnosis compares days by; id `project/endpoint/<ISO of its
 * start>`. Written when the day ends, completed when its outcomes have been waited for.
 */
export interface WatchedDay {
  readonly project: string
  readonly endpoint: string
  readonly from: number
  readonly to: number
  readonly semver: string
  readonly rows: number
  /** JSON: profile of each column, hashes of the rows. */
  readonly content: Digest
  /** Share of the rows that repeat another row of this day or the day before. */
  readonly repeated: number
  readonly coverage?: number
  readonly auc?: number
  /** Mean loss by version, on the rows that all these versions answered. */
  readonly losses: Readonly<Record<string, number>>
}

export interface ColumnDrift {
  readonly column: string
  readonly statistic: number
  readonly effect: number
  readonly p: number
  readonly pAdjusted: number
  readonly drifted: boolean
  readonly method: string
}

export interface Cause {
  /** How the predictions' reasons moved against the reference: mean contribution (log odds) per feature. */
  readonly movedFeatures: readonly { readonly feature: string; readonly change: number }[]
  /** Segments by what they add to the change of the loss. */
  readonly segments: readonly {
    readonly column: string
    readonly value: string
    readonly rows: number
    readonly contribution: number
    readonly loss: number
    readonly referenceLoss: number
  }[]
}

/** id `project/endpoint/<ISO>/monitor`. Latched: one for as long as the trouble lasts. */
export interface Alarm {
  readonly project: string
  readonly endpoint: string
  readonly monitor: string
  readonly openedAt: number
  readonly state: 'open' | 'acknowledged' | 'resolved'
  readonly severity: 'warning' | 'critical'
  readonly semver: string
  /** In words: what is out of which limits since when. */
  readonly headline: string
  /** Id of the measurement that raised it, and of the last one out of limits. */
  readonly first: string
  readonly last: string
  readonly windowsOut: number
  readonly cause?: Cause
  /** Id of the most severe alarm that was raised by the same window, where there are several. */
  readonly group?: string
  /** Why no automatic action may rest on it: its rate of false alarms is not known to be as low as asked for. */
  readonly unarmed?: string
  readonly action?: string
  /** Why the policy last refused to act on it. */
  readonly refused?: string
  readonly acknowledgedBy?: string
  /** Until then nobody is told of it, and nothing is started. */
  readonly snoozed?: { readonly until: number; readonly by: string }
  readonly resolvedAt?: number
  readonly resolvedBy?: string
}

export type Verdict =
  | 'schema break'
  | 'swapped columns'
  | 'new categories'
  | 'source outage'
  | 'frozen sensor'
  | 'stale feed'
  | 'unit change'
  | 'time shift'
  | 'duplicated batch'
  | 'truncated batch'
  | 'clock skew'
  | 'label fault'
  | 'deployment fault'
  | 'covariate shift'
  | 'concept shift'
  | 'unknown'

export interface Diagnosis {
  readonly verdict: Verdict
  /** What follows from it. */
  readonly advice: 'retrain' | 'block' | 'rollback' | 'ask'
  readonly column?: string
  /** One sentence per rule that was looked at, the deciding one first. */
  readonly reasons: readonly string[]
}

export type StepName =
  | 'diagnose'
  | 'train'
  | 'gate'
  | 'refit'
  | 'register'
  | 'approve'
  | 'shadow'
  | 'canary'
  | 'promote'
  | 'verify'
  | 'keep'
  | 'return'

export interface Step {
  readonly name: StepName
  readonly state: 'running' | 'done' | 'failed'
  readonly startedAt: number
  readonly finishedAt?: number
  /** In words, for the timeline. */
  readonly summary?: string
  /** JSON with everything that the step found. */
  readonly evidence?: Digest
  readonly job?: string
}

export type ActionState =
  | 'diagnosing'
  | 'training'
  | 'gating'
  | 'refitting'
  | 'waiting for approval'
  | 'rolling out'
  | 'verifying'
  | 'kept'
  | 'returned'
  | 'refused'
  | 'blocked'
  | 'failed'
  | 'cancelled'

/** One attempt to mend a model; id `project/model/<ISO of its start>`. */
export interface Action {
  readonly project: string
  readonly model: string
  readonly endpoint: string
  readonly kind: 'first training' | 'retrain' | Adjustment | 'rollback'
  readonly trigger: { readonly kind: 'alarm' | 'retry' | 'request'; readonly alarm?: string; readonly by: string }
  readonly state: ActionState
  readonly steps: readonly Step[]
  readonly startedAt: number
  readonly finishedAt?: number
  readonly champion?: string
  /** Whether a person is asked before anything is made, or before the candidate gets traffic. */
  readonly approval: 'none' | 'start' | 'promote'
  /** Of a retraining: how far back its rows reach, in the place of the project's. */
  readonly windowMs?: number | 'all'
  /** Semantic version of the candidate, once registered. */
  readonly candidate?: string
  readonly diagnosis?: Diagnosis
  /** Digests handed from step to step: training result, gate evidence, refit result. */
  readonly products: Readonly<Record<string, string>>
  /** While verifying: state of the sequential tests, as plain JSON. */
  readonly verify?: unknown
  /** Why it ended as it did. */
  readonly outcome?: string
}

/** A person's decision, bound to a digest; id `project/<digest>/<person>`. */
export interface Approval {
  readonly project: string
  readonly digest: Digest
  readonly subject: string
  readonly decision: 'approved' | 'rejected'
  readonly by: string
  readonly reason: string
  readonly at: number
}

export type Role = 'admin' | 'editor' | 'client' | 'reader'

/** An API key; id is its public part. The secret is shown once and stored hashed. */
export interface ApiKey {
  readonly name: string
  readonly role: Role
  /** Projects it may touch; '*' for all. */
  readonly projects: readonly string[]
  readonly hash: string
  /** Real time. */
  readonly createdAt: number
  readonly expiresAt?: number
  readonly revokedAt?: number
}

/**
 * Something to be done at an instant of the platform's clock, durable and done at least once: its handler removes it in
 * the commit that stores what it did. Id `<ISO of due>/<handler>/<payload key>`; timers of one lane run one after another.
 */
export interface Timer {
  readonly due: number
  readonly handler: string
  readonly lane: string
  readonly payload: Readonly<Record<string, string | number>>
}

/** id `clock`: the replay clock, so that a restart goes on where it stood. */
export interface ClockState {
  readonly now: number
}

/** A message to people about one audit entry; id `project/<sequence of the entry, 12 digits>/channel`. */
export interface Notice {
  readonly project: string
  readonly channel: string
  readonly message: Message
  /** Sent no sooner; later attempts are timers. */
  readonly due: number
  /** It is not sent where the alarm has come that far by then. */
  readonly unless?: 'acknowledged' | 'resolved'
  readonly state: 'waiting' | 'delivered' | 'withdrawn' | 'failed'
  readonly attempts: number
  readonly lastError?: string
  readonly createdAt: number
  readonly endedAt?: number
}

/** Up to which audit entry a project's channels have been told; id is the project's name. */
export interface NoticeCursor {
  readonly sequence: number
}

/** What happened to the requests of an endpoint in a quarter of an hour; id `project/endpoint/<ISO of its start>`. */
export interface ServiceRecord extends ServiceCounts {
  readonly project: string
  readonly endpoint: string
  readonly from: number
  readonly to: number
}

/** One closed window of the prediction log as Parquet, outcomes as known when it was closed; id `project/endpoint/<ISO>`. */
export interface LogSegment {
  readonly project: string
  readonly endpoint: string
  readonly from: number
  readonly to: number
  readonly rows: number
  /** `segmentColumns`, then the features as served under their `servedName`; outcome is null while unknown. */
  readonly content: Digest
  readonly closedAt: number
}

/**
 * Everything that the point-in-time query has answered for training so far, so that no retraining asks twice: a row's
 * features at its cutoff never change. Id `project/<digest of query and dataset versions>`.
 */
export interface FeatureCache {
  readonly project: string
  /** Parquet: id, cutoff, features. */
  readonly content: Digest
  readonly rows: number
  /** Served rows up to this instant have been compared with what was served. */
  readonly comparedTo: number
  /** Cells compared with the features as served, and how many differed. */
  readonly skew: { readonly compared: number; readonly different: number }
}

export interface Bodies {
  project: Project
  dataset: DatasetVersion
  version: ModelVersion
  alias: Alias
  endpoint: Endpoint
  monitor: Monitor
  limits: Limits
  measurement: Measurement
  day: WatchedDay
  alarm: Alarm
  action: Action
  approval: Approval
  key: ApiKey
  timer: Timer
  segment: LogSegment
  features: FeatureCache
  service: ServiceRecord
  clock: ClockState
  notice: Notice
  cursor: NoticeCursor
}

export type LoopRecords = Records<Bodies>

/** Fields that `where` may ask for. All kinds can be listed by id prefix. */
export const indexedFields = {
  version: ['semver', 'state'],
  alarm: ['state', 'monitor'],
  action: ['state'],
  timer: ['handler', 'lane'],
  notice: ['state', 'channel'],
} as const satisfies Partial<Record<keyof Bodies, readonly string[]>>

/** The log's own columns of a segment. */
const segmentColumns = ['key', 'at', 'version', 'output', 'outcome', 'void'] as const

/** The name of a feature's column in a segment: its own, unless the log has a column of that name. */
export function servedName(feature: string): string {
  return (segmentColumns as readonly string[]).includes(feature) ? `feature.${feature}` : feature
}

/** Id of an endpoint's record, by which the prediction log knows it too. */
export function endpointId(project: string, endpoint: string): string {
  return `${project}/${endpoint}`
}

/** Five digits keep numbers in order as text. */
export function ordinal(n: number): string {
  return String(n).padStart(5, '0')
}

/** ISO text of an instant, as used in ids: sorts in time. */
export function stamp(at: number): string {
  return new Date(at).toISOString()
}
