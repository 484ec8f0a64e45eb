/** What the asking thread and the inference thread say to each other. Both sides take one message at a time, in order. */
import type { ModelInput } from '../base/ports.ts'

/** Rows on their way to the models: the number columns one after the other, the text columns as lists. */
export interface Rows {
  readonly rows: number
  readonly numberNames: readonly string[]
  /** numberNames.length * rows values, NaN missing. */
  readonly numbers: Float64Array
  readonly textNames: readonly string[]
  /** '' missing. */
  readonly texts: readonly (readonly string[])[]
}

/** Rows of several requests that go through the same models together. */
export interface Batch {
  readonly models: readonly number[]
  readonly rows: Rows
  /** How many of the rows belong to each request. */
  readonly lengths: readonly number[]
}

export type Request =
  | { readonly kind: 'load'; readonly model: number; readonly bytes: Uint8Array }
  | { readonly kind: 'unload'; readonly model: number }
  | { readonly kind: 'run'; readonly batches: readonly Batch[] }
  | { readonly kind: 'end' }

export interface ModelFacts {
  readonly inputs: readonly ModelInput[]
  readonly output: { readonly name: string; readonly task: 'binary' | 'regression' }
}

/** The values of one model for some rows, or why there are none. */
export type Answer = Float64Array | { readonly error: string }

/** An answer per model for all rows of a batch; or, where that failed, per request an answer per model. */
export type BatchAnswer = { readonly whole: readonly Answer[] } | { readonly single: readonly (readonly Answer[])[] }

export type Reply =
  | { readonly kind: 'loaded'; readonly facts: ModelFacts }
  | { readonly kind: 'refused'; readonly error: string }
  | { readonly kind: 'ran'; readonly answers: readonly BatchAnswer[] }
