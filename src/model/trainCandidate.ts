/**
 * The training job: everything known at `asOf` but the held-out newest rows trains a candidate; candidate and champion
 * are then scored on the held-out rows as files, through the runtime that serves them.
 */
import { FalconerError } from '../base/errors.ts'
import { putJson } from '../base/jsonBlob.ts'
import type { Digest, Runtime } from '../base/ports.ts'
import { type Column, column, type Table, table, take } from '../base/table.ts'
import type { FittedModel } from '../learn/fitted.ts'
import { fitRecipe } from '../learn/recipe.ts'
import { fitEstimator } from '../loop/estimator.ts'
import { buildReference, rowsByDay } from '../loop/reference.ts'
import type { RefitResult, ScoredRows, TrainResult } from '../loop/steps.ts'
import { random } from '../numeric/random.ts'
import { contributionsOf } from './contributions.ts'
import { metricsOf } from './evaluation.ts'
import type { FeatureSource, TrainingInput } from './trainingInput.ts'
import { assembleRows, type TrainingRows, type Workplace } from './trainingRows.ts'

export interface TrainingPlace extends Workplace {
  readonly runtime: Runtime
  readonly source: FeatureSource
  readonly progress: (share: number, text: string) => void
}

/** What the job answers; which input it had is known to who asked. */
export interface CandidateResult extends Omit<TrainResult, 'input'> {
  readonly known: { readonly content: Digest; readonly rows: number }
}

/** Rows explained for the reference: enough for mean contributions, few enough for seconds. */
const explainedRows = 1000

export async function trainCandidate(input: TrainingInput, place: TrainingPlace): Promise<CandidateResult> {
  const { request, config } = input
  const { rows, known, skew } = await assembleRows(input, place.source, place, (share, text) =>
    place.progress(0.3 * share, text),
  )
  const held = firstFrom(rows.cutoffs, request.holdFrom)
  requireRows(rows, held, request.holdFrom)
  const fitted = await fit(input, slice(rows, 0, held), place, 0.3, 0.8)
  const file = fitted.toOnnx()
  const candidate = await place.blobs.put(file)

  const newest = slice(rows, held, firstFrom(rows.cutoffs, request.holdTo ?? Number.POSITIVE_INFINITY))
  place.progress(0.8, `scoring ${newest.ids.length} held-out rows`)
  const candidateScores = await score(file, newest.features, place.runtime)
  const championScores = request.champion
    ? await score(await place.blobs.get(request.champion.digest), newest.features, place.runtime)
    : undefined
  const scored: ScoredRows = {
    ids: newest.ids,
    at: [...newest.cutoffs],
    label: [...newest.label],
    candidate: [...candidateScores],
    ...(championScores && { champion: [...championScores] }),
    segments: Object.fromEntries(config.gate.segments.map(name => [name, asTexts(column(newest.features, name))])),
  }
  place.progress(0.9, 'building the reference for the monitors')
  const estimator = await fitEstimator(
    config.train.task,
    { features: newest.features, outputs: candidateScores, labels: newest.label },
    daysOf(newest.cutoffs, config.timezone),
    random(config.train.seed).fork('estimator'),
  )
  const reference = buildReference({
    features: newest.features,
    at: newest.cutoffs,
    outputs: candidateScores,
    labels: newest.label,
    timezone: config.timezone,
    contributions: sampledContributions(fitted, newest.features, config.train.seed),
    estimator,
  })
  return {
    candidate,
    trainedRows: held,
    scored: await putJson(place.blobs, scored),
    scoredRows: newest.ids.length,
    metrics: metricsOf(config.train.task, newest.label, candidateScores),
    reference: await putJson(place.blobs, reference),
    skew,
    known,
  }
}

/** The refit job: the same recipe on all rows, held-out ones included. */
export async function refitOnEverything(input: TrainingInput, place: TrainingPlace): Promise<RefitResult> {
  const { rows } = await assembleRows(input, place.source, place, (share, text) => place.progress(0.3 * share, text))
  requireRows(rows, rows.ids.length, input.request.asOf)
  const fitted = await fit(input, rows, place, 0.3, 0.95)
  const path = `${place.folder}/training-set.parquet`
  await place.tables.load(
    'training_set',
    table([
      { name: 'id', kind: 'text', values: rows.ids },
      { name: 'cutoff', kind: 'number', values: rows.cutoffs },
      { name: 'label', kind: 'number', values: rows.label },
      ...rows.features.columns,
    ]),
  )
  await place.tables.write('select * from training_set', path)
  return {
    model: await place.blobs.put(fitted.toOnnx()),
    trainedRows: rows.ids.length,
    trainingSet: await place.blobs.putFile(path),
    from: rows.cutoffs[0]!,
    to: rows.cutoffs.at(-1)!,
    importance: fitted.importance,
    notes: fitted.notes,
  }
}

async function fit(
  { config }: TrainingInput,
  rows: TrainingRows,
  place: TrainingPlace,
  from: number,
  to: number,
): Promise<FittedModel> {
  const { recipe, task, seed } = config.train
  return fitRecipe(
    { kind: recipe.kind, ...recipe.parameters },
    rows.features,
    rows.label,
    {
      task,
      progress: (done, of) => place.progress(from + ((to - from) * done) / of, `round ${done} of ${of}`),
    },
    random(seed).fork('fit'),
  )
}

async function score(file: Uint8Array, features: Table, runtime: Runtime): Promise<Float64Array> {
  const model = await runtime.load(file)
  try {
    return await model.predict(features)
  } finally {
    await model.unload()
  }
}

function sampledContributions(fitted: FittedModel, features: Table, seed: number): Table | undefined {
  const draw = random(seed).fork('explained')
  const rows = Int32Array.from({ length: Math.min(explainedRows, features.rows) }, () => draw.below(features.rows))
  return fitted.trees && contributionsOf(fitted.trees, fitted.encoders, take(features, rows.sort())).values
}

function requireRows(rows: TrainingRows, held: number, at: number): void {
  if (held > 0) return
  const from = rows.ids.length > 0 ? `from ${new Date(rows.cutoffs[0]!).toISOString()} on` : 'none at all'
  throw new FalconerError('bad-data', `No labelled rows before ${new Date(at).toISOString()}; there are ${from}.`, {
    fix: 'Import older rows, wait for outcomes, or shorten train.validate in falconer.yaml.',
  })
}

/** Where each local day begins and ends among rows in order of time. */
function daysOf(cutoffs: Float64Array, timezone: string): { from: number; to: number }[] {
  return rowsByDay(cutoffs, timezone).map(({ rows }) => ({ from: rows[0]!, to: rows.at(-1)! + 1 }))
}

/** Index of the first instant at or after `from`; the instants ascend. */
function firstFrom(instants: Float64Array, from: number): number {
  let low = 0
  let high = instants.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (instants[middle]! < from) low = middle + 1
    else high = middle
  }
  return low
}

function slice(rows: TrainingRows, from: number, to: number): TrainingRows {
  return {
    ids: rows.ids.slice(from, to),
    cutoffs: rows.cutoffs.subarray(from, to),
    label: rows.label.subarray(from, to),
    features: {
      rows: to - from,
      columns: rows.features.columns.map(
        (source): Column =>
          source.kind === 'text'
            ? { ...source, values: source.values.slice(from, to) }
            : { ...source, values: source.values.subarray(from, to) },
      ),
    },
  }
}

function asTexts(of: Column): string[] {
  return of.kind === 'text' ? of.values.map(value => value ?? '') : Array.from(of.values, String)
}
