/**
 * A project as declared in falconer.yaml, after parsing: durations are milliseconds, defaults are filled in.
 * `loop/projectFile.ts` turns the text into this.
 */
import type { DecisionConfig } from './decision.ts'
import type { MonitorConfig } from './monitor.ts'

export interface ProjectConfig {
  readonly project: string
  readonly model: string
  /** IANA zone in which days begin; default UTC. */
  readonly timezone: string
  readonly datasets: Readonly<Record<string, DatasetConfig>>
  readonly data: FeatureConfig
  readonly train: TrainConfig
  readonly gate: GateConfig
  readonly deploy: DeployConfig
  readonly watch: readonly MonitorConfig[]
  readonly act: readonly PolicyRule[]
  /** Whom to tell; absent in projects applied before there were channels. */
  readonly notify?: readonly ChannelConfig[]
}

export interface DatasetConfig {
  /** File beside falconer.yaml that `apply` imports; absent for data that arrive over HTTP. */
  readonly file?: string
  readonly key: readonly string[]
  /** SQL expressions over the row, computed at import, in order: a later one may use an earlier one. */
  readonly derive: Readonly<Record<string, string>>
  /** SQL expression: the instant (UTC) from which a row is known; `always` for facts without time. */
  readonly known: string
  /** Columns that become known later than the row: SQL expression of the instant → columns. Null until then. */
  readonly later: Readonly<Record<string, readonly string[]>>
  readonly contract: readonly CheckConfig[]
}

/** A rule on data. A failing row is reported, its cell blanked (missing), or the row kept from training. */
export interface CheckConfig {
  readonly name: string
  readonly column?: string
  readonly rule:
    | { readonly kind: 'not null' }
    | { readonly kind: 'unique' }
    | { readonly kind: 'between'; readonly low: number; readonly high: number }
    | { readonly kind: 'in'; readonly values: readonly (string | number)[] }
    | { readonly kind: 'matches'; readonly pattern: string }
    | { readonly kind: 'refers to'; readonly dataset: string; readonly column: string }
    | { readonly kind: 'sql'; readonly expression: string }
  readonly then: 'warn' | 'blank' | 'quarantine' | 'fail'
  /** Share of rows that may break the rule before the check counts as failed; default 0. */
  readonly tolerance: number
}

export interface FeatureConfig {
  /** Text of the point-in-time query (the yaml names its file). */
  readonly query: string
  /** Dataset whose rows are predicted. */
  readonly entities: string
  /** Column of the query's answer that names the row; also the caller's key of a prediction. */
  readonly id: string
  /** Column of the entities: the instant at which the row is predicted, the cutoff of the query. */
  readonly time: string
  /** Column of the entities: what turned out to be true; null while unknown. */
  readonly label: string
}

export interface RecipeConfig {
  readonly kind: 'boost' | 'logistic' | 'linear' | 'constant'
  readonly parameters: Readonly<Record<string, number | string | boolean>>
}

export interface TrainConfig {
  readonly recipe: RecipeConfig
  readonly task: 'binary' | 'regression'
  /** How far back training rows reach; 'all' for everything. */
  readonly windowMs: number | 'all'
  /** The newest span of rows that a candidate is evaluated on and has not seen. */
  readonly validateMs: number
  readonly seed: number
}

export const lossMetrics = ['log_loss', 'brier', 'squared_error', 'absolute_error'] as const

export type LossMetric = (typeof lossMetrics)[number]

export interface GateConfig {
  /** The paired loss that decides. */
  readonly metric: LossMetric
  readonly against: 'champion'
  /** The newest rows that both are scored on. */
  readonly rowsMs: number
  readonly confidence: number
  /** `better`: the interval must lie below 0. `not worse`: below the margin. */
  readonly demand: 'better' | 'not worse'
  /** Largest tolerated loss increase for 'not worse', as a share of the champion's loss. */
  readonly margin: number
  /** Columns whose groups must each not be worse than the margin. */
  readonly segments: readonly string[]
  /** Groups with fewer rows are 'not decided'. */
  readonly segmentRows: number
  /** A refused candidate is tried again when this much more time of outcomes is in, while the alarm is open. */
  readonly retryMs: number
}

export type RolloutStep =
  | { readonly kind: 'shadow'; readonly forMs: number }
  | { readonly kind: 'canary'; readonly share: number; readonly forMs: number }
  | { readonly kind: 'live' }

export interface DeployConfig {
  readonly endpoint: string
  readonly rollout: readonly RolloutStep[]
  readonly verify: {
    readonly metric: LossMetric
    readonly forMs: number
    readonly alpha: number
    readonly else: 'return'
  }
  /** Versions that answer every request as shadows. */
  readonly shadows: readonly string[]
  /** Version that takes over where a rule says so: a simple one that cannot go wrong. */
  readonly fallback?: string
  /** From a probability to yes or no; absent: answers are probabilities alone. */
  readonly decision?: DecisionConfig
}

export interface PolicyRule {
  /** Monitor names: what a chart is of, or `drift`. */
  readonly on: readonly string[]
  /** `fallback` makes `deploy.fallback` live. */
  readonly do: 'retrain' | 'recalibrate' | 'threshold' | 'rollback' | 'fallback' | 'notify'
  readonly cooldownMs: number
  /** At most this many actions in any span of `perMs`. */
  readonly budget: { readonly count: number; readonly perMs: number }
  /** Ask a person before anything is made, or before the promotion of what was made. */
  readonly approval: 'none' | 'start' | 'promote'
  /** Of a retraining: how far back its rows reach, in the place of `train.window`. */
  readonly windowMs?: number | 'all'
}

/** What a channel is told of. */
export const noticeGroups = ['alarm', 'approval', 'action', 'trouble'] as const
export type NoticeGroup = (typeof noticeGroups)[number]

/** A text in the file, or the name of an environment variable of the server that holds it. */
export type Secret = { readonly env: string }

export interface ChannelConfig {
  readonly name: string
  readonly to:
    | { readonly kind: 'webhook'; readonly url: string | Secret; readonly secret?: Secret }
    | { readonly kind: 'slack'; readonly url: Secret }
    | { readonly kind: 'email'; readonly to: readonly string[]; readonly from: string; readonly smtp: Secret }
  readonly on: readonly NoticeGroup[]
  /** Alarms below this are not told. */
  readonly severity: 'warning' | 'critical'
  /** Told of an alarm only if nobody has acknowledged it by then. */
  readonly afterMs: number
  /** Address of the pages as people reach them, for links. */
  readonly link?: string
}
