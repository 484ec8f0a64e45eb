/** The registry: versions are registered once and never change but for what became of them; aliases move. */
import { FalconerError } from '../base/errors.ts'
import { sha256 } from '../base/hash.ts'
import { canonicalJson } from '../base/json.ts'
import { putJson, readJson } from '../base/jsonBlob.ts'
import type { AuditNote, Blobs, Clock, Stored } from '../base/ports.ts'
import { type DecisionRule, decisionRule } from '../loop/decision.ts'
import type { Alias, Lineage, LoopRecords, ModelVersion, Signature } from '../loop/records.ts'
import { ordinal } from '../loop/records.ts'
import type { ModelSteps, RegisterRequest } from '../loop/steps.ts'
import { signatureOf } from './signature.ts'
import type { TrainingInput } from './trainingInput.ts'

/** What a person needs to believe a version, in one JSON. */
export interface Evidence {
  readonly evaluation: {
    readonly rows: number
    readonly heldFrom: number
    readonly trainedRows: number
    readonly metrics: Readonly<Record<string, number>>
    readonly skew: { readonly compared: number; readonly different: number }
  }
  /** The gate's evidence as decided; absent where nothing had to be beaten. */
  readonly gate?: unknown
  readonly refit: {
    readonly rows: number
    readonly from: number
    readonly to: number
    /** The served model saw the held-out rows too; the evaluation is that of the same recipe without them. */
    readonly note: string
    readonly importance: readonly { readonly feature: string; readonly gain: number; readonly split: number }[]
    readonly notes: readonly string[]
  }
}

export interface Registry extends Pick<ModelSteps, 'register' | 'mark'> {
  versions(project: string, model: string): Promise<readonly Stored<ModelVersion>[]>
  /** Errors: `not-found`, naming the versions there are. */
  version(project: string, model: string, semver: string): Promise<Stored<ModelVersion>>
  aliases(project: string, model: string): Promise<readonly Alias[]>
  evidence(version: ModelVersion): Promise<Evidence>
}

