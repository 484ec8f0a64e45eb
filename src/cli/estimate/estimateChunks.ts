/** Fits the reference and estimates each chunk, for any task; beside each estimate what came true, where it is known. */
import { FalconerError } from '../../base/errors.ts'
import { select, type Table, take } from '../../base/table.ts'
import { cbpeEstimate, cbpeFit, defaultBinaryMetrics } from '../../estimate/cbpe.ts'
import {
  completeClasses,
  defaultMulticlassMetrics,
  multiclassEstimate,
  multiclassFit,
  realisedMulticlass,
} from '../../estimate/cbpeMulticlass.ts'
import { defaultLossMetrics, dleEstimate, dleFit, realisedLoss } from '../../estimate/dle.ts'
import { domainClassifier } from '../../estimate/domainClassifier.ts'
import type { Estimate } from '../../estimate/estimate.ts'
import {
  type BinaryEstimateName,
  binaryEstimateNames,
  type LossMetricName,
  lossMetricNames,
  type MulticlassEstimateName,
  multiclassEstimateNames,
} from '../../estimate/metrics.ts'
import { realisedMetric } from '../../estimate/realised.ts'
import { judgedRows, type LeftOut } from '../../estimate/scoredRows.ts'
import type { RowWindow } from '../../estimate/windows.ts'
import type { Random } from '../../numeric/random.ts'
import type { Measured } from '../../statistics/measured.ts'
import type { MetricsTask } from '../metrics/scoredRows.ts'
import { usage } from '../terminal.ts'
import type { Chunked } from './chunks.ts'
import {
  binaryColumns,
  classColumns,
  classesOf,
  type EstimateColumns,
  outcomeColumns,
  taskOf,
  usedColumns,
} from './columns.ts'

export interface EstimateRequest extends EstimateColumns {
  readonly features?: readonly string[]
  readonly metric?: readonly string[]
  readonly threshold?: number
  readonly timestamp?: string
}

export interface EstimatedChunks {
  readonly task: MetricsTask
  /** By metric, then by chunk. */
  readonly estimates: readonly { readonly chunk: number; readonly estimate: Estimate; readonly outcome: Outcome }[]
  readonly notes: readonly string[]
}

export interface Outcome {
  readonly realised: Measured
  /** Share of the chunk's rows whose truth is known. */
  readonly labelled: number
}

/** One chunk: estimates by metric, and the realised value of a metric. */
interface Fitted {
  readonly leftOut: readonly LeftOut[]
  /** Why a metric has no limits. */
  readonly withoutLimits: readonly string[]
  estimate(chunk: RowWindow, domainEffect: number | undefined): readonly Estimate[]
  realised(metric: string, chunk: RowWindow): Outcome
}

export async function estimateChunks(
  cut: Chunked,
  files: { readonly reference: string; readonly current: string },
  request: EstimateRequest,
  random: Random,
): Promise<EstimatedChunks> {
  const task = taskOf(cut.reference, files.reference, request)
  const features = featuresOf(cut, task, request)
  const fitted = await fit(task, cut, files, request, features, random)
  const found: { chunk: number; estimate: Estimate; outcome: Outcome }[] = []
  for (const [chunk, window] of cut.chunks.entries()) {
    const effect =
      features === undefined ? undefined : await domainEffect(cut, features, window, random.fork(`domain ${chunk}`))
    for (const estimate of fitted.estimate(window, effect)) {
      found.push({ chunk, estimate, outcome: fitted.realised(estimate.metric, window) })
    }
  }
  const metrics = [...new Set(found.map(({ estimate }) => estimate.metric))]
  return {
    task,
    estimates: metrics.flatMap(metric => found.filter(({ estimate }) => estimate.metric === metric)),
    notes: [
      ...fitted.leftOut.map(({ reason, rows }) => `${rows} rows of ${files.reference} are left out: ${reason}`),
      ...new Set(fitted.withoutLimits),
    ],
  }
}

