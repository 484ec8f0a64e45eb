/** From the parts of every column to the verdict: significant and large, over all columns within one error budget. */
import { type Adjustment, adjustP } from '../hypothesis/multipleTesting.ts'
import {
  type ColumnDrift,
  type DriftPart,
  type DriftReport,
  type EffectName,
  effectThresholds,
  type SchemaFinding,
  type SkippedColumn,
} from './report.ts'

/** How p-values of several columns are adjusted: Benjamini-Hochberg, Benjamini-Yekutieli, Bonferroni, Holm. */
export type Correction = Adjustment

export interface DriftOptions {
  /** Chance of any alarm in one check where nothing has changed, at most. */
  readonly alpha?: number
  /** bh keeps it for independent and positively dependent columns, the others for any. */
  readonly correction?: Correction
  /** Rows needed on each side. */
  readonly leastRows?: number
  /** Effects from which a difference matters, in place of effectThresholds. */
  readonly effects?: Partial<Readonly<Record<EffectName, number>>>
  /** Findings made on the schema by whoever counted the sketches; driftOfRows makes its own. */
  readonly schema?: readonly SchemaFinding[]
}

/** The tests that could be made of one column. */
export interface TestedColumn {
  readonly column: string
  readonly n: number
  readonly m: number
  readonly parts: readonly WeightedPart[]
}

/** `weight` is the part's share of the column's error budget before it is divided among the parts there are. */
export interface WeightedPart extends DriftPart {
  readonly weight: number
}

export interface Examined {
  readonly tested: readonly TestedColumn[]
  readonly skipped: readonly SkippedColumn[]
  readonly schema: readonly SchemaFinding[]
  readonly n: number
  readonly m: number
}

export function decide(
  { tested, skipped, schema, n, m }: Examined,
  { alpha = 0.01, correction = 'bh', leastRows = 30, effects }: DriftOptions,
): DriftReport {
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`drift: alpha is ${alpha}, must be in (0, 1)`)
  const thresholds = { ...effectThresholds, ...effects }
  const loudest = tested.map(column => loudestPart(column.parts, thresholds))
  const adjusted = adjustP(
    Float64Array.from(loudest, ({ pValue }) => pValue),
    correction,
  )
  const columns = tested.map(({ column, parts, n, m }, i): ColumnDrift => {
    const { part, pValue } = loudest[i]!
    const { test, statistic, effect, effectName, change } = part
    const adjustedPValue = adjusted[i]!
    const significant = adjustedPValue < alpha
    const large = effect >= thresholds[effectName]
    const drifted = significant && large
    const reason = significant
      ? drifted
        ? changes(parts, pValue === 0 ? 1 : adjustedPValue / pValue, alpha, thresholds)
        : `${change}, but too little to matter`
      : 'no difference beyond chance'
    const shown = parts.map(({ weight: _weight, ...rest }) => rest)
    return { column, test, statistic, pValue, adjustedPValue, effect, effectName, drifted, reason, parts: shown, n, m }
  })
  const found = columns.some(({ drifted }) => drifted) || schema.some(({ finding }) => finding !== 'new')
  const report = { alpha, correction, columns, schema, skipped, n, m }
  if (found || columns.length > 0) return { drifted: found, ...report }
  return { drifted: null, ...report, reason: undecided(skipped, n, m, leastRows) }
}

/**
 * Several tests of one column are several chances: each has its share of the error budget (weighted Bonferroni, valid
 * whatever their dependence). Among parts with an effect that matters the smallest p speaks, else among all.
 */
function loudestPart(
  parts: readonly WeightedPart[],
  thresholds: Readonly<Record<EffectName, number>>,
): { readonly part: DriftPart; readonly pValue: number } {
  const total = parts.reduce((sum, { weight }) => sum + weight, 0)
  let best: { part: DriftPart; pValue: number; loudness: number } | undefined
  for (const part of parts) {
    const pValue = Math.min(1, (part.pValue * total) / part.weight)
    const loudness = (part.effect >= thresholds[part.effectName] ? 2 : 0) - pValue
    if (!best || loudness > best.loudness) best = { part, pValue, loudness }
  }
  return best!
}

/** What all parts that would have been enough by themselves say; `factor` stands for the other columns. */
function changes(
  parts: readonly WeightedPart[],
  factor: number,
  alpha: number,
  thresholds: Readonly<Record<EffectName, number>>,
): string {
  const total = parts.reduce((sum, { weight }) => sum + weight, 0)
  return parts
    .filter(part => part.effect >= thresholds[part.effectName] && (factor * part.pValue * total) / part.weight < alpha)
    .map(({ change }) => change)
    .join('; ')
}

function undecided(skipped: readonly SkippedColumn[], n: number, m: number, leastRows: number): string {
  if (n < leastRows) return `not enough data: n = ${n} in the reference, needs ${leastRows}`
  if (m < leastRows) return `not enough data: n = ${m} in the window, needs ${leastRows}`
  if (skipped.length === 0) return 'there is no column to compare'
  return `no column could be tested: ${skipped[0]!.column}: ${skipped[0]!.reason}`
}
