/**
 * What the HTTP door asks of the stages, call by call. `main.ts` puts the real ones together; the door only translates.
 */
import type { Wish } from '../act/act.ts'
import type { Blobs, Clock, Engine, PredictionLog, Stored } from '../base/ports.ts'
import type { Table } from '../base/table.ts'
import type { At, Deploy } from '../deploy/deploy.ts'
import type { MonitorEntry } from '../loop/monitorEntry.ts'
import type { Action, Alarm, ApiKey, DatasetVersion, LoopRecords, ModelVersion, Notice, Role } from '../loop/records.ts'
import type { Registry } from '../model/registry.ts'
import type { MonitorDesk } from '../watch/desk.ts'

/** Who makes a request. */
export interface Caller {
  readonly id: string
  readonly name: string
  readonly role: Role
  /** Projects it may touch; '*' for all. */
  readonly projects: readonly string[]
}

export interface Keys {
  /** The caller of a bearer key, undefined where the key is unknown, expired or revoked. */
  verify(key: string): Promise<Caller | undefined>
  create(
    spec: { name: string; role: Role; projects: readonly string[]; expiresAt?: number },
    actor: string,
  ): Promise<{ readonly id: string; readonly key: string }>
  list(): Promise<readonly Stored<ApiKey>[]>
  revoke(id: string, actor: string): Promise<void>
}

interface ReplayControl {
  readonly mode: 'wall' | 'replay'
  /** Does everything due until then, in order. Errors: `conflict` for an instant before now or on the wall clock. */
  advance(to: number): Promise<{ readonly now: number; readonly busy: { jobs: number; timers: number } }>
}

export interface Explanation {
  readonly version: string
  readonly base: number
  readonly output: number
  readonly contributions: readonly { feature: string; value: string | number | null; contribution: number }[]
}

export interface Platform {
  /** Version of Falconer. */
  readonly version: string
  readonly records: LoopRecords
  readonly log: PredictionLog
  readonly blobs: Blobs
  readonly engine: Engine
  readonly clock: Clock & ReplayControl
  readonly keys: Keys

  readonly projects: {
    apply(name: string, yaml: string, query: string, actor: string): Promise<{ readonly changes: readonly string[] }>
    killSwitch(name: string, on: boolean, reason: string, actor: string): Promise<void>
  }
  readonly data: {
    /** Imports a local file as a dataset version; the same content again gives the version that is there. */
    importFile(
      dataset: At,
      file: { readonly path: string; readonly name: string; readonly format: 'parquet' | 'csv' | 'jsonl' },
      actor: string,
    ): Promise<Stored<DatasetVersion>>
    quarantine(version: DatasetVersion, limit: number): Promise<readonly Readonly<Record<string, unknown>>[]>
    features(project: string, ids: readonly string[], at: number): Promise<Table>
  }
  readonly models: Pick<Registry, 'versions' | 'version' | 'aliases' | 'evidence'> & {
    /** Starts a first training, or what a person asked for. Errors: `conflict` while an action is going on. */
    train(model: At, actor: string, wish?: Wish): Promise<Stored<Action>>
    card(version: ModelVersion): Promise<{ readonly markdown: string; readonly parts: unknown }>
  }
  readonly endpoints: Pick<Deploy, 'predict' | 'outcomes' | 'rollback' | 'prediction' | 'performance' | 'load'> & {
    /** By the version that answered. Errors: `not-found`. */
    explain(endpoint: At, key: string): Promise<Explanation>
  }
  readonly monitors: MonitorDesk & {
    /** Puts the monitor into the project's file, or takes it out without an entry, and watches accordingly. */
    edit(
      project: string,
      monitor: string,
      entry: MonitorEntry | undefined,
      reason: string,
      actor: string,
    ): Promise<{ readonly changes: readonly string[]; readonly monitor: string }>
  }
  readonly alarms: {
    acknowledge(id: string, note: string, actor: string): Promise<Stored<Alarm>>
    resolve(id: string, note: string, actor: string): Promise<Stored<Alarm>>
    snooze(id: string, until: number, note: string, actor: string): Promise<Stored<Alarm>>
  }
  readonly notices: {
    test(project: string, channel: string, actor: string): Promise<void>
    retry(id: string, actor: string): Promise<Stored<Notice>>
  }
  readonly actions: {
    cancel(id: string, reason: string, actor: string): Promise<Stored<Action>>
    decide(
      id: string,
      decision: { verdict: 'approved' | 'rejected'; digest: string; reason: string; actor: string },
    ): Promise<Stored<Action>>
  }
  readonly audit: {
    verify(): Promise<{ readonly valid: boolean; readonly entries: number; readonly brokenAt?: number }>
  }
}
