/**
 * The seams where implementations differ between one machine and many: Records, PredictionLog, Blobs, Tables, Runtime,
 * Engine. Everything above asks for one of these types and never for an implementation; `main.ts` chooses.
 * Every implementation runs the contract suite of its port in `test/contract/`.
 *
 * Instants are milliseconds since 1970 UTC. `at` is the clock of the platform (the replay clock in a replay),
 * `recordedAt` is real time.
 */
import type { Column, Table } from './table.ts'

/** The platform's clock: real time, or the replay clock. */
export interface Clock {
  now(): number
}

// ---------------------------------------------------------------- Blobs

/** SHA-256 of the content, 64 lower-case hex digits. */
export type Digest = string

/** Immutable bytes by content. What `put` answered is on disk and stays. */
export interface Blobs {
  /** Stores the bytes and returns their digest; storing the same bytes again changes nothing. */
  put(bytes: Uint8Array): Promise<Digest>
  /** Stores the content of a local file without reading it into memory at once. */
  putFile(path: string): Promise<Digest>
  /** The bytes, checked against the digest. Errors: `not-found`, `corrupt`. */
  get(digest: Digest): Promise<Uint8Array>
  has(digest: Digest): Promise<boolean>
  /** Path of a local, read-only file with this content, for programs that want a file (DuckDB, the runtime). */
  file(digest: Digest): Promise<string>
}

// ---------------------------------------------------------------- Records

/** A record as stored. `revision` counts its writes from 1 and serves as ETag. */
export interface Stored<Body> {
  readonly id: string
  readonly revision: number
  readonly body: Body
}

export interface Page<Item> {
  readonly items: readonly Item[]
  /** Give it as `after` to continue; absent on the last page. */
  readonly next?: string
}

export interface ListQuery {
  /** Only records whose indexed field equals the value. Which fields a kind indexes is said where the kind is declared. */
  readonly where?: Readonly<Record<string, string | number>>
  /** Only ids that begin with this. */
  readonly prefix?: string
  /** By id. Ids are made so that their order is the natural one (time, version number). Default 'ascending'. */
  readonly order?: 'ascending' | 'descending'
  readonly after?: string
  /** 1 to 10,000, default 1,000. */
  readonly limit?: number
}

export interface Put<Kind extends string, Body> {
  readonly kind: Kind
  readonly id: string
  readonly body: Body
  /** 'absent': must not exist yet; a number: must be at this revision; left out: whatever is there is replaced. */
  readonly expect?: 'absent' | number
}

/** What is said of a change in the audit log, before the log gives it number, times and hash. */
export interface AuditNote {
  /** What happened, as `subject.verb`: `version.registered`, `alarm.opened`, `endpoint.switched`. */
  readonly type: string
  readonly project: string
  /** Id of the record it is about. */
  readonly subject: string
  readonly reason?: string
  /** Plain JSON; digests rather than copies of large things; no secrets. */
  readonly data?: unknown
}

/** One line of the hash-chained log: hash = SHA-256 of the canonical JSON of all other fields. */
export interface AuditEntry extends AuditNote {
  readonly sequence: number
  readonly at: number
  readonly recordedAt: number
  /** Key id of a person or client, or `falconer` for the platform itself. */
  readonly actor: string
  readonly previous: Digest
  readonly hash: Digest
}

/** All or nothing: records, removals and audit entries in one transaction. */
export interface Commit<Bodies> {
  readonly at: number
  readonly actor: string
  /** A commit with this key happens once; a second one changes nothing and answers `applied: false`. */
  readonly once?: string
  readonly puts?: readonly { [Kind in keyof Bodies & string]: Put<Kind, Bodies[Kind]> }[keyof Bodies & string][]
  readonly removes?: readonly { readonly kind: keyof Bodies & string; readonly id: string }[]
  readonly audit?: readonly AuditNote[]
}

/**
 * The state of the platform. `Bodies` maps each kind to the type of its body (`loop/records.ts`).
 * Bodies are plain JSON; a number beyond 2^53 travels as text; undefined fields are dropped.
 */
export interface Records<Bodies> {
  get<Kind extends keyof Bodies & string>(kind: Kind, id: string): Promise<Stored<Bodies[Kind]> | undefined>
  list<Kind extends keyof Bodies & string>(kind: Kind, query?: ListQuery): Promise<Page<Stored<Bodies[Kind]>>>
  /** Errors: `stale` when an expectation does not hold, `disk-full`. */
  commit(commit: Commit<Bodies>): Promise<{ readonly applied: boolean }>
  /** Audit entries after a sequence number, oldest first. */
  audit(query?: {
    project?: string
    after?: number
    limit?: number
    descending?: boolean
  }): Promise<readonly AuditEntry[]>
  /** Called after every commit with its audit entries, in order; returns how to stop. */
  follow(listener: (entries: readonly AuditEntry[]) => void): () => void
  close(): Promise<void>
}

