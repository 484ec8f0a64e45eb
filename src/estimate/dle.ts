/**
 * Performance of a regression without labels: direct loss estimation. Trees learn on labelled reference rows how large
 * the loss is for which row; the mean of what they expect for the rows of a window is the estimate. The idea is
 * NannyML's (DLE); ours judges the reference by trees that have not seen its rows.
 *
 * Like every estimate without labels it sees other rows, not other rules (`cbpe.ts`).
 */
import { type Table, take } from '../base/table.ts'
import type { BoostRecipe } from '../learn/parameters.ts'
import type { Random } from '../numeric/random.ts'
import { type Measured, measured, undefinedBecause } from '../statistics/measured.ts'
import { type Estimate, estimateOf } from './estimate.ts'
import { type FrozenMetric, freeze, leastRows, referenceWindows, type WindowOptions } from './freeze.ts'
import { centred, spreadOf } from './influence.ts'
import { expectedLosses, fitLossModel, type LossModel, lossRecipe, outOfFoldLosses } from './lossModel.ts'
import type { LossMetricName } from './metrics.ts'
import { mean } from './realised.ts'
import { lossOf, lossUndefined, type RowLossName, rowLosses } from './rowLoss.ts'
import { type LeftOut, usable } from './scoredRows.ts'
import { rangeOf, type Support, shareOutside } from './support.ts'
import { type Evidence, reliabilityOf } from './validity.ts'
import { placesIn } from './windows.ts'

export interface PredictedRows {
  /** The columns that tell rows apart, the same as at the fit. */
  readonly features: Table
  /** What the model answered; NaN where it did not. */
  readonly prediction: Float64Array
}

export interface OutcomeRows extends PredictedRows {
  /** What was true; NaN where it is not known. */
  readonly truth: Float64Array
}

/** Everything that an estimate needs, frozen: plain data. */
export interface DleReference {
  readonly kind: 'dle'
  readonly metrics: { readonly [name in LossMetricName]?: FrozenMetric }
  readonly losses: { readonly [name in RowLossName]?: LossReference }
  /** Lowest and highest prediction. */
  readonly support: Support
}

export interface LossReference {
  readonly rows: number
  readonly leftOut: readonly LeftOut[]
  readonly model: LossModel
}

export interface DleOptions extends WindowOptions {
  readonly metrics?: readonly LossMetricName[] | undefined
  readonly recipe?: Partial<BoostRecipe> | undefined
}

export interface DleFit {
  readonly reference: DleReference
  /** For every window of the reference what trees that had not seen its rows expected, and what came true. */
  readonly windows: readonly DleWindow[]
}

export interface DleWindow {
  readonly metric: LossMetricName
  readonly from: number
  readonly to: number
  readonly estimate: Estimate
  readonly realised: Measured
}

export const defaultLossMetrics = ['mae', 'rmse'] as const satisfies readonly LossMetricName[]

const folds = 5

/** Fits the trees, errors and limits on labelled rows, in order of time. */
export async function dleFit(rows: OutcomeRows, options: DleOptions, random: Random): Promise<DleFit> {
  const { metrics = defaultLossMetrics, recipe = lossRecipe } = options
  const { features, prediction, truth } = rows
  if (prediction.length !== features.rows || truth.length !== features.rows) {
    throw new RangeError(
      `dleFit: ${prediction.length} predictions and ${truth.length} truths for ${features.rows} rows of features`,
    )
  }
  const losses: { [name in RowLossName]?: LossReference } = {}
  const frozen: { [name in LossMetricName]?: FrozenMetric } = {}
  const windows: DleWindow[] = []
  for (const name of new Set(metrics.map(metric => lossOf[metric].loss))) {
    const { reference, pieces, used } = await fitLoss(name, rows, recipe, options, random.fork(name))
    losses[name] = reference
    for (const metric of metrics.filter(one => lossOf[one].loss === name)) {
      const judged = pieces.map(({ from, to, loss, expected }) => ({
        from,
        to,
        rows: loss.length,
        realised: metricOf(metric, loss),
        estimated: metricOf(metric, expected),
      }))
      const known = freeze(metric, spreadOf(lossInfluence(metric, used.loss)), judged, options)
      frozen[metric] = known
      for (const { from, to, rows: count, realised, estimated } of judged) {
        const sizes = { rows: count, referenceRows: reference.rows }
        const estimate = estimateOf(metric, estimated, known, sizes, reliabilityOf({ outsideSupport: 0 }))
        windows.push({ metric, from, to, estimate, realised })
      }
    }
  }
  return { reference: { kind: 'dle', metrics: frozen, losses, support: rangeOf(prediction) }, windows }
}

