/**
 * A version made of the champion in the place of a training, from the champion's own answers and their outcomes: another
 * curve of probabilities, or another threshold. It takes a second, so it is no job; asked again it comes to the same.
 */
import { FalconerError } from '../base/errors.ts'
import { putJson } from '../base/jsonBlob.ts'
import type { Blobs, PredictionLog, Tables } from '../base/ports.ts'
import { type Column, column, table, take } from '../base/table.ts'
import { localDays } from '../base/time.ts'
import { answersOf, labelled } from '../loop/answers.ts'
import { type DecisionRule, decisionRule, type ThresholdTrial } from '../loop/decision.ts'
import type { ProjectConfig } from '../loop/project.ts'
import { endpointId, type LoopRecords, type ModelVersion } from '../loop/records.ts'
import { buildReference, pick } from '../loop/reference.ts'
import type { RefitResult, ScoredRows, TrainRequest, TrainResult } from '../loop/steps.ts'
import { random } from '../numeric/random.ts'
import { readBoosted } from '../trees/boosted.ts'
import { contributionsOf } from './contributions.ts'
import { recalibrated } from './curve.ts'
import { metricsOf } from './evaluation.ts'
import { withThreshold } from './threshold.ts'

export interface AdjustmentParts {
  readonly records: LoopRecords
  readonly log: PredictionLog
  readonly blobs: Blobs
  readonly openTables: () => Promise<Tables>
  /** A folder for temporary files. */
  readonly folder: string
  readonly version: (project: string, model: string, semver: string) => Promise<{ readonly body: ModelVersion }>
}

/** Rows that a version answered, and what turned out, in order of time. */
export interface Answered {
  readonly ids: readonly string[]
  readonly at: Float64Array
  readonly label: Float64Array
  readonly output: Float64Array
}

/** What becomes of the champion. */
export interface Adjusted {
  readonly file: Uint8Array
  /** From the champion's outputs to its own. */
  readonly outputs: (champions: Float64Array) => Float64Array
  readonly decision?: DecisionRule
  /** Where the outputs stay as they are. */
  readonly trial?: ThresholdTrial
  /** For people. */
  readonly note: string
}

/** Newer rows say more of how the model errs now, and no curve needs more. */
const mostRows = 50_000
/** Fewer leave a curve, or a threshold, to chance. */
const leastRows = 200
/** Rows explained for the reference. */
const explainedRows = 1000

export function createAdjustment(parts: AdjustmentParts): {
  train(request: TrainRequest): Promise<TrainResult>
  refit(request: TrainRequest): Promise<RefitResult>
} {
  const { records, log, blobs } = parts

  async function place(request: TrainRequest): Promise<Place> {
    const { project, model, champion } = request
    const config = (await records.get('project', project))?.body.config
    if (!config || !champion) {
      throw new FalconerError('not-found', `Project ${project} has no live version whose answers could be used.`)
    }
    if (config.train.task !== 'binary') {
      throw new FalconerError(
        'bad-data',
        `${model} predicts numbers; only probabilities are recalibrated or decided on.`,
      )
    }
    const { body } = await parts.version(project, model, champion.semver)
    return { config, version: body, file: await blobs.get(champion.digest) }
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

  function adjusted(request: TrainRequest, rows: Answered, { config, version, file }: Place): Adjusted {
    const { label } = rows
    const { semver } = version
    const ones = label.reduce((sum, y) => sum + y, 0)
    if (label.length >= leastRows && ones > 0 && ones < label.length) {
      const rule = decisionRule(config.deploy.decision)
      if (request.adjust !== 'threshold') {
        // A threshold was chosen for the outputs as they were; the new ones are taken at their word.
        return { ...recalibrated(rows, semver, file), ...(rule && { decision: rule }) }
      }
      if (rule?.costs) return withThreshold(rows, version, file, rule.costs)
      throw new FalconerError('bad-data', `Project ${request.project} does not say what mistakes cost.`, {
        fix: 'Set deploy.decision to {false_positive: …, false_negative: …}, and apply.',
      })
    }
    throw new FalconerError(
      'bad-data',
      `${semver} has ${label.length} answers with an outcome that it was not trained on, ${ones} of them 1; ${leastRows} with both outcomes are needed.`,
      { fix: 'Wait for more outcomes.' },
    )
  }

  return {
    async train(request) {
      const champion = await place(request)
      const { config, version, file } = champion
      const { asOf, holdFrom, holdTo = asOf } = request
      const seen = await answered(config, version.semver, version.lineage.asOf, holdFrom, asOf)
      const candidate = adjusted(request, seen, champion)
      const window = await log.window(endpointId(config.project, config.deploy.endpoint), holdFrom, holdTo, asOf)
      const held = labelled(window, answersOf(window, version.semver))
      const features = take(window.features, held.rows)
      const at = pick(window.at, held.rows)
      const outputs = candidate.outputs(held.outputs)
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
        candidate: await blobs.put(candidate.file),
        trainedRows: seen.label.length,
        scored: await putJson(blobs, scored),
        scoredRows: scored.ids.length,
        metrics: metricsOf('binary', held.labels, outputs),
        reference: await putJson(blobs, reference),
        skew: { compared: 0, different: 0 },
        ...(candidate.trial && { trial: candidate.trial }),
      }
    },

    async refit(request) {
      const champion = await place(request)
      const { config, version } = champion
      const rows = await answered(config, version.semver, version.lineage.asOf, request.asOf, request.asOf)
      const made = adjusted(request, rows, champion)
      const tables = await parts.openTables()
      try {
        await tables.load(
          'adjustment_set',
          table([
            { name: 'id', kind: 'text', values: rows.ids },
            { name: 'cutoff', kind: 'number', values: rows.at },
            { name: 'label', kind: 'number', values: rows.label },
            { name: 'output', kind: 'number', values: rows.output },
          ]),
        )
        const path = `${parts.folder}/adjustment-set-${request.project}.parquet`
        await tables.write('select * from adjustment_set', path)
        return {
          model: await blobs.put(made.file),
          trainedRows: rows.label.length,
          trainingSet: await blobs.putFile(path),
          from: rows.at[0]!,
          to: rows.at.at(-1)!,
          importance: [],
          notes: [made.note],
          ...(made.decision && { decision: made.decision }),
        }
      } finally {
        await tables.close()
      }
    },
  }
}

/** The champion as it is to be changed. */
interface Place {
  readonly config: ProjectConfig
  readonly version: ModelVersion
  readonly file: Uint8Array
}

function asTexts(of: Column): string[] {
  return of.kind === 'text' ? of.values.map(value => value ?? '') : Array.from(of.values, String)
}
