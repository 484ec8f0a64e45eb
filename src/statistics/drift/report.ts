/** What a drift decision says: columns, their parts, findings on the schema, and the verdict on all together. */
import type { Correction } from './decide.ts'

/** One test of one column: of its values, of its missing rows, or of what the reference has not got. */
export interface DriftPart {
  readonly test: DriftTest
  readonly statistic: number
  /** Of this test alone; the column's p counts its other tests too. */
  readonly pValue: number
  readonly effect: number
  readonly effectName: EffectName
  /** What changed, in words. */
  readonly change: string
}

export type DriftTest =
  | 'Kolmogorov-Smirnov'
  | 'location of ranks'
  | 'median of ranks'
  | 'spread of ranks'
  | 'shape of ranks'
  | 'chi-square of categories'
  | 'share of two values'
  | 'share missing'
  | 'share outside the range'
  | 'share of unseen categories'

/**
 * - `standard deviations`: Wasserstein distance after the reference is made normal (ordered.ts), beyond chance.
 * - `JS distance`: Jensen-Shannon distance in base 2, beyond chance. A normal column shifted by 0.1 sd has 0.042.
 * - `share of rows`: difference of two shares.
 */
export type EffectName = 'standard deviations' | 'JS distance' | 'share of rows'

/** Effects from which a difference matters. */
export const effectThresholds: Readonly<Record<EffectName, number>> = {
  'standard deviations': 0.1,
  'JS distance': 0.04,
  'share of rows': 0.02,
}

/** The part that speaks loudest speaks for the column. */
export interface ColumnDrift {
  readonly column: string
  readonly test: DriftTest
  readonly statistic: number
  /** Chance of as much or more in this column without drift, all its parts counted. */
  readonly pValue: number
  /** The same, all columns counted. */
  readonly adjustedPValue: number
  readonly effect: number
  readonly effectName: EffectName
  /** Significant (adjusted p below alpha) and large (effect of at least its threshold). */
  readonly drifted: boolean
  /** Why it has drifted, or why not, in words. */
  readonly reason: string
  readonly parts: readonly DriftPart[]
  /** Rows of the reference and of the window, missing ones included. */
  readonly n: number
  readonly m: number
}

/** A difference that needs no test: a column is gone or came, or is of another type. */
export interface SchemaFinding {
  readonly column: string
  readonly finding: 'absent' | 'new' | 'type'
  readonly reason: string
}

export interface SkippedColumn {
  readonly column: string
  readonly reason: string
}

export interface DriftReport {
  /** Whether any column has drifted, is absent or has another type; null where no column could be tested. */
  readonly drifted: boolean | null
  /** Chance of any alarm where nothing has changed, at most. */
  readonly alpha: number
  readonly correction: Correction
  readonly columns: readonly ColumnDrift[]
  readonly schema: readonly SchemaFinding[]
  /** Columns that could not be tested, with the reason. */
  readonly skipped: readonly SkippedColumn[]
  /** Rows of the reference and of the window. */
  readonly n: number
  readonly m: number
  /** Where `drifted` is null: why. */
  readonly reason?: string
}