async function fit(
  task: MetricsTask,
  { reference, current, windows }: Chunked,
  files: { readonly reference: string; readonly current: string },
  request: EstimateRequest,
  features: readonly string[] | undefined,
  random: Random,
): Promise<Fitted> {
  const threshold = request.threshold ?? 0.5
  switch (task) {
    case 'binary': {
      const metrics = named(
        request,
        binaryEstimateNames.filter(name => name !== 'business_value'),
        defaultBinaryMetrics,
      )
      const known = binaryColumns(reference, files.reference, request)
      const rows = binaryColumns(current, files.current, request)
      const frozen = await refused(() => cbpeFit(known, { metrics, threshold, windows }, random.fork('fit')))
      const piece = ({ from, to }: RowWindow) => ({
        score: rows.score.subarray(from, to),
        prediction: rows.prediction?.subarray(from, to),
        truth: rows.truth.subarray(from, to),
      })
      return {
        leftOut: frozen.leftOut,
        withoutLimits: reasonsOf(frozen.metrics),
        estimate: (chunk, effect) => cbpeEstimate(frozen, piece(chunk), { domainEffect: effect }),
        realised: (metric, chunk) => {
          const judged = judgedRows(piece(chunk), threshold)
          return {
            realised: realisedMetric(metric as BinaryEstimateName, judged),
            labelled: judged.rows.length / (chunk.to - chunk.from),
          }
        },
      }
    }
    case 'multiclass': {
      const metrics = named(request, multiclassEstimateNames, defaultMulticlassMetrics)
      const classes = classesOf(reference, files.reference, request)
      const known = classColumns(reference, files.reference, request, classes)
      const rows = classColumns(current, files.current, request, classes)
      const frozen = await refused(() => multiclassFit(classes, known, { metrics, windows }, random.fork('fit')))
      const piece = ({ from, to }: RowWindow) => ({
        scores: rows.scores.map(score => score.subarray(from, to)),
        prediction: rows.prediction?.subarray(from, to),
        truth: rows.truth.subarray(from, to),
      })
      return {
        leftOut: frozen.leftOut,
        withoutLimits: reasonsOf(frozen.metrics),
        estimate: (chunk, effect) => multiclassEstimate(frozen, piece(chunk), { domainEffect: effect }),
        realised: (metric, chunk) => {
          const judged = completeClasses(classes, piece(chunk), true)
          return {
            realised: realisedMulticlass(metric as MulticlassEstimateName, judged),
            labelled: judged.rows.length / (chunk.to - chunk.from),
          }
        },
      }
    }
    case 'regression': {
      const metrics = named(request, lossMetricNames, defaultLossMetrics)
      const known = outcomeColumns(reference, files.reference, request)
      const rows = outcomeColumns(current, files.current, request)
      const before = select(reference, features!)
      const after = select(current, features!)
      const { reference: frozen } = await refused(() =>
        dleFit({ features: before, ...known }, { metrics, windows }, random.fork('fit')),
      )
      return {
        leftOut: Object.values(frozen.losses).flatMap(({ leftOut }) => leftOut),
        withoutLimits: reasonsOf(frozen.metrics),
        estimate: (chunk, effect) =>
          dleEstimate(
            frozen,
            { features: rowsOf(after, chunk), prediction: rows.prediction.slice(chunk.from, chunk.to) },
            { domainEffect: effect },
          ),
        realised: (metric, { from, to }) => {
          const truth = rows.truth.subarray(from, to)
          const present = truth.reduce((count, y) => count + (Number.isNaN(y) ? 0 : 1), 0)
          return {
            realised: realisedLoss(metric as LossMetricName, truth, rows.prediction.subarray(from, to)),
            labelled: present / (to - from),
          }
        },
      }
    }
    default:
      return task satisfies never
  }
}

/** Too few usable rows are the user's data, not a wrong use of the library. */
async function refused<T>(make: () => T | Promise<T>): Promise<T> {
  try {
    return await make()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new FalconerError('bad-data', `The reference cannot be used: ${error.message}.`, {
      fix: 'Give a reference with predictions and outcomes, from a time when the model did well.',
      cause: error,
    })
  }
}

/** Columns that tell rows apart. A classifier is judged without them unless they are named. */
function featuresOf(cut: Chunked, task: MetricsTask, request: EstimateRequest): readonly string[] | undefined {
  if (request.features) return request.features
  if (task !== 'regression') return undefined
  const taken = new Set([...usedColumns(request), request.timestamp])
  const isFeature = ({ name, kind }: Table['columns'][number]) => !taken.has(name) && kind !== 'time'
  return cut.reference.columns.filter(isFeature).map(({ name }) => name)
}

/** Effect of the domain classifier, on samples. */
async function domainEffect(
  cut: Chunked,
  features: readonly string[],
  chunk: RowWindow,
  random: Random,
): Promise<number | undefined> {
  if (features.length === 0) return undefined
  const found = await domainClassifier(
    select(cut.reference, features),
    rowsOf(select(cut.current, features), chunk),
    { sampleRows: 2000 },
    random,
  )
  return 'reason' in found ? undefined : found.effect
}

function rowsOf(table: Table, { from, to }: RowWindow): Table {
  return take(
    table,
    Int32Array.from({ length: to - from }, (_, i) => from + i),
  )
}

/** Short forms of names. */
const alsoCalled: Readonly<Record<string, string>> = { auc: 'roc_auc', ap: 'average_precision' }

function named<Name extends string>(
  { metric }: EstimateRequest,
  known: readonly Name[],
  defaults: readonly Name[],
): readonly Name[] {
  if (!metric) return defaults
  return metric.map(given => {
    const name = known.find(candidate => candidate === (alsoCalled[given] ?? given))
    if (name) return name
    throw usage(`There is no estimate of ${given} for this task.`, `Name some of ${known.join(', ')}.`)
  })
}

function reasonsOf(metrics: { readonly [name: string]: { readonly reason: string | null } }): string[] {
  return Object.entries(metrics).flatMap(([name, { reason }]) =>
    reason === null ? [] : [`${name} has no limits: ${reason}`],
  )
}
