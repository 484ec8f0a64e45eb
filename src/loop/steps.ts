/**
 * What the action stage asks of its neighbours. Stages never import each other: each implements its part of these
 * types, and `main.ts` hands them over. Every function is idempotent under its `once` key or action id, because a step
 * is done at least once: after a crash it is simply asked again.
 */
import type { Digest, Stored } from '../base/ports.ts'
import type { DecisionRule, ThresholdTrial } from './decision.ts'
import type { Message } from './notification.ts'
import type { ChannelConfig } from './project.ts'
import type { Adjustment, Diagnosis, Endpoint, ModelVersion, Route } from './records.ts'

export interface TrainRequest {
  readonly project: string
  readonly model: string
  /** Id of the action; with it the same request gives the same answer. */
  readonly action: string
  /** Only what was known at this instant is used. */
  readonly asOf: number
  /** Rows predicted from this instant on are held out: the candidate does not see them, both are scored on them. */
  readonly holdFrom: number
  /** Rows from this instant on have not all got their outcome yet, so they are not scored either; absent: all are. */
  readonly holdTo?: number
  readonly champion?: { readonly semver: string; readonly digest: Digest }
  /** The champion is changed, in the place of a training. */
  readonly adjust?: Adjustment
  /** How far back the rows reach, in the place of the project's `train.window`. */
  readonly windowMs?: number | 'all'
}

/** Both models on the same held-out rows, in order of time. */
export interface ScoredRows {
  readonly ids: readonly string[]
  /** When each row was predicted. */
  readonly at: readonly number[]
  readonly label: readonly number[]
  readonly candidate: readonly number[]
  /** Absent where there is no champion. */
  readonly champion?: readonly number[]
  /** The gate's segment columns. */
  readonly segments: Readonly<Record<string, readonly string[]>>
}

export interface TrainResult {
  /** JSON of what the job was given: data, query, configuration. */
  readonly input: Digest
  /** ONNX of the candidate that has not seen the held-out rows. */
  readonly candidate: Digest
  readonly trainedRows: number
  /** JSON of ScoredRows. */
  readonly scored: Digest
  readonly scoredRows: number
  /** Candidate on the held-out rows. */
  readonly metrics: Readonly<Record<string, number>>
  /** JSON of the Reference (loop/reference.ts) built from the held-out rows. */
  readonly reference: Digest
  readonly skew: { readonly compared: number; readonly different: number }
  /** Where the two differ in nothing but their threshold: what is compared. */
  readonly trial?: ThresholdTrial
}

export interface RefitResult {
  /** ONNX trained on all rows, held-out ones included. */
  readonly model: Digest
  readonly trainedRows: number
  readonly trainingSet: Digest
  readonly from: number
  readonly to: number
  readonly importance: readonly { readonly feature: string; readonly gain: number; readonly split: number }[]
  /** What the trainer wants people to know: columns that carry nothing, early stopping. */
  readonly notes: readonly string[]
  /** Of an adjusted version; a trained one has the project's. */
  readonly decision?: DecisionRule
}

export interface RegisterRequest {
  readonly project: string
  readonly model: string
  readonly action: string
  readonly asOf: number
  readonly champion?: { readonly semver: string; readonly digest: Digest }
  readonly adjust?: Adjustment
  readonly train: TrainResult
  readonly refit: RefitResult
  /** JSON evidence of the gate. */
  readonly gate?: Digest
  readonly changes: string
}

export interface ModelSteps {
  train(request: TrainRequest): Promise<TrainResult>
  refit(request: TrainRequest): Promise<RefitResult>
  /** Registers the next semantic version (first 1.0.0, then the minor part grows). */
  register(request: RegisterRequest): Promise<Stored<ModelVersion>>
  /** Ends the jobs of an action that was given up; without jobs nothing happens. */
  cancel(action: string): Promise<void>
  /** Notes in the version's record what became of it, and moves the alias where it went live. */
  mark(project: string, model: string, semver: string, state: ModelVersion['state'], why: string): Promise<void>
}

export interface DeploySteps {
  /**
   * Makes these the endpoint's routes (creating the endpoint where there is none): new versions are loaded, warmed and
   * compared first, then all requests move in one step.
   */
  route(change: {
    readonly project: string
    readonly endpoint: string
    readonly model: string
    readonly routes: readonly Route[]
    readonly reason: string
    readonly actor: string
    readonly once: string
  }): Promise<Stored<Endpoint>>
  /** Ends a canary where there is one, else makes the version before live again. Errors: `stale`, `conflict`. */
  rollback(
    endpoint: { readonly project: string; readonly name: string },
    change: { readonly revision: number; readonly reason: string; readonly actor: string },
  ): Promise<Stored<Endpoint>>
}

export interface WatchSteps {
  /** New limits for all monitors of the endpoint from the reference of this version; charts begin anew, open alarms resolve. */
  renew(change: {
    readonly project: string
    readonly endpoint: string
    readonly version: ModelVersion
    readonly at: number
    readonly once: string
  }): Promise<void>
}

/** What an alarm's evidence says of its cause, before anything is trained. */
export interface DiagnoseSteps {
  diagnose(question: {
    readonly project: string
    readonly endpoint: string
    readonly alarm: string
    readonly at: number
  }): Promise<{ readonly diagnosis: Diagnosis; readonly evidence: Digest }>
}

/** Hands a message over to the world outside. */
export interface Messenger {
  /**
   * Resolves when the other side has taken it. `id` stays the same when it is sent again, so that the other side can tell.
   * Errors: `unavailable` where it may work later, `bad-config` where it never will.
   */
  send(channel: ChannelConfig, message: Message, id: string): Promise<void>
}
