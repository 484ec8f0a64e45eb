/**
 * Recalibration in the place of a training: the champion's own answers and their outcomes give a curve, which is appended
 * to the champion's file. It takes a second, so it is no job; asked again it comes to the same.
 */
import { FalconerError } from '../base/errors.ts'
import { putJson } from '../base/jsonBlob.ts'
import type { Blobs, PredictionLog, Tables } from '../base/ports.ts'
import { type Column, column, table, take } from '../base/table.ts'
import { localDays } from '../base/time.ts'
import { type Calibration, calibrated, fitCalibration, withCalibration } from '../learn/recalibrate.ts'
import { answersOf, labelled } from '../loop/answers.ts'
import type { ProjectConfig } from '../loop/project.ts'
import { endpointId, type LoopRecords, type ModelVersion } from '../loop/records.ts'
import { buildReference, pick } from '../loop/reference.ts'
import type { RefitResult, ScoredRows, TrainRequest, TrainResult } from '../loop/steps.ts'
import { random } from '../numeric/random.ts'
import { readBoosted } from '../trees/boosted.ts'
import { contributionsOf } from './contributions.ts'
import { metricsOf } from './evaluation.ts'

export interface RecalibrationParts {
  readonly records: LoopRecords
  readonly log: PredictionLog
  readonly blobs: Blobs
  readonly openTables: () => Promise<Tables>
  /** A folder for temporary files. */
  readonly folder: string
  readonly version: (project: string, model: string, semver: string) => Promise<{ readonly body: ModelVersion }>
}

/** Newer rows say more of how the model errs now, and no curve needs more. */
const mostRows = 50_000
/** Fewer leave the curve to chance. */
const leastRows = 200
/** Rows explained for the reference. */
const explainedRows = 1000

