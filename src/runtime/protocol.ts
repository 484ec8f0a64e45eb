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

export interface Job {
  /** Models to run these rows through. */
  readonly models: readonly number[]
  readonly rows: Rows
}

export type Request =
  | { readonly kind: 'load'; readonly model: number; readonly bytes: Uint8Array }
  | { readonly kind: 'unload'; readonly model: number }
  | { readonly kind: 'run'; readonly jobs: readonly Job[] }
  | { readonly kind: 'end' }

export interface ModelFacts {
  readonly inputs: readonly ModelInput[]
  readonly output: { readonly name: string; readonly task: 'binary' | 'regression' }
}

/** The values of one model for one job, or why there are none. */
export type Answer = Float64Array | { readonly error: string }

export type Reply =
  | { readonly kind: 'loaded'; readonly facts: ModelFacts }
  | { readonly kind: 'refused'; readonly error: string }
  | { readonly kind: 'ran'; readonly answers: readonly (readonly Answer[])[] }