/** The trees of one loss, and for each window of the reference its losses and what trees that had not seen them expect. */
async function fitLoss(
  name: RowLossName,
  rows: OutcomeRows,
  recipe: Partial<BoostRecipe>,
  options: WindowOptions,
  random: Random,
) {
  const used = usableRows(rows, name)
  const n = used.rows.length
  if (n < leastRows) throw new RangeError(`dleFit: ${usable(n, used.leftOut)}, needs ${leastRows}`)
  const { features, prediction, loss } = used
  const model = await fitLossModel(features, prediction, loss, recipe, random.fork('all'))
  const expected = await outOfFoldLosses(features, prediction, loss, recipe, folds, random.fork('folds'))
  const pieces = referenceWindows(rows.features.rows, options).map(window => {
    const [start, end] = placesIn(used.rows, window)
    return { ...window, loss: loss.subarray(start, end), expected: expected.subarray(start, end) }
  })
  const reference: LossReference = { rows: n, leftOut: used.leftOut, model }
  return { reference, pieces, used }
}

/** The estimates of a window, one per metric of the reference. */
export function dleEstimate(
  reference: DleReference,
  window: PredictedRows,
  evidence: Omit<Evidence, 'outsideSupport'> = {},
): Estimate[] {
  const present = indicesOf(window.prediction, Number.isFinite)
  const features = take(window.features, present)
  const prediction = Float64Array.from(present, row => window.prediction[row]!)
  const reliability = reliabilityOf({ ...evidence, outsideSupport: shareOutside(window.prediction, reference.support) })
  const expected = new Map<RowLossName, Float64Array>()
  return Object.entries(reference.metrics).map(([name, known]) => {
    const metric = name as LossMetricName
    const { loss } = lossOf[metric]
    const { model, rows: referenceRows } = reference.losses[loss]!
    const losses = expected.get(loss) ?? expectedLosses(model, features, prediction)
    expected.set(loss, losses)
    const sizes = { rows: present.length, referenceRows }
    return estimateOf(metric, metricOf(metric, losses), known, sizes, reliability)
  })
}

/** The metric as it turned out, over the rows that have the loss. */
export function realisedLoss(metric: LossMetricName, truth: Float64Array, prediction: Float64Array): Measured {
  const { loss } = lossOf[metric]
  const known = rowLosses(loss, truth, prediction).filter(Number.isFinite)
  return known.length === 0 ? undefinedBecause(`no row has this loss: ${lossUndefined[loss]}`) : metricOf(metric, known)
}

function metricOf(metric: LossMetricName, losses: Float64Array): Measured {
  const found = mean(losses)
  return found.value === undefined || !lossOf[metric].root ? found : measured(Math.sqrt(found.value))
}

/** u = loss - mean; of a root, by the delta method, (loss - mean) / (2 sqrt(mean)). */
function lossInfluence(metric: LossMetricName, loss: Float64Array): Float64Array | undefined {
  const u = centred(loss.length, i => loss[i]!)
  if (!lossOf[metric].root) return u
  const root = metricOf(metric, loss).value ?? 0
  return root === 0 ? undefined : u.map(x => x / (2 * root))
}

function usableRows({ features, prediction, truth }: OutcomeRows, name: RowLossName) {
  const losses = rowLosses(name, truth, prediction)
  const rows = indicesOf(losses, Number.isFinite)
  let missing = 0
  for (let i = 0; i < truth.length; i++) if (!Number.isFinite(truth[i]! + prediction[i]!)) missing++
  const undefinedLoss = truth.length - rows.length - missing
  const leftOut: LeftOut[] = []
  if (missing > 0) leftOut.push({ reason: lossUndefined.absolute, rows: missing })
  if (undefinedLoss > 0) leftOut.push({ reason: lossUndefined[name], rows: undefinedLoss })
  return {
    features: rows.length === features.rows ? features : take(features, rows),
    prediction: Float64Array.from(rows, row => prediction[row]!),
    loss: Float64Array.from(rows, row => losses[row]!),
    rows,
    leftOut,
  }
}

function indicesOf(values: Float64Array, wanted: (value: number) => boolean): Int32Array {
  const rows: number[] = []
  for (let i = 0; i < values.length; i++) if (wanted(values[i]!)) rows.push(i)
  return Int32Array.from(rows)
}