export function createRecalibration(parts: RecalibrationParts): {
  train(request: TrainRequest): Promise<TrainResult>
  refit(request: TrainRequest): Promise<RefitResult>
} {
  const { records, log, blobs } = parts

  async function place(request: TrainRequest) {
    const { project, model, champion } = request
    const config = (await records.get('project', project))?.body.config
    if (!config || !champion) {
      throw new FalconerError('not-found', `Project ${project} has no live version whose answers could be calibrated.`)
    }
    if (config.train.task !== 'binary') {
      throw new FalconerError('bad-input', `${model} predicts numbers; only probabilities are recalibrated.`, {
        fix: 'Retrain it instead.',
      })
    }
    const { body } = await parts.version(project, model, champion.semver)
    return { config, version: body, file: await blobs.get(champion.digest), semver: champion.semver }
  }

  /** What the version answered, and what turned out, newest rows first in the cut and in order of time in the result. */
  async function answered(
    config: ProjectConfig,
    semver: string,
    from: number,
    to: number,
    asOf: number,
  ): Promise<Answered> {
    const id = endpointId(config.project, config.deploy.endpoint)
    const days: Answered[] = []
    let rows = 0
    for (const day of localDays(from, to, config.timezone).toReversed()) {
      const window = await log.window(id, Math.max(from, day.from), Math.min(to, day.to), asOf)
      const found = labelled(window, answersOf(window, semver))
      days.unshift({
        ids: Array.from(found.rows, row => window.keys[row]!),
        at: pick(window.at, found.rows),
        label: found.labels,
        output: found.outputs,
      })
      rows += found.rows.length
      if (rows >= mostRows) break
    }
    const joined = (of: (day: Answered) => Float64Array): Float64Array =>
      Float64Array.from(days.flatMap(day => [...of(day)])).slice(-mostRows)
    return {
      ids: days.flatMap(({ ids }) => ids).slice(-mostRows),
      at: joined(({ at }) => at),
      label: joined(({ label }) => label),
      output: joined(({ output }) => output),
    }
  }

  function fit({ output, label }: Answered, semver: string): Calibration {
    const ones = label.reduce((sum, y) => sum + y, 0)
    if (label.length >= leastRows && ones > 0 && ones < label.length) return fitCalibration(output, label)
    throw new FalconerError(
      'bad-data',
      `${semver} has ${label.length} answers with an outcome that it was not trained on, ${ones} of them 1; a curve needs ${leastRows} with both outcomes.`,
      { fix: 'Wait for more outcomes.' },
    )
  }

  return {
    async train(request) {
      const { config, version, file, semver } = await place(request)
      const { asOf, holdFrom, holdTo = asOf } = request
      const seen = await answered(config, semver, version.lineage.asOf, holdFrom, asOf)
      const curve = fit(seen, semver)
      const window = await log.window(endpointId(config.project, config.deploy.endpoint), holdFrom, holdTo, asOf)
      const held = labelled(window, answersOf(window, semver))
      const features = take(window.features, held.rows)
      const at = pick(window.at, held.rows)
      const outputs = calibrated(curve, held.outputs)
      const scored: ScoredRows = {
        ids: Array.from(held.rows, row => window.keys[row]!),
        at: [...at],
        label: [...held.labels],
        candidate: [...outputs],
        champion: [...held.outputs],
        segments: Object.fromEntries(config.gate.segments.map(name => [name, asTexts(column(features, name))])),
      }
      if (scored.ids.length === 0) throw new FalconerError('bad-data', 'No held-out row has an outcome.')
      const draw = random(config.train.seed).fork('explained')
      const sample = Int32Array.from({ length: Math.min(explainedRows, features.rows) }, () =>
        draw.below(features.rows),
      )
      const trees = version.lineage.recipe.kind === 'boost' ? readBoosted(file) : undefined
      const reference = buildReference({
        features,
        at,
        outputs,
        labels: held.labels,
        timezone: config.timezone,
        contributions: trees && contributionsOf(trees.ensemble, trees.encoders, take(features, sample.sort())).values,
      })
      return {
        input: await putJson(blobs, { request, of: version.digest }),
        candidate: await blobs.put(withCalibration(file, curve)),
        trainedRows: seen.label.length,
        scored: await putJson(blobs, scored),
        scoredRows: scored.ids.length,
        metrics: metricsOf('binary', held.labels, outputs),
        reference: await putJson(blobs, reference),
        skew: { compared: 0, different: 0 },
      }
    },

    async refit(request) {
      const { config, version, file, semver } = await place(request)
      const rows = await answered(config, semver, version.lineage.asOf, request.asOf, request.asOf)
      const curve = fit(rows, semver)
      const tables = await parts.openTables()
      try {
        await tables.load(
          'calibration_set',
          table([
            { name: 'id', kind: 'text', values: rows.ids },
            { name: 'cutoff', kind: 'number', values: rows.at },
            { name: 'label', kind: 'number', values: rows.label },
            { name: 'output', kind: 'number', values: rows.output },
          ]),
        )
        const path = `${parts.folder}/calibration-set-${request.project}.parquet`
        await tables.write('select * from calibration_set', path)
        return {
          model: await blobs.put(withCalibration(file, curve)),
          trainedRows: rows.label.length,
          trainingSet: await blobs.putFile(path),
          from: rows.at[0]!,
          to: rows.at.at(-1)!,
          importance: [],
          notes: [
            `${said(curve)} was appended to ${semver}; what a prediction is explained by is the score before it.`,
          ],
        }
      } finally {
        await tables.close()
      }
    },
  }
}

interface Answered {
  readonly ids: readonly string[]
  readonly at: Float64Array
  readonly label: Float64Array
  readonly output: Float64Array
}

function said(curve: Calibration): string {
  if (curve.kind === 'isotonic') return `An isotonic curve of ${curve.x.length} knots`
  const { slope, intercept } = curve
  return `Platt's curve with slope ${slope.toPrecision(3)} and intercept ${intercept.toPrecision(3)}`
}

function asTexts(of: Column): string[] {
  return of.kind === 'text' ? of.values.map(value => value ?? '') : Array.from(of.values, String)
}
