/**
 * Performance before outcomes come: what a version's reference holds for it, and the estimates of a window that is read
 * stretch by stretch.
 */
import type { Table } from '../base/table.ts'
import { take } from '../base/table.ts'
import { type CbpeReference, cbpeEstimate, cbpeFit } from '../estimate/cbpe.ts'
import { type DleReference, dleFit } from '../estimate/dle.ts'
import { type Estimate, estimateOf } from '../estimate/estimate.ts'
import { leastRows } from '../estimate/freeze.ts'
import { expectedLosses } from '../estimate/lossModel.ts'
import type { BinaryEstimateName, LossMetricName } from '../estimate/metrics.ts'
import { lossOf } from '../estimate/rowLoss.ts'
import { shareOutside } from '../estimate/support.ts'
import { reliabilityOf } from '../estimate/validity.ts'
import { type Random, random } from '../numeric/random.ts'
import { measured, undefinedBecause } from '../statistics/measured.ts'
import type { Task } from './dayStatistics.ts'
import type { SignalName } from './signals.ts'
import type { SignalValue, Stretch } from './signalValues.ts'

export type Estimator = CbpeReference | DleReference

/** Signals that are estimated, with the metric that estimates them and the signal that outcomes give. */
const metrics = {
  'estimated auc': { metric: 'roc_auc', realised: 'auc' },
  'estimated accuracy': { metric: 'accuracy', realised: 'accuracy' },
  'estimated precision': { metric: 'precision', realised: 'precision' },
  'estimated recall': { metric: 'recall', realised: 'recall' },
  'estimated f1': { metric: 'f1', realised: 'f1' },
  'estimated log_loss': { metric: 'log_loss', realised: 'log_loss' },
  'estimated brier': { metric: 'brier', realised: 'brier' },
  'estimated rmse': { metric: 'rmse', realised: 'rmse' },
  'estimated mae': { metric: 'mae', realised: 'mae' },
} as const satisfies Partial<
  Readonly<Record<SignalName, { metric: BinaryEstimateName | LossMetricName; realised: SignalName }>>
>

export type EstimatedSignal = keyof typeof metrics

export function realisedOf(of: EstimatedSignal): SignalName {
  return metrics[of].realised
}

export function isEstimatedSignal(of: SignalName): of is EstimatedSignal {
  return of in metrics
}

/**
 * From labelled rows that the model has not seen, in order of time; `days` are the places where days begin and end, which
 * its errors are taken from. Undefined with too few rows.
 */
export async function fitEstimator(
  task: Task,
  rows: { readonly features: Table; readonly outputs: Float64Array; readonly labels: Float64Array },
  days: readonly { readonly from: number; readonly to: number }[],
  draw: Random,
): Promise<Estimator | undefined> {
  const { features, outputs, labels } = rows
  if (labels.length < leastRows) return undefined
  const windows = days.length > 0 ? { windows: days } : {}
  const names = Object.values(metrics).map(({ metric }) => metric)
  if (task === 'binary') {
    const wanted = names.filter(
      (name): name is Exclude<typeof name, LossMetricName> => name !== 'rmse' && name !== 'mae',
    )
    return cbpeFit({ score: outputs, truth: labels }, { metrics: wanted, ...windows }, draw)
  }
  const fit = await dleFit(
    { features, prediction: outputs, truth: labels },
    { metrics: ['mae', 'rmse'], ...windows },
    draw,
  )
  return fit.reference
}

export interface EstimateTally {
  add(stretch: Stretch): void
  value(of: EstimatedSignal): SignalValue
}

export function estimateTally(estimator: Estimator): EstimateTally {
  const found = estimator.kind === 'cbpe' ? scoreTally(estimator) : lossTally(estimator)
  return {
    add: found.add,
    value(of) {
      const { metric } = metrics[of]
      const estimate = found.estimates().find(candidate => candidate.metric === metric)
      if (!estimate) return { rows: 0, reason: `${of} is not estimated for this model` }
      const { rows, estimated, lower, upper, reliable, reason } = estimate
      if (estimated === null) return { rows, reason: reason ?? 'it cannot be estimated' }
      return {
        rows,
        value: estimated,
        ...(lower !== null && upper !== null && { interval: { low: lower, high: upper } }),
        ...(!reliable && { doubt: `the estimate is not reliable: ${reason}` }),
      }
    },
  }
}

/** Scores that are kept of a window; of more rows a sample stands for all. */
const keptScores = 50_000

function scoreTally(reference: CbpeReference) {
  const scores: number[] = []
  const draw = random('kept scores')
  let seen = 0
  return {
    /** Reservoir sampling (Vitter 1985, algorithm R). */
    add({ answers }: Stretch): void {
      for (const answer of answers) {
        if (Number.isNaN(answer)) continue
        seen++
        if (scores.length < keptScores) scores.push(answer)
        else {
          const place = draw.below(seen)
          if (place < keptScores) scores[place] = answer
        }
      }
    },
    estimates: () => cbpeEstimate(reference, { score: Float64Array.from(scores) }),
  }
}

function lossTally({ metrics: frozen, losses, support }: DleReference) {
  const names = Object.keys(frozen) as LossMetricName[]
  const sums = new Map(names.map(name => [lossOf[name].loss, 0]))
  let rows = 0
  let outside = 0
  return {
    add({ features, answers }: Stretch): void {
      const present = Int32Array.from(answers.keys()).filter(row => Number.isFinite(answers[row]!))
      if (present.length === 0) return
      const table = take(features, present)
      const prediction = Float64Array.from(present, row => answers[row]!)
      rows += present.length
      outside += shareOutside(prediction, support) * present.length
      for (const loss of sums.keys()) {
        const expected = expectedLosses(losses[loss]!.model, table, prediction)
        sums.set(loss, sums.get(loss)! + expected.reduce((sum, each) => sum + each, 0))
      }
    },
    estimates: (): Estimate[] =>
      names.map(name => {
        const { loss, root } = lossOf[name]
        const mean = sums.get(loss)! / rows
        const value = rows === 0 ? undefinedBecause('no rows') : measured(root ? Math.sqrt(mean) : mean)
        const reliability = reliabilityOf({ outsideSupport: rows === 0 ? 0 : outside / rows })
        return estimateOf(name, value, frozen[name]!, { rows, referenceRows: losses[loss]!.rows }, reliability)
      }),
  }
}
