/** What the command line needs that `main.ts` chooses: the running platform, a scratch database, a model runtime. */
import type { Runtime, Tables } from '../base/ports.ts'

export interface ServeOptions {
  readonly data: string
  readonly host: string
  readonly port: number
  readonly hostNames: readonly string[]
  readonly clock: 'wall' | 'replay'
  readonly insecureLocal: boolean
  readonly logLevel: string
}

export interface RunningServer {
  readonly url: string
  /** Signs a browser in, once. */
  readonly signInLink: string
  /** Only when this start made it: the first key of an empty data directory. */
  readonly adminKey?: string
  /** Answers what is running, stores what is open, and frees the data directory. */
  close(): Promise<void>
}

export interface Tools {
  /** Version of Falconer. */
  readonly version: string
  /** Program and arguments that start this command line. */
  readonly program: readonly string[]
  readonly examples: string
  serve(options: ServeOptions): Promise<RunningServer>
  openTables(): Promise<Tables>
  openRuntime(): Promise<Runtime>
  /** Checks the audit chain of a data directory that no server has open. */
  verifyAudit(data: string): Promise<{ readonly valid: boolean; readonly entries: number; readonly brokenAt?: number }>
  /** Runs a job of this name from an input file to a result file. */
  runJob(name: string, files: { readonly input: string; readonly result: string }): Promise<void>
}