// ---------------------------------------------------------------- Prediction log

/** The answers of one request: all rows have the same feature columns and were answered by the same route. */
export interface PredictionBatch {
  /** Id of the endpoint's record, `project/name`. */
  readonly endpoint: string
  /** Id of the request; the id of a prediction is `request/row` unless the caller gave keys. */
  readonly request: string
  readonly at: number
  readonly latencyMs: number
  /** The caller's key of each row; unique per endpoint. */
  readonly keys: readonly string[]
  readonly route: 'live' | 'canary'
  /** Semantic version that answered. */
  readonly version: string
  /** Features as the model saw them. */
  readonly features: Table
  readonly outputs: Float64Array
  /** What other versions would have said: shadows, and the live version beside a canary. */
  readonly shadows: readonly { readonly version: string; readonly outputs: Float64Array }[]
}

/** One logged prediction, as looked up by id. */
export interface Prediction {
  readonly endpoint: string
  readonly key: string
  readonly request: string
  readonly at: number
  readonly recordedAt: number
  readonly latencyMs: number
  readonly route: 'live' | 'canary'
  readonly version: string
  readonly features: Readonly<Record<string, number | string | null>>
  readonly output: number
  readonly shadows: Readonly<Record<string, number>>
  readonly outcome?: Outcome
}

/** What turned out to be true; `void` where it will never be known (a cancelled flight). */
export interface Outcome {
  readonly key: string
  readonly value: number | 'void'
  /** When the platform learnt it. */
  readonly knownAt: number
}

export type OutcomeReceipt =
  | { readonly key: string; readonly status: 'joined' | 'duplicate' | 'corrected' | 'pending' }
  | { readonly key: string; readonly status: 'rejected'; readonly reason: string }

/** Rows of the log between two instants, column by column, in order of time and key. */
export interface PredictionWindow {
  readonly rows: number
  readonly keys: readonly string[]
  readonly at: Float64Array
  readonly route: readonly ('live' | 'canary')[]
  readonly version: readonly string[]
  readonly features: Table
  readonly outputs: Float64Array
  /** Per other version its outputs, NaN where it was not asked. */
  readonly shadows: ReadonlyMap<string, Float64Array>
  /** NaN while unknown and where void. As known at `asOf`. */
  readonly outcomes: Float64Array
  /** 1 where the outcome is void. */
  readonly voids: Uint8Array
}

export interface LoggedLabels {
  readonly keys: readonly string[]
  readonly at: Float64Array
  /** NaN while unknown and where void. */
  readonly values: Float64Array
  /** When it first became known what happened, or that it never will be; NaN while neither is. */
  readonly knownAt: Float64Array
}

export interface LogCounts {
  readonly predictions: number
  readonly outcomes: number
  readonly voids: number
  /** Outcomes whose key no prediction has. */
  readonly unmatched: number
}

/**
 * Every answered prediction, durable before it is answered, joined with its outcome by key. `endpoint` is the id of the
 * endpoint's record, `project/name`: two projects may use the same name.
 */
export interface PredictionLog {
  /** The stored predictions of these keys, in no order; keys never predicted are absent. */
  find(endpoint: string, keys: readonly string[]): Promise<readonly Prediction[]>
  /** Durable when it resolves. A key that is already there keeps its first answer and is named in `repeated`. */
  append(batches: readonly PredictionBatch[]): Promise<{ readonly repeated: readonly string[] }>
  /**
   * Same key and value again: `duplicate`. Another value: `corrected`, both stay. Unknown key: `pending`, joined when
   * the prediction appears.
   */
  outcomes(endpoint: string, outcomes: readonly Outcome[]): Promise<readonly OutcomeReceipt[]>
  /** Predictions with from <= at < to, outcomes as known at `asOf` (default: all). */
  window(endpoint: string, from: number, to: number, asOf?: number): Promise<PredictionWindow>
  /** Keys, instants and outcomes alone, from <= at < to, in order of time and key, as known at `asOf`; cheap over long spans. */
  labels(endpoint: string, from: number, to: number, asOf: number): Promise<LoggedLabels>
  counts(endpoint: string): Promise<LogCounts>
  /** Predictions, newest first. */
  recent(endpoint: string, query?: { before?: string; limit?: number }): Promise<Page<Prediction>>
  close(): Promise<void>
}

// ---------------------------------------------------------------- Tables

/** A value bound to a $name place of a statement; lists become SQL lists (`unnest($ids)`). */
export type Parameter = string | number | boolean | null | readonly string[] | Float64Array

export type FileFormat = 'parquet' | 'csv' | 'jsonl'

