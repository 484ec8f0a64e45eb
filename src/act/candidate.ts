/** The steps before any traffic: why, a candidate, is it better, the same on all rows, registered. */
import { FalconerError } from '../base/errors.ts'
import { putJson, readJson } from '../base/jsonBlob.ts'
import type { Blobs, Clock, Digest } from '../base/ports.ts'
import { decideGate } from '../loop/gate.ts'
import type { Action, Adjustment } from '../loop/records.ts'
import type { DiagnoseSteps, ModelSteps, RefitResult, ScoredRows, TrainResult } from '../loop/steps.ts'
import { heldOut, heldOutForAdjustment, leastHeldDays, trainedAt } from './course.ts'
import { begun, done, end, type StepWork } from './outcome.ts'
import type { Served } from './routes.ts'
import type { Versions } from './versions.ts'

export function createCandidateSteps({
  blobs,
  clock,
  model,
  watch,
  versions,
  jobDurationMs,
  latenessMs,
}: {
  readonly blobs: Blobs
  readonly clock: Clock
  readonly model: ModelSteps
  readonly watch: DiagnoseSteps
  readonly versions: Versions
  readonly jobDurationMs: number
  readonly latenessMs: number
}): Readonly<Record<'diagnose' | 'train' | 'gate' | 'refit' | 'register', StepWork>> {
  return {
    async diagnose({ action, at }) {
      const { project, endpoint, trigger } = action
      if (!trigger.alarm) throw new FalconerError('internal', 'An action without an alarm has nothing to diagnose.')
      const { diagnosis, evidence } = await watch.diagnose({ project, endpoint, alarm: trigger.alarm, at })
      const summary = `${diagnosis.verdict}: ${diagnosis.reasons[0] ?? 'no rule fits'}`
      const diagnosed = done(action, at, {
        summary,
        evidence,
        diagnosis,
        // What a person is asked about.
        ...(action.approval === 'start' && { products: { diagnosis: evidence } }),
      })
      if (diagnosis.advice === 'retrain') {
        const data = { evidence }
        if (action.approval === 'start') {
          return { action: begun(diagnosed, 'approve', at), audit: { type: 'action.asked', reason: summary, data } }
        }
        const audit = { type: 'action.diagnosed', reason: summary, data }
        return { action: diagnosed, next: { step: 'train', due: at }, audit }
      }
      return end(diagnosed, 'blocked', at, `${summary} ${adviceText[diagnosis.advice]}`)
    },

    async train({ id, action, config }) {
      const asOf = trainedAt(action)
      const champion = await versions.find(action, action.champion)
      const held = adjustmentOf(action)
        ? heldOutForAdjustment(config, asOf, latenessMs, champion?.lineage.asOf)
        : heldOut(config, asOf, latenessMs, champion?.lineage.asOf)
      const least = leastHeldDays(config)
      if (champion && held.days < least) {
        const text = `The champion has seen all but ${held.days} of the newest days; ${least} are needed to compare.`
        return end(action, 'refused', clock.now(), text)
      }
      const result = await model.train({ ...request(id, action, champion), holdFrom: held.from, holdTo: held.to })
      const finished = clock.now() + jobDurationMs
      const evidence = await putJson(blobs, result)
      const summary = `${result.trainedRows} rows, judged on ${result.scoredRows} that it has not seen`
      return {
        action: done(action, finished, { summary, evidence, products: { train: evidence } }),
        next: { step: 'gate', due: finished },
        audit: { type: 'action.trained', reason: summary, data: { result: evidence } },
      }
    },

    async gate({ action, config, at }) {
      const trained = await resultOf<TrainResult>(blobs, action.products.train)
      const scored = await readJson<ScoredRows>(blobs, trained.scored)
      if (scored.label.length === 0) return end(action, 'refused', at, 'No held-out row has an outcome.')
      const { trial } = trained
      if (trial && trial.candidate === trial.champion) {
        return end(
          action,
          'refused',
          at,
          `No threshold costs less than ${trial.champion.toPrecision(3)}, the present one.`,
        )
      }
      const verdict = decideGate(scored, config.gate, config.timezone, trial)
      const evidence = await putJson(blobs, verdict)
      const gated = done(action, at, { summary: verdict.reason, evidence, products: { gate: evidence } })
      if (verdict.verdict !== 'passed') return end(gated, 'refused', at, verdict.reason)
      return {
        action: gated,
        next: { step: 'refit', due: at },
        audit: { type: 'action.gated', reason: verdict.reason, data: { evidence } },
      }
    },

    async refit({ id, action }) {
      const champion = await versions.find(action, action.champion)
      const result = await model.refit({ ...request(id, action, champion), holdFrom: trainedAt(action) })
      const finished = clock.now() + jobDurationMs
      const evidence = await putJson(blobs, result)
      const summary = `${refitted[adjustmentOf(action) ?? 'none']} all ${result.trainedRows} rows`
      return {
        action: done(action, finished, { summary, evidence, products: { refit: evidence, model: result.model } }),
        next: { step: 'register', due: finished },
        audit: { type: 'action.refitted', reason: summary, data: { result: evidence } },
      }
    },

    async register({ id, action, at }) {
      const version = await model.register({
        ...request(id, action, await versions.find(action, action.champion)),
        train: await resultOf<TrainResult>(blobs, action.products.train),
        refit: await resultOf<RefitResult>(blobs, action.products.refit),
        ...(action.products.gate && { gate: action.products.gate }),
        changes: changesOf(action),
      })
      const { semver, digest, evidence } = version.body
      const summary = `version ${semver}`
      const registered = done(action, at, { summary, evidence, candidate: semver })
      const audit = { type: 'action.registered', reason: summary, data: { digest } }
      if (action.approval === 'promote') return { action: begun(registered, 'approve', at), audit }
      return { action: registered, next: { step: 'rollout', due: at }, audit }
    },
  }
}

const adviceText = {
  block: 'Training on these data would make it worse; repair the source.',
  rollback: 'The trouble came with a deployment; roll back.',
  ask: 'No rule fits; a person has to look.',
}

const refitted = { recalibrate: 'a curve from', threshold: 'a threshold from', none: 'the same recipe on' }

/** What is done to the champion; undefined where another model is trained. */
function adjustmentOf({ kind }: Pick<Action, 'kind'>): Adjustment | undefined {
  return kind === 'recalibrate' || kind === 'threshold' ? kind : undefined
}

function request(id: string, action: Action, champion: Served | undefined) {
  const adjust = adjustmentOf(action)
  return {
    project: action.project,
    model: action.model,
    action: id,
    asOf: trainedAt(action),
    ...(champion && { champion: { semver: champion.semver, digest: champion.digest } }),
    ...(adjust && { adjust }),
    ...(action.windowMs !== undefined && { windowMs: action.windowMs }),
  }
}

function changesOf({ kind, trigger, diagnosis, steps }: Action): string {
  if (kind === 'first training') return 'First version.'
  const cause = trigger.kind === 'request' ? `Asked for by ${trigger.by}.` : `${diagnosis?.verdict ?? 'Alarm'}.`
  const what = kind === 'recalibrate' ? 'Recalibrated. ' : kind === 'threshold' ? 'Another decision threshold. ' : ''
  return `${what}${cause} Gate: ${steps.find(({ name }) => name === 'gate')?.summary ?? 'none'}`
}

async function resultOf<T>(blobs: Blobs, digest: Digest | undefined): Promise<T> {
  if (!digest) throw new FalconerError('internal', 'A step before this one has left no result.')
  return readJson<T>(blobs, digest)
}