export function createRegistry({
  records,
  blobs,
  clock,
  release,
}: {
  records: LoopRecords
  blobs: Blobs
  clock: Clock
  /** Version of Falconer. */
  release: string
}): Registry {
  /** What a training was given stands in its input. */
  async function trained({ train }: RegisterRequest): Promise<Made> {
    const { config, datasets, query } = await readJson<TrainingInput>(blobs, train.input)
    const decision = decisionRule(config.deploy.decision)
    return {
      ...(decision && { decision }),
      task: config.train.task,
      lineage: {
        datasets: datasets.map(({ name, version: number, digest }) => ({ dataset: name, version: number, digest })),
        query: sha256(query),
        recipe: config.train.recipe,
        seed: config.train.seed,
      },
    }
  }

  /** A version made from another one has its data, and what was done to it. */
  async function adjusted({ project, model, champion, adjust, refit }: RegisterRequest): Promise<Made> {
    if (!champion || !adjust) throw new FalconerError('internal', 'A version is made from no other one.')
    const { body } = await registry.version(project, model, champion.semver)
    const { datasets, query, recipe, seed } = body.lineage
    return {
      ...(refit.decision && { decision: refit.decision }),
      task: body.signature.output.task,
      lineage: {
        datasets,
        query,
        recipe,
        seed,
        adjustment: { kind: adjust, of: champion.semver, digest: champion.digest },
      },
    }
  }

  const registry: Registry = {
    async versions(project, model) {
      const { items } = await records.list('version', {
        prefix: `${project}/${model}/`,
        order: 'descending',
        limit: 10_000,
      })
      return items
    },
    async version(project, model, semver) {
      const all = await registry.versions(project, model)
      const found = all.find(({ body }) => body.semver === semver)
      if (found) return found
      const known = all.map(({ body }) => body.semver).join(', ') || 'none yet'
      throw new FalconerError('not-found', `Model ${model} has no version ${semver}; there are: ${known}.`)
    },
    async aliases(project, model) {
      const { items } = await records.list('alias', { prefix: `${project}/${model}/alias/` })
      return items.map(({ body }) => body)
    },
    async evidence(version) {
      return readJson<Evidence>(blobs, version.evidence)
    },
    async register(request) {
      const { project, model } = request
      const once = `${request.action}/register`
      const all = await registry.versions(project, model)
      const done = all.find(({ body }) => body.lineage.action === request.action)
      if (done) return done
      const newest = all[0]?.body
      const made = request.adjust ? await adjusted(request) : await trained(request)
      const file = await blobs.get(request.refit.model)
      const inputs = signatureOf(file, made.task)
      const evidence = await putJson(blobs, await evidenceOf(request, blobs))
      const version: ModelVersion = {
        project,
        model,
        version: (newest?.version ?? 0) + 1,
        semver: nextSemver(newest, inputs, request.adjust !== undefined),
        digest: request.refit.model,
        sizeBytes: file.length,
        signature: inputs,
        lineage: {
          ...made.lineage,
          trainingSet: request.refit.trainingSet,
          rows: request.refit.trainedRows,
          from: request.refit.from,
          to: request.refit.to,
          asOf: request.asOf,
          falconer: release,
          ...(request.champion && { parent: request.champion.semver }),
          action: request.action,
        },
        ...(made.decision && { decision: made.decision }),
        metrics: request.train.metrics,
        evaluatedRows: request.train.scoredRows,
        evidence,
        reference: request.train.reference,
        changes: request.changes,
        state: 'registered',
        registeredAt: clock.now(),
      }
      const id = `${project}/${model}/${ordinal(version.version)}`
      await records.commit({
        at: clock.now(),
        actor: 'falconer',
        once,
        puts: [{ kind: 'version', id, body: version, expect: 'absent' }],
        audit: [
          {
            type: 'version.registered',
            project,
            subject: id,
            reason: request.changes,
            data: { semver: version.semver, digest: version.digest, evidence, trainingSet: request.refit.trainingSet },
          },
        ],
      })
      return registry.version(project, model, version.semver)
    },
    async mark(project, model, semver, state, why) {
      const stored = await registry.version(project, model, semver)
      if (stored.body.state === state) return
      const at = clock.now()
      const alias: Alias = { project, model, alias: 'champion', semver, movedAt: at }
      const audit: AuditNote[] = [
        {
          type: `version.${state}`,
          project,
          subject: stored.id,
          reason: why,
          data: { semver, from: stored.body.state },
        },
      ]
      const moves = state === 'live'
      if (moves)
        audit.push({
          type: 'alias.moved',
          project,
          subject: `${project}/${model}/alias/champion`,
          reason: why,
          data: { semver },
        })
      await records.commit({
        at,
        actor: 'falconer',
        puts: [
          { kind: 'version', id: stored.id, body: { ...stored.body, state }, expect: stored.revision },
          ...(moves ? [{ kind: 'alias' as const, id: `${project}/${model}/alias/champion`, body: alias }] : []),
        ],
        audit,
      })
    },
  }
  return registry
}

interface Made {
  readonly decision?: DecisionRule
  readonly task: Signature['output']['task']
  readonly lineage: Pick<Lineage, 'datasets' | 'query' | 'recipe' | 'seed' | 'adjustment'>
}

/**
 * First 1.0.0; a change of the inputs or the output raises the major part, a change to the file of another version the
 * last part, anything else the minor part.
 */
export function nextSemver(
  newest: Pick<ModelVersion, 'semver' | 'signature'> | undefined,
  signature: Signature,
  adjusted = false,
): string {
  if (!newest) return '1.0.0'
  const [major, minor, patch] = newest.semver.split('.').map(Number) as [number, number, number]
  if (canonicalJson(newest.signature) !== canonicalJson(signature)) return `${major + 1}.0.0`
  return adjusted ? `${major}.${minor}.${patch + 1}` : `${major}.${minor + 1}.0`
}

const refitNote = {
  recalibrate:
    'The curve was fitted to all answers with an outcome, the held-out ones included; the evaluation is that of a curve without them.',
  threshold:
    'The threshold was chosen on all answers with an outcome, the held-out ones included; the gate judged one chosen without them.',
  none: 'Trained on all rows known, the held-out ones included; the evaluation is that of the same recipe without them.',
}

async function evidenceOf({ train, refit, gate, asOf, adjust }: RegisterRequest, blobs: Blobs): Promise<Evidence> {
  const scored = await readJson<{ at: number[] }>(blobs, train.scored)
  return {
    evaluation: {
      rows: train.scoredRows,
      heldFrom: scored.at[0] ?? asOf,
      trainedRows: train.trainedRows,
      metrics: train.metrics,
      skew: train.skew,
    },
    ...(gate && { gate: await readJson(blobs, gate) }),
    refit: {
      rows: refit.trainedRows,
      from: refit.from,
      to: refit.to,
      note: refitNote[adjust ?? 'none'],
      importance: refit.importance,
      notes: refit.notes,
    },
  }
}