/** A file whose rows stay where they are. */
export interface TableFile {
  /** `type` as the database calls it; no `kind` where its values are neither numbers, times nor text. */
  readonly columns: readonly {
    readonly name: string
    readonly type: string
    readonly kind: Column['kind'] | undefined
  }[]
  /** How many, where the file says so without being read. */
  readonly rows?: number
  /**
   * All rows, in order. For statistics: integers beyond 2^53 and decimals of more than 15 digits are rounded to the
   * nearest double, where `query` refuses them. Errors: `bad-data`.
   */
  batches(options?: ScanOptions): AsyncIterable<Table>
}

export interface ScanOptions {
  /** Default: all that have a kind. */
  readonly columns?: readonly string[]
  /** About how many rows a batch has, default 16,384. */
  readonly batchRows?: number
}

/** SQL over Parquet, in a scratch database of its own. Values cross as columns, never as text pasted into SQL. */
export interface Tables {
  /** Runs one statement and returns its rows. `parameters` fill $name places. */
  query(sql: string, parameters?: Readonly<Record<string, Parameter>>): Promise<Table>
  /** Makes a table of this name from values in memory, replacing one of the same name. */
  load(name: string, table: Table): Promise<void>
  /** Reads a local Parquet, CSV or JSON lines file into a table of this name; types are kept or detected. */
  read(name: string, path: string, format: FileFormat): Promise<void>
  /** Opens a local file to be read batch by batch, as often as wanted, in memory that does not grow with its rows. */
  scan(path: string, format: FileFormat): Promise<TableFile>
  /** Writes the rows of a query as Parquet (zstd, same rows and query: same bytes). */
  write(sql: string, path: string): Promise<{ readonly rows: number }>
  close(): Promise<void>
}

// ---------------------------------------------------------------- Runtime

/** What a model takes: one input per raw column, or one matrix that takes `width` number columns in their order. */
export interface ModelInput {
  readonly name: string
  readonly kind: 'number' | 'text'
  readonly width: number
}

/** A model loaded for inference. */
export interface LoadedModel {
  /** Milliseconds that loading and warming took. */
  readonly loadMs: number
  readonly inputs: readonly ModelInput[]
  readonly output: { readonly name: string; readonly task: 'binary' | 'regression' }
  /**
   * One output value per row. Columns are matched by name, columns that the model does not take are left aside; text
   * missing is null, numbers missing are NaN.
   * Errors: `bad-input` naming the column, `bad-model` for an answer that is no number, `too-busy`, `timeout`, `unavailable`.
   */
  predict(rows: Table, options?: { deadlineMs?: number }): Promise<Float64Array>
  /** Ends it when its running requests are answered, and returns its memory. */
  unload(): Promise<void>
}

/** Loads ONNX models into worker threads; the thread that asks is never blocked. */
export interface Runtime {
  /** Models of one group share a worker thread. Errors: `bad-model`. */
  load(model: Uint8Array, options?: { deadlineMs?: number; queue?: number; group?: string }): Promise<LoadedModel>
  /** The same rows through several models, an answer for each; models of one group cost one turn together. */
  predictAll(
    models: readonly LoadedModel[],
    rows: Table,
    options?: { deadlineMs?: number },
  ): readonly Promise<Float64Array>[]
  close(): Promise<void>
}

// ---------------------------------------------------------------- Engine

/** A job is a program: argv, environment and resources in; exit status, log and result blob out. */
export interface JobSpec {
  /** Submitting the same id again attaches to the job that is there. */
  readonly id: string
  /** Program and arguments. The path of the input file is appended as `--input`, of the result file as `--result`. */
  readonly argv: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** The job's input, given to it as a file. */
  readonly input: Digest
  readonly resources?: { readonly cpus?: number; readonly memoryMb?: number; readonly seconds?: number }
  /** Attempts after a crash or a lost lease, default 3. */
  readonly attempts?: number
}

export interface JobStatus {
  readonly id: string
  readonly input: Digest
  readonly state: 'waiting' | 'running' | 'succeeded' | 'failed' | 'cancelled'
  readonly attempt: number
  /** Share done in [0, 1] and what is being done, as the job last said. */
  readonly progress?: { readonly share: number; readonly text: string }
  readonly exit?: number
  readonly result?: Digest
  readonly log?: Digest
  readonly error?: string
  readonly startedAt?: number
  readonly finishedAt?: number
}

export interface Engine {
  submit(job: JobSpec): Promise<void>
  status(id: string): Promise<JobStatus | undefined>
  /** Resolves when the job has ended, also across a restart of the platform. */
  wait(id: string): Promise<JobStatus>
  cancel(id: string): Promise<void>
  /** The log so far, newest lines last. */
  log(id: string, maxBytes?: number): Promise<string>
  /** Called with every change of state or progress. */
  follow(listener: (status: JobStatus) => void): () => void
  close(): Promise<void>
}
